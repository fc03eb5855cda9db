// The parts that pages are made of, on what the browser brings along: `<dialog>`, popovers, form controls.
import { html, nothing, ref, render } from "../vendor/lit.js";
import { t } from "../core/base.js";

// Our own symbols, 20 × 20, drawn with a line; `fill` ones have an area.
const SYMBOLS = {
  alert: "M10 3 18 17H2ZM10 8v4M10 14.6v.1",
  attach: "M10 3.5v13M3.5 10h13",
  back: "M12.5 4.5 7 10l5.5 5.5",
  bolt: "M11 2.5 4.5 11.5H10l-1 6 6.5-9H10Z",
  box: "M3 4.5h14v8.5H9.5L6 16v-3H3ZM6.5 8.7h7",
  bubble: "M3 4.5h14v9.5H8l-3.5 3v-3H3Z",
  call: "M5 3h3l1.2 3.6-1.9 1.5a9 9 0 0 0 4.6 4.6l1.5-1.9L17 12v3a2 2 0 0 1-2.2 2A13 13 0 0 1 3 5.2A2 2 0 0 1 5 3Z",
  card: "M2.5 4.5h15v11h-15ZM7 11a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6M4.3 14c.5-2 4.9-2 5.4 0M12 8.5h3M12 11.5h3",
  cart: "M2.5 3.5H5l1.7 8.5h8.3l1.7-6H5.5M7.5 16.3v.1M14 16.3v.1",
  check: "M4 10.5 8 14.5 16 6",
  clock: "M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15M10 6v4.3l2.8 1.7",
  close: "M5 5l10 10M15 5 5 15",
  copy: "M7 7h9.5v9.5H7ZM13 7V3.5H3.5V13H7",
  document: "M5 2.5h6.5L15.5 6.5v11h-10.5ZM11.5 2.5v4h4M7.5 10.5h5M7.5 13.5h5",
  down: "M5 7.5 10 12.5l5-5",
  download: "M10 3v9.5M6 9l4 4 4-4M3.5 16.5h13",
  emoji: "M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15M6.8 11.5c1.3 3 5.1 3 6.4 0M7.5 7.7v.2M12.5 7.7v.2",
  eye: "M2 10c3.5-6.6 12.5-6.6 16 0-3.5 6.6-12.5 6.6-16 0ZM10 12.3a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6",
  file: "M5 2.5h6.5L15.5 6.5v11h-10.5ZM11.5 2.5v4h4",
  form: "M4.5 2.5h11v15h-11ZM7.5 6.5h5M7.5 10h5M7.5 13.5h3",
  forward: "M11.5 4.5 17 9.5l-5.5 5M17 9.5H8.5a5.5 5.5 0 0 0-5.5 5.5v1",
  image: "M2.5 4h15v12h-15ZM3 14l4.5-4.5 3.5 3.5 2-2L17 15M12.5 7.7v.1",
  info: "M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15M10 9.3V14M10 6.3v.1",
  link: "M8.5 11.5a3 3 0 0 0 4.3 0l3-3a3 3 0 0 0-4.3-4.3l-1 1M11.5 8.5a3 3 0 0 0-4.3 0l-3 3a3 3 0 0 0 4.3 4.3l1-1",
  list: "M7 5.5h10M7 10h10M7 14.5h10M3.5 5.5v.1M3.5 10v.1M3.5 14.5v.1",
  lock: "M4.5 9h11v8h-11ZM7 9V6.5a3 3 0 0 1 6 0V9",
  megaphone: "M3 8v4h2.5l7 4V4l-7 4ZM15.5 7.5c1.3 1.3 1.3 3.7 0 5",
  mic: "M10 12.5a2.5 2.5 0 0 0 2.5-2.5V5a2.5 2.5 0 0 0-5 0v5a2.5 2.5 0 0 0 2.5 2.5M5 9.5a5 5 0 0 0 10 0M10 14.5v3",
  more: "M4.5 9.4a.6.6 0 1 0 .01 0M10 9.4a.6.6 0 1 0 .01 0M15.5 9.4a.6.6 0 1 0 .01 0",
  next: "M7.5 4.5 13 10l-5.5 5.5",
  offline: "M3 3l14 14M2.5 8a11 11 0 0 1 4-2.4M17.5 8a11 11 0 0 0-6.5-3M5 11a7.5 7.5 0 0 1 3-2M8 14a3 3 0 0 1 4 0M10 16.5v.1",
  open: "M11 3.5h5.5V9M16.5 3.5 9 11M13.5 11.5v5h-10v-10h5",
  pause: "M7 4.5v11M13 4.5v11",
  person: "M10 10a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M3.5 17c.8-6 12.2-6 13 0",
  pin: "M10 18s6-5.5 6-10A6 6 0 0 0 4 8c0 4.5 6 10 6 10ZM10 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4",
  play: "M6.5 4v12L16 10Z",
  reply: "M8.5 4.5 3 9.5l5.5 5M3 9.5h8.5a5.5 5.5 0 0 1 5.5 5.5v1",
  retry: "M16 6.5A7 7 0 1 0 17 10M16.5 3v3.8h-3.8",
  search: "M8.8 14.5a5.7 5.7 0 1 0 0-11.4 5.7 5.7 0 0 0 0 11.4M13 13l4 4",
  send: "M3 10 17 3.5 12.5 17 9.5 11ZM9.5 11 17 3.5",
  settings: "M3 5.5h8M15 5.5h2M3 10h2M9 10h8M3 14.5h8M15 14.5h2M13 7.3a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6M7 11.8a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6M13 16.3a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6",
  star: "M10 2.8l2.2 4.6 5 .7-3.6 3.5.9 5L10 14.2l-4.5 2.4.9-5L2.8 8.1l5-.7Z",
  template: "M3 3.5h14v4.5H3ZM3 11h6v5.5H3ZM12 11h5M12 13.7h5M12 16.5h3",
  trash: "M3.5 5.5h13M8 5.5v-2.5h4v2.5M5 5.5l.8 12h8.4l.8-12M8.5 8.5v6M11.5 8.5v6",
  up: "M5 12.5 10 7.5l5 5",
  video: "M2.5 5h10v10h-10ZM12.5 9l5-3v8l-5-3Z",
  zoom: "M8.8 14.5a5.7 5.7 0 1 0 0-11.4 5.7 5.7 0 0 0 0 11.4M13 13l4 4M6.3 8.8h5M8.8 6.3v5",
};

