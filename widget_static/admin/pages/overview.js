// D1: how things are just now, and what somebody should do about it.
import { html, nothing } from "../../shared/vendor/lit.js";
import { Bound, fmt, loadWords, n, t } from "../../shared/core/base.js";
import { figure } from "../charts/figure.js";
import { line } from "../charts/line.js";
import { percent } from "../charts/bars.js";
import { day, shifted, sum } from "../charts/model.js";
import { path } from "../kit/api.js";
import { Reading } from "../kit/reading.js";
import { either } from "../kit/states.js";
import { relative, span } from "../kit/time.js";
import { tiles } from "../kit/tiles.js";
import { PAGES } from "../router.js";
import { attention, systems } from "./overview/attention.js";
import { delivered, hours, p95, today } from "./overview/today.js";
import { base } from "./statistics/asked.js";
import { compared, many } from "./statistics/words.js";

export const element = "xy-overview";
export const words = "admin-figures";
export const css = true;
export const title = () => t("overview.title");

const AGAIN = 15;
const LATE = 15 * 60_000;

class XyOverview extends Bound {
  static properties = { app: { attribute: false }, route: { attribute: false } };

  constructor() {
    super();
    for (const name of ["messages", "funnel", "latency", "attention"]) this[name] = new Reading(this);
    this.all = false;
  }

  connectedCallback() {
    super.connectedCallback();
    this.watch(this.app.tenant, this.app.tenants, this.app.me);
    this.app.every(this, AGAIN, () => this._read(true));
  }

  get tenant() {
    return this.app.tenant.value;
  }

  willUpdate() {
    if (this._tenant === this.tenant) return;
    this._tenant = this.tenant;
    this._read();
  }

  _asked(what) {
    const last = day(this.app.now());
    const days = what === "messages" ? 8 : 1;
    return { first: shifted(last, -days), last, by: "hour", group: "direction", zone: this.app.zone };
  }

  _read(quiet = false) {
    const { api } = this.app;
    const counted = ["messages", "funnel", "latency"].map((what) => this[what].load(() => api.get(base(this.tenant, what), this._asked(what)), { quiet }));
    const where = this.tenant ? path("tenants", this.tenant, "attention") : "attention";
    return Promise.all([...counted, this.attention.load(() => this._attention(where), { quiet })]);
  }

  /** With the words for what was found; where all is well, they need not be loaded. */
  async _attention(where) {
    const told = await this.app.api.get(where);
    if ([...told.items, ...told.systems].some((one) => one.detail)) await (this._words ??= loadWords(null, "admin-said"));
    return told;
  }

  tiles() {
    const { app } = this;
    const now = app.now();
    const figures = (name) => this[name].value?.figures ?? null;
    const [messages, funnel, latency] = ["messages", "funnel", "latency"].map(figures);
    const told = this.attention.value;
    const link = (page, query) => (PAGES[page].load && app.may(PAGES[page].may) ? app.href(page, query) : undefined);
    const count = messages && today(messages, now);
    const came = funnel && delivered(funnel, now);
    const seconds = latency && p95(latency, now);
    const old = told?.dead.at && now - Date.parse(told.dead.at) > LATE;
    const unknown = (reading, value) => (reading.state === "error" ? "–" : value);
    return tiles([
      { label: t("overview.today"), value: unknown(this.messages, count && many(count.now)), note: count ? compared(count.now, count.ago, t("overview.than_week")) : nothing, href: link("statistics", { range: "today" }) },
      { label: t("overview.delivered"), value: unknown(this.funnel, funnel && (came ? percent(came.share) : "–")), note: came ? n("overview.failed", came.failed) : t("overview.of_day"), kind: came && came.share < 0.9 ? "warning" : "", href: link("statistics") },
      { label: t("overview.p95"), value: unknown(this.latency, latency && (seconds === null ? "–" : span(seconds * 1_000))), note: t("overview.of_day"), kind: seconds > 30 ? "warning" : "", href: link("statistics", { time: "latency" }) },
      app.may("dead:read") && { label: t("overview.dead"), value: unknown(this.attention, told && many(told.dead.count)), note: told?.dead.at ? t("overview.oldest", { time: span(now - Date.parse(told.dead.at)) }) : t("overview.none"), kind: told?.dead.count ? (old ? "error" : "warning") : "", href: link("dead") },
      app.may("onboarding:read") && { label: t("overview.tokens"), value: unknown(this.attention, told && many(told.tokens.count)), note: told?.tokens.at ? t("overview.next", { time: relative(Date.parse(told.tokens.at) - now) }) : t("overview.none.soon"), kind: told?.tokens.count ? "warning" : "", href: link("secrets") },
    ]);
  }

  _chart(told) {
    const found = hours(told.figures, this.app.now());
    const [received, sent] = [found.inbound, found.outbound].map((values) => values.reduce((all, one) => all + one, 0));
    if (!received && !sent && !sum({ ...found.ago })) return null;
    const series = [{ label: t("figure.received"), values: found.inbound }, { label: t("figure.sent"), values: found.outbound }, { label: t("overview.week_ago"), values: found.ago, quiet: true }];
    return {
      summary: t("overview.chart.says", { received: many(received), sent: many(sent) }),
      head: [t("figure.when"), ...series.map((one) => one.label)],
      rows: found.times.map((at, n) => [fmt.when(at), ...series.map((one) => many(one.values[n]))]),
      draw: () => line({ times: found.times, series, label: t("overview.chart"), by: "hour" }),
    };
  }

  render() {
    const { app, tenant } = this;
    const more = () => {
      this.all = true;
      this.requestUpdate();
    };
    const taken = (format) => app.api.url(`${base(tenant, "messages")}/export`, { ...this._asked("messages"), format });
    return html`<div class="page-head"><h1 tabindex="-1">${t("overview.title")}</h1><p class="lead"><bdi>${tenant ? app.tenantName(tenant) : t("admin.tenants.all")}</bdi> · <bdi>${t("figure.clock", { zone: app.zone })}</bdi></p></div>
      ${this.tiles()}
      ${figure({ heading: t("overview.chart"), reading: this.messages, make: (told) => this._chart(told), exports: taken })}
      <div class="overview-two">
        <section class="card" aria-labelledby="attention-name"><h2 id="attention-name">${t("attention.title")}</h2>
          ${either(this.attention, () => attention(app, this.attention.value, { all: this.all, more }), { retry: this.attention.again })}</section>
        <section class="card" aria-labelledby="systems-name"><h2 id="systems-name">${t("system.title")}</h2>
          ${either(this.attention, () => systems(this.attention.value), { retry: this.attention.again })}</section>
      </div>`;
  }
}

customElements.define(element, XyOverview);
