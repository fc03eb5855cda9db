// What happened to one message: its stations, every step, what it holds, and where it leads.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { Bound, fmt, t } from "../../../shared/core/base.js";
import { alertBox, badge, button, copy, icon, openMenu } from "../../../shared/kit/kit.js";
import { path } from "../../kit/api.js";
import { copyable } from "../../kit/copyable.js";
import { way } from "../../kit/direction.js";
import "../../kit/payload.js";
import { Reading } from "../../kit/reading.js";
import { english } from "../../kit/said.js";
import { either } from "../../kit/states.js";
import { moment } from "../../kit/time.js";
import { reasonOf } from "../dead/words.js";
import { kindNamed, statusBadge } from "../trace.js";
import { asJson, asText, lasting, took } from "./model.js";
import { stations, timeline } from "./timeline.js";

const LIVE = 2;
const FINAL = new Set(["read", "played", "failed", "filtered", "dead"]);
const RATE = 20;
const SOON = 2 * 60_000;
const LATER = 30 * 60_000;

class XyTraceOne extends Bound {
  static properties = { app: { attribute: false }, route: { attribute: false }, id: {} };

  constructor() {
    super();
    this.reading = new Reading(this);
    this.revealed = null;
  }

  connectedCallback() {
    super.connectedCallback();
    this.watch(this.app.tenant);
    this.app.every(this, LIVE, () => this._moves() && this._read(true));
  }

  willUpdate() {
    const asked = `${this.app.tenant.value}/${this.id}`;
    if (this._asked === asked) return;
    this._asked = asked;
    this.revealed = null;
    this._read();
  }

  /** Whether something may still happen to it that is worth waiting for: it is under way, or was replayed lately. */
  _moves() {
    const { message, letter } = this.reading.value ?? {};
    if (!message) return false;
    const ago = (at) => this.app.now() - Date.parse(at);
    if (letter?.state === "replaying" || (letter?.replayed_at && ago(letter.replayed_at) < SOON)) return true;
    return !FINAL.has(message.status) && ago(message.received_at) < LATER;
  }

  _read(quiet = false) {
    return this.reading.load(() => this._all(), { quiet });
  }

  async _all() {
    const { app, id } = this;
    if (!app.tenant.value) await this._settle();
    const own = (...parts) => path("tenants", app.tenant.value, ...parts);
    const [found, trace, letters] = await Promise.all([
      app.api.post(own("messages", "search"), { name: id }),
      app.api.get(own("trace", id)).catch((error) => (error.status === 404 ? null : Promise.reject(error))),
      app.may("dead:read") ? app.api.get(own("dead"), { state: "any", event: id }) : { letters: [] },
    ]);
    const message = found.messages.find((one) => one.id === id) ?? found.messages[0] ?? null;
    return { message, trace, letter: letters.letters[0] ?? null };
  }

  /** A link that names no tenant, for those who see all of them. */
  async _settle() {
    const { found } = await this.app.api.post("messages/search", { name: this.id });
    const one = found.find((thing) => thing.what === "message");
    if (one) this.app.query({ tenant: one.tenant });
    else throw Object.assign(new Error(t("trace.unknown")), { status: 404, detail: t("trace.unknown") });
  }

  async _reveal() {
    const { app, id } = this;
    try {
      this.revealed = await app.api.post(path("tenants", app.tenant.value, "messages", id, "revelation"));
      this.requestUpdate();
    } catch (error) {
      app.fail(error);
    }
  }

  async _replay(letter) {
    const { app } = this;
    const sure = await app.confirm({ title: t("dead.replay.one"), words: t("dead.replay.twice"), action: t("dead.replay.do") });
    if (!sure) return;
    try {
      await app.api.post(path("tenants", app.tenant.value, "dead", "replays"), { ids: [letter.id], rate: RATE });
      app.toast(t("dead.replay.asked"), "success");
      app.counted?.();
      await this._read(true);
    } catch (error) {
      app.fail(error);
    }
  }

  _copy(event) {
    const { message, trace, letter } = this.reading.value;
    openMenu(event.currentTarget, [
      { symbol: "copy", label: t("trace.copy.text"), run: () => copy(asText(trace, message)) },
      { symbol: "form", label: t("trace.copy.json"), run: () => copy(asJson(trace, message, letter)) },
    ], { label: t("trace.copy") });
  }

  head() {
    const { message, trace, letter } = this.reading.value ?? {};
    const replay = letter?.state === "waiting" && this.app.may("dead:replay");
    return html`<nav class="crumbs" aria-label=${t("trace.back")}><a href=${this.app.href("trace")}>${t("trace.title")}</a>${icon("next")}<code>${this.id}</code></nav>
      <div class="page-head"><h1 tabindex="-1">${t("trace.one")} ${message ? statusBadge(message.status) : nothing}</h1>
        ${replay ? button(t("dead.replay"), () => this._replay(letter), { kind: "primary", symbol: "retry" }) : nothing}${trace ? button(t("trace.copy"), (event) => this._copy(event), { symbol: "copy" }) : nothing}</div>`;
  }

