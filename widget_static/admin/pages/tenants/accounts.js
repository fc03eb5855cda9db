// A tenant's accounts on one side: numbers that customers write to, or integrations from which agents answer.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { n, t } from "../../../shared/core/base.js";
import { badge, button, empty, icon } from "../../../shared/kit/kit.js";
import { path } from "../../kit/api.js";
import { copyable } from "../../kit/copyable.js";
import { formDialog } from "../../kit/dialogs.js";
import { Reader } from "../../kit/reading.js";
import { flat, nested, specsOf } from "../../kit/schema.js";
import { say } from "../../kit/said.js";
import { either } from "../../kit/states.js";
import { moment } from "../../kit/time.js";
import { titled } from "../onboarding/titles.js";
import { PAGES } from "../../router.js";
import "../../kit/versioned.js";

const SIGN = { ok: "check", wrong: "alert", unknown: "clock" };
const QUALITY = { GREEN: "success", YELLOW: "warning", RED: "error" };

/** `TIER_2K` as people read it; a word of Meta's that we do not know stays as it is. */
function customers(limit) {
  if (limit === "TIER_UNLIMITED") return t("tenants.messaging.unlimited");
  const [, digits, thousand] = /^TIER_(\d+)(K?)$/.exec(limit) ?? [];
  return digits ? n("tenants.messaging.customers", Number(digits) * (thousand ? 1_000 : 1)) : html`<code>${limit}</code>`;
}

class XyTenantAccounts extends Reader {
  static properties = { app: { attribute: false }, tenant: { attribute: false }, side: { attribute: false } };

  willUpdate(changed) {
    if (changed.has("side")) this._read();
  }

  _read = () => this.reading.load(async () => {
    const { api } = this.app;
    const { id } = this.tenant;
    const [{ adapters }, { accounts }, health] = await Promise.all([
      api.get("adapters"), api.get(path("tenants", id, "accounts"), { limit: 200 }), api.get(path("tenants", id, "health")),
    ]);
    const ours = adapters.filter((one) => one.side === this.side);
    const names = new Set(ours.map((one) => one.name));
    return { adapters: ours, accounts: accounts.filter((one) => names.has(one.adapter)), checks: health.checks };
  });

  _shape = (name) => this.reading.value.adapters.find((one) => one.name === name);

  _config(adapter) {
    return adapter?.shape ? specsOf({ ...adapter.shape }, { area: "tenants", path: "config." }) : [];
  }

  async _add() {
    const { app, tenant } = this;
    const { adapters } = this.reading.value;
    const of = (draft) => this._shape(draft.get("adapter") ?? adapters[0].name);
    const secrets = ({ secrets: all, extras }) => [...all, ...extras].map((one) => ({ name: `secrets.${one}`, kind: "secret", label: t("tenants.secret", { name: one }), required: all.includes(one), optional: extras.includes(one) }));
    const specs = (draft) => [
      adapters.length > 1 && { name: "adapter", kind: "select", label: t("tenants.channel"), options: adapters.map((one) => [one.name, one.name]) },
      { name: "account", label: t(`tenants.account.${this.side}`), required: true, ltr: true, max: 200, help: t(`tenants.account.${this.side}.help`) },
      { name: "name", label: t("tenants.name"), optional: true, max: 200 },
      this.side === "customers" && { name: "parent", label: t("tenants.waba"), optional: true, ltr: true, max: 200 },
      ...this._config(of(draft)),
      ...secrets(of(draft)),
    ].filter(Boolean);
    const submit = (values) => {
      const adapter = this._shape(values.adapter ?? adapters[0].name);
      const { config = {} } = nested(values, this._config(adapter));
      const given = Object.fromEntries([...adapter.secrets, ...adapter.extras].map((one) => [one, values[`secrets.${one}`]]).filter(([, value]) => value));
      return app.api.post(path("tenants", tenant.id, "accounts"), { adapter: adapter.name, account: values.account, name: values.name ?? "", ...(values.parent ? { parent: values.parent } : {}), config, secrets: given });
    };
    if (await formDialog({ title: t(`tenants.add.${this.side}`), specs, values: { adapter: adapters[0].name }, action: t("add"), wide: true, submit })) this._read();
  }

  async _remove(one) {
    const { app, tenant } = this;
    const where = path("tenants", tenant.id, "accounts", one.adapter, one.account);
    const sure = await app.confirm({ title: t("tenants.remove.account", { name: one.name || one.account }), words: t("tenants.remove.account.words"), action: t("tenants.remove"), danger: true, typed: one.account });
    if (!sure) return;
    try {
      const { etag } = await app.api.read(where);
      await app.api.del(where, { etag });
      app.toast(t("tenants.removed"), "success");
      this._read();
    } catch (error) {
      app.fail(error);
    }
  }