/** More of them, for pages that need them: the first load of others does without. */
export const draw = (more) => Object.assign(SYMBOLS, more);

/** A symbol beside words; with a `label` it stands for itself. */
export const icon = (name, label) => html`<svg
  class="icon"
  viewBox="0 0 20 20"
  role=${label ? "img" : nothing}
  aria-label=${label ?? nothing}
  aria-hidden=${label ? nothing : "true"}
>
  <path d=${SYMBOLS[name] ?? SYMBOLS.info} />
</svg>`;

/** A button of one symbol, named by `label`. */
export const iconButton = (name, label, onClick, { kind = "", pressed, disabled = false } = {}) => html`<button
  type="button"
  class="icon-button ${kind}"
  aria-label=${label}
  title=${label}
  aria-pressed=${pressed === undefined ? nothing : String(pressed)}
  ?disabled=${disabled}
  @click=${onClick}
>
  ${icon(name)}
</button>`;

/** `kind`: `primary`, `secondary`, `danger` or `quiet`. */
export const button = (label, onClick, { kind = "secondary", symbol, disabled = false, busy = false, type = "button" } = {}) => html`<button
  type=${type}
  class="button ${kind}"
  ?disabled=${disabled || busy}
  aria-busy=${busy ? "true" : nothing}
  @click=${onClick ?? nothing}
>
  ${symbol ? icon(symbol) : nothing}<span>${label}</span>
</button>`;

/** On an element: `<img ${styled({width: "10px"})}>`. The policy allows no style attributes, and `styleMap` begins with one. */
export const styled = (fields) => ref((element) => element && Object.assign(element.style, fields));

/** A labelled control with what helps and what is wrong below it; `control` is given the ids for its ARIA attributes. */
export function field(id, label, control, { help, error } = {}) {
  const about = [help ? `${id}-help` : "", error ? `${id}-error` : ""].filter(Boolean).join(" ");
  return html`<div class="field ${error ? "wrong" : ""}">
    <label for=${id}>${label}</label>
    ${control({ id, describedBy: about || nothing, invalid: error ? "true" : nothing })}
    ${help ? html`<p class="help" id="${id}-help">${help}</p>` : nothing}
    ${error ? html`<p class="error" id="${id}-error">${icon("alert")} ${error}</p>` : nothing}
  </div>`;
}

export const badge = (words, kind = "neutral") => html`<span class="badge ${kind}">${words}</span>`;

/** `kind`: `info`, `warning`, `error` or `success`. */
export const alertBox = (kind, words, action = nothing) => html`<div class="alert ${kind}" role=${kind === "error" ? "alert" : "status"}>
  ${icon(kind === "info" || kind === "success" ? "info" : "alert")}
  <div>${words}</div>
  ${action}
</div>`;

/** Grey shapes while something is read: no spinner, no jump when it comes. */
export const skeleton = (rows = 4) => html`<div class="skeleton" role="status" aria-label=${t("loading")}>
  ${Array.from({ length: rows }, () => html`<div></div>`)}
</div>`;

export const empty = (symbol, title, words = nothing, action = nothing) => html`<div class="empty">
  ${icon(symbol)}
  <h2>${title}</h2>
  <p>${words}</p>
  ${action}
</div>`;

const BACKWARD = { ArrowUp: true, ArrowLeft: true, ArrowDown: false, ArrowRight: false };

