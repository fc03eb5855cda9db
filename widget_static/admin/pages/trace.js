// D6: messages found by whatever one has of them; below `trace/<id>` what happened to one (trace/one.js).
import { html, nothing } from "../../shared/vendor/lit.js";
import { Bound, fmt, t } from "../../shared/core/base.js";
import { alertBox, badge, button, empty, icon } from "../../shared/kit/kit.js";
import { path } from "../kit/api.js";
import { way } from "../kit/direction.js";
import { filters } from "../kit/filters.js";
import { Reading } from "../kit/reading.js";
import { explained, shapes } from "../kit/states.js";
import { exactly } from "../kit/time.js";
import "../kit/table.js";

export const element = "xy-trace";
export const words = "admin-messages";
export const css = true;
export const title = () => t("trace.title");

const KINDS = ["text", "image", "video", "audio", "voice", "document", "sticker", "location", "contact", "choices", "choice", "template", "reaction"];
const GOOD = new Set(["delivered", "read", "played", "posted", "published", "sent"]);
const BAD = new Set(["dead", "failed"]);
const STATES = ["routed", "sending", "unknown", "posted", "sent", "delivered", "read", "failed", "filtered", "dead"];
const CHOICES = ["direction", "kind", "status"];
const AGAIN = 15;

export const statusBadge = (status) => badge(t(`trace.status.${status}`), BAD.has(status) ? "error" : GOOD.has(status) ? "success" : "neutral");
export const kindNamed = (kind) => (KINDS.includes(kind) ? t(`trace.kind.${kind}`) : kind);
const moment = (text) => (text ? new Date(text).toISOString() : undefined);

class XyTrace extends Bound {
  static properties = { app: { attribute: false }, route: { attribute: false } };

  constructor() {
    super();
    this.reading = new Reading(this);
    this._name = "";
    this._found = null;
    this._error = null;
  }

  connectedCallback() {
    super.connectedCallback();
    this.watch(this.app.tenant);
    this.app.every(this, AGAIN, () => !this.route.parts[0] && !this.route.query.get("cursor") && this.app.tenant.value && this._read(true));
  }

  willUpdate() {
    const asked = `${this.app.tenant.value} ${this.route.query}`;
    if (this.route.parts[0]) this._bring();
    else if (this._asked !== asked) {
      this._asked = asked;
      if (this.app.tenant.value) this._read();
    }
  }

  /** What shows one message, before any is made: an element that is defined later knows nothing of what it was given. */
  async _bring() {
    if (this._ready || this._coming) return;
    this._coming = true;
    try {
      await import("./trace/one.js");
      this._ready = true;
    } catch (error) {
      this.app.fail(error);
    }
    this._coming = false;
    this.requestUpdate();
  }

  /** The filters and what is looked for: what may stand in the address, or what was typed here and does not. */
  _body() {
    const { query } = this.route;
    const body = Object.fromEntries(CHOICES.map((name) => [name, query.get(name) || undefined]));
    const name = query.get("name") || this._secret || undefined;
    return { ...body, name, since: moment(query.get("since")), until: moment(query.get("until")), cursor: query.get("cursor") || undefined };
  }

  _read(quiet = false) {
    const { tenant } = this.app;
    return this.reading.load(() => this.app.api.post(path("tenants", tenant.value, "messages", "search"), this._body()), { quiet });
  }

  /** Numbers and vendors' ids go in a body; what they are called here may stand in the address. */
  async _search(event) {
    event.preventDefault();
    const name = this._name.trim();
    if (!name) return this._forget();
    Object.assign(this, { _busy: true, _error: null, _none: false });
    this.requestUpdate();
    try {
      await (this.app.tenant.value ? this._within(name) : this._everywhere(name));
    } catch (error) {
      this._error = error;
    } finally {
      this._busy = false;
      this.requestUpdate();
    }
  }

  async _within(name) {
    const { app } = this;
    const found = await app.api.post(path("tenants", app.tenant.value, "messages", "search"), { ...this._body(), cursor: undefined, name });
    if (found.by === "message" && found.messages.length === 1) return app.go(path("trace", found.messages[0].id));
    this._none = !found.by;
    if (this._none) return;
    this._secret = found.key ? null : name;
    this._found = found.by;
    this._asked = null;
    app.query({ name: found.key, cursor: null });
    this.requestUpdate();
  }

  async _everywhere(name) {
    const { app } = this;
    const { found } = await app.api.post("messages/search", { name });
    const [first] = found;
    this._none = !first;
    if (first?.what === "message") app.go(path("trace", first.id), { tenant: first.tenant });
    else if (first) app.query({ tenant: first.tenant, name: first.id });
  }

