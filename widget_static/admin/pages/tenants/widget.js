// What the agents' widget needs in Genesys Cloud, to be copied; and which pages beside Genesys' own may hold it.
import { html } from "../../../shared/vendor/lit.js";
import { t } from "../../../shared/core/base.js";
import { empty } from "../../../shared/kit/kit.js";
import { path } from "../../kit/api.js";
import { copyable } from "../../kit/copyable.js";
import { Reader } from "../../kit/reading.js";
import { flat, nested, specsOf } from "../../kit/schema.js";
import { either } from "../../kit/states.js";
import "../../kit/versioned.js";

const FILLED = ["gcConversationId", "gcHostOrigin", "gcTargetEnv", "gcLangTag", "gcUsePopupAuth"].map((one) => `${one}={{${one}}}`).join("&");
const SANDBOX = "allow-forms,allow-modals,allow-popups,allow-presentation,allow-same-origin,allow-scripts,allow-downloads";
const PERMISSIONS = "clipboard-write,fullscreen,microphone";
const ORIGINS = ["widget_hosts"];
const SIGN_IN = ["organization_id", "login_client_id"];

class XyTenantWidget extends Reader {
  static properties = { app: { attribute: false }, tenant: { attribute: false } };

  connectedCallback() {
    super.connectedCallback();
    this.reading.load(async () => {
      const { api } = this.app;
      const [{ adapters }, { accounts }] = await Promise.all([api.get("adapters"), api.get(path("tenants", this.tenant.id, "accounts"), { limit: 200 })]);
      const desks = adapters.filter((one) => one.side === "agents" && ORIGINS[0] in (one.shape?.properties ?? {}));
      return accounts.map((account) => ({ account, shape: desks.find((one) => one.name === account.adapter)?.shape })).filter((one) => one.shape);
    });
  }

  form({ account, shape }) {
    const { app, tenant } = this;
    const all = specsOf(shape, { area: "tenants.config" });
    const specs = all.filter((one) => [...ORIGINS, ...SIGN_IN].includes(one.name));
    let kept = {};
    const values = ({ config }) => flat((kept = config), specs);
    const body = (_, shown) => ({ config: { ...kept, ...nested(shown, specs) } });
    return html`<xy-versioned .app=${app} .path=${path("tenants", tenant.id, "accounts", account.adapter, account.account)} .specs=${() => specs} .values=${values} .body=${body} .heading=${account.name || account.account} .readonly=${!app.may("tenants:change")}></xy-versioned>`;
  }

  content() {
    const one = ([label, value]) => html`<div class="field"><span class="label">${label}</span>${copyable(value, { block: true, label })}</div>`;
    const { origin } = location;
    const settings = [
      [t("tenants.widget.url"), `${origin}/widget/${encodeURIComponent(this.tenant.id)}/?${FILLED}`],
      [t("tenants.widget.sandbox"), SANDBOX],
      [t("tenants.widget.permissions"), PERMISSIONS],
      [t("tenants.widget.redirect"), `${origin}/widget/${encodeURIComponent(this.tenant.id)}/auth/callback`],
    ];
    return html`<section class="card"><h2>${t("tenants.widget.in_genesys")}</h2><p class="lead">${t("tenants.widget.words")}</p><div class="form">${settings.map(one)}</div></section>
      ${this.reading.value.length ? this.reading.value.map((each) => this.form(each)) : html`<section class="card">${empty("people", t("tenants.none.agents"), t("tenants.none.agents.words"))}</section>`}`;
  }

  render() {
    const { reading } = this;
    return reading.state === "ready" ? this.content() : html`<section class="card">${either(reading, () => "", { retry: reading.again })}</section>`;
  }
}

customElements.define("xy-tenant-widget", XyTenantWidget);
