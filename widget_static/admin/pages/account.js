// My account: who one is, one's password and second factor, and where one is signed in.
import { html, nothing } from "../../shared/vendor/lit.js";
import { Bound, t } from "../../shared/core/base.js";
import { alertBox, badge, button, iconButton, openDialog } from "../../shared/kit/kit.js";
import { path } from "../kit/api.js";
import { Draft, fields, focusWrong } from "../kit/form.js";
import { Reading } from "../kit/reading.js";
import { failed, shapes } from "../kit/states.js";
import { moment } from "../kit/time.js";
import { linked } from "../router.js";
import { program } from "./account/program.js";

export const element = "xy-account";
export const words = "admin-account";
export const css = true;
export const title = () => t("account.title");

const SESSIONS = "auth/sessions";
const AGAIN = 60;
const BLANK = { current: "", new: "", again: "" };

class XyAccount extends Bound {
  static properties = { app: { attribute: false }, route: { attribute: false } };

  constructor() {
    super();
    this.reading = new Reading(this);
    this.password = this._draft();
  }

  _draft = () => new Draft(BLANK, () => this.requestUpdate());

  connectedCallback() {
    super.connectedCallback();
    this.watch(this.app.me);
    this._read();
    this.app.every(this, AGAIN, () => this._read(true));
  }

  _read(quiet = false) {
    return this.reading.load(async () => (await this.app.api.get(SESSIONS)).sessions, { quiet });
  }

  async _change(event) {
    event.preventDefault();
    const draft = this.password;
    const send = async ({ current, new: next, again }) => {
      if (next !== again) throw Object.assign(new Error(), { errors: { again: t("account.differ") } });
      await this.app.api.put("auth/password", { current, new: next });
    };
    if (draft.busy) return;
    if (!(await draft.send(send))) return focusWrong(this);
    this.password = this._draft();
    this.app.toast(t("account.password.changed"), "success");
    this._read();
  }

  async _end(one) {
    const { app } = this;
    if (one.id === app.me.value.session) return app.leave();
    try {
      await app.api.del(`${SESSIONS}/${path(one.id)}`);
      app.toast(t("account.session.ended"), "success");
    } catch (error) {
      app.fail(error);
    }
    return this._read(true);
  }

  async _endOthers(others) {
    const { app } = this;
    const sure = await app.confirm({ title: t("account.session.others"), words: t("account.session.others.words"), action: t("account.session.end_all"), danger: true });
    if (!sure) return;
    try {
      for (const one of others) await app.api.del(`${SESSIONS}/${path(one.id)}`);
    } catch (error) {
      app.fail(error);
    }
    await this._read(true);
  }

  async _factor() {
    const { app } = this;
    await Promise.all([import("../factor.js"), app.session.words(), linked("login.css")]);
    const done = (close) => async () => {
      close();
      await app.session.refreshed();
      app.toast(t("account.factor.done"), "success");
      this._read(true);
    };
    const content = (close) => html`<header class="dialog-head"><h2>${t("account.factor.set_up")}</h2>${iconButton("close", t("close"), close)}</header>
      <div class="dialog-body"><xy-factor .csrf=${app.me.value.csrf} .done=${done(close)}></xy-factor></div>`;
    openDialog(content, { label: t("account.factor.set_up"), kind: "signing" });
  }

  _who() {
    const { app } = this;
    const me = app.me.value;
    const line = (label, value) => html`<dt>${label}</dt><dd>${value}</dd>`;
    return html`<section class="card" aria-labelledby="account-who">
      <h2 id="account-who">${t("account.who")}</h2>
      <dl class="facts">
        ${line(t("account.name"), me.name)}
        ${me.email ? line(t("account.email"), html`<bdi>${me.email}</bdi>`) : nothing}
        ${line(t("account.role"), t(`admin.role.${me.role}`))}
        ${me.tenant ? line(t("account.tenant"), app.tenantName(me.tenant)) : nothing}
        ${line(t("account.method"), t(`account.method.${me.method}`))}
        ${line(t("account.ends"), moment(me.ends_at, { now: app.now(), exact: true }))}
      </dl>
    </section>`;
  }

