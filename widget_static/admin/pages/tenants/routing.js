// Which number leads to which integration: a tenant's links.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { t } from "../../../shared/core/base.js";
import { button, iconButton } from "../../../shared/kit/kit.js";
import { path } from "../../kit/api.js";
import { copyable } from "../../kit/copyable.js";
import { formDialog } from "../../kit/dialogs.js";
import { Reader } from "../../kit/reading.js";
import "../../kit/table.js";

class XyTenantRouting extends Reader {
  static properties = { app: { attribute: false }, tenant: { attribute: false } };

  connectedCallback() {
    super.connectedCallback();
    this._read();
  }

  _read = () => this.reading.load(async () => {
    const { api } = this.app;
    const { id } = this.tenant;
    const [{ adapters }, { accounts }, { links }] = await Promise.all([
      api.get("adapters"), api.get(path("tenants", id, "accounts"), { limit: 200 }), api.get(path("tenants", id, "links"), { limit: 200 }),
    ]);
    const side = Object.fromEntries(adapters.map((one) => [one.name, one.side]));
    const names = Object.fromEntries(accounts.map((one) => [`${one.adapter}/${one.account}`, one.name]));
    return { links, names, of: (what) => accounts.filter((one) => side[one.adapter] === what).map((one) => `${one.adapter}/${one.account}`) };
  });

  _named = (account) => html`${this.reading.value.names[account] || account}<span class="under">${copyable(account)}</span>`;

  async _add() {
    const { app, tenant, reading } = this;
    const { names, of } = reading.value;
    const options = (what) => of(what).map((one) => [one, names[one] ? `${names[one]} (${one})` : one]);
    const specs = [
      { name: "customer", kind: "select", label: t("tenants.link.customer"), options: options("customers") },
      { name: "agent", kind: "select", label: t("tenants.link.agent"), options: options("agents") },
    ];
    const values = { customer: of("customers")[0], agent: of("agents")[0] };
    const submit = (link) => app.api.post(path("tenants", tenant.id, "links"), link);
    if (await formDialog({ title: t("tenants.link.add"), intro: html`<p>${t("tenants.link.words")}</p>`, specs, values, action: t("add"), submit })) this._read();
  }

  async _remove(link) {
    const { app, tenant } = this;
    const sure = await app.confirm({ title: t("tenants.link.remove"), words: t("tenants.link.remove.words"), action: t("tenants.remove"), danger: true });
    if (!sure) return;
    try {
      const where = path("tenants", tenant.id, "links", link.id);
      const { etag } = await app.api.read(where);
      await app.api.del(where, { etag });
      app.toast(t("tenants.removed"), "success");
    } catch (error) {
      app.fail(error);
    }
    this._read();
  }

  render() {
    const { app, reading } = this;
    const may = app.may("tenants:change");
    const ready = reading.value && reading.value.of("customers").length && reading.value.of("agents").length;
    const add = may ? button(t("tenants.link.add"), () => this._add(), { kind: "primary", symbol: "plus", disabled: !ready }) : nothing;
    const columns = [
      { name: "customer", label: t("tenants.link.customer"), fixed: true, cell: (one) => this._named(one.customer) },
      { name: "agent", label: t("tenants.link.agent"), cell: (one) => this._named(one.agent) },
      { name: "id", label: t("tenants.id"), hidden: true, cell: (one) => copyable(one.id) },
      { name: "menu", label: html`<span class="visually-hidden">${t("more")}</span>`, fixed: true, narrow: true, cell: (one) => (may ? iconButton("trash", t("tenants.link.remove"), () => this._remove(one)) : nothing) },
    ];
    const none = { symbol: "route", title: t("tenants.link.none"), words: t(ready ? "tenants.link.words" : "tenants.link.first") };
    return html`<section class="card"><header class="card-top"><div><h2>${t("tenants.tab.routing")}</h2><p class="help">${t("tenants.link.words")}</p></div>${add}</header>
      <xy-table .columns=${columns} .rows=${reading.value?.links ?? []} .key=${(one) => one.id} .state=${reading.state} .error=${reading.error} .retry=${reading.again} .name=${"links"} .label=${t("tenants.tab.routing")} .none=${none}></xy-table></section>`;
  }
}

customElements.define("xy-tenant-routing", XyTenantRouting);
