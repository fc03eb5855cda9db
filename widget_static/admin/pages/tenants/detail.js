// One tenant: its tabs, each of them an address, and loaded when it is asked for.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { Bound, t } from "../../../shared/core/base.js";
import { badge, button, icon, iconButton } from "../../../shared/kit/kit.js";
import { path } from "../../kit/api.js";
import { formDialog } from "../../kit/dialogs.js";
import { Reading } from "../../kit/reading.js";
import { failed, shapes } from "../../kit/states.js";
import { tabs } from "../../kit/tabs.js";
import { resume, suspend } from "./state.js";

/** Each tab's module and what it draws: an element that is given `app`, `tenant` (what the API tells of it) and `route`. */
const TABS = {
  summary: { load: () => import("./summary.js"), view: (given) => html`<xy-tenant-summary .app=${given.app} .tenant=${given.tenant}></xy-tenant-summary>` },
  whatsapp: { load: () => import("./accounts.js"), view: (given) => html`<xy-tenant-accounts .app=${given.app} .tenant=${given.tenant} .side=${"customers"}></xy-tenant-accounts>` },
  genesys: { load: () => import("./accounts.js"), view: (given) => html`<xy-tenant-accounts .app=${given.app} .tenant=${given.tenant} .side=${"agents"}></xy-tenant-accounts>` },
  routing: { load: () => import("./routing.js"), view: (given) => html`<xy-tenant-routing .app=${given.app} .tenant=${given.tenant}></xy-tenant-routing>` },
  hooks: { load: () => import("./hooks.js"), view: (given) => html`<xy-tenant-hooks .app=${given.app} .tenant=${given.tenant}></xy-tenant-hooks>` },
  widget: { load: () => import("./widget.js"), view: (given) => html`<xy-tenant-widget .app=${given.app} .tenant=${given.tenant}></xy-tenant-widget>` },
  policy: { load: () => import("./decisions.js"), view: (given) => html`<xy-tenant-policy .app=${given.app} .tenant=${given.tenant}></xy-tenant-policy>` },
  retention: { load: () => import("./decisions.js"), view: (given) => html`<xy-tenant-retention .app=${given.app} .tenant=${given.tenant}></xy-tenant-retention>` },
  limits: { load: () => import("./decisions.js"), view: (given) => html`<xy-tenant-limits .app=${given.app} .tenant=${given.tenant}></xy-tenant-limits>` },
  plugins: { load: () => import("./plugins.js"), view: (given) => html`<xy-tenant-plugins .app=${given.app} .tenant=${given.tenant}></xy-tenant-plugins>` },
  danger: { may: "tenants:end", load: () => import("./danger.js"), view: (given) => html`<xy-tenant-danger .app=${given.app} .tenant=${given.tenant} .changed=${given.changed}></xy-tenant-danger>` },
};
const KINDS = { active: "success", suspended: "warning", deleting: "error" };

class XyTenant extends Bound {
  static properties = { app: { attribute: false }, route: { attribute: false }, tenant: { attribute: false } };

  constructor() {
    super();
    this.reading = new Reading(this);
    this._tab = { name: null, state: "loading" };
  }

  willUpdate(changed) {
    if (changed.has("tenant")) this._read();
    if (changed.has("route")) this._open(this.route.parts[1] ?? "summary");
  }

  _read = (quiet = false) => this.reading.load(() => this.app.api.get(path("tenants", this.tenant)).then((one) => (this.app.learn([one]), one)), { quiet });

  async _open(name) {
    const tab = TABS[name];
    if (this._tab.name === name && this._tab.state !== "error") return;
    this._tab = { name, state: "loading" };
    try {
      await tab?.load();
      if (this._tab.name === name) this._tab = { name, state: tab ? "ready" : "gone" };
    } catch (error) {
      if (this._tab.name === name) this._tab = { name, state: "error", error };
    }
    this.requestUpdate();
  }

  async _rename() {
    const { app, reading } = this;
    const done = await formDialog({
      title: t("tenants.rename"),
      specs: [{ name: "name", label: t("tenants.name"), required: true, max: 200, help: t("tenants.name.help") }],
      values: { name: reading.value.name },
      action: t("save"),
      submit: ({ name }) => app.api.patch(path("tenants", this.tenant), { name: name.trim() }, { etag: reading.value.version }),
    });
    if (done) app.toast(t("admin.saved"), "success");
    this._read(true);
  }

  async _turn(how) {
    const done = await how(this.app, this.reading.value);
    if (done) this.reading.put(done);
  }

  head(one) {
    const { app } = this;
    const may = app.may("tenants:end");
    return html`<nav class="crumbs" aria-label=${t("tenants.crumbs")}><a href=${app.href("tenants")}>${t("tenants.title")}</a>${icon("next")}<span>${one?.name || this.tenant}</span></nav>
      <div class="page-head"><h1 tabindex="-1">${one?.name || this.tenant}</h1>
        ${one ? html`${badge(t(`tenants.state.${one.state}`), KINDS[one.state])}
          ${app.may("tenants:change") ? iconButton("settings", t("tenants.rename"), () => this._rename()) : nothing}
          ${may && one.state === "active" ? button(t("tenants.suspend"), () => this._turn(suspend), { symbol: "pause" }) : nothing}
          ${may && one.state !== "active" ? button(t("tenants.resume"), () => this._turn(resume), { kind: "primary", symbol: "play" }) : nothing}` : nothing}
      </div>`;
  }

  content(tenant) {
    const { name, state, error } = this._tab;
    if (state === "error") return failed(error, () => this._open(name));
    if (state === "gone") return failed({ status: 404, detail: t("admin.next.gone"), correlation: null });
    if (state === "loading") return html`<section class="card">${shapes(5)}</section>`;
    return TABS[name].view({ app: this.app, tenant, changed: this._read });
  }

  render() {
    const { app, reading } = this;
    if (reading.state === "error") return html`${this.head(null)}<section class="card">${failed(reading.error, reading.again)}</section>`;
    if (!reading.value) return html`${this.head(null)}<section class="card">${shapes(6)}</section>`;
    const all = Object.entries(TABS).filter(([, tab]) => !tab.may || app.may(tab.may))
      .map(([name]) => ({ name, label: t(`tenants.tab.${name}`), href: app.href(`tenants/${encodeURIComponent(this.tenant)}/${name}`) }));
    return html`${this.head(reading.value)}${tabs(t("tenants.tabs"), all, this._tab.name, this.content(reading.value))}`;
  }
}

customElements.define("xy-tenant", XyTenant);
