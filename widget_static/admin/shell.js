// Around every page: the bar above it, the navigation beside it, and the page that the address means.
import { html, nothing, render } from "../shared/vendor/lit.js";
import { Bound, fmt, LANGUAGES, loadWords, n, t } from "../shared/core/base.js";
import { badge, button, empty, icon, iconButton, openMenu } from "../shared/kit/kit.js";
import "./kit/icons.js";
import { makeApp } from "./app.js";
import { path } from "./kit/api.js";
import { preferences } from "./kit/preferences.js";
import { failed, shapes } from "./kit/states.js";
import { HOME, open, PAGES } from "./router.js";
import { switcher } from "./switcher.js";

const GROUPS = ["watch", "set_up", "answer_for"];
const COUNT_AGAIN = 30;

const initials = (name) => name.trim().split(/\s+/).map((word) => [...word][0]).slice(0, 2).join("").toLocaleUpperCase() || "?";

/** Which pages stand in the navigation for whom. */
const entries = (app, group) => Object.entries(PAGES).filter(([, page]) => page.load && page.group === group && app.may(page.may));

class XyDashboard extends Bound {
  static properties = { app: { attribute: false } };

  connectedCallback() {
    super.connectedCallback();
    this.page = { name: null, module: null, error: null };
    this.counts = {};
    this.attention = { count: 0, bad: false };
    const { app } = this;
    this.watch(app.me, app.tenant, app.tenants);
    this._off = app.route.subscribe(() => this._turn());
    app.tenant.subscribe(() => this._count());
    this._turn();
    this._count();
    app.every(this, COUNT_AGAIN, () => this._count());
    app.counted = () => this._count();
    app.session.watch?.();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this._off();
    this.app.stop();
  }

  /** The page of the address: its module, unless it is shown already. */
  async _turn() {
    const { name } = this.app.route.value;
    this.requestUpdate();
    if (name === this.page.name && !this.page.error) return this._titled();
    this.page = { name, module: null, error: null };
    try {
      const module = PAGES[name] && this.app.may(PAGES[name].may) ? await open(name) : null;
      if (this.page.name !== name) return;
      this.page = { name, module, error: null, ready: true };
    } catch (error) {
      if (this.page.name === name) this.page = { name, module: null, error };
    }
    this.requestUpdate();
    await this.updateComplete;
    this._titled();
    this._arrive();
  }

  _titled() {
    const { module } = this.page;
    document.title = [module?.title(this.app.route.value), "Xyper"].filter(Boolean).join(" · ");
  }

  /** A page begins at its top, and whoever reads with their ears is told of it. */
  _arrive() {
    this.querySelector("main")?.scrollTo?.(0, 0);
    if (this._arrived) this.querySelector("main h1")?.focus();
    this._arrived = true;
  }

  /** What needs attention, and how many dead letters wait: of the chosen tenant or of all. */
  async _count() {
    const { api, may, tenant } = this.app;
    if (!may("traffic:read")) return;
    try {
      const { items, more, dead } = await api.get(tenant.value ? path("tenants", tenant.value, "attention") : "attention");
      this.counts = { dead: dead.count ? fmt.number(dead.count) : "" };
      this.attention = { count: items.length + more, bad: items.some((one) => one.level === "error") };
      this.requestUpdate();
    } catch {
      // A number beside a word: what it counts says itself what is wrong.
    }
  }

  _theme() {
    preferences.theme = preferences.dark ? "light" : "dark";
    this.requestUpdate();
  }

  _languages(event) {
    const choose = async (tag) => {
      await loadWords(tag);
      preferences.language = tag;
      this._titled();
    };
    const items = LANGUAGES.map((tag) => ({ symbol: tag === document.documentElement.lang ? "check" : "globe", label: nativeName(tag), run: () => choose(tag) }));
    openMenu(event.currentTarget, items, { label: t("admin.language") });
  }

  _user(event) {
    const { app } = this;
    const head = () => html`<div class="user-head"><b>${app.me.value.name}</b><small>${t(`admin.role.${app.me.value.role}`)}</small></div>`;
    openMenu(event.currentTarget, [
      PAGES.account.load && { symbol: "person", label: t("admin.account"), run: () => app.go("account") },
      { symbol: "leave", label: t("admin.sign_out"), run: () => app.leave() },
    ], { label: t("admin.user_menu"), head });
  }

  /** Where there is something to look at, it says how much. */
  bell() {
    const { count, bad } = this.attention;
    if (!PAGES.overview.load || !this.app.may(PAGES.overview.may)) return nothing;
    const words = count ? n("admin.attention", count) : t("admin.attention.none");
    return html`<a class="icon-button bell" href=${this.app.href()} aria-label=${words} title=${words}>${icon("bell")}${count ? html`<span class="dot ${bad ? "bad" : ""}" aria-hidden="true">${fmt.number(count)}</span>` : nothing}</a>`;
  }

