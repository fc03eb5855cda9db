// A bar of filters that stand in the address: a link shows the same.
import { html, nothing } from "../../shared/vendor/lit.js";
import { t } from "../../shared/core/base.js";
import { button, icon } from "../../shared/kit/kit.js";

const PAUSE = 250;
let timer = null;

/** Every change begins the list anew: a cursor of another question means nothing. */
function put(app, name, value, { late = false } = {}) {
  clearTimeout(timer);
  const now = () => app.query({ [name]: value, cursor: null });
  if (late) timer = setTimeout(now, PAUSE);
  else now();
}

function entry(app, { name, label, kind = "select", options = [], placeholder = "", max }) {
  const value = app.route.value.query.get(name) ?? "";
  const id = `filter-${name}`;
  if (kind === "select") {
    return html`<div class="field"><label for=${id}>${label}</label><select id=${id} @change=${(event) => put(app, name, event.target.value)}>
      ${options.map(([one, words]) => html`<option value=${one} ?selected=${one === value}>${words}</option>`)}</select></div>`;
  }
  if (kind === "check") {
    return html`<div class="field switch"><label><input id=${id} type="checkbox" role="switch" .checked=${value !== ""} @change=${(event) => put(app, name, event.target.checked ? "1" : "")} /> <span>${label}</span></label></div>`;
  }
  const search = kind === "search";
  return html`<div class="field ${search ? "wide" : ""}"><label for=${id}>${label}</label><span class=${search ? "with-icon" : nothing}>${search ? icon("search") : nothing}<input id=${id} type=${kind === "moment" ? "datetime-local" : kind} .value=${value}
    placeholder=${placeholder} maxlength=${max ?? nothing} autocomplete="off" spellcheck="false" @input=${(event) => put(app, name, event.target.value, { late: search || kind === "text" })} /></span></div>`;
}

/** `all` of `{name, label, kind: "select" | "search" | "text" | "date" | "moment" | "check", options: [[value, words]]}`; `actions` stand at the end. */
export function filters(app, all, actions = nothing) {
  const shown = all.filter(Boolean);
  const set = shown.some(({ name }) => app.route.value.query.get(name));
  const clear = () => app.query({ ...Object.fromEntries(shown.map(({ name }) => [name, null])), cursor: null });
  return html`<form class="filter-bar" role="search" aria-label=${t("admin.filters")} @submit=${(event) => event.preventDefault()}>
    ${shown.map((one) => entry(app, one))}
    ${set ? button(t("admin.filters.clear"), clear, { kind: "quiet", symbol: "close" }) : nothing}
    <span class="actions">${actions}</span>
  </form>`;
}
