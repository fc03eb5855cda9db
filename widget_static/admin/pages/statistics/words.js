// How what was counted is called.
import { html } from "../../../shared/vendor/lit.js";
import { fmt, knows, t } from "../../../shared/core/base.js";
import { percent } from "../../charts/bars.js";
import { change } from "../../charts/model.js";
import { span } from "../../kit/time.js";

const MINUTE = 60;
const HOUR = 3_600;

/** `340 ms`, `2.1 s`, `1.9 min`: of minutes as fine as of seconds. */
export function seconds(value) {
  if (value === null || value === undefined) return "–";
  if (value < MINUTE || value >= HOUR) return span(value * 1_000);
  return fmt.number(value / MINUTE, { style: "unit", unit: "minute", unitDisplay: "short", maximumFractionDigits: value < 10 * MINUTE ? 1 : 0 });
}

const said = (key) => (knows(key) ? t(key) : "");

/** A code as a sentence: ours, in the reader's language; else the server's, with what the vendor says of it. */
export const code = (label, words = {}) => said(`figure.code.${label}`) || words[label] || t("figure.code", { code: label });
export const window_ = (label) => said(`figure.window.${label}`) || label;
export const price = (label) => said(`figure.price.${label}`) || label;
export const category = (label) => said(`figure.category.${String(label).toLowerCase()}`) || label || "–";
export const quality = (label) => said(`figure.quality.${String(label).toLowerCase()}`) || "–";
export const others = () => t("figure.others");

/** `▲ 4 %` against what was before. */
export function compared(now, then, words) {
  const by = change(now, then);
  if (by === null) return html`${t("figure.no_before")}`;
  const flat = Math.abs(by) < 0.005;
  const arrow = flat ? "=" : by > 0 ? "▲" : "▼";
  const way = t(flat ? "figure.same" : by > 0 ? "figure.more" : "figure.less");
  return html`<span aria-hidden="true">${arrow}</span> <span class="visually-hidden">${way}</span>${flat ? "" : percent(Math.abs(by), 0)} ${words}`;
}

export const many = (value) => fmt.number(value);
