// D10: how the engines, their servers and the vendors are, live; and how much is left of each tenant's error budget.
import { html } from "../../shared/vendor/lit.js";
import { fmt, t } from "../../shared/core/base.js";
import { badge } from "../../shared/kit/kit.js";
import { path } from "../kit/api.js";
import { Reader } from "../kit/reading.js";
import { either } from "../kit/states.js";
import { tabs } from "../kit/tabs.js";
import { level } from "./health/level.js";
import { whole } from "./health/whole.js";
import { traffic } from "./health/traffic.js";

export const element = "xy-health";
export const words = ["admin-health", "admin-onboarding", "admin-said"];
export const css = true;
export const title = () => t("health.title");

const AGAIN = 5;
const LEVEL_AGAIN = 60;
const KINDS = { ok: "success", trouble: "error", silent: "error" };

class XyHealth extends Reader {
  static properties = { app: { attribute: false }, route: { attribute: false } };

  connectedCallback() {
    super.connectedCallback();
    this.watch(this.app.tenant, this.app.tenants);
    this.app.every(this, AGAIN, () => this.tab === "now" && this._read(true));
    this.app.every(this, LEVEL_AGAIN, () => this.tab === "level" && this._read(true));
  }

  get tab() {
    return this.route.query.get("tab") === "level" ? "level" : "now";
  }

  /** Of one tenant, unless somebody may see the engines and has chosen none. */
  get tenant() {
    return this.app.tenant.value;
  }

  willUpdate() {
    const asked = [this.tab, this.tenant, this.route.query.get("cursor")].join();
    if (asked === this._asked) return;
    this._asked = asked;
    this.reading.value = null;
    this._read();
  }

  _read(quiet = false) {
    const read = this.tab === "now" ? this._now : this._level;
    return this.reading.load(() => read.call(this), { quiet });
  }

  async _now() {
    const { api } = this.app;
    if (!this.tenant) return api.get("health");
    const [now, checks] = await Promise.all([
      api.get(path("tenants", this.tenant, "health", "traffic")),
      this.app.may("onboarding:read") ? api.get(path("tenants", this.tenant, "health")) : null,
    ]);
    return { ...now, checks };
  }

  _level() {
    const { api } = this.app;
    return this.tenant ? api.get(path("tenants", this.tenant, "objective")) : api.get("objectives", { cursor: this.route.query.get("cursor"), limit: 50 });
  }

  content() {
    const { app, reading, tenant } = this;
    const draw = () => {
      if (this.tab === "level") return level(app, reading.value, { tenant, query: this.route.query });
      return tenant ? traffic(app, reading.value) : whole(app, reading.value);
    };
    return html`<div class="page">${either(reading, draw, { retry: reading.again, rows: 8 })}</div>`;
  }

  render() {
    const { app, reading } = this;
    const state = this.tab === "now" && !this.tenant ? reading.value?.state : null;
    const all = ["now", "level"].map((name) => ({ name, label: t(`health.tab.${name}`), href: app.href("health", { tab: name === "now" ? "" : name }) }));
    return html`<div class="page-head">
        <h1 tabindex="-1">${t("health.title")}</h1>
        ${state ? badge(t(`health.state.${state}`), KINDS[state]) : ""}
        <span class="as-of">${t("health.as_of", { time: fmt.time(app.now()) })}</span>
      </div>
      ${tabs(t("health.title"), all, this.tab, this.content())}`;
  }
}

customElements.define(element, XyHealth);
