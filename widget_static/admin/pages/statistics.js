// D8: what was counted, of a tenant or of all, for as long as one likes, beside the time before.
import { html, nothing } from "../../shared/vendor/lit.js";
import { Bound, fmt, n, t } from "../../shared/core/base.js";
import { badge } from "../../shared/kit/kit.js";
import { figure } from "../charts/figure.js";
import { added, period, quantile } from "../charts/model.js";
import { path } from "../kit/api.js";
import { filters } from "../kit/filters.js";
import { Reading } from "../kit/reading.js";
import { tiles } from "../kit/tiles.js";
import { percent } from "../charts/bars.js";
import { asked, exported, read, TIMES } from "./statistics/asked.js";
import { agents, failures, hours, percentiles, prices, steps, templates, volume, windows } from "./statistics/charts.js";
import { compared, many, seconds } from "./statistics/words.js";

export const element = "xy-statistics";
export const words = "admin-figures";
export const css = false;
export const title = () => t("figure.title");

const AGAIN = 15;
const RANGES = ["today", "week", "month", "quarter", "own"];
const of = (direction) => (one) => one.direction === direction;

class XyStatistics extends Bound {
  static properties = { app: { attribute: false }, route: { attribute: false } };

  constructor() {
    super();
    this.readings = {};
    this.names = new Map();
  }

  connectedCallback() {
    super.connectedCallback();
    this.watch(this.app.tenant, this.app.me, this.app.tenants);
    this.app.every(this, AGAIN, () => this.period.live && this._read(true));
  }

  get tenant() {
    return this.app.tenant.value;
  }

  get period() {
    return period(this.route.query, this.app.now());
  }

  get time() {
    const time = this.route.query.get("time");
    return TIMES.includes(time) ? time : TIMES[0];
  }

  get _wanted() {
    const { period: within, tenant, time } = this;
    return asked({ tenant, number: tenant ? this.route.query.get("number") : null, period: within, time, zone: this.app.zone, now: this.app.now() });
  }

  willUpdate(changed) {
    const key = `${this.tenant} ${this.route.query}`;
    if (changed.has("route") && this._key !== key) this._read(this._tenant === this.tenant && Boolean(this._key));
    this._key = key;
    this._tenant = this.tenant;
  }

  /** All of it, each chart by itself. `quiet`: what is shown stays until the new figures are there. */
  _read(quiet = false) {
    const wanted = this._wanted;
    if (!quiet) this._named();
    return Promise.all(Object.entries(wanted).map(([name, one]) => {
      this.readings[name] ??= new Reading(this);
      return this.readings[name].load(() => read(this.app, this.tenant, one), { quiet: quiet && this.readings[name].state === "ready" });
    }));
  }

  /** How a tenant's numbers are called. */
  async _named() {
    const { tenant, app } = this;
    if (!tenant || !app.may("tenants:read")) return;
    try {
      const { accounts } = await app.api.get(path("tenants", tenant, "accounts"));
      this.names = new Map(accounts.map((one) => [`${one.adapter}/${one.account}`, one.name]));
      this.requestUpdate();
    } catch {
      // Their ids serve.
    }
  }

  value(name) {
    const reading = this.readings[name];
    return reading?.state === "ready" ? reading.value : null;
  }

  bar() {
    const { app, period: within } = this;
    const chosen = this.route.query.get("number"); // shown also where nothing was counted of it in this time
    const numbers = [...new Set([chosen, ...(this.value("numbers")?.figures ?? []).map((one) => one.number)])].filter(Boolean);
    const own = this.route.query.get("range") === "own" || within.name === "own";
    return filters(app, [
      { name: "range", label: t("figure.range"), options: RANGES.map((one) => [one === "week" && this.route.query.get("range") !== one ? "" : one, t(`figure.range.${one}`)]) },
      own && { name: "first", kind: "date", label: t("figure.first") },
      own && { name: "last", kind: "date", label: t("figure.last") },
      { name: "by", label: t("figure.by"), options: [["", t("figure.by.auto")], within.hours && ["hour", t("figure.by.hour")], ["day", t("figure.by.day")]].filter(Boolean) },
      this.tenant && (chosen || numbers.length > 1) && { name: "number", label: t("figure.of_number"), options: [["", t("figure.of_number.all")], ...numbers.map((one) => [one, this.names.get(one) || one])] },
    ]);
  }

