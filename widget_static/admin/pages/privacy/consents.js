// The ledger of consents: what customers decided about being written to, with what proves it.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { Bound, fmt, t } from "../../../shared/core/base.js";
import { alertBox, badge, button, icon } from "../../../shared/kit/kit.js";
import { path } from "../../kit/api.js";
import { copyable } from "../../kit/copyable.js";
import { formDialog } from "../../kit/dialogs.js";
import { filters } from "../../kit/filters.js";
import { panel } from "../../kit/panel.js";
import { Reading } from "../../kit/reading.js";
import { exactly, moment } from "../../kit/time.js";
import "../../kit/table.js";
import { bring } from "./import.js";

const SOURCES = ["keyword", "131050", "user_preferences", "api", "import"];
const KINDS = ["marketing", "everything"];
const UUID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;

/** A telephone number as people write it is one as the API knows it. */
export const addressed = (text) => {
  const given = text.trim();
  return /^\+?[\d ()./-]{6,}$/.test(given) ? `tel:+${given.replace(/\D/g, "")}` : given;
};

class XyConsents extends Bound {
  static properties = { app: { attribute: false }, tenant: {}, route: { attribute: false } };

  constructor() {
    super();
    this.reading = new Reading(this);
    this._given = "";
    this._whose = "";
  }

  base = (...parts) => path("tenants", this.tenant, "consents", ...parts);

  willUpdate(changed) {
    if (changed.has("tenant") && changed.get("tenant") !== undefined) Object.assign(this, { _given: "", _whose: "" });
    const asked = [this.tenant, this._whose, this.route.query.get("source"), this.route.query.get("cursor")].join("\n");
    if (this._asked === asked) return;
    this._asked = asked;
    this._read();
  }

  _read(quiet = false) {
    const { query } = this.route;
    const body = { contact: this._whose || undefined, source: query.get("source") || undefined, cursor: query.get("cursor") || undefined };
    return this.reading.load(() => this.app.api.post(this.base("search"), body), { quiet });
  }

  _search(event) {
    event.preventDefault();
    this._whose = addressed(this._given);
    this.app.query({ cursor: null, consent: null });
    this.requestUpdate();
  }

  columns() {
    const now = this.app.now();
    return [
      { name: "noted", label: t("privacy.noted_at"), fixed: true, cell: (one) => moment(one.noted_at, { now }) },
      { name: "contact", label: t("privacy.customer"), cell: (one) => (one.contact ? html`<bdi>${fmt.address(one.contact)}</bdi>` : html`<span class="none">${t("privacy.erased")}</span>`) },
      { name: "kind", label: t("privacy.kind"), cell: (one) => t(`privacy.kind.${one.kind}`) },
      { name: "given", label: t("privacy.decision"), cell: (one) => badge(t(one.given ? "privacy.given" : "privacy.withdrawn"), one.given ? "success" : "error") },
      { name: "source", label: t("privacy.source"), cell: (one) => t(`privacy.source.${one.source}`) },
      { name: "account", label: t("privacy.account"), hidden: true, cell: (one) => one.account || t("privacy.all_numbers") },
      { name: "at", label: t("privacy.decided_at"), cell: (one) => moment(one.at, { now }) },
    ];
  }

  async _note() {
    const { app } = this;
    const specs = [
      { name: "contact", label: t("privacy.customer"), help: t("privacy.customer.help"), required: true, ltr: true, max: 300, placeholder: "+39 333 123 4567" },
      { name: "kind", kind: "select", label: t("privacy.kind"), options: KINDS.map((one) => [one, t(`privacy.kind.${one}`)]) },
      { name: "given", kind: "select", label: t("privacy.decision"), options: [["yes", t("privacy.given")], ["no", t("privacy.withdrawn")]] },
      { name: "at", kind: "moment", label: t("privacy.decided_at"), help: t("privacy.decided_at.help"), optional: true },
      { name: "wording", kind: "textarea", label: t("privacy.wording"), help: t("privacy.wording.help"), optional: true, max: 4000 },
      { name: "event", label: t("privacy.event"), help: t("privacy.event.help"), optional: true, ltr: true, max: 100 },
    ];
    const submit = ({ contact, given, at, ...rest }) => app.api.post(this.base(), { ...rest, contact: addressed(contact), given: given === "yes", ...(at ? { at: new Date(at).toISOString() } : {}) });
    const values = { contact: "", kind: "marketing", given: "no", at: "", wording: "", event: "" };
    const done = await formDialog({ title: t("privacy.note"), specs, values, action: t("privacy.note.do"), submit });
    if (!done) return;
    app.toast(t("privacy.note.done"), "success");
    this._read(true);
  }