/** The arrow keys, Home and End among the elements that `selector` finds; left and right as they are seen. */
export function rove(event, selector) {
  const all = [...event.currentTarget.querySelectorAll(selector)].filter((one) => !one.disabled);
  const at = all.indexOf(document.activeElement);
  const sideways = event.key === "ArrowLeft" || event.key === "ArrowRight";
  const turned = sideways && document.documentElement.dir === "rtl";
  let to = null;
  if (event.key in BACKWARD) to = at + (BACKWARD[event.key] !== turned ? -1 : 1);
  else if (event.key === "Home") to = 0;
  else if (event.key === "End") to = all.length - 1;
  if (to === null || !all.length) return null;
  event.preventDefault();
  const chosen = all[(to + all.length) % all.length];
  chosen.focus();
  return chosen;
}

/**
 * A dialog over the page. `content(close)` is rendered in it; `update()` renders it anew. Esc and a click beside it close it, and the focus
 * goes back to where it was.
 */
export function openDialog(content, { label, kind = "", onClose } = {}) {
  const dialog = document.createElement("dialog");
  dialog.className = `dialog ${kind}`;
  dialog.setAttribute("aria-label", label);
  const close = () => dialog.close();
  const update = () => render(content(close), dialog);
  dialog.addEventListener("click", (event) => event.target === dialog && close());
  dialog.addEventListener("close", () => {
    render(nothing, dialog);
    dialog.remove();
    onClose?.();
  });
  document.body.append(dialog);
  update();
  dialog.showModal();
  return { close, update, dialog };
}

/** Put a popover beside what it belongs to, within the page. */
export function place(popover, anchor) {
  const at = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = popover;
  const rtl = document.documentElement.dir === "rtl";
  const wanted = rtl ? at.right - width : at.left;
  const left = Math.min(Math.max(8, wanted), Math.max(8, innerWidth - width - 8));
  const below = at.bottom + 4 + height <= innerHeight - 8;
  const top = below ? at.bottom + 4 : Math.max(8, at.top - height - 4);
  Object.assign(popover.style, { left: `${left}px`, top: `${top}px` });
}

/** A popover with any content, closed by Esc, a click elsewhere, or `close()`. */
export function openPopover(anchor, content, { kind = "", role, label, onClose } = {}) {
  const popover = document.createElement("div");
  popover.popover = "auto";
  popover.className = `popover ${kind}`;
  if (role) popover.setAttribute("role", role);
  if (label) popover.setAttribute("aria-label", label);
  const close = () => popover.isConnected && popover.hidePopover();
  const update = () => render(content(close), popover);
  popover.addEventListener("toggle", (event) => {
    if (event.newState !== "closed") return;
    if (popover.contains(document.activeElement) || document.activeElement === document.body) anchor.focus();
    render(nothing, popover);
    popover.remove();
    onClose?.();
  });
  // Within a dialog only what is in it can be reached.
  (anchor.closest("dialog, main, header") ?? document.body).append(popover);
  update();
  popover.showPopover();
  place(popover, anchor);
  return { close, update, popover };
}

/** A menu: `items` of `{symbol, label, run, disabled, danger}`; `head` is shown above them. */
export function openMenu(anchor, items, { label, head = nothing, onClose } = {}) {
  const entry = (item, close) => html`<button
    type="button"
    role="menuitem"
    tabindex="-1"
    class=${item.danger ? "danger" : ""}
    ?disabled=${item.disabled}
    @click=${() => {
      close();
      item.run();
    }}
  >
    ${icon(item.symbol)}<span>${item.label}</span>
  </button>`;
  const content = (close) => html`${head === nothing ? nothing : head(close)}
    <div role="menu" aria-label=${label} @keydown=${(event) => rove(event, '[role="menuitem"]')}>
      ${items.filter(Boolean).map((item) => entry(item, close))}
    </div>`;
  const menu = openPopover(anchor, content, { kind: "menu", onClose });
  menu.popover.querySelector('[role="menuitem"]:not([disabled])')?.focus();
  return menu;
}

/** Words at the edge of the page for a few seconds; errors stay until they are put away. */
export function toast(words, kind = "info") {
  let place = document.querySelector(".toasts");
  if (!place) {
    place = document.createElement("div");
    place.className = "toasts";
    document.body.append(place);
  }
  const one = document.createElement("div");
  one.className = `toast ${kind}`;
  one.setAttribute("role", kind === "error" ? "alert" : "status");
  const away = () => one.remove();
  render(html`${icon(kind === "error" ? "alert" : "info")}<span>${words}</span>${iconButton("close", t("close"), away)}`, one);
  place.append(one);
  if (kind !== "error") setTimeout(away, 5_000);
  return away;
}

/** Into the clipboard; the host may have withheld the permission, then by a selection of our own. `quiet`: whoever asked says so. */
export async function copy(text, { quiet = false } = {}) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "visually-hidden";
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  if (!quiet) toast(t("copied"), "success");
}
