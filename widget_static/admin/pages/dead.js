// D7: what could not be delivered, by cause and one by one; replayed, discarded, mended. `dead/<id>` opens one beside the list.
import { html, nothing } from "../../shared/vendor/lit.js";
import { Bound, fmt, n, t } from "../../shared/core/base.js";
import { badge, button, icon } from "../../shared/kit/kit.js";
import { path } from "../kit/api.js";
import { channel, way } from "../kit/direction.js";
import { filters } from "../kit/filters.js";
import { panel } from "../kit/panel.js";
import { Reading } from "../kit/reading.js";
import { exactly, moment, relative } from "../kit/time.js";
import { tiles } from "../kit/tiles.js";
import "../kit/payload.js";
import "../kit/table.js";
import { discard, replay } from "./dead/acts.js";
import { causes } from "./dead/causes.js";
import "./dead/letter.js";
import "./dead/progress.js";
import { reasonOf } from "./dead/words.js";

export const element = "xy-dead";
export const words = "admin-messages";
export const css = true;
export const title = () => t("dead.title");

const STATES = { waiting: "error", replaying: "warning", replayed: "success", discarded: "neutral" };
const SOURCES = ["route", "broker", "unparsed"];
const HOUR = 3_600_000;
/** How old: `since` or `until` that many milliseconds ago. */
const AGES = { hour: ["since", HOUR], day: ["since", 24 * HOUR], older_hour: ["until", HOUR], older_day: ["until", 24 * HOUR], older_week: ["until", 168 * HOUR] };
const AGAIN = 10;
const CAUSES = 200;
const FILTERS = ["state", "reason", "code", "direction", "source", "replay", "age", "cursor"];

export const stateBadge = (state) => badge(t(`dead.state.${state}`), STATES[state]);

/** From and to, as far as it is known which way it went. */
const direction = (one) => {
  if (!one.direction) return html`<span class="none">${one.adapter ? channel(one.adapter) : "–"}</span>`;
  return one.direction === "inbound" ? way("whatsapp", "genesys") : way("genesys", "whatsapp");
};

class XyDead extends Bound {
  static properties = { app: { attribute: false }, route: { attribute: false } };

  constructor() {
    super();
    this.reading = new Reading(this);
    this.causes = new Reading(this);
    this.summary = null;
    this.selected = new Set();
  }

  connectedCallback() {
    super.connectedCallback();
    this.watch(this.app.tenant, this.app.tenants);
    this.app.every(this, AGAIN, () => this.refresh());
  }

  /** Where the letters are: of the chosen tenant, or of all. */
  base = (...parts) => path(...(this.app.tenant.value ? ["tenants", this.app.tenant.value, "dead"] : ["dead"]), ...parts);

  get state() {
    return this.route.query.get("state") || "waiting";
  }

  /** What the filters mean, as the API takes it. */
  wanted() {
    const { query } = this.route;
    const found = {};
    for (const name of ["reason", "code", "direction", "source", "replay"]) if (query.has(name)) found[name] = query.get(name);
    const [bound, ago] = AGES[query.get("age")] ?? [];
    if (bound) found[bound] = new Date(this.app.now() - ago).toISOString();
    return found;
  }

  willUpdate() {
    const asked = [this.app.tenant.value, ...FILTERS.map((name) => this.route.query.get(name))].join("\n");
    if (this._asked === asked) return;
    this._asked = asked;
    this.selected = new Set();
    this._read();
    this._count();
  }

  _read(quiet = false) {
    const query = { ...this.wanted(), state: this.state, cursor: this.route.query.get("cursor") };
    return this.reading.load(() => this.app.api.get(this.base(), query), { quiet });
  }

  /** What there is besides the page of the list: a few numbers, and the causes. */
  async _count(quiet = false) {
    const [told] = await Promise.all([
      this.app.api.get(this.base("summary")).catch(() => this.summary),
      this.causes.load(() => this.app.api.get(this.base("groups"), { state: this.state, limit: CAUSES }), { quiet }),
    ]);
    this.summary = told;
    this.requestUpdate();
  }

  async refresh() {
    this.turned = (this.turned ?? 0) + 1;
    await Promise.all([this._read(true), this._count(true)]);
    this.app.counted?.();
  }

  /** Those that were chosen, or all that match what is looked for. */
  selection() {
    if (this.selected.size) return { ids: [...this.selected] };
    const { replay: _, ...wanted } = this.wanted();
    return Object.keys(wanted).length ? wanted : { all: true };
  }

  async act(fn, selection = this.selection()) {
    const done = await fn(this.app, this.base, selection);
    if (!done) return;
    this.selected = new Set();
    await this.refresh();
  }

  head() {
    const { app } = this;
    const chosen = this.selected.size;
    const some = this.state === "waiting" && !this.route.query.get("replay") && (chosen || this.reading.value?.letters.length);
    const words = (what) => (chosen ? t(`dead.${what}.chosen`, { count: fmt.number(chosen) }) : t(`dead.${what}.all`));
    return html`<div class="page-head"><h1 tabindex="-1">${t("dead.title")}</h1>
      ${some && app.may("dead:discard") ? button(words("discard"), () => this.act(discard), { symbol: "trash" }) : nothing}
      ${some && app.may("dead:replay") ? button(words("replay"), () => this.act(replay), { kind: "primary", symbol: "retry" }) : nothing}</div>`;
  }