  tiles() {
    const [now, then] = ["funnel", "before"].map((name) => this.value(name)?.figures);
    const before = n("figure.than_before", this.period.days);
    const count = (figures, direction, step) => (figures ? (added(figures, of(direction))[step] ?? 0) : null);
    const share = (figures, step) => (figures && count(figures, "outbound", "accepted") ? count(figures, "outbound", step) / count(figures, "outbound", "accepted") : null);
    const p95 = (name) => (this.value(name) ? quantile(added(this.value(name).figures), 0.95) : null);
    const simple = (label, one, other, shown = many) => ({ label: t(label), value: one === null ? (now ? "–" : null) : shown(one), note: now && then ? compared(one, other, before) : nothing });
    return tiles([
      simple("figure.received", count(now, "inbound", "accepted"), count(then, "inbound", "accepted")),
      simple("figure.sent", count(now, "outbound", "accepted"), count(then, "outbound", "accepted")),
      simple("figure.delivered", share(now, "delivered"), share(then, "delivered"), percent),
      simple("figure.failed", share(now, "failed"), share(then, "failed"), percent),
      simple("figure.first_answer", p95("answers"), p95("answers_before"), seconds),
      simple("figure.handed_over", p95("latency"), p95("latency_before"), seconds),
    ]);
  }

  /** One chart: `name` of what is asked. */
  chart(name, make, { kind = "", tools, note, heading = t(`figure.${name}`) } = {}) {
    const wanted = this._wanted[name];
    const reading = this.readings[name];
    if (!wanted || !reading) return nothing;
    return figure({ heading, reading, make: (told) => make(told, heading), exports: exported(this.app, this.tenant, wanted), tools, note, kind });
  }

  _time() {
    const choose = (event) => this.app.query({ time: event.target.value === TIMES[0] ? null : event.target.value });
    return html`<select aria-label=${t("figure.times.which")} @change=${choose}>${TIMES.map((one) => html`<option value=${one} ?selected=${one === this.time}>${t(`figure.times.${one}`)}</option>`)}</select>`;
  }

  render() {
    const { app, period: within, tenant } = this;
    const now = app.now();
    const zone = this.value("funnel")?.timezone;
    const clock = tenant && zone && zone !== app.zone ? t("figure.clock.both", { zone, own: app.zone }) : t("figure.clock", { zone: app.zone });
    return html`<div class="page-head"><h1 tabindex="-1">${t("figure.title")}</h1>${within.live ? badge(t("figure.live"), "success") : nothing}
        <p class="lead"><bdi>${tenant ? app.tenantName(tenant) : t("admin.tenants.all")}</bdi> · <bdi>${fmt.date(`${within.first}T12:00`)} – ${fmt.date(`${within.last}T12:00`)}</bdi> · <bdi>${clock}</bdi></p></div>
      ${this.bar()}
      ${this.tiles()}
      <div class="figures">
        ${this.chart("volume", (told, label) => volume(told, within, now, label), { kind: "whole" })}
        ${this.chart("funnel", steps)}
        ${this.chart("failures", failures)}
        ${this.chart("times", (told, label) => percentiles(told, within, now, label), { kind: "whole", tools: this._time(), heading: t(`figure.times.${this.time}`) })}
        ${this.chart("heat", hours, { kind: "whole", note: t("figure.heat.note", { zone: app.zone }) })}
        ${this.chart("window", windows)}
        ${this.chart("prices", prices)}
        ${tenant ? html`${this.chart("templates", templates)}${this.chart("agents", agents, { note: t("figure.agents.note") })}` : nothing}
      </div>
      ${tenant ? nothing : html`<p class="chart-note">${t("figure.choose")}</p>`}`;
  }
}

customElements.define(element, XyStatistics);