  bar() {
    const { app } = this;
    const { name } = app.me.value;
    return html`<header class="bar">
      <a class="skip" href="#main" @click=${(event) => { event.preventDefault(); this.querySelector("main").focus(); }}>${t("admin.skip")}</a>
      ${iconButton("bars", t("menu"), () => this.classList.toggle("wide-nav"), { kind: "nav-switch" })}
      <a class="brand" href=${app.href()}><span class="mark" aria-hidden="true">${icon("bubble")}</span><b>Xyper</b></a>
      ${app.environment ? html`<span class="environment ${app.environment}">${app.environment}</span>` : nothing}
      <span class="gap"></span>
      ${switcher(app)}
      ${this.bell()}
      ${iconButton(preferences.dark ? "sun" : "moon", t(preferences.dark ? "admin.theme.light" : "admin.theme.dark"), () => this._theme())}
      ${iconButton("globe", t("admin.language"), (event) => this._languages(event))}
      <button type="button" class="user" aria-haspopup="menu" aria-label="${t("admin.user_menu")}: ${name}" title=${name} @click=${this._user}>${initials(name)}</button>
    </header>`;
  }

  _entry([name, page]) {
    const { app } = this;
    const here = app.route.value.name === name;
    const count = this.counts[name];
    return html`<li><a href=${app.href(name === "overview" ? "" : name)} aria-current=${here ? "page" : nothing} title=${t(`admin.nav.${name}`)}>${icon(page.symbol)}<span>${t(`admin.nav.${name}`)}</span>${count ? badge(count, "error") : nothing}</a></li>`;
  }

  navigation() {
    const groups = GROUPS.map((group) => [group, entries(this.app, group)]).filter(([, found]) => found.length);
    return html`<nav class="side" aria-label=${t("admin.navigation")}>${groups.map(([group, found]) => html`<h2 id="nav-${group}">${t(`admin.group.${group}`)}</h2>
      <ul aria-labelledby="nav-${group}">${found.map((one) => this._entry(one))}</ul>`)}</nav>`;
  }

  content() {
    const { app, page } = this;
    const bare = (words) => html`<h1 class="visually-hidden" tabindex="-1">${words}</h1>`;
    if (app.me.value.actions.length === 1 && app.me.value.role !== "agent" && page.name !== "account") {
      const go = button(t("admin.account"), () => app.go("account"), { kind: "primary" });
      return html`${bare(t("admin.second_factor"))}${empty("shield", t("admin.second_factor"), t("admin.second_factor.words"), go)}`;
    }
    if (!GROUPS.some((group) => entries(app, group).length) && page.name !== "account") {
      return html`${bare(t("admin.nothing"))}${empty("lock", t("admin.nothing"), t("admin.nothing.words"), button(t("admin.sign_out"), () => app.leave()))}`;
    }
    if (page.error?.status >= 0) return html`${bare(t("admin.failed"))}${failed(page.error, () => this._turn())}`;
    if (page.error) return html`${bare(t("admin.outdated"))}${empty("retry", t("admin.outdated"), t("admin.outdated.words"), button(t("admin.reload"), () => location.reload(), { kind: "primary", symbol: "retry" }))}`;
    if (page.module) return element(page.module.element, app);
    if (!page.ready) return html`<div class="card">${shapes(5)}</div>`;
    const known = PAGES[page.name]?.load;
    const home = button(t("admin.to_start"), () => app.go(""), { kind: "primary" });
    return html`${bare(t(known ? "admin.forbidden" : "admin.gone"))}${known ? empty("lock", t("admin.forbidden"), t("admin.next.ask"), home) : empty("search", t("admin.gone"), t("admin.next.gone"), home)}`;
  }

  render() {
    return html`${this.bar()}${this.navigation()}<main id="main" tabindex="-1">${this.content()}</main>`;
  }

  /** A page is an element by its name: made once, and given each new address. */
  updated() {
    const host = this.querySelector("main > .page");
    if (host) host.route = this.app.route.value;
  }
}

const shown = new Map();

/** The page's element; the same one as long as the page stays. */
function element(name, app) {
  if (!shown.has(name)) {
    shown.clear();
    shown.set(name, Object.assign(document.createElement(name), { app, route: app.route.value, className: "page" }));
  }
  return shown.get(name);
}

const nativeName = (tag) => {
  const name = new Intl.DisplayNames([tag], { type: "language" }).of(tag);
  return name.charAt(0).toLocaleUpperCase(tag) + name.slice(1);
};

export function openDashboard({ root, session, restart }) {
  const app = makeApp(session, { restart });
  render(html`<xy-dashboard .app=${app}></xy-dashboard>`, root);
  if (location.pathname === "/admin") history.replaceState(null, "", HOME);
}

customElements.define("xy-dashboard", XyDashboard);
