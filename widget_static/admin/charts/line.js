// Lines over time, on a canvas by uPlot; its legend, its cursor and what it says are elements like any other.
import { html, LitElement, nothing } from "../../shared/vendor/lit.js";
import { uPlot } from "../../shared/vendor/uplot.js";
import { fmt, language } from "../../shared/core/base.js";
import { styled } from "../../shared/kit/kit.js";
import { linked } from "../router.js";
import { colours, DASHES, faint, themed } from "./theme.js";

await linked("../shared/vendor/uplot.css");

const HEIGHT = 230;
const DAY = 86_400;
/** Steps of an axis that counts: nothing is half. */
const WHOLE = Array.from({ length: 13 }, (_, at) => [1, 2, 5].map((one) => one * 10 ** at)).flat();
const TIMES = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400, 28_800, DAY];
const short = (options) => new Intl.DateTimeFormat(language.value, options);

/** Seconds as an axis has them: all of one kind, none rounded. */
const clock = (seconds) => (seconds >= 60 ? fmt.duration(seconds) : fmt.number(seconds, { style: "unit", unit: "second", unitDisplay: "narrow" }));

/** What stands below a mark: hours within a day, the date where a day begins. */
function marks(splits, step) {
  const clock = short({ hour: "2-digit", minute: "2-digit" });
  const date = short({ day: "numeric", month: "short" });
  const begins = (at) => new Date(at * 1_000).getHours() === 0 && new Date(at * 1_000).getMinutes() === 0;
  return splits.map((at) => (step >= DAY || begins(at) ? date : clock).format(at * 1_000));
}

/**
 * `times` in milliseconds, one for each value; `series`: `{label, values, quiet}`; `label` names it; `by`: "hour" | "day";
 * `value(seconds)`: how to say them, where they are seconds; counts without.
 */
class XyLine extends LitElement {
  static properties = Object.fromEntries(["times", "series", "label", "value", "by"].map((one) => [one, { attribute: false }]));

  createRenderRoot() {
    return this;
  }

  constructor() {
    super();
    this.at = null;
  }

  connectedCallback() {
    super.connectedCallback();
    this._theme = themed(() => this._build());
    this._size = new ResizeObserver(() => this._resize());
    this._words = language.subscribe(() => this._build());
    if (this.hasUpdated) this._watch();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this._theme();
    this._words();
    this._size.disconnect();
    this._plot?.destroy();
    this._plot = null;
  }

  _watch() {
    this._size.observe(this.querySelector(".plot"));
    this._build();
  }

  firstUpdated() {
    this._watch();
  }

  get _data() {
    return [this.times.map((at) => at / 1_000), ...this.series.map((one) => one.values)];
  }

  /** New numbers of the same lines are drawn in place; other lines are another plot. */
  updated() {
    const shape = this.series.map((one) => one.label).join("|") + this.by;
    if (!this._plot) return;
    if (shape !== this._shape) this._build();
    else this._plot.setData(this._data);
  }

  _resize() {
    const width = Math.floor(this.querySelector(".plot").clientWidth);
    if (this._plot && width && width !== this._plot.width) this._plot.setSize({ width, height: HEIGHT });
  }

  _build() {
    const place = this.querySelector(".plot");
    if (!place || !place.isConnected) return;
    this._plot?.destroy();
    this._shape = this.series.map((one) => one.label).join("|") + this.by;
    this._plot = new uPlot(this._options(colours(this), place.clientWidth || 600), this._data, place);
    this._plot.root.setAttribute("aria-hidden", "true");
    this.requestUpdate();
  }

