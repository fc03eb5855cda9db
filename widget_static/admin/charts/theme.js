// The colours of series, as the page shows them just now: a canvas cannot follow a style sheet.

/** Spark's categories, in the order in which series take them: neighbours differ in lightness too. */
const NAMES = ["category1", "category3", "category6", "category9", "category4", "category2"];

const token = (name) => `var(--gse-semantic-charts-${name})`;

/** What the style sheet makes of a colour where the element stands. */
function resolved(element, colour) {
  const probe = document.createElement("i");
  probe.style.color = colour;
  element.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

export const colours = (element) => ({
  series: NAMES.map((name) => resolved(element, token(`categoricalData-${name}-default`))),
  axis: resolved(element, token("foreground-midEmphasis")),
  grid: resolved(element, token("border-grid-default")),
  card: resolved(element, "var(--card)"),
});

export const faint = (colour, share) => colour.replace(/^rgba?\(([^)/]+?)(?:[,/][^,]*)?\)$/, (whole, inner) => `rgba(${inner.split(/[\s,]+/).filter(Boolean).slice(0, 3).join(", ")}, ${share})`);

/** Dashes tell lines apart where colours do not. */
export const DASHES = [[], [7, 4], [2, 3], [9, 3, 2, 3], [12, 4], [4, 2]];

/** Called when light becomes dark, or the other way round. How to stop. */
export function themed(fn) {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const seen = new MutationObserver(fn);
  seen.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "dir"] });
  dark.addEventListener("change", fn);
  return () => {
    seen.disconnect();
    dark.removeEventListener("change", fn);
  };
}
