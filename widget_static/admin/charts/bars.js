// Bars beside their names: what is most, and how much of the whole.
import { html, nothing } from "../../shared/vendor/lit.js";
import { fmt } from "../../shared/core/base.js";
import { styled } from "../../shared/kit/kit.js";

export const percent = (share, digits = 1) => fmt.number(share, { style: "percent", maximumFractionDigits: digits });

/** `all` of `{label, note, many, tail}`; each as long as its part of the biggest one, with its share of `whole`. */
export function bars(all, { whole = all.reduce((sum, one) => sum + one.many, 0), plain = false } = {}) {
  const most = Math.max(1, ...all.map((one) => one.many));
  const entry = ({ label, note, many, tail }) => html`<li>
    <span class="meter-name"><b>${label}</b>${note ? html`<small>${note}</small>` : nothing}</span>
    <span class="meter-many">${fmt.number(many)}${plain || !whole ? nothing : html` <small>${percent(many / whole)}</small>`}${tail ?? nothing}</span>
    <span class="meter" aria-hidden="true"><i ${styled({ inlineSize: `${Math.max(0.6, (100 * many) / most)}%` })}></i></span>
  </li>`;
  return html`<ol class="bars">${all.map(entry)}</ol>`;
}
