// D3: who may come in, as what, and with which keys: of Xyper itself, or of the chosen tenant.
import { html } from "../../shared/vendor/lit.js";
import { Bound, t } from "../../shared/core/base.js";
import { failed, shapes } from "../kit/states.js";
import { tabs } from "../kit/tabs.js";

export const element = "xy-users";
export const words = "admin-users";
export const css = true;
export const title = () => t("users.title");

const TABS = {
  people: { may: "users:read", load: () => import("./users/people.js"), view: (app, route) => html`<xy-user-people .app=${app} .route=${route}></xy-user-people>` },
  roles: { may: "users:read", load: () => import("./users/roles.js"), view: (app) => html`<xy-user-roles .app=${app}></xy-user-roles>` },
  sessions: { may: "users:read", load: () => import("./users/sessions.js"), view: (app, route) => html`<xy-user-sessions .app=${app} .route=${route}></xy-user-sessions>` },
  keys: { may: "keys:read", load: () => import("./users/keys.js"), view: (app, route) => html`<xy-user-keys .app=${app} .route=${route}></xy-user-keys>` },
};

class XyUsers extends Bound {
  static properties = { app: { attribute: false }, route: { attribute: false } };

  constructor() {
    super();
    this._tab = { name: null };
  }

  connectedCallback() {
    super.connectedCallback();
    if (!this._begun) this.watch(this.app.tenant, this.app.tenants);
    this._begun = true;
  }

  willUpdate(changed) {
    if (changed.has("route")) this._open(this.route.parts[0] in TABS ? this.route.parts[0] : "people");
  }

  async _open(name) {
    if (this._tab.name === name && !this._tab.error) return;
    this._tab = { name, ready: false };
    try {
      await TABS[name].load();
      if (this._tab.name === name) this._tab = { name, ready: true };
    } catch (error) {
      if (this._tab.name === name) this._tab = { name, error };
    }
    this.requestUpdate();
  }

  render() {
    const { app } = this;
    const { name, ready, error } = this._tab;
    const all = Object.entries(TABS).filter(([, tab]) => app.may(tab.may)).map(([one]) => ({ name: one, label: t(`users.tab.${one}`), href: app.href(`users/${one}`) }));
    const content = error ? failed(error, () => this._open(name)) : ready ? TABS[name].view(app, this.route) : html`<section class="card">${shapes(5)}</section>`;
    const whose = app.tenant.value ? t("users.of_tenant", { name: app.tenantName(app.tenant.value) }) : t("users.of_xyper");
    return html`<div class="page-head"><h1 tabindex="-1">${t("users.title")}</h1><p class="lead">${whose}</p></div>${tabs(t("users.title"), all, name, content)}`;
  }
}

customElements.define(element, XyUsers);
