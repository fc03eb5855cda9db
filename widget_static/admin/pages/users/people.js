// The people: invited, let in or not, given a role; and one of them with their sessions at the side.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { t } from "../../../shared/core/base.js";
import { badge, button, iconButton, openMenu } from "../../../shared/kit/kit.js";
import { copyable } from "../../kit/copyable.js";
import { formDialog, show } from "../../kit/dialogs.js";
import { panel } from "../../kit/panel.js";
import { Reading } from "../../kit/reading.js";
import { either } from "../../kit/states.js";
import { exactly, moment } from "../../kit/time.js";
import "../../kit/table.js";
import { Listed, realm } from "./realm.js";
import { sessionList } from "./sessions.js";

const STATES = { active: "success", invited: "warning", disabled: "error" };
const GIVEN = ["genesys_admin", "supervisor", "agent"];

/** How somebody proves themselves twice: whoever signs in elsewhere does it there. */
const factor = (one) => (one.second_factor === null || one.method !== "local" ? html`<span class="none">${t("users.factor.elsewhere")}</span>` : badge(t(one.second_factor ? "users.factor.on" : "users.factor.off"), one.second_factor ? "success" : "warning"));

class XyPeople extends Listed {
  constructor() {
    super();
    this.sessions = new Reading(this);
  }

  ask = (cursor) => this.app.api.get(realm(this.app, "users"), { cursor });

  willUpdate(changed) {
    super.willUpdate(changed);
    const person = this.route.query.get("person");
    if (person && person !== this._person) this._readSessions(person);
    this._person = person;
  }

  _readSessions = (id, quiet = false) => this.sessions.load(async () => (await this.app.api.get(realm(this.app, "users", id, "sessions"))).sessions, { quiet });

  /** The token is shown once: it is handed over by a way that people trust. */
  _handOver({ user, token, expires_at: until }) {
    const link = `${location.origin}/admin/#invitation=${encodeURIComponent(token)}`;
    return show(t("users.invited"), html`<p>${t("users.invited.words", { name: user.name, until: exactly(until) })}</p>${copyable(link, { block: true, label: t("users.invited.link") })}`);
  }

  async _invite() {
    const specs = [
      { name: "name", label: t("users.name"), required: true, max: 100 },
      { name: "email", kind: "email", label: t("users.email"), required: true, max: 254, help: t("users.email.help") },
    ];
    const made = await formDialog({ title: t("users.invite"), intro: html`<p>${t("users.invite.words")}</p>`, specs, action: t("users.invite.do"), submit: ({ name, email }) => this.app.api.post("users", { name: name.trim(), email: email.trim() }) });
    if (!made) return;
    this.read(true);
    await this._handOver(made);
  }

  async _reset(one) {
    const specs = [{ name: "second_factor", kind: "check", label: t("users.reset.factor"), help: t("users.reset.factor.help") }];
    const made = await formDialog({ title: t("users.reset.ask", one), intro: html`<p>${t("users.reset.words")}</p>`, specs, values: { second_factor: false }, action: t("users.reset"), danger: true, submit: (values) => this.app.api.post(realm(this.app, "users", one.id, "reset"), values) });
    if (!made) return;
    this.read(true);
    await this._handOver(made);
  }

  async _role(one) {
    const options = [["", t("users.role.theirs")], ...GIVEN.map((role) => [role, t(`admin.role.${role}`)])];
    const specs = [{ name: "role", kind: "select", label: t("users.role"), options, help: t("users.role.help") }];
    const submit = ({ role }) => this.app.api.patch(realm(this.app, "users", one.id), { role: role || null });
    if (await formDialog({ title: t("users.role.ask", one), specs, values: { role: one.role_given ?? "" }, action: t("save"), submit })) this.read(true);
  }

  async _turn(one, state) {
    const { app } = this;
    const words = { title: t("users.disable.ask", one), words: t("users.disable.words"), action: t("users.disable"), danger: true };
    if (state === "disabled" && !(await app.confirm(words))) return;
    await this.act(() => app.api.patch(realm(app, "users", one.id), { state }), t(`users.${state}.told`, one));
    this._readSessions(one.id, true);
  }

  async _endAll(one) {
    const sure = await this.app.confirm({ title: t("users.end_all.ask", one), words: t("users.end.words"), action: t("users.end_all"), danger: true });
    if (!sure) return;
    await this.act(() => this.app.api.del(realm(this.app, "users", one.id, "sessions")), t("users.ended"));
    this._readSessions(one.id);
  }