  async _import() {
    if (await bring(this.app, this.base("import"))) this._read(true);
  }

  search() {
    return html`<form class="find" role="search" @submit=${this._search}>
      <label for="find-consent">${t("privacy.customer")}</label>
      <span class="with-icon">${icon("search")}<input id="find-consent" class="input" autocomplete="off" spellcheck="false" maxlength="300" placeholder="+39 333 123 4567" dir="ltr" aria-describedby="find-consent-help"
        .value=${this._given} @input=${(event) => (this._given = event.target.value)} /></span>
      ${button(t("search"), undefined, { kind: "primary", type: "submit" })}
      <p class="help" id="find-consent-help">${t("privacy.customer.help")}</p></form>`;
  }

  standing() {
    const told = this.reading.value?.standing;
    if (!told) return nothing;
    const words = (given) => (given === null ? badge(t("privacy.never_said"), "neutral") : badge(t(given ? "privacy.given" : "privacy.withdrawn"), given ? "success" : "error"));
    return html`<section class="card standing" role="status"><h2>${t("privacy.standing")}</h2><dl class="facts">${KINDS.map((kind) => html`<dt>${t(`privacy.kind.${kind}`)}</dt><dd>${words(told[kind])}</dd>`)}</dl></section>`;
  }

  proof(one) {
    if (!one) return html`<p class="none">${t("privacy.elsewhere")}</p>`;
    const { app } = this;
    const row = (label, value) => (value ? html`<dt>${label}</dt><dd>${value}</dd>` : nothing);
    const message = UUID.test(one.event) && app.may("traces:read");
    return html`<dl class="facts">
      ${row(t("privacy.kind"), t(`privacy.kind.${one.kind}`))}
      ${row(t("privacy.decision"), badge(t(one.given ? "privacy.given" : "privacy.withdrawn"), one.given ? "success" : "error"))}
      ${row(t("privacy.source"), t(`privacy.source.${one.source}`))}
      ${row(t("privacy.event"), one.event && (message ? html`<a href=${app.href(path("trace", one.event))}>${one.event}</a>` : copyable(one.event)))}
      ${row(t("privacy.wording_hash"), one.text_hash && copyable(one.text_hash))}
      ${row(t("privacy.decided_at"), html`<time datetime=${one.at}>${exactly(one.at)}</time>`)}
      ${row(t("privacy.noted_at"), html`<time datetime=${one.noted_at}>${exactly(one.noted_at)}</time>`)}
      ${row(t("privacy.noted_by"), html`<code>${one.by}</code>`)}
      ${row(t("privacy.account"), one.account || t("privacy.all_numbers"))}
      ${row(t("privacy.letter_id"), copyable(one.id))}
    </dl><p class="help">${t("privacy.proof.help")}</p>`;
  }

  render() {
    const { app, reading } = this;
    const { query } = this.route;
    const chosen = query.get("consent");
    const may = app.may("consents:change");
    const acts = may ? html`${button(t("privacy.import"), () => this._import(), { symbol: "file" })}${button(t("privacy.note"), () => this._note(), { kind: "primary", symbol: "plus" })}` : nothing;
    const bar = filters(app, [{ name: "source", label: t("privacy.source"), options: [["", t("privacy.source.any")], ...SOURCES.map((one) => [one, t(`privacy.source.${one}`)])] }], acts);
    const rows = reading.value?.consents ?? [];
    const unknown = reading.state === "error" && reading.error.status === 404;
    const table = html`<section class="card">${unknown ? alertBox("info", t("privacy.nobody.words")) : html`<xy-table
      .columns=${this.columns()} .rows=${rows} .key=${(one) => one.id} .state=${reading.state} .error=${reading.error} .retry=${reading.again} .name=${"consents"} .label=${t("privacy.tab.consents")}
      .none=${{ symbol: "megaphone", title: t("privacy.consents.none"), words: t("privacy.consents.none.words") }} .tools=${bar} .open=${(one) => app.query({ consent: one.id })} .current=${chosen}
      .next=${reading.value?.next} .onMore=${(cursor) => app.query({ cursor }, { push: true })} .onFirst=${query.get("cursor") ? () => app.query({ cursor: null }) : undefined}
    ></xy-table>`}</section>`;
    const side = panel(chosen && reading.state === "ready" ? t("privacy.proof") : "", chosen ? this.proof(rows.find((one) => one.id === chosen)) : nothing, { close: () => app.query({ consent: null }) });
    return html`<section class="card">${this.search()}</section>${this.standing()}<div class="with-panel">${table}${side}</div>`;
  }
}

customElements.define("xy-consents", XyConsents);
