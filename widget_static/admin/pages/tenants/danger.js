// What cannot be taken back for long: the end of a tenant.
import { html } from "../../../shared/vendor/lit.js";
import { Bound, t } from "../../../shared/core/base.js";
import { alertBox, button } from "../../../shared/kit/kit.js";
import { path } from "../../kit/api.js";
import { moment } from "../../kit/time.js";
import { resume, suspend } from "./state.js";

class XyTenantDanger extends Bound {
  static properties = { app: { attribute: false }, tenant: { attribute: false }, changed: { attribute: false } };

  async _delete() {
    const { app, tenant } = this;
    const named = { name: tenant.name || tenant.id };
    const sure = await app.confirm({ title: t("tenants.delete.ask", named), words: t("tenants.delete.words"), action: t("tenants.delete"), danger: true, typed: tenant.id });
    if (!sure) return;
    try {
      const told = await app.api.del(path("tenants", tenant.id), { etag: tenant.version });
      app.toast(t("tenants.delete.told", { ...named, when: new Date(told.delete_at).toLocaleString() }), "success");
    } catch (error) {
      app.fail(error);
    }
    this.changed(true);
  }

  async _turn(how) {
    await how(this.app, this.tenant);
    this.changed(true);
  }

  line = (title, words, action) => html`<li class="danger-line"><div><h3>${title}</h3><p>${words}</p></div>${action}</li>`;

  render() {
    const { tenant, app } = this;
    const ending = tenant.state === "deleting";
    return html`<section class="card danger-zone"><h2>${t("tenants.tab.danger")}</h2>
      ${ending ? alertBox("warning", html`${t("tenants.deleting.words")} ${moment(tenant.delete_at, { now: app.now() })}`) : ""}
      <ul>
        ${tenant.state === "active"
          ? this.line(t("tenants.suspend"), t("tenants.suspend.words"), button(t("tenants.suspend"), () => this._turn(suspend), { symbol: "pause" }))
          : this.line(t("tenants.resume"), t(ending ? "tenants.resume.ending" : "tenants.resume.words"), button(t("tenants.resume"), () => this._turn(resume), { symbol: "play" }))}
        ${ending ? "" : this.line(t("tenants.delete"), t("tenants.delete.words"), button(t("tenants.delete"), () => this._delete(), { kind: "danger", symbol: "trash" }))}
      </ul></section>`;
  }
}

customElements.define("xy-tenant-danger", XyTenantDanger);
