// Around the conversation, once somebody has signed in: header, tabs, what is open, and what the server tells meanwhile.
import { html, nothing, render } from "../shared/vendor/lit.js";
import { Bound, fmt, n, t } from "../shared/core/base.js";
import { icon, iconButton, openMenu, rove, skeleton, toast } from "../shared/kit/kit.js";
import { follow } from "./following.js";
import { makeState } from "./state.js";
import "./thread/thread.js";

const TABS = ["chat", "media", "templates", "profile"];
const PANELS = {
  media: () => import("./panels/media.js"),
  templates: () => Promise.all([import("./templates/picker.js"), linked("composer.css")]),
  profile: () => import("./panels/profile.js"),
};
const DIALOGS = {
  info: () => import("./panels/info.js"),
  lightbox: () => import("./panels/lightbox.js"),
  settings: () => import("./panels/settings.js"),
};
const SOON = 4 * 3_600_000;
const VERY_SOON = 3_600_000;

const two = (value) => String(value).padStart(2, "0");

/** What is left of the window, by the server's clock: `{kind, words, spoken}`. */
export function remaining(window, now) {
  const left = window?.open && window.until ? Date.parse(window.until) - now.getTime() : 0;
  if (left <= 0) return { kind: "closed", words: t("window.closed"), spoken: t("window.closed"), left: 0 };
  const minutes = Math.floor(left / 60_000);
  const clock = left < VERY_SOON ? `${two(minutes)}:${two(Math.floor(left / 1000) % 60)}` : `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
  const spoken = t("window.until", { time: fmt.when(window.until) });
  return { kind: left < SOON ? "soon" : "open", words: t("window.left", { time: clock }), spoken, left };
}

const initials = (name) => (name || "?").trim().split(/\s+/).map((word) => [...word][0]).filter((letter) => /[\p{L}\p{N}]/u.test(letter)).slice(0, 2).join("").toLocaleUpperCase() || "?";

class XyShell extends Bound {
  static properties = { app: { attribute: false } };

  connectedCallback() {
    super.connectedCallback();
    const { state } = this.app;
    if (!this._begun) this.watch(state.tab, state.conversation, state.window, state.me, state.connection, state.found, this.app.composed);
    this._begun = true;
    this._seconds = setInterval(() => this._tick(), 1_000);
    this.app.open = (name, args) => this.open(name, args);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this._seconds);
  }

  /** Every second: the chip, and the moment in which the window closes. */
  _tick() {
    const { window, now } = this.app.state;
    if (!window.value) return;
    const { words, left } = remaining(window.value, now());
    if (window.value.open && left <= 0) window.value = { ...window.value, open: false };
    if (words !== this._shown) this.requestUpdate();
  }

  async open(name, args = {}) {
    if (TABS.includes(name)) {
      this._args = args;
      this.app.state.tab.value = name;
    } else if (name === "search") {
      this.app.state.tab.value = "chat";
      this.app.state.found.value = true;
    } else (await DIALOGS[name]()).open(this.app, args);
  }

  _choose(event) {
    const chosen = rove(event, '[role="tab"]');
    if (chosen) this.app.state.tab.value = chosen.dataset.tab;
  }

  header() {
    const { conversation, window, now } = this.app.state;
    const { name, contact, username, language } = conversation.value;
    const under = [fmt.address(contact), username && `@${username}`, language && fmt.language(language)].filter(Boolean);
    const chip = window.value && remaining(window.value, now());
    this._shown = chip?.words;
    return html`<header class="head">
      <span class="avatar" aria-hidden="true">${initials(name)}</span>
      <div class="who"><h1><bdi>${name || fmt.address(contact) || t("customer")}</bdi></h1><p>${under.map((one, at) => html`${at ? " · " : ""}<bdi>${one}</bdi>`)}</p></div>
      ${chip ? html`<span class="window ${chip.kind}" title=${chip.spoken}>${icon(chip.kind === "closed" ? "lock" : "clock")}<span aria-label=${chip.spoken} role="timer">${chip.words}</span></span>` : nothing}
      ${iconButton("more", t("menu"), (event) => this._menu(event.currentTarget))}
    </header>`;
  }

  _menu(anchor) {
    openMenu(anchor, [
      { symbol: "search", label: t("search"), run: () => this.open("search") },
      { symbol: "settings", label: t("settings"), run: () => this.open("settings") },
      { symbol: "retry", label: t("refresh"), run: () => this.app.reload() },
    ], { label: t("menu") });
  }

  tabs() {
    const chosen = this.app.state.tab.value;
    const tab = (name) => html`<button
      type="button"
      role="tab"
      id="tab-${name}"
      data-tab=${name}
      aria-selected=${String(name === chosen)}
      aria-controls="panel-${name}"
      tabindex=${name === chosen ? 0 : -1}
      @click=${() => (this.app.state.tab.value = name)}
    >
      ${t(`tab.${name}`)}
    </button>`;
    return html`<nav class="tabs" aria-label=${t("tabs")}>
      <div role="tablist" aria-label=${t("tabs")} @keydown=${this._choose}>${TABS.map(tab)}</div>
      ${iconButton("search", t("search"), () => this.open("search"))}
    </nav>`;
  }

  strip() {
    const { connection } = this.app.state;
    const waiting = this.app.outbox?.waiting?.value ?? 0;
    if (connection.value === "live" || (connection.value === "polling" && !waiting)) return nothing;
    return html`<div class="strip connection" role="status">${icon("offline")}<span>${t("connection.lost")}${waiting ? ` ${n("connection.waiting", waiting)}` : ""}</span>
      <button type="button" class="text-button" @click=${() => this.app.live.retry()}>${t("connection.now")}</button></div>`;
  }

  /** Where one writes, or why one cannot. */
  foot() {
    const { may_act: act, why_not: why } = this.app.state.me.value;
    if (!act) return html`<div class="strip readonly" role="status">${icon("eye")}<span>${t(`readonly.${why ?? "role"}`)}</span></div>`;
    return this.app.composed.value ? html`<xy-composer .app=${this.app}></xy-composer>` : nothing;
  }

  panel(name) {
    if (this.app.state.tab.value !== name && !this._visited?.has(name)) return nothing;
    this._visited = (this._visited ?? new Set()).add(name);
    if (!this.app.panels.has(name)) {
      PANELS[name]().then(() => {
        this.app.panels.add(name);
        this.requestUpdate();
      }, this.app.failed);
      return skeleton(4);
    }
    if (name === "media") return html`<xy-media .app=${this.app}></xy-media>`;
    if (name === "templates") return html`<xy-templates .app=${this.app} .args=${this._args ?? {}}></xy-templates>`;
    return html`<xy-profile .app=${this.app}></xy-profile>`;
  }

  render() {
    const { tab, found } = this.app.state;
    const section = (name) => html`<section role="tabpanel" id="panel-${name}" aria-labelledby="tab-${name}" ?hidden=${tab.value !== name} class="panel ${name}">${this.panel(name)}</section>`;
    return html`${this.header()}${this.tabs()}${this.strip()}
      <main>
        <section role="tabpanel" id="panel-chat" aria-labelledby="tab-chat" ?hidden=${tab.value !== "chat"} class="panel chat">
          ${found.value && this.app.panels.has("search") ? html`<xy-search .app=${this.app}></xy-search>` : nothing}
          <xy-thread .app=${this.app}></xy-thread>
          ${this.foot()}
        </section>
        ${TABS.slice(1).map(section)}
      </main>
      <div class="visually-hidden" aria-live="polite" id="said"></div>`;
  }

  updated() {
    if (this.app.outbox && !this._waits) this.watch((this._waits = this.app.outbox.waiting));
    if (this.app.state.found.value && !this.app.panels.has("search")) {
      import("./panels/search.js").then(() => {
        this.app.panels.add("search");
        this.requestUpdate();
      }, this.app.failed);
    }
  }
}

customElements.define("xy-shell", XyShell);

/** Show the conversation. How to close it again. */
export async function openShell(given) {
  const { root, api, opening, host } = given;
  const state = makeState(opening, given.kept);
  const app = { ...given, state, toast, outbox: null, panels: new Set(), composed: state.composed };
  app.failed = (error) => toast(error.status === 0 ? t("start.offline.words") : error.detail || error.message, "error");
  app.refresh = async (id) => {
    if (!id.startsWith("key:")) state.put(await app.read(`messages/${encodeURIComponent(id)}`));
  };
  const unfollow = follow(app);
  document.getElementById("start")?.remove();
  render(nothing, root);
  render(html`<xy-shell .app=${app}></xy-shell>`, root);
  await Promise.all([app.load(), compose(app)]);
  app.live.start();
  host.on("stop", unfollow);
  return unfollow;
}

/** A sheet of styles that the first load does without. */
function linked(name) {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: new URL(name, import.meta.url).href });
  const done = new Promise((resolve) => (link.onload = link.onerror = resolve));
  if (!document.querySelector(`link[href="${link.href}"]`)) document.head.append(link);
  else return Promise.resolve();
  return done;
}

/** The composer, for whoever may write. */
async function compose(app) {
  if (!app.state.me.value.may_act) return;
  const [{ Outbox }] = await Promise.all([import("./composer/outbox.js"), import("./composer/composer.js"), linked("composer.css")]);
  app.outbox = new Outbox(app);
  app.root.querySelector("xy-shell").watch(app.outbox.waiting);
  app.composed.value = true;
}
