// The hours of a week: a table whose cells are the darker the more there was; one cell after another by the arrow keys.
import { html, LitElement, nothing } from "../../shared/vendor/lit.js";
import { fmt, language, n, t } from "../../shared/core/base.js";
import { level } from "./model.js";

const HOURS = Array.from({ length: 24 }, (_, at) => at);
/** A Monday. */
const SOME = (weekday) => new Date(2024, 0, weekday);
const named = (weekday, length) => new Intl.DateTimeFormat(language.value, { weekday: length }).format(SOME(weekday));
export const hour = (at) => fmt.time(new Date(2024, 0, 1, at));

/** Weekdays in the order of the reader's country. */
export function week() {
  const locale = new Intl.Locale(language.value);
  const first = (locale.getWeekInfo?.() ?? locale.weekInfo)?.firstDay ?? 1;
  return [0, 1, 2, 3, 4, 5, 6].map((at) => ((first - 1 + at) % 7) + 1);
}

export const weekday = (one) => named(one, "long");

/** `days`: what `weekly()` makes; `label` names it. */
class XyHeat extends LitElement {
  static properties = { days: { attribute: false }, label: { attribute: false } };

  createRenderRoot() {
    return this;
  }

  constructor() {
    super();
    this.here = [0, 9];
    this.told = null;
  }

  _key(event) {
    const turn = document.documentElement.dir === "rtl" ? -1 : 1;
    const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -turn], ArrowRight: [0, turn], Home: [0, -24], End: [0, 24] };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    const within = (value, most) => Math.min(most, Math.max(0, value));
    this.here = [within(this.here[0] + step[0], 6), within(this.here[1] + step[1], 23)];
    this.told = this.here;
    this.requestUpdate();
    this.updateComplete.then(() => this.querySelector('td[tabindex="0"]').focus());
  }

  _tell(row, at) {
    this.told = [row, at];
    this.requestUpdate();
  }

  _says(one, at) {
    return `${weekday(one)} ${hour(at)}: ${n("chart.messages", this.days[one][at])}`;
  }

  render() {
    const order = week();
    const most = Math.max(...Object.values(this.days).flat());
    const cell = (one, row, at) => html`<td class="l${level(this.days[one][at], most)}" tabindex=${row === this.here[0] && at === this.here[1] ? 0 : -1} aria-label=${this._says(one, at)}
      @mouseenter=${() => this._tell(row, at)} @focus=${() => { this.here = [row, at]; this._tell(row, at); }}></td>`;
    return html`<div class="scroll-x"><table class="heat" role="grid" aria-label=${this.label} @keydown=${this._key} @mouseleave=${() => { this.told = null; this.requestUpdate(); }}>
        <thead><tr><td></td>${HOURS.map((at) => html`<th scope="col">${at % 3 ? html`<span class="visually-hidden">${hour(at)}</span>` : hour(at)}</th>`)}</tr></thead>
        <tbody>${order.map((one, row) => html`<tr><th scope="row" aria-label=${weekday(one)}>${named(one, "short")}</th>${HOURS.map((at) => cell(one, row, at))}</tr>`)}</tbody>
      </table></div>
      <div class="heat-foot"><span>${this.told ? this._says(order[this.told[0]], this.told[1]) : nothing}</span>
        <span class="scale" aria-hidden="true">${t("chart.few")} ${[0, 1, 2, 3, 4, 5].map((one) => html`<i class="l${one}"></i>`)} ${t("chart.many")}</span></div>`;
  }
}

customElements.define("xy-heat", XyHeat);

export const heat = (days, label) => html`<xy-heat .days=${days} .label=${label}></xy-heat>`;
