// D5: every secret there is: whose it is, how old, when it was of use, when it is to be changed. What it is, nobody is told.
import { html } from "../../shared/vendor/lit.js";
import { Bound, fmt, knows, t } from "../../shared/core/base.js";
import { badge, icon } from "../../shared/kit/kit.js";
import { filters } from "../kit/filters.js";
import { Reading } from "../kit/reading.js";
import "../kit/table.js";
import { exactly, moment } from "../kit/time.js";
import { about, close } from "./secrets/about.js";

export const element = "xy-secrets";
export const words = "admin-secrets";
export const css = true;
export const title = () => t("secrets.title");

const AGAIN = 60;
const SOON = 30 * 86_400_000;
const STATES = { current: "success", retiring: "warning", pending: "error" };
const NAMES = ["access_token", "client_secret", "secret", "verify_token", "pin"];

/** What it is for, in words; the name of one that we do not know. */
export const named = (one) => {
  const key = `secrets.kind.${one.adapter}.${one.name}`;
  return knows(key) ? t(key) : one.name;
};

/** `account:whatsapp/1234` → `1234`, `hook:abc` → `abc`. */
export const ownerOf = (one) => one.owner.replace(/^account:[^/]*\//, "").replace(/^hook:/, "");

export const stateOf = (one) => badge(t(`secrets.state.${one.state}`), STATES[one.state]);

export function due(one, now) {
  if (one.state === "retiring") return html`${t("secrets.retires")} ${moment(one.retires_at, { now })}`;
  if (!one.due_at) return html`<span class="none">–</span>`;
  const left = Date.parse(one.due_at) - now;
  return left < SOON ? badge(moment(one.due_at, { now }), left < 0 ? "error" : "warning") : html`<time datetime=${one.due_at} title=${exactly(one.due_at)}>${fmt.date(one.due_at)}</time>`;
}

class XySecrets extends Bound {
  static properties = { app: { attribute: false }, route: { attribute: false } };

  constructor() {
    super();
    this.reading = new Reading(this);
    this.history = new Reading(this);
    this.values = new Reading(this);
  }

  connectedCallback() {
    super.connectedCallback();
    this.watch(this.app.tenants);
    this.app.every(this, AGAIN, () => this.read(true));
  }

  willUpdate(changed) {
    if (!changed.has("route")) return;
    const { query } = this.route;
    const asked = ["tenant", "name", "state", "cursor"].map((one) => query.get(one) ?? "").join(" ");
    if (asked === this._asked) return;
    this._asked = asked;
    this.read();
  }

  read(quiet = false) {
    const { query } = this.route;
    const asked = { tenant: this.app.tenant.value, name: query.get("name"), state: query.get("state"), cursor: query.get("cursor") };
    return this.reading.load(() => this.app.api.get("secrets", asked), { quiet });
  }

  /** The one that is open at the side. */
  get chosen() {
    return this.reading.value?.secrets.find((one) => one.id === this.route.query.get("secret")) ?? null;
  }

  columns() {
    const now = this.app.now();
    const whose = (one) => (one.tenant ? this.app.tenantName(one.tenant) : t("secrets.operator"));
    return [
      { name: "name", label: t("secrets.name"), fixed: true, cell: (one) => html`${named(one)}<span class="under"><code title=${ownerOf(one)}>${ownerOf(one)}</code></span>` },
      this.app.tenant.value || this.chosen ? null : { name: "tenant", label: t("secrets.tenant"), cell: (one) => html`<bdi>${whose(one)}</bdi>` },
      { name: "fingerprint", label: t("secrets.fingerprint"), cell: (one) => html`<code>${one.fingerprint || "–"}</code>` },
      { name: "state", label: t("secrets.state"), cell: stateOf },
      this.chosen ? null : { name: "age", label: t("secrets.age"), cell: (one) => moment(one.created_at, { now }) },
      this.chosen ? null : { name: "used", label: t("secrets.used"), cell: (one) => moment(one.used_at, { now }) },
      { name: "due", label: t("secrets.due"), cell: (one) => due(one, now) },
      { name: "expires", label: t("secrets.expires"), hidden: true, cell: (one) => (one.expires_at ? moment(one.expires_at, { now }) : html`<span class="none">–</span>`) },
    ].filter(Boolean);
  }

  bar() {
    const kinds = [["", t("secrets.any")], ...NAMES.map((one) => [one, t(`secrets.of.${one}`)])];
    const states = [["", t("secrets.any")], ...Object.keys(STATES).map((one) => [one, t(`secrets.state.${one}`)])];
    return filters(this.app, [
      { name: "name", label: t("secrets.name"), options: kinds },
      { name: "state", label: t("secrets.state"), options: states },
    ]);
  }

  render() {
    const { app, chosen, reading } = this;
    const { query } = this.route;
    const none = { symbol: "key", title: t("secrets.none"), words: t("secrets.none.words") };
    return html`<div class="page-head"><h1 tabindex="-1">${t("secrets.title")}</h1><p class="lead">${icon("lock")} ${t("secrets.lead")}</p></div>
      <div class="with-panel"><section class="card"><xy-table
        .columns=${this.columns()} .rows=${reading.value?.secrets ?? []} .key=${(one) => one.id} .state=${reading.state} .error=${reading.error} .retry=${reading.again}
        .name=${"secrets"} .label=${t("secrets.title")} .none=${none} .open=${(one) => app.query({ secret: one.id })} .current=${chosen?.id} .tools=${this.bar()}
        .next=${reading.value?.next} .onMore=${(cursor) => app.query({ cursor }, { push: true })} .onFirst=${query.get("cursor") ? () => app.query({ cursor: null }) : undefined}
      ></xy-table></section>${chosen ? about(this, chosen) : close(this)}</div>`;
  }
}

customElements.define(element, XySecrets);