  /** Names of it: ours, and the two vendors', hidden as far as they hold a number. */
  facts(message) {
    const { app, revealed } = this;
    const row = (name, value) => (value ? html`<dt>${t(`trace.${name}`)}</dt><dd>${value}</dd>` : nothing);
    const named = (hidden, shown) => copyable(shown ?? hidden);
    const far = message.payloads.filter((one) => one.far_id);
    const price = message.payloads.map((one) => one.price).find(Boolean);
    const open = message.payloads.map((one) => one.window_open).find((one) => one !== null);
    return html`<dl class="facts">
      ${row("way", way(message.origin, message.to))}
      ${row("contact", html`<bdi>${fmt.address(revealed?.contact ?? message.contact)}</bdi>`)}
      ${row("id", copyable(message.id))}
      ${row("external", named(message.external_id, revealed?.external_id))}
      ${far.map((one, at) => row("far", named(one.far_id, revealed?.far_ids[at])))}
      ${row("thread", message.thread && copyable(message.thread))}
      ${row("kind", message.kinds.map(kindNamed).join(", "))}
      ${row("price", price && [price.category, price.type].filter(Boolean).join(" · "))}
      ${row("window", open === undefined ? null : t(open ? "trace.window.open" : "trace.window.closed"))}
      ${row("at", moment(message.received_at, { exact: true }))}
      ${row("record", message.record === "live" ? null : badge(message.record, "warning"))}
    </dl>
    ${app.may("numbers:reveal") && !revealed ? html`<p class="after">${button(t("trace.reveal"), () => this._reveal(), { symbol: "eye" })}<small class="help">${t("trace.reveal.help")}</small></p>` : nothing}`;
  }

  links({ message, letter }) {
    const { app } = this;
    const link = (symbol, words, href) => html`<li><a href=${href}>${icon(symbol)} ${words}</a></li>`;
    return html`<ul class="links">
      ${message.conversation ? link("bubble", t("trace.to.conversation"), app.href("trace", { name: message.conversation })) : nothing}
      ${letter ? link("dead", html`${t("trace.to.dead")} ${badge(t(`dead.state.${letter.state}`), letter.state === "waiting" ? "error" : "neutral")}`, app.href(path("dead", letter.id))) : nothing}
      ${app.may("audit:read") ? link("list", t("trace.to.audit"), app.href("audit", { subject: `message/${message.id}` })) : nothing}
    </ul>`;
  }

  why({ message, letter }) {
    const failure = message.payloads.find((one) => one.reason)?.reason;
    if (failure) return alertBox("error", html`<b>${failure.code}</b> ${english(failure.message)}`);
    if (letter) return alertBox(letter.state === "waiting" ? "error" : "info", html`<b>${reasonOf(letter)}</b> ${english(letter.detail)}`);
    return nothing;
  }

  body(told) {
    const { message, trace } = told;
    if (!message) return html`<section class="card">${alertBox("warning", t("trace.unknown"))}${trace ? timeline(trace) : nothing}</section>`;
    const { app } = this;
    const all = trace && took(trace);
    const payload = (...more) => path("tenants", app.tenant.value, "messages", message.id, "payload", ...more);
    const read = async () => (await app.api.get(payload())).event;
    const reveal = app.may("bodies:read") ? async () => (await app.api.post(payload("revelation"))).event : null;
    return html`${this.why(told)}
      ${trace ? html`<section class="card">${stations(trace)}</section>` : nothing}
      <div class="trace-columns">
        <section class="card"><header class="with-note"><h2>${t("trace.timeline")}</h2><small>${all ? t("trace.took", { time: lasting(all) }) : nothing}</small></header>
          ${trace ? timeline(trace) : html`<p class="none">${t("trace.not_kept")}</p>`}</section>
        <div class="trace-side">
          <section class="card"><h2>${t("trace.facts")}</h2>${this.facts(message)}</section>
          <section class="card"><h2>${t("trace.leads")}</h2>${this.links(told)}</section>
          <section class="card"><h2>${t("payload")}</h2><xy-payload .subject=${message.id} .read=${read} .reveal=${reveal}></xy-payload></section>
        </div>
      </div>`;
  }

  render() {
    return html`${this.head()}${either(this.reading, () => this.body(this.reading.value), { retry: this.reading.again, rows: 6 })}`;
  }
}

customElements.define("xy-trace-one", XyTraceOne);