  async _end(session) {
    await this.act(() => this.app.api.del(realm(this.app, "sessions", session.id)), t("users.ended"));
    this._readSessions(this._person, true);
  }

  /** What may be done with somebody, wherever it is offered. */
  actions(one) {
    const { app } = this;
    const mine = one.id === app.me.value.id;
    if (!app.may("users:change")) return [];
    return [
      one.tenant && { symbol: "person", label: t("users.role.give"), run: () => this._role(one) },
      !one.tenant && one.method === "local" && app.may("admins:change") && { symbol: "key", label: t("users.reset"), run: () => this._reset(one) },
      { symbol: "leave", label: t("users.end_all"), run: () => this._endAll(one) },
      one.state === "disabled" ? { symbol: "check", label: t("users.enable"), run: () => this._turn(one, "active") } : { symbol: "lock", label: t("users.disable"), danger: true, disabled: mine, run: () => this._turn(one, "disabled") },
    ].filter(Boolean);
  }

  columns() {
    const now = this.app.now();
    const more = { name: "menu", label: html`<span class="visually-hidden">${t("more")}</span>`, fixed: true, narrow: true, cell: (one) => iconButton("more", t("users.menu", one), (event) => openMenu(event.currentTarget, this.actions(one), { label: t("users.menu", one) })) };
    return [
      { name: "name", label: t("users.name"), fixed: true, cell: (one) => html`${one.name || one.email}<span class="under">${one.email}</span>` },
      { name: "role", label: t("users.role"), cell: (one) => html`${t(`admin.role.${one.role}`)}${one.role_given ? html`<span class="under">${t("users.role.given")}</span>` : nothing}` },
      { name: "state", label: t("users.state"), cell: (one) => badge(t(`users.state.${one.state}`), STATES[one.state]) },
      { name: "method", label: t("users.method"), cell: (one) => t(`users.method.${one.method}`) },
      { name: "factor", label: t("users.factor"), cell: factor },
      { name: "seen", label: t("users.seen"), cell: (one) => moment(one.seen_at, { now }) },
      ...(this.app.may("users:change") ? [more] : []),
    ];
  }

  /** One of them, with what they are signed in to. */
  side(one) {
    const { app, sessions } = this;
    const close = () => app.query({ person: null });
    const facts = html`<dl class="facts"><dt>${t("users.email")}</dt><dd>${one.email || "–"}</dd><dt>${t("users.role")}</dt><dd>${t(`admin.role.${one.role}`)}</dd>
      <dt>${t("users.state")}</dt><dd>${badge(t(`users.state.${one.state}`), STATES[one.state])}</dd><dt>${t("users.method")}</dt><dd>${t(`users.method.${one.method}`)}</dd>
      <dt>${t("users.factor")}</dt><dd>${factor(one)}</dd><dt>${t("users.id")}</dt><dd>${copyable(one.id)}</dd></dl>`;
    const may = app.may("users:change");
    const list = () => sessionList(app, sessions.value, may ? (session) => this._end(session) : null);
    return panel(one.name || one.email, html`${facts}<h3>${t("users.tab.sessions")}</h3>${either(sessions, list, { retry: sessions.again, rows: 3 })}
      <div class="buttons">${this.actions(one).map((action) => button(action.label, action.run, { symbol: action.symbol, kind: action.danger ? "danger" : "secondary", disabled: action.disabled }))}</div>`, { close });
  }

  render() {
    const { app, reading } = this;
    const people = reading.value?.users ?? [];
    const chosen = people.find((one) => one.id === this.route.query.get("person"));
    const invite = !app.tenant.value && app.may("admins:change") ? button(t("users.invite"), () => this._invite(), { kind: "primary", symbol: "plus" }) : nothing;
    const none = app.tenant.value ? { symbol: "people", title: t("users.none"), words: t("users.none.tenant") } : { symbol: "people", title: t("users.none") };
    return html`<div class="with-panel"><section class="card"><xy-table
        .columns=${this.columns()} .rows=${people} .key=${(one) => one.id} .state=${reading.state} .error=${reading.error} .retry=${reading.again} .name=${"users"} .label=${t("users.tab.people")}
        .none=${none} .open=${(one) => app.query({ person: one.id === chosen?.id ? null : one.id })} .current=${chosen?.id} .tools=${html`<span class="actions start">${invite}</span>`}
        .next=${this.paging.next} .onMore=${this.paging.onMore} .onFirst=${this.paging.onFirst}></xy-table></section>
      ${chosen ? this.side(chosen) : nothing}</div>`;
  }
}

customElements.define("xy-user-people", XyPeople);