  _own(one) {
    return this.reading.value.checks.filter((check) => check.account === `${one.adapter}/${one.account}`);
  }

  /** What Meta thinks of a number, and how far it lets it go, as it said it at the last check. */
  standing(one) {
    const said = this._own(one).find((check) => check.quality || check.messaging_limit);
    if (!said) return nothing;
    const at = html` <small class="none">${moment(said.checked_at, { now: this.app.now() })}</small>`;
    const { quality, messaging_limit: limit } = said;
    return html`${quality ? html`<dt>${t("tenants.quality")}</dt><dd>${badge(t(quality in QUALITY ? `tenants.quality.${quality}` : "tenants.quality.UNKNOWN"), QUALITY[quality])}${at}</dd>` : nothing}
      ${limit ? html`<dt>${t("tenants.messaging")}</dt><dd>${customers(limit)}${at}<p class="help">${t("tenants.messaging.help")}</p></dd>` : nothing}`;
  }

  checks(one) {
    const own = this._own(one);
    if (!own.length) return html`<p class="none">${t("tenants.unchecked")}</p>`;
    return html`<ul class="checks">${own.map((check) => html`<li class="check-line ${check.state}"><span class="sign">${icon(SIGN[check.state])}</span>
      <div><b>${titled(check)}</b><p>${say(check, "detail")}</p>${check.todo ? html`<p class="todo">${say(check, "todo")}</p>` : nothing}</div></li>`)}</ul>`;
  }

  account(one) {
    const { app, tenant } = this;
    const may = app.may("tenants:change");
    const specs = [{ name: "name", label: t("tenants.name"), max: 200 }, ...(this.side === "customers" ? [{ name: "parent", label: t("tenants.waba"), ltr: true, max: 200, nullable: true, kind: "text" }] : []), ...this._config(this._shape(one.adapter))];
    const body = (changes, all) => {
      const { name, parent } = changes;
      const config = Object.keys(changes).some((key) => key.startsWith("config.")) ? { config: nested(all, specs.filter((spec) => spec.name.startsWith("config."))).config ?? {} } : {};
      return { ...("name" in changes ? { name } : {}), ...("parent" in changes ? { parent: parent || null } : {}), ...config };
    };
    return html`<article class="account">
      <section class="card"><header class="card-top"><h2>${one.name || one.account}</h2>${badge(one.adapter)}</header>
        <dl class="facts"><dt>${t(`tenants.account.${this.side}`)}</dt><dd>${copyable(one.account)}</dd>
          ${one.parent ? html`<dt>${t("tenants.waba")}</dt><dd>${copyable(one.parent)}</dd>` : nothing}
          ${this.standing(one)}
          <dt>${t("tenants.secrets")}</dt><dd>${one.secrets.join(", ") || "–"}${PAGES.secrets.load && app.may("secrets:read") ? html` <a href=${app.href("secrets", { tenant: tenant.id })}>${t("admin.nav.secrets")}</a>` : nothing}</dd></dl>
        <h3>${t("tenants.checks")}</h3>${this.checks(one)}
        ${may ? html`<p class="card-actions">${button(t("tenants.remove"), () => this._remove(one), { kind: "quiet", symbol: "trash" })}</p>` : nothing}</section>
      <xy-versioned .app=${app} .path=${path("tenants", tenant.id, "accounts", one.adapter, one.account)} .specs=${() => specs} .values=${(value) => flat(value, specs)} .body=${body} .readonly=${!may} .heading=${t("tenants.settings")}></xy-versioned>
    </article>`;
  }

  content() {
    const { accounts } = this.reading.value;
    const add = this.app.may("tenants:change") ? button(t(`tenants.add.${this.side}`), () => this._add(), { kind: "primary", symbol: "plus" }) : nothing;
    if (!accounts.length) return html`<section class="card">${empty(this.side === "customers" ? "call" : "people", t(`tenants.none.${this.side}`), t(`tenants.none.${this.side}.words`), add)}</section>`;
    return html`<div class="page-head"><span class="lead-in"></span>${add}</div>${accounts.map((one) => this.account(one))}`;
  }

  render() {
    const { reading } = this;
    return reading.state === "ready" ? this.content() : html`<section class="card">${either(reading, () => nothing, { retry: reading.again })}</section>`;
  }
}

customElements.define("xy-tenant-accounts", XyTenantAccounts);
