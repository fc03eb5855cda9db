// Who is signed in now, from where and with what.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { t } from "../../../shared/core/base.js";
import { badge, iconButton } from "../../../shared/kit/kit.js";
import { moment } from "../../kit/time.js";
import "../../kit/table.js";
import { Listed, realm } from "./realm.js";

const BROWSERS = [[/Edg\//, "Edge"], [/OPR\//, "Opera"], [/Firefox\//, "Firefox"], [/Chrome\//, "Chrome"], [/Safari\//, "Safari"]];
const SYSTEMS = [[/Windows/, "Windows"], [/Android/, "Android"], [/iPhone|iPad/, "iOS"], [/Mac OS/, "macOS"], [/Linux/, "Linux"]];

/** A program as it calls itself, in words; what is no browser as it is. */
export function program(agent) {
  const of = (all) => all.find(([sign]) => sign.test(agent))?.[1];
  return [of(BROWSERS), of(SYSTEMS)].filter(Boolean).join(", ") || agent || "–";
}

/** A short list of them, in a panel; `end` ends one. */
export const sessionList = (app, sessions, end) => (sessions.length
  ? html`<ul class="sessions">${sessions.map((one) => html`<li><div><b title=${one.agent}>${program(one.agent)}</b>${one.id === app.me.value.session ? badge(t("users.session.this"), "success") : nothing}
      <small>${one.address} · ${moment(one.used_at, { now: app.now() })}</small></div>${end ? iconButton("close", t("users.end"), () => end(one)) : nothing}</li>`)}</ul>`
  : html`<p class="none">${t("users.session.none")}</p>`);

class XySessions extends Listed {
  ask = async (cursor) => {
    const { api } = this.app;
    const [page, { users }] = await Promise.all([api.get(realm(this.app, "sessions"), { cursor }), api.get(realm(this.app, "users"), { limit: 200 })]);
    const names = new Map(users.map((one) => [one.id, one.name || one.email]));
    return { ...page, names };
  };

  async _end(one) {
    const { app } = this;
    const own = one.id === app.me.value.session;
    const sure = await app.confirm({ title: t("users.end.ask", { name: this.reading.value.names.get(one.person) ?? one.person }), words: t(own ? "users.end.own" : "users.end.words"), action: t("users.end"), danger: true });
    if (sure) await this.act(() => app.api.del(realm(app, "sessions", one.id)), t("users.ended"));
  }

  render() {
    const { app, reading } = this;
    const now = app.now();
    const columns = [
      { name: "person", label: t("users.name"), fixed: true, cell: (one) => html`${reading.value.names.get(one.person) ?? one.person}${one.id === app.me.value.session ? html` ${badge(t("users.session.this"), "success")}` : nothing}` },
      { name: "agent", label: t("users.session.program"), cell: (one) => html`<span title=${one.agent}>${program(one.agent)}</span>` },
      { name: "address", label: t("users.session.address"), cell: (one) => html`<code>${one.address}</code>` },
      { name: "begun", label: t("users.session.begun"), cell: (one) => moment(one.begun_at, { now }) },
      { name: "used", label: t("users.session.used"), cell: (one) => moment(one.used_at, { now }) },
      { name: "expires", label: t("users.session.expires"), hidden: true, cell: (one) => moment(one.expires_at, { now }) },
      { name: "end", label: html`<span class="visually-hidden">${t("users.end")}</span>`, fixed: true, narrow: true, cell: (one) => (app.may("users:change") ? iconButton("close", t("users.end"), () => this._end(one)) : nothing) },
    ];
    return html`<section class="card"><xy-table .columns=${columns} .rows=${reading.value?.sessions ?? []} .key=${(one) => one.id} .state=${reading.state} .error=${reading.error} .retry=${reading.again}
      .name=${"sessions"} .label=${t("users.tab.sessions")} .none=${{ symbol: "person", title: t("users.session.none") }} .next=${this.paging.next} .onMore=${this.paging.onMore} .onFirst=${this.paging.onFirst}></xy-table></section>`;
  }
}

customElements.define("xy-user-sessions", XySessions);
