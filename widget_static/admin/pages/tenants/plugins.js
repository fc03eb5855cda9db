// What a tenant chose for each plugin: which of its transformers pass its messages by, and how it is set up.
import { html } from "../../../shared/vendor/lit.js";
import { t } from "../../../shared/core/base.js";
import { empty } from "../../../shared/kit/kit.js";
import { path } from "../../kit/api.js";
import { Reader } from "../../kit/reading.js";
import { flat, nested, specsOf } from "../../kit/schema.js";
import { either } from "../../kit/states.js";
import "../../kit/versioned.js";

class XyTenantPlugins extends Reader {
  static properties = { app: { attribute: false }, tenant: { attribute: false } };

  connectedCallback() {
    super.connectedCallback();
    this.reading.load(async () => (await this.app.api.get(path("tenants", this.tenant.id, "plugins"))).plugins.filter((one) => one.transformers.length || one.shape));
  }

  /** All plugins are told at one address, and each is changed at its own. */
  plugin(one) {
    const { app, tenant } = this;
    const where = path("tenants", tenant.id, "plugins");
    const settings = one.shape ? specsOf(one.shape, { area: `tenants.plugin.${one.name}`, path: "settings." }) : [];
    const on = { name: "on", kind: "several", label: t("tenants.plugin.on"), help: t("tenants.plugin.on.help"), options: one.transformers.map((name) => [name, name]) };
    const specs = [...(one.transformers.length ? [on] : []), ...settings];
    const mine = ({ plugins }) => plugins.find((each) => each.name === one.name);
    const values = (told) => {
      const { off, settings: set } = mine(told);
      return { on: one.transformers.filter((name) => !off.includes(name)), ...flat({ settings: set }, settings) };
    };
    const body = (_, all) => ({ off: one.transformers.filter((name) => !all.on.includes(name)), settings: nested(all, settings).settings ?? {} });
    return html`<xy-versioned .app=${app} .path=${where} .write=${path("tenants", tenant.id, "plugins", one.name)} .method=${"put"} .specs=${() => specs} .values=${values} .body=${body} .heading=${one.name} .readonly=${!app.may("tenants:change")}></xy-versioned>`;
  }

  render() {
    const { reading } = this;
    if (reading.state !== "ready") return html`<section class="card">${either(reading, () => "", { retry: reading.again })}</section>`;
    if (!reading.value.length) return html`<section class="card">${empty("box", t("tenants.plugin.none"), t("tenants.plugin.none.words"))}</section>`;
    return html`${reading.value.map((one) => this.plugin(one))}`;
  }
}

customElements.define("xy-tenant-plugins", XyTenantPlugins);
