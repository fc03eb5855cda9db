// The addresses that a tenant's vendors call.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { t } from "../../../shared/core/base.js";
import { badge, button, iconButton, openMenu } from "../../../shared/kit/kit.js";
import { path } from "../../kit/api.js";
import { copyable } from "../../kit/copyable.js";
import { formDialog, show } from "../../kit/dialogs.js";
import { Reader } from "../../kit/reading.js";
import "../../kit/table.js";

const lines = (text) => (text ?? "").split("\n").map((one) => one.trim()).filter(Boolean);

class XyTenantHooks extends Reader {
  static properties = { app: { attribute: false }, tenant: { attribute: false } };

  connectedCallback() {
    super.connectedCallback();
    this._read();
  }

  _read = () => this.reading.load(async () => {
    const { api } = this.app;
    const { id } = this.tenant;
    const [{ adapters }, { accounts }, { hooks }] = await Promise.all([
      api.get("adapters"), api.get(path("tenants", id, "accounts"), { limit: 200 }), api.get(path("tenants", id, "hooks"), { limit: 200 }),
    ]);
    return { adapters, accounts, hooks };
  });

  _serves = (adapter) => [["", t("tenants.hook.every")], ...this.reading.value.accounts.filter((one) => one.adapter === adapter).map((one) => [one.account, one.name || one.account])];

  async _add() {
    const { app, tenant, reading } = this;
    const names = reading.value.adapters.map((one) => one.name);
    const specs = (draft) => [
      { name: "adapter", kind: "select", label: t("tenants.channel"), options: names.map((one) => [one, one]) },
      { name: "account", kind: "select", label: t("tenants.hook.account"), options: this._serves(draft.get("adapter")) },
      { name: "secrets", kind: "secret", label: t("tenants.hook.secret"), required: true, help: t("tenants.hook.secret.help") },
      { name: "verify_tokens", kind: "secret", label: t("tenants.hook.verify"), optional: true, help: t("tenants.hook.verify.help") },
    ];
    const submit = ({ adapter, account, secrets, verify_tokens: verify }) =>
      app.api.post(path("tenants", tenant.id, "hooks"), { adapter, account: account || null, secrets: lines(secrets), verify_tokens: lines(verify) });
    const made = await formDialog({ title: t("tenants.hook.add"), intro: html`<p>${t("tenants.hook.words")}</p>`, specs, values: { adapter: names[0], account: "" }, action: t("add"), submit });
    if (!made) return;
    this._read();
    await show(t("tenants.hook.made"), html`<p>${t("tenants.hook.made.words")}</p>${copyable(made.url, { block: true, label: t("tenants.hook.url") })}`);
  }

  async _change(hook) {
    const { app, tenant } = this;
    const where = path("tenants", tenant.id, "hooks", hook.id);
    const specs = [{ name: "account", kind: "select", label: t("tenants.hook.account"), options: this._serves(hook.adapter) }];
    const { etag } = await app.api.read(where);
    const submit = ({ account }) => app.api.patch(where, { account: account || null }, { etag });
    if (await formDialog({ title: t("tenants.hook.change"), specs, values: { account: hook.account ?? "" }, action: t("save"), submit })) this._read();
  }

  async _remove(hook) {
    const { app, tenant } = this;
    const sure = await app.confirm({ title: t("tenants.hook.remove"), words: t("tenants.hook.remove.words"), action: t("tenants.remove"), danger: true, typed: hook.id });
    if (!sure) return;
    try {
      const where = path("tenants", tenant.id, "hooks", hook.id);
      const { etag } = await app.api.read(where);
      await app.api.del(where, { etag });
      app.toast(t("tenants.removed"), "success");
    } catch (error) {
      app.fail(error);
    }
    this._read();
  }

  _menu(anchor, hook) {
    openMenu(anchor, [
      { symbol: "settings", label: t("tenants.hook.change"), run: () => this._change(hook).catch(this.app.fail) },
      { symbol: "trash", label: t("tenants.hook.remove"), danger: true, run: () => this._remove(hook) },
    ], { label: t("more") });
  }

  render() {
    const { app, reading } = this;
    const may = app.may("tenants:change");
    const add = may ? button(t("tenants.hook.add"), () => this._add(), { kind: "primary", symbol: "plus", disabled: !reading.value }) : nothing;
    const columns = [
      { name: "url", label: t("tenants.hook.url"), fixed: true, cell: (one) => copyable(one.url, { label: t("tenants.hook.url") }) },
      { name: "adapter", label: t("tenants.channel"), cell: (one) => badge(one.adapter) },
      { name: "account", label: t("tenants.hook.account"), cell: (one) => one.account ?? html`<span class="none">${t("tenants.hook.every")}</span>` },
      { name: "menu", label: html`<span class="visually-hidden">${t("more")}</span>`, fixed: true, narrow: true, cell: (one) => (may ? iconButton("more", t("more"), (event) => this._menu(event.currentTarget, one)) : nothing) },
    ];
    const none = { symbol: "link", title: t("tenants.hook.none"), words: t("tenants.hook.words") };
    return html`<section class="card"><header class="card-top"><div><h2>${t("tenants.tab.hooks")}</h2><p class="help">${t("tenants.hook.words")}</p></div>${add}</header>
      <xy-table .columns=${columns} .rows=${reading.value?.hooks ?? []} .key=${(one) => one.id} .state=${reading.state} .error=${reading.error} .retry=${reading.again} .name=${"hooks"} .label=${t("tenants.tab.hooks")} .none=${none}></xy-table></section>`;
  }
}

customElements.define("xy-tenant-hooks", XyTenantHooks);
