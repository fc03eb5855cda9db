// To find a person by any name, and what may be done then. A name is never in an address, and is gone with the page.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { Bound, fmt, n, t } from "../../../shared/core/base.js";
import { alertBox, badge, button, empty, icon } from "../../../shared/kit/kit.js";
import { path } from "../../kit/api.js";
import { copyable } from "../../kit/copyable.js";
import { formDialog, show } from "../../kit/dialogs.js";
import { explained, shapes } from "../../kit/states.js";
import { exactly } from "../../kit/time.js";

class XyPeople extends Bound {
  static properties = { app: { attribute: false }, tenant: {} };

  constructor() {
    super();
    this._forget();
  }

  willUpdate(changed) {
    if (changed.has("tenant") && changed.get("tenant") !== undefined) this._forget();
  }

  _forget() {
    Object.assign(this, { _given: "", _asked: "", _found: null, _error: null, _busy: false });
  }

  async _search(event) {
    event?.preventDefault();
    const person = this._given.trim();
    if (!person) return;
    Object.assign(this, { _busy: true, _error: null, _asked: person });
    this.requestUpdate();
    try {
      this._found = (await this.app.api.post(path("tenants", this.tenant, "people", "search"), { person })).people;
    } catch (error) {
      this._error = error;
      this._found = null;
    }
    this._busy = false;
    this.requestUpdate();
  }

  /** By which one of them is meant: a user name may be several people's, our own id is nobody else's. */
  _whom = (person) => person.contacts[0] ?? this._asked;

  async _report(person) {
    const { app } = this;
    const sure = await app.confirm({ title: t("privacy.report"), words: t("privacy.report.words"), action: t("privacy.report.do") });
    if (!sure) return;
    try {
      const link = await app.api.post(path("tenants", this.tenant, "people", "reports"), { person: this._whom(person) });
      await show(t("privacy.report"), html`<p>${t("privacy.report.ready", { time: exactly(link.expires_at) })}</p>${copyable(link.url, { block: true, label: t("privacy.report.link") })}
        <p><a class="button primary" href=${link.url} download>${icon("download")}<span>${t("privacy.report.get")}</span></a></p><p class="help">${t("privacy.report.help")}</p>`, { wide: true });
    } catch (error) {
      app.fail(error);
    }
  }

  async _hold(person) {
    const { app } = this;
    const specs = [{ name: "reason", kind: "textarea", label: t("admin.reason"), help: t("privacy.reason.help"), required: true, max: 1000 }];
    const submit = ({ reason }) => app.api.post(path("tenants", this.tenant, "people", "holds"), { person: this._whom(person), reason });
    const done = await formDialog({ title: t("privacy.hold"), intro: html`<p>${t("privacy.hold.words")}</p>`, specs, values: { reason: "" }, action: t("privacy.hold.do"), submit });
    if (!done) return;
    app.toast(t("privacy.hold.done"), "success");
    this._search();
  }

  async _erase(person) {
    const { app } = this;
    const typed = person.mark.slice(0, 8);
    const specs = [{ name: "typed", label: t("admin.type_to_confirm", { text: typed }), required: true, ltr: true }];
    const submit = () => app.api.post(path("tenants", this.tenant, "people", "erasures"), { person: this._whom(person) });
    const intro = html`${alertBox("warning", t("privacy.erase.words"))}<p>${amounts(person)}</p>`;
    const done = await formDialog({ title: t("privacy.erase"), intro, specs, values: { typed: "" }, action: t("privacy.erase.do"), danger: true, ready: (draft) => draft.get("typed") === typed, submit });
    if (!done) return;
    app.toast(t("privacy.erase.asked"), "success");
    app.query({ tab: "erasures", erasure: done.id }, { push: true });
  }

  _person(person) {
    const { app } = this;
    return html`<article class="person card">
      <header><span class="avatar" aria-hidden="true">${icon("person")}</span><div><h2>${person.names.map((name, at) => html`${at ? html`<span class="none"> · </span>` : nothing}<bdi>${fmt.address(name)}</bdi>`)}</h2>
        <p class="help">${amounts(person)}</p></div>${person.hold ? badge(t("privacy.held"), "warning") : nothing}</header>
      <dl class="facts"><dt>${t("privacy.mark")}</dt><dd>${copyable(person.mark)}</dd>
        ${person.contacts.length ? html`<dt>${t("privacy.contacts")}</dt><dd>${person.contacts.map((one) => copyable(one))}</dd>` : nothing}</dl>
      <div class="acts">
        ${app.may("people:report") ? button(t("privacy.report"), () => this._report(person), { symbol: "download" }) : nothing}
        ${app.may("people:hold") ? button(t("privacy.hold"), () => this._hold(person), { symbol: "lock" }) : nothing}
        ${app.may("people:erase") ? button(t("privacy.erase"), () => this._erase(person), { kind: "danger", symbol: "trash", disabled: Boolean(person.hold) }) : nothing}
        ${person.contacts.length && app.may("messages:read") ? html`<a class="button quiet" href=${app.href("trace", { name: person.contacts[0] })}>${icon("route")}<span>${t("privacy.messages")}</span></a>` : nothing}
      </div>
      ${person.hold ? html`<p class="help">${t("privacy.held.words")}</p>` : nothing}
    </article>`;
  }

  render() {
    const found = this._found;
    return html`<section class="card"><form class="find" role="search" @submit=${this._search}>
        <label for="find-person">${t("privacy.find")}</label>
        <span class="with-icon">${icon("search")}<input id="find-person" class="input" autocomplete="off" spellcheck="false" maxlength="200" aria-describedby="find-person-help" placeholder="+39 333 123 4567" dir="ltr"
          .value=${this._given} @input=${(event) => (this._given = event.target.value)} /></span>
        ${button(t("search"), undefined, { kind: "primary", type: "submit", busy: this._busy })}
        <p class="help" id="find-person-help">${t("privacy.find.help")}</p></form></section>
      ${this._error ? alertBox("error", explained(this._error)) : nothing}
      ${this._busy && !found ? html`<section class="card">${shapes(3)}</section>` : nothing}
      ${found && !found.length ? html`<section class="card" role="status">${empty("search", t("privacy.nobody"), t("privacy.nobody.words"))}</section>` : nothing}
      ${found?.map((person) => this._person(person)) ?? nothing}`;
  }
}

const amounts = (person) => [n("privacy.messages_held", person.messages), n("privacy.conversations_held", person.conversations), n("privacy.files_held", person.files)].join(" · ");

customElements.define("xy-privacy-people", XyPeople);
