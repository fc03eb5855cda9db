// Around every chart: its name, what it says in a sentence, the same as a table, and the way to take it along.
import { html, nothing } from "../../shared/vendor/lit.js";
import { Bound, t } from "../../shared/core/base.js";
import { icon, openMenu } from "../../shared/kit/kit.js";
import { either } from "../kit/states.js";
import { linked } from "../router.js";

await linked("charts/charts.css");

let turn = 0;

/**
 * `heading`; `reading` (kit/reading.js), then `make(value)` gives `{summary, head: [words], rows: [[cell, …]], draw}`: `draw()` the chart, `rows`
 * what it shows; `none`: words where there is nothing. `exports(format)`: an address of the API. `tools`: beside the name.
 */
class XyFigure extends Bound {
  static properties = Object.fromEntries(["heading", "reading", "state", "make", "exports", "tools", "note"].map((one) => [one, { attribute: false }]));

  constructor() {
    super();
    this.id_ = `figure-${(turn += 1)}`;
    this.tabled = false;
  }

  _take(event) {
    const take = (format) => Object.assign(document.createElement("a"), { href: this.exports(format), download: "" }).click();
    openMenu(event.currentTarget, [
      { symbol: "download", label: t("chart.csv"), run: () => take("csv") },
      { symbol: "download", label: t("chart.json"), run: () => take("jsonl") },
    ], { label: t("chart.take") });
  }

  _turn() {
    this.tabled = !this.tabled;
    this.requestUpdate();
  }

  _table({ head, rows }) {
    return html`<div class="scroll-x chart-table" tabindex="0" role="region" aria-label=${this.heading}><table class="plain-table">
      <caption class="visually-hidden">${this.heading}</caption>
      <thead><tr>${head.map((one, at) => html`<th scope="col" class=${at ? "end" : ""}>${one}</th>`)}</tr></thead>
      <tbody>${rows.map((row) => html`<tr>${row.map((cell, at) => (at ? html`<td class="end">${cell}</td>` : html`<th scope="row">${cell}</th>`))}</tr>`)}</tbody>
    </table></div>`;
  }

  _body(made) {
    if (!made) return html`<p class="nothing">${icon("chart")} ${t("chart.nothing")}</p>`;
    return html`<p class="chart-summary" id="${this.id_}-says">${made.summary}</p>${this.tabled ? this._table(made) : made.draw()}`;
  }

  render() {
    const { reading } = this;
    const made = reading.state === "ready" ? this.make(reading.value) : null;
    return html`<figure class="chart" aria-labelledby="${this.id_}-name" aria-busy=${reading.state === "loading" ? "true" : nothing}>
      <figcaption><h2 id="${this.id_}-name">${this.heading}</h2>
        <span class="chart-tools">${this.tools ?? nothing}
          ${made ? html`<button type="button" class="text-button" aria-pressed=${String(this.tabled)} @click=${() => this._turn()}>${icon(this.tabled ? "chart" : "columns")}<span>${t(this.tabled ? "chart.as_chart" : "chart.as_table")}</span><span class="visually-hidden">: ${this.heading}</span></button>` : nothing}
          ${made && this.exports ? html`<button type="button" class="text-button" aria-haspopup="menu" @click=${this._take}>${icon("download")}<span>${t("chart.take")}</span><span class="visually-hidden">: ${this.heading}</span></button>` : nothing}
        </span></figcaption>
      ${either(reading, () => this._body(made), { retry: reading.again, rows: 5 })}
      ${this.note ? html`<p class="chart-note">${this.note}</p>` : nothing}
    </figure>`;
  }
}

customElements.define("xy-figure", XyFigure);

export const figure = ({ heading, reading, make, exports, tools, note, kind = "" }) => html`<xy-figure class="card ${kind}"
  .heading=${heading} .reading=${reading} .state=${reading.state} .make=${make} .exports=${exports} .tools=${tools} .note=${note}></xy-figure>`;