  _forget() {
    Object.assign(this, { _name: "", _secret: null, _found: null, _none: false, _error: null });
    this.app.query({ name: null, cursor: null });
    this.requestUpdate();
  }

  search() {
    const { query } = this.route;
    const narrowed = query.get("name") || this._secret;
    return html`<form class="find" role="search" @submit=${this._search}>
        <label for="find-name">${t("trace.find")}</label>
        <span class="with-icon">${icon("search")}<input id="find-name" class="input" autocomplete="off" spellcheck="false" maxlength="300" aria-describedby="find-help"
          placeholder=${t("trace.find.example")} .value=${this._name} @input=${(event) => (this._name = event.target.value)} /></span>
        ${button(t("search"), undefined, { kind: "primary", type: "submit", busy: this._busy })}
        ${narrowed ? button(t("trace.forget"), () => this._forget(), { kind: "quiet", symbol: "close" }) : nothing}
        <p class="help" id="find-help">${narrowed ? t(`trace.found.${this._found ?? "name"}`) : t("trace.find.help")}</p>
      </form>
      ${this._error ? alertBox("error", explained(this._error)) : nothing}
      ${this._none ? alertBox("warning", t(this.app.tenant.value ? "trace.none.named" : "trace.none.anywhere")) : nothing}`;
  }

  columns() {
    return [
      { name: "at", label: t("trace.at"), fixed: true, cell: (one) => html`<time datetime=${one.received_at} title=${exactly(one.received_at)}>${fmt.when(one.received_at)}</time>` },
      { name: "way", label: t("trace.way"), cell: (one) => way(one.origin, one.to) },
      { name: "kinds", label: t("trace.kind"), cell: (one) => one.kinds.map(kindNamed).join(", ") },
      { name: "contact", label: t("trace.contact"), cell: (one) => html`<bdi>${fmt.address(one.contact)}</bdi>` },
      { name: "status", label: t("trace.state"), cell: (one) => statusBadge(one.status) },
      { name: "record", label: t("trace.record"), hidden: true, cell: (one) => one.record },
      { name: "id", label: t("trace.id"), hidden: true, cell: (one) => html`<code>${one.id}</code>` },
      { name: "external", label: t("trace.external"), hidden: true, cell: (one) => html`<code>${one.external_id}</code>` },
    ];
  }

  list() {
    const { app, reading } = this;
    const any = (name, all, prefix) => [["", t(`trace.any.${name}`)], ...all.map((one) => [one, t(`${prefix}.${one}`)])];
    const bar = filters(app, [
      { name: "since", kind: "moment", label: t("trace.since") },
      { name: "until", kind: "moment", label: t("trace.until") },
      { name: "direction", label: t("trace.way"), options: any("way", ["inbound", "outbound"], "trace.direction") },
      { name: "kind", label: t("trace.kind"), options: any("kind", KINDS, "trace.kind") },
      { name: "status", label: t("trace.state"), options: any("state", STATES, "trace.status") },
    ]);
    return html`<section class="card"><xy-table
      .columns=${this.columns()} .rows=${reading.value?.messages ?? []} .key=${(one) => one.id} .state=${reading.state} .error=${reading.error} .retry=${reading.again}
      .name=${"trace"} .label=${t("trace.messages")} .none=${{ symbol: "bubble", title: t("trace.none"), words: t("trace.none.words") }} .tools=${bar}
      .href=${(one) => app.href(path("trace", one.id))} .next=${reading.value?.next}
      .onMore=${(cursor) => app.query({ cursor }, { push: true })} .onFirst=${this.route.query.get("cursor") ? () => app.query({ cursor: null }) : undefined}
    ></xy-table></section>`;
  }

  render() {
    const { app, route } = this;
    const [id] = route.parts;
    if (id && !this._ready) return html`<h1 class="visually-hidden">${t("trace.one")}</h1><section class="card">${shapes(6)}</section>`;
    if (id) return html`<xy-trace-one .app=${app} .route=${route} .id=${id}></xy-trace-one>`;
    return html`<div class="page-head"><h1 tabindex="-1">${t("trace.title")}</h1><small class="zone">${t("trace.zone", { zone: app.zone })}</small></div>
      <section class="card">${this.search()}</section>
      ${app.tenant.value ? this.list() : html`<section class="card">${empty("building", t("trace.choose"), t("trace.choose.words"))}</section>`}`;
  }
}

customElements.define(element, XyTrace);
