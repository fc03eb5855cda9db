// What was decided about a tenant: by itself, how it speaks and what it keeps; by who runs Xyper, how much it may have.
import { html } from "../../../shared/vendor/lit.js";
import { Bound, fmt, t } from "../../../shared/core/base.js";
import { path } from "../../kit/api.js";
import { Reading } from "../../kit/reading.js";
import { flat, model, nested, specsOf } from "../../kit/schema.js";
import { tiles } from "../../kit/tiles.js";
import "../../kit/versioned.js";

const SPEAKS = ["language", "timezone", "window", "window_template", "window_language", "stop_means", "stop_words", "start_words", "end_after", "context_to_agents", "missed"];
const KEEPS = ["message_days", "body_days", "media_days", "ledger_days", "trace_days", "dead_letter_days", "stat_days"];
const LANGUAGES = ["en", "es", "pt", "fr", "de", "it"];

/** A form of some of a model's fields, at an address of the tenant's. */
const form = (given, { at, name, only, heading, lead, pick = (value) => value, adapt = (spec) => spec, may = "tenants:change", saved, wide = true }) => {
  let specs = [];
  const read = async () => (specs = specsOf(await model(given.app.api, name), { area: "tenants.policy", only }).map(adapt));
  return {
    specs: read,
    values: (value) => flat(pick(value), specs),
    body: (changes) => nested(changes, specs),
    path: path("tenants", given.tenant.id, at),
    heading,
    lead,
    saved,
    wide,
    readonly: !given.app.may(may),
  };
};

const drawn = (app, one) => html`<xy-versioned .app=${app} .path=${one.path} .specs=${one.specs} .values=${one.values} .body=${one.body} .heading=${one.heading} .lead=${one.lead} .readonly=${one.readonly} .saved=${one.saved} .wide=${one.wide}></xy-versioned>`;

/** Languages and zones are chosen, not typed. */
function chosen(spec) {
  if (spec.name === "language") return { ...spec, kind: "select", options: LANGUAGES.map((one) => [one, fmt.language(one)]) };
  if (spec.name === "timezone") return { ...spec, suggested: ["UTC", ...Intl.supportedValuesOf("timeZone")].map((one) => [one, one]), ltr: true };
  return spec;
}

class Decided extends Bound {
  static properties = { app: { attribute: false }, tenant: { attribute: false } };

  willUpdate(changed) {
    if (changed.has("tenant") && changed.get("tenant")?.id !== this.tenant.id) this.form = this.make();
  }

  render() {
    return drawn(this.app, this.form);
  }
}

class XyTenantPolicy extends Decided {
  make = () => form(this, { at: "policy", name: "PolicyChange", only: SPEAKS, heading: t("tenants.tab.policy"), lead: t("tenants.policy.words"), adapt: chosen });
}

class XyTenantRetention extends Decided {
  make = () => form(this, { at: "policy", name: "PolicyChange", only: KEEPS, heading: t("tenants.tab.retention"), lead: t("tenants.retention.words") });
}

class XyTenantLimits extends Decided {
  constructor() {
    super();
    this.usage = new Reading(this);
  }

  make = () => {
    this._read();
    const pick = ({ quotas }) => quotas;
    return form(this, { at: "quotas", name: "Quotas", heading: t("tenants.tab.limits"), lead: t("tenants.limits.words"), pick, may: "tenants:limit", saved: () => this._read() });
  };

  _read = () => this.usage.load(() => this.app.api.get(path("tenants", this.tenant.id, "quotas")));

  render() {
    const { value } = this.usage;
    const limit = (name) => (value ? (value.quotas[name] === null ? t("tenants.limits.none") : t("tenants.limits.of", { most: name === "media_bytes" ? fmt.size(value.quotas[name]) : fmt.number(value.quotas[name]) })) : "");
    const used = (name, at = name) => ({ label: t(`tenants.policy.${name}`), value: value && (name === "media_bytes" ? fmt.size(value.usage[at]) : fmt.number(value.usage[at])), note: limit(name) });
    return html`${tiles([used("numbers"), used("links"), used("users"), used("keys"), used("media_bytes"), used("messages_per_day", "messages_today")])}${super.render()}`;
  }
}

customElements.define("xy-tenant-policy", XyTenantPolicy);
customElements.define("xy-tenant-retention", XyTenantRetention);
customElements.define("xy-tenant-limits", XyTenantLimits);