  figures() {
    const { summary: told, app } = this;
    const now = app.now();
    return tiles([
      { label: t("dead.tile.waiting"), value: told && fmt.number(told.waiting), note: told && n("dead.causes", told.causes), kind: told?.waiting ? "error" : "" },
      { label: t("dead.tile.oldest"), value: told && (told.oldest ? html`<span title=${exactly(told.oldest)}>${relative(new Date(told.oldest) - now)}</span>` : "–"), note: told?.oldest ? fmt.when(told.oldest) : nothing },
      { label: t("dead.tile.lately"), value: told && fmt.number(told.lately), note: t("dead.tile.lately.note") },
      { label: t("dead.tile.replaying"), value: told && fmt.number(told.replaying), note: t("dead.tile.replaying.note") },
    ]);
  }

  columns() {
    const { app } = this;
    const now = app.now();
    return [
      { name: "at", label: t("dead.at"), fixed: true, cell: (one) => moment(one.died_at, { now }) },
      { name: "way", label: t("trace.way"), cell: direction },
      { name: "reason", label: t("dead.reason"), cell: (one) => html`${reasonOf(one)}${one.detail ? html`<span class="under clamp" dir="auto" title=${one.detail}>${one.detail}</span>` : nothing}` },
      !app.tenant.value && { name: "tenant", label: t("dead.tenant"), cell: (one) => (one.tenant ? app.tenantName(one.tenant) : html`<span class="none">–</span>`) },
      { name: "state", label: t("dead.state"), cell: (one) => stateBadge(one.state) },
      { name: "id", label: t("trace.id"), hidden: true, cell: (one) => html`<code>${one.id}</code>` },
      { name: "trace", label: html`<span class="visually-hidden">${t("trace.title")}</span>`, fixed: true, narrow: true, cell: (one) => (one.event_id && one.tenant && app.may("traces:read") ? html`<a href=${app.href(path("trace", one.event_id), { tenant: one.tenant })}>${t("dead.trace")}</a>` : nothing) },
    ].filter(Boolean);
  }

  bar() {
    const { app } = this;
    const any = (words, all) => [["", t(words)], ...all];
    const reasons = new Set([...(this.causes.value?.groups ?? []).map((one) => one.reason), this.route.query.get("reason")].filter(Boolean));
    const bar = filters(app, [
      { name: "state", label: t("dead.state"), options: Object.keys(STATES).map((one) => [one === "waiting" ? "" : one, t(`dead.state.${one}`)]) },
      { name: "reason", label: t("dead.reason"), options: any("dead.any.reason", [...reasons].sort().map((one) => [one, reasonOf({ reason: one })])) },
      { name: "direction", label: t("trace.way"), options: any("trace.any.way", [["inbound", t("trace.direction.inbound")], ["outbound", t("trace.direction.outbound")]]) },
      { name: "age", label: t("dead.age"), options: any("dead.any.age", Object.keys(AGES).map((one) => [one, t(`dead.age.${one}`)])) },
      { name: "source", label: t("dead.source"), options: any("dead.any.source", SOURCES.map((one) => [one, t(`dead.source.${one}`)])) },
    ]);
    return html`${bar}${this._narrowed()}`;
  }

  /** What narrows the list and has no control of its own. */
  _narrowed() {
    const { query } = this.route;
    const away = (name) => () => this.app.query({ [name]: null, cursor: null });
    const chip = (name, words) => (query.has(name) ? html`<button type="button" class="chip" @click=${away(name)}>${words}${icon("close", t("dead.chip.away"))}</button>` : nothing);
    return html`<div class="chips">${chip("code", t("dead.chip.code", { code: query.get("code") }))}${chip("replay", t("dead.chip.replay"))}</div>`;
  }

  list() {
    const { app, reading } = this;
    const [open] = this.route.parts;
    const none = this.state === "waiting" && !Object.keys(this.wanted()).length
      ? { symbol: "check", title: t("dead.none"), words: t("dead.none.words") } : { symbol: "search", title: t("dead.none.found"), words: t("dead.none.found.words") };
    return html`<section class="card"><xy-table
      .columns=${this.columns()} .rows=${reading.value?.letters ?? []} .key=${(one) => one.id} .state=${reading.state} .error=${reading.error} .retry=${reading.again}
      .name=${"dead"} .label=${t("dead.title")} .none=${none} .tools=${this.bar()} .href=${(one) => this._href(one.id)} .current=${open}
      .selectable=${this.state === "waiting" && (app.may("dead:replay") || app.may("dead:discard"))} .selected=${this.selected}
      .choose=${(next) => ((this.selected = next), this.requestUpdate())} .next=${reading.value?.next}
      .onMore=${(cursor) => app.query({ cursor }, { push: true })} .onFirst=${this.route.query.get("cursor") ? () => app.query({ cursor: null }) : undefined}
    ></xy-table></section>`;
  }

  /** Beside the list, as it is: with all that narrows it. */
  _href(id) {
    return this.app.href(id ? path("dead", id) : "dead", Object.fromEntries(this.route.query));
  }

  letter(id) {
    const { app, base } = this;
    const close = () => app.go("dead", Object.fromEntries(this.route.query));
    const inner = html`<xy-letter .app=${app} .base=${base} .id=${id} .turned=${this.turned} .act=${(fn) => this.act(fn, { ids: [id] })} .changed=${() => this.refresh()}></xy-letter>`;
    return panel(id && t("dead.letter"), inner, { close });
  }

  render() {
    const { app, base } = this;
    return html`${this.head()}${this.figures()}
      <xy-replays .app=${app} .base=${base} .turned=${this.turned} .done=${() => this.refresh()}></xy-replays>
      ${this.state === "waiting" ? causes(this) : nothing}
      <div class="with-panel">${this.list()}${this.letter(this.route.parts[0])}</div>`;
  }
}

customElements.define(element, XyDead);
