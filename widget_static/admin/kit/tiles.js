// Figures in a row of cards.
import { html, nothing } from "../../shared/vendor/lit.js";

/** `{label, value, note, kind: "" | "warning" | "error" | "success", href}`; a value that is not known yet is null: a grey shape. */
export const tile = ({ label, value, note = nothing, kind = "", href }) => {
  const inner = html`<dt>${href ? html`<a class="cover" href=${href}>${label}</a>` : label}</dt>
    <dd class="figure">${value === null || value === undefined ? html`<i class="shape"></i>` : value}</dd>
    <dd class="note">${note}</dd>`;
  return html`<div class="tile card ${kind}">${inner}</div>`;
};

export const tiles = (all) => html`<dl class="tiles">${all.filter(Boolean).map(tile)}</dl>`;
