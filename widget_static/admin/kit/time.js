// Times as people read them: how long ago, and the exact moment with its zone behind it.
import { html } from "../../shared/vendor/lit.js";
import { fmt, language, t } from "../../shared/core/base.js";

const STEPS = [["second", 60], ["minute", 60], ["hour", 24], ["day", 30], ["month", 12], ["year", Infinity]];

/** `in 3 days`, `5 minutes ago`, from milliseconds. */
export function relative(milliseconds) {
  let value = milliseconds / 1_000;
  const format = new Intl.RelativeTimeFormat(language.value, { numeric: "auto" });
  for (const [unit, size] of STEPS) {
    if (Math.abs(value) < size || size === Infinity) return format.format(Math.round(value), unit);
    value /= size;
  }
  return "";
}

/** How long something takes or took: `340 ms`, `2.1 s`, `14 min`, `3 h`, `11 d`. */
export function span(milliseconds) {
  const units = [["millisecond", 1_000], ["second", 60], ["minute", 60], ["hour", 48], ["day", Infinity]];
  let value = milliseconds;
  for (const [unit, size] of units) {
    if (value < size) {
      const digits = unit === "second" && value < 10 ? 1 : 0;
      return fmt.number(value, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: digits });
    }
    value /= size;
  }
  return "";
}

/** A moment in the reader's zone, to the second, with the zone's name. */
export const exactly = (moment) => new Intl.DateTimeFormat(language.value, { dateStyle: "medium", timeStyle: "long" }).format(new Date(moment));

/** `<time>`: how long ago; `exact` shows the moment itself. */
export function moment(at, { now = new Date(), exact = false } = {}) {
  if (!at) return html`<span class="none">${t("admin.never")}</span>`;
  return html`<time datetime=${at} title=${exactly(at)}>${exact ? fmt.when(at) : relative(new Date(at) - now)}</time>`;
}