  _options(colour, width) {
    const rtl = document.documentElement.dir === "rtl";
    const font = "12px 'Noto Sans', system-ui, sans-serif";
    const axis = { stroke: colour.axis, font, ticks: { show: false }, grid: { stroke: colour.grid, width: 1 } };
    const value = this.value ?? fmt.number;
    return {
      width,
      height: HEIGHT,
      legend: { show: false },
      padding: [8, 24, 0, rtl ? 24 : 0],
      scales: { x: { time: true, dir: rtl ? -1 : 1 }, y: { range: (plot, low, high) => [0, high > 0 ? uPlot.rangeNum(0, high, 0.1, true)[1] : 1] } },
      axes: [
        { ...axis, space: 70, size: 28, grid: { show: false }, values: (plot, splits, at, space, step) => marks(splits, this.by === "day" ? DAY : step), incrs: this.by === "day" ? [1, 2, 3, 7, 14, 30].map((one) => one * DAY) : undefined },
        { ...axis, side: rtl ? 1 : 3, size: (plot, values) => 16 + 7 * Math.max(3, ...(values ?? []).map((one) => one.length)), values: (plot, splits) => splits.map((one) => (this.value ? clock(one) : value(one))), incrs: this.value ? TIMES : WHOLE },
      ],
      cursor: { drag: { x: false, y: false }, y: false, points: { size: 7 } },
      series: [{}, ...this.series.map((one, at) => this._line(one, at, colour))],
      hooks: { setCursor: [(plot) => this._show(plot.cursor.idx ?? null)] },
    };
  }

  _line({ quiet }, at, colour) {
    const stroke = quiet ? colour.axis : colour.series[at % colour.series.length];
    const fill = at === 0 && !quiet ? faint(stroke, 0.1) : undefined;
    return { stroke, fill, width: quiet ? 1.25 : 2, dash: DASHES[at % DASHES.length], spanGaps: false, points: { show: this.times.length < 3 } };
  }

  _show(at) {
    if (at === this.at) return;
    this.at = at;
    this.requestUpdate();
  }

  _key(event) {
    const last = this.times.length - 1;
    const rtl = document.documentElement.dir === "rtl" ? -1 : 1;
    const steps = { ArrowRight: rtl, ArrowLeft: -rtl, ArrowUp: 1, ArrowDown: -1, PageUp: 24, PageDown: -24 };
    const here = this.at ?? last;
    const to = event.key === "Home" ? 0 : event.key === "End" ? last : event.key in steps ? (this.at === null ? last : here + steps[event.key]) : null;
    if (to === null || last < 0) return;
    event.preventDefault();
    this._go(Math.min(last, Math.max(0, to)));
  }

  _go(at) {
    const left = this._plot.valToPos(this.times[at] / 1_000, "x");
    this._plot.setCursor({ left, top: 0 });
    this._show(at);
  }

  _left() {
    this._plot?.setCursor({ left: -10, top: -10 });
    this._show(null);
  }

  /** What is true of one moment, in words. */
  _says(at) {
    const value = this.value ?? fmt.number;
    const when = this.by === "day" ? fmt.date(this.times[at]) : fmt.when(this.times[at]);
    return `${when}: ${this.series.map((one) => `${one.label} ${one.values[at] === null ? "–" : value(one.values[at])}`).join(", ")}`;
  }

  _entry(one, at) {
    const value = this.value ?? fmt.number;
    const shown = this.at !== null && this.at < this.times.length ? one.values[this.at] : undefined;
    const dash = DASHES[at % DASHES.length].join(" ");
    return html`<li class=${one.quiet ? "quiet" : `series-${at % 4}`}><svg viewBox="0 0 26 8" aria-hidden="true"><path d="M1 4h24" stroke-dasharray=${dash || nothing} /></svg>
      <span>${one.label}</span> ${shown === undefined ? nothing : html`<b>${shown === null ? "–" : value(shown)}</b>`}</li>`;
  }

  render() {
    const here = this.at !== null && this.at < this.times.length ? this.at : null;
    const last = Math.max(0, this.times.length - 1);
    return html`<div class="plot" ${styled({ blockSize: `${HEIGHT}px` })} tabindex="0" role="slider" aria-label=${this.label} aria-valuemin="0" aria-valuemax=${last} aria-valuenow=${here ?? last}
        aria-valuetext=${this.times.length ? this._says(here ?? last) : nothing} @keydown=${this._key} @blur=${this._left}></div>
      <div class="legend"><span class="when">${here === null ? nothing : this.by === "day" ? fmt.date(this.times[here]) : fmt.when(this.times[here])}</span>
        <ul>${this.series.map((one, at) => this._entry(one, at))}</ul></div>`;
  }
}

customElements.define("xy-line", XyLine);

export const line = ({ times, series, label, value, by = "hour" }) => html`<xy-line .times=${times} .series=${series} .label=${label} .value=${value} .by=${by}></xy-line>`;
