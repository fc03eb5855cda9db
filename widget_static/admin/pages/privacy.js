// What is held about people: find one, tell it, keep it, forget it; what they decided; and for how long anything is kept.
import { html, nothing } from "../../shared/vendor/lit.js";
import { Bound, t } from "../../shared/core/base.js";
import { empty } from "../../shared/kit/kit.js";
import { shapes } from "../kit/states.js";
import { tabs } from "../kit/tabs.js";

export const element = "xy-privacy";
export const words = "admin-privacy";
export const css = true;
export const title = () => t("privacy.title");

const TABS = {
  people: { may: "people:read", load: () => import("./privacy/people.js") },
  erasures: { may: "people:read", load: () => import("./privacy/erasures.js") },
  holds: { may: "people:read", load: () => import("./privacy/holds.js") },
  consents: { may: "consents:read", load: () => import("./privacy/consents.js") },
  retention: { may: "tenants:read", load: () => import("./privacy/retention.js") },
};

class XyPrivacy extends Bound {
  static properties = { app: { attribute: false }, route: { attribute: false } };

  connectedCallback() {
    super.connectedCallback();
    this.watch(this.app.tenant);
    this.loaded = new Set();
  }

  get chosen() {
    const asked = this.route.query.get("tab");
    return asked in TABS && this.app.may(TABS[asked].may) ? asked : "people";
  }

  willUpdate() {
    const name = this.chosen;
    if (this.loaded.has(name)) return;
    TABS[name].load().then(() => {
      this.loaded.add(name);
      this.requestUpdate();
    }, (error) => this.app.fail(error));
  }

  content(name) {
    const { app, route } = this;
    const tenant = app.tenant.value;
    if (!this.loaded.has(name)) return html`<section class="card">${shapes(4)}</section>`;
    if (name === "people") return html`<xy-privacy-people .app=${app} .tenant=${tenant}></xy-privacy-people>`;
    if (name === "erasures") return html`<xy-erasures .app=${app} .tenant=${tenant} .route=${route}></xy-erasures>`;
    if (name === "holds") return html`<xy-holds .app=${app} .tenant=${tenant} .route=${route}></xy-holds>`;
    if (name === "consents") return html`<xy-consents .app=${app} .tenant=${tenant} .route=${route}></xy-consents>`;
    return html`<xy-retention .app=${app} .tenant=${tenant}></xy-retention>`;
  }

  render() {
    const { app } = this;
    const head = html`<div class="page-head"><h1 tabindex="-1">${t("privacy.title")}</h1><p class="lead">${t("privacy.lead")}</p></div>`;
    if (!app.tenant.value) return html`${head}<section class="card">${empty("building", t("privacy.choose"), t("privacy.choose.words"))}</section>`;
    const all = Object.entries(TABS).map(([name, { may }]) => app.may(may) && { name, label: t(`privacy.tab.${name}`), href: app.href("privacy", { tab: name }) });
    return html`${head}${tabs(t("privacy.title"), all, this.chosen, this.content(this.chosen))}`;
  }
}

customElements.define(element, XyPrivacy);
