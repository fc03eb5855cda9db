// How a tenant is: its figures, what the last check of its accounts found, and what waits.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { Bound, fmt, t } from "../../../shared/core/base.js";
import { badge, button, icon } from "../../../shared/kit/kit.js";
import { path } from "../../kit/api.js";
import { copyable } from "../../kit/copyable.js";
import { Reading } from "../../kit/reading.js";
import { say } from "../../kit/said.js";
import { either } from "../../kit/states.js";
import { tiles } from "../../kit/tiles.js";
import { moment, span } from "../../kit/time.js";
import { titled } from "../onboarding/titles.js";
import { PAGES } from "../../router.js";

const AGAIN = 15;
const DAYS = 7;
const KIND = { ok: "success", wrong: "error", unknown: "neutral" };
const SIGN = { ok: "check", wrong: "alert", unknown: "clock" };

class XyTenantSummary extends Bound {
  static properties = { app: { attribute: false }, tenant: { attribute: false } };

  constructor() {
    super();
    this.health = new Reading(this);
    this.traffic = new Reading(this);
    this.figures = new Reading(this);
  }

  connectedCallback() {
    super.connectedCallback();
    this._read();
    this.app.every(this, AGAIN, () => this._read(true));
  }

  async _read(quiet = false) {
    const { api } = this.app;
    const { id } = this.tenant;
    const figures = async () => (await api.get("tenants", { search: id, figures: true, limit: 200 })).tenants.find((one) => one.id === id)?.figures ?? null;
    await Promise.all([
      this.health.load(() => api.get(path("tenants", id, "health")), { quiet }),
      this.traffic.load(() => api.get(path("tenants", id, "health", "traffic")), { quiet }),
      this.figures.load(figures, { quiet }),
    ]);
  }

  tiles() {
    const figures = this.figures.value;
    const traffic = this.traffic.value;
    const [token] = traffic?.tokens ?? [];
    const rate = figures && (figures.messages ? fmt.number(Math.min(1, figures.failed / figures.messages), { style: "percent", maximumFractionDigits: 1 }) : "–");
    return tiles([
      { label: t("tenants.messages"), value: figures && fmt.number(Math.round(figures.messages / DAYS)), note: t("tenants.last_week") },
      { label: t("tenants.errors"), value: rate, note: t("tenants.last_week"), kind: figures?.failed ? "warning" : "" },
      { label: t("tenants.oldest"), value: traffic && (traffic.oldest ? span(traffic.oldest * 1_000) : t("tenants.nothing_waits")), note: traffic?.queues.length ? t("tenants.queues", { count: traffic.queues.reduce((sum, one) => sum + one.waiting, 0) }) : nothing },
      { label: t("tenants.expires"), value: traffic && (token ? span(Date.parse(token.expires_at) - this.app.now()) : "–"), note: token ? token.account : t("tenants.no_expiry") },
    ]);
  }

  checks({ checks, checked_at: at }) {
    const check = (one) => html`<li class="check-line ${one.state}">
      <span class="sign">${icon(SIGN[one.state])}</span>
      <div><b>${titled(one)}</b> <small class="none" dir="ltr">${one.account}</small><p>${say(one, "detail")}</p>${one.todo ? html`<p class="todo">${say(one, "todo")}</p>` : nothing}
        ${one.state === "ok" ? nothing : html`<p class="correlation">${t("admin.correlation")} ${copyable(one.correlation)}</p>`}</div>
      <span class="since">${moment(one.since, { now: this.app.now() })}</span></li>`;
    const order = { wrong: 0, unknown: 1, ok: 2 };
    const rows = [...checks].sort((a, b) => order[a.state] - order[b.state]);
    return rows.length
      ? html`<p class="help">${t("tenants.checked")} ${moment(at, { now: this.app.now() })}</p><ul class="checks">${rows.map(check)}</ul>`
      : html`<p class="none">${t("tenants.unchecked")}</p>`;
  }

  render() {
    const { app, tenant, health } = this;
    const state = health.value?.state;
    const goOn = PAGES.onboarding.load ? button(t("admin.nav.onboarding"), () => app.go(`onboarding/${encodeURIComponent(tenant.id)}`), { symbol: "steps" }) : nothing;
    return html`${this.tiles()}
      <div class="cards wide-first">
        <section class="card"><header class="card-top"><h2>${t("tenants.checks")}</h2>${state ? badge(t(`tenants.health.${state}`), KIND[state]) : nothing}</header>
          ${either(health, () => this.checks(health.value), { retry: health.again })}</section>
        <section class="card"><h2>${t("tenants.about")}</h2>
          <dl class="facts">
            <dt>${t("tenants.id")}</dt><dd>${copyable(tenant.id, { label: t("tenants.id") })}</dd>
            <dt>${t("tenants.created")}</dt><dd>${moment(tenant.created_at, { now: app.now() })}</dd>
            <dt>${t("tenants.changed")}</dt><dd>${moment(tenant.changed_at, { now: app.now() })}</dd>
            <dt>${t("tenants.accounts")}</dt><dd>${fmt.number(tenant.accounts)}</dd>
            <dt>${t("tenants.links")}</dt><dd>${fmt.number(tenant.links)}</dd>
            ${tenant.delete_at ? html`<dt>${t("tenants.delete_at")}</dt><dd>${moment(tenant.delete_at, { now: app.now() })}</dd>` : nothing}
          </dl>
          <p class="card-actions">${goOn}</p></section>
      </div>`;
  }
}

customElements.define("xy-tenant-summary", XyTenantSummary);