  _password() {
    const me = this.app.me.value;
    if (me.method !== "local") return html`<section class="card"><h2>${t("account.secure")}</h2><p class="about">${t("account.elsewhere")}</p></section>`;
    const specs = [
      { name: "current", kind: "password", label: t("account.password.current"), required: true, autocomplete: "current-password", max: 1000, ltr: true },
      { name: "new", kind: "password", label: t("account.password.new"), required: true, autocomplete: "new-password", max: 1000, ltr: true, help: t("account.password.help") },
      { name: "again", kind: "password", label: t("account.password.again"), required: true, autocomplete: "new-password", max: 1000, ltr: true },
    ];
    const draft = this.password;
    return html`<section class="card" aria-labelledby="account-password">
        <h2 id="account-password">${t("account.password")}</h2>
        <p class="about">${t("account.password.words")}</p>
        <form class="account-form" @submit=${this._change}>
          <input class="visually-hidden" type="text" autocomplete="username" .value=${me.email} tabindex="-1" aria-hidden="true" readonly />
          ${fields("password", specs, draft)}
          <div>${button(t("account.password.change"), undefined, { kind: "primary", type: "submit", busy: draft.busy })}</div>
        </form>
      </section>`;
  }

  _second() {
    const me = this.app.me.value;
    return html`<section class="card" aria-labelledby="account-factor">
        <h2 id="account-factor">${t("account.factor")} ${badge(t(me.second_factor ? "account.factor.on" : "account.factor.off"), me.second_factor ? "success" : "warning")}</h2>
        <p class="about">${t(me.second_factor ? "account.factor.has" : "account.factor.has_not")}</p>
        <div>${button(t(me.second_factor ? "account.factor.replace" : "account.factor.set_up"), () => this._factor(), { symbol: "lock" })}</div>
      </section>`;
  }

  _row(one, now) {
    const own = one.id === this.app.me.value.session;
    return html`<li>
      <div><b>${program(one.agent)}</b> ${own ? badge(t("account.session.this"), "success") : nothing}
        <span class="under" title=${one.agent}><bdi>${one.address}</bdi> · ${t("account.session.begun")} ${moment(one.begun_at, { now })} · ${t("account.session.used")} ${moment(one.used_at, { now })}</span></div>
      ${button(t(own ? "admin.sign_out" : "account.session.end"), () => this._end(one), { kind: "secondary" })}
    </li>`;
  }

  _sessions() {
    const { reading, app } = this;
    const others = (reading.value ?? []).filter((one) => one.id !== app.me.value.session);
    const now = app.now();
    const list = () => html`<ul class="sessions">${reading.value.map((one) => this._row(one, now))}</ul>
      ${others.length > 1 ? html`<div>${button(t("account.session.others"), () => this._endOthers(others), { kind: "danger" })}</div>` : nothing}`;
    return html`<section class="card" aria-labelledby="account-sessions">
      <h2 id="account-sessions">${t("account.sessions")}</h2>
      <p class="about">${t("account.sessions.words")}</p>
      ${reading.state === "error" ? failed(reading.error, reading.again) : reading.value ? list() : shapes(3)}
    </section>`;
  }

  render() {
    const me = this.app.me.value;
    return html`<div class="page-head"><h1 tabindex="-1">${t("account.title")}</h1></div>
      ${me.method === "local" && !me.second_factor ? alertBox("warning", t("account.factor.advice")) : nothing}
      <div class="account">
        <div class="column">${this._who()}${me.method === "local" ? this._second() : nothing}</div>
        <div class="column">${this._password()}</div>
        ${this._sessions()}
      </div>`;
  }
}

customElements.define(element, XyAccount);
