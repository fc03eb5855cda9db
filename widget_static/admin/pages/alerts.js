// What is wrong now, what was, and who is told of it.
import { html, nothing } from "../../shared/vendor/lit.js";
import { Bound, t } from "../../shared/core/base.js";
import { badge, button } from "../../shared/kit/kit.js";
import { path } from "../kit/api.js";
import { Reading } from "../kit/reading.js";
import { say } from "../kit/said.js";
import { tabs } from "../kit/tabs.js";
import { moment, span } from "../kit/time.js";
import "../kit/table.js";
import { channelCards } from "./alerts/channels.js";
import { addChannel } from "./alerts/forms.js";

export const element = "xy-alerts";
export const words = ["admin-alerts", "admin-said"];
export const css = true;
export const title = () => t("alerts.title");

const AGAIN = 10;
const TABS = ["open", "past", "channels"];

class XyAlerts extends Bound {
  static properties = { app: { attribute: false }, route: { attribute: false } };

  constructor() {
    super();
    this.reading = new Reading(this);
    this.tried = {}; // by the channel's id: how its last test went, or null while it goes on
  }

  connectedCallback() {
    super.connectedCallback();
    this.watch(this.app.tenant, this.app.tenants);
    this.app.every(this, AGAIN, () => this._read(true));
  }

  get tab() {
    const asked = this.route.query.get("tab");
    return TABS.includes(asked) ? asked : "open";
  }

  /** Where it is asked for: of the chosen tenant, or wherever one may look. */
  get base() {
    const tenant = this.app.tenant.value;
    return tenant ? path("tenants", tenant, "alerts") : "alerts";
  }

  willUpdate() {
    const asked = [this.tab, this.base, this.route.query.get("cursor")].join();
    if (asked === this._asked) return;
    this._asked = asked;
    this.reading.value = null;
    this._read();
  }

  _read(quiet = false) {
    const { api } = this.app;
    const base = this.base;
    const asked = { cursor: this.route.query.get("cursor"), open: this.tab === "open" };
    return this.reading.load(() => (this.tab === "channels" ? api.get(`${base}/channels`) : api.get(base, asked)), { quiet });
  }

  async _add() {
    const made = await addChannel(this.app, this.base, this.reading.value ?? (await this.app.api.get(`${this.base}/channels`)));
    if (!made) return;
    if (this.tab === "channels") this._read(true);
    else this.app.query({ tab: "channels", cursor: null }, { push: true });
  }

  async _test(channel) {
    this.tried = { ...this.tried, [channel.id]: null };
    this.requestUpdate();
    try {
      const outcome = await this.app.api.post(`${this.base}/channels/${channel.id}/test`);
      this.tried = { ...this.tried, [channel.id]: outcome };
    } catch (error) {
      delete this.tried[channel.id];
      this.app.fail(error);
    }
    this.requestUpdate();
  }

  columns() {
    const { app } = this;
    const now = app.now();
    const past = this.tab === "past";
    const whose = (one) => (one.tenant ? html`<a href=${app.href(`tenants/${encodeURIComponent(one.tenant)}`, { tenant: one.tenant })}><bdi>${app.tenantName(one.tenant)}</bdi></a>` : html`<span class="none">Xyper</span>`);
    return [
      { name: "words", label: t("alerts.words"), fixed: true, cell: (one) => say(one, "words") },
      { name: "topic", label: t("alerts.topic"), cell: (one) => badge(t(`alerts.topic.${one.topic}`), one.ended_at ? "neutral" : "error") },
      !app.tenant.value && { name: "tenant", label: t("alerts.tenant"), cell: whose },
      { name: "began", label: t("alerts.began"), cell: (one) => moment(one.began_at, { now }) },
      past && { name: "ended", label: t("alerts.ended"), cell: (one) => (one.ended_at ? moment(one.ended_at, { now }) : badge(t("alerts.goes_on"), "error")) },
      { name: "lasted", label: t("alerts.lasted"), end: true, cell: (one) => span(Math.max(0, (one.ended_at ? Date.parse(one.ended_at) : now) - Date.parse(one.began_at))) },
    ].filter(Boolean);
  }

  list() {
    const { app, reading } = this;
    const none = this.tab === "open" ? { symbol: "check", title: t("alerts.none"), words: t("alerts.none.words") } : { symbol: "list", title: t("alerts.none.past") };
    return html`<section class="card"><xy-table
      .columns=${this.columns()} .rows=${reading.value?.alerts ?? []} .key=${(one) => one.id} .state=${reading.state} .error=${reading.error} .retry=${reading.again}
      .name=${`alerts-${this.tab}`} .label=${t(`alerts.tab.${this.tab}`)} .none=${none} .next=${reading.value?.next}
      .onMore=${(cursor) => app.query({ cursor }, { push: true })} .onFirst=${this.route.query.get("cursor") ? () => app.query({ cursor: null }) : undefined}
    ></xy-table></section>`;
  }

  render() {
    const { app } = this;
    const add = app.may("alerts:change") ? button(t("alerts.add"), () => this._add(), { kind: "primary", symbol: "plus" }) : nothing;
    const all = TABS.map((name) => ({ name, label: t(`alerts.tab.${name}`), href: app.href("alerts", { tab: name === "open" ? "" : name }) }));
    const content = this.tab === "channels"
      ? channelCards(app, this.reading, { base: this.base, tried: this.tried, add, test: (one) => this._test(one), again: () => this._read(true) })
      : this.list();
    return html`<div class="page-head"><h1 tabindex="-1">${t("alerts.title")}</h1>${add}</div>
      ${tabs(t("alerts.title"), all, this.tab, content)}`;
  }
}

customElements.define(element, XyAlerts);
