// The colours of series, as the page shows them just now: a canvas cannot follow a style sheet.

/** Those of Spark's categories that are told from the card by 3:1, light and dark, in the order in which series take them. */
const NAMES = ["category1", "category3", "category4", "category2"];

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

/** `rgb(1, 2, 3)`, as style sheets resolve colours, with so much of it left. */
export const faint = (colour, share) => `rgba(${colour.match(/[\d.]+/g).slice(0, 3).join(", ")}, ${share})`;

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
