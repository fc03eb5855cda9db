// Quick replies: found by shortcut or words, put in with Enter, sent with Shift and Enter.
import { html, nothing } from "../../shared/vendor/lit.js";
import { t } from "../../shared/core/base.js";
import { icon, iconButton, openPopover, place } from "../../shared/kit/kit.js";
import { openInteractive } from "./interactive.js";
import { repliesOf, saveReply } from "./saving.js";

const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** Those of the folder that hold the words; where a shortcut begins with them, first. */
export function found(replies, search, folder = "") {
  const words = fold(search.replace(/^\//, "").trim());
  const begins = (one) => (fold(one.shortcut).startsWith(words) ? 0 : 1);
  return replies
    .filter((one) => !folder || one.folder === folder)
    .filter((one) => fold(`${one.shortcut} ${one.folder} ${one.text}`).includes(words))
    .sort((one, other) => begins(one) - begins(other) || one.shortcut.localeCompare(other.shortcut));
}

/** With what is known of the customer and the agent in the place of `{{name}}`; what is not known stays to be filled in. */
export function filled(text, values) {
  return text.replace(/\{\{\s*(\w+)\s*\}\}/g, (whole, name) => values[name.toLowerCase()] || whole);
}

const valuesOf = ({ state }) => {
  const { name, language } = state.conversation.value;
  return { name, customer: name, first_name: name?.split(" ")[0], language, agent: state.me.value.name };
};

class Replies {
  #all = null;
  #search = "";
  #folder = "";
  #at = 0;
  #failed = "";

  constructor(anchor, app, composer) {
    Object.assign(this, { anchor, app, composer });
    this.opened = openPopover(anchor, (close) => this.#view(close), { kind: "replies-popover", role: "dialog", label: t("compose.replies") });
    this.opened.popover.querySelector("input").focus();
    this.#read();
  }

  async #read() {
    try {
      this.#all = (await this.app.api.get(repliesOf(this.app))).replies;
    } catch (error) {
      this.#failed = error.detail || t("compose.unreachable");
    }
    this.opened.update();
    place(this.opened.popover, this.anchor);
  }

  get #found() {
    return found(this.#all ?? [], this.#search, this.#folder);
  }

  #set(change) {
    change();
    this.#at = 0;
    this.opened.update();
  }

  #view(close) {
    const list = this.#found;
    const folders = [...new Set((this.#all ?? []).map((one) => one.folder).filter(Boolean))].sort();
    return html`<div class="replies">
      <input
        type="search" role="combobox" aria-expanded="true" aria-controls="replies-list" aria-autocomplete="list"
        aria-activedescendant=${list[this.#at] ? `reply-${list[this.#at].id}` : nothing}
        aria-label=${t("replies.search")} placeholder=${t("replies.search")} .value=${this.#search}
        @input=${(event) => this.#set(() => (this.#search = event.target.value))}
        @keydown=${(event) => this.#key(event, list, close)}
      />
      ${folders.length ? this.#folders(folders) : nothing}
      <ul id="replies-list" role="listbox" aria-label=${t("compose.replies")}>${list.map((one, n) => this.#row(one, n, close))}</ul>
      ${list.length ? nothing : html`<p class="help">${this.#failed || (this.#all ? t("replies.none") : t("loading"))}</p>`}
      <footer>
        ${this.#actions(list[this.#at], close)}
        <small>${t("replies.keys")}</small>
      </footer>
    </div>`;
  }

  #folders(folders) {
    const every = this.#chip("", t("replies.every"));
    const each = folders.map((name) => this.#chip(name, html`<bdi>${name}</bdi>`));
    return html`<div class="composer-chips" role="group" aria-label=${t("replies.folders")}>${every}${each}</div>`;
  }

  #chip(name, words) {
    const choose = () => this.#set(() => (this.#folder = name));
    return html`<button type="button" class="pill" aria-pressed=${String(this.#folder === name)} @click=${choose}>${words}</button>`;
  }

  #row(one, n, close) {
    const kind = one.parts ? icon("list", t("compose.interactive")) : nothing;
    const whose = one.shared ? html`<small>${t("replies.of_all")}</small>` : nothing;
    return html`<li
      id="reply-${one.id}"
      role="option"
      aria-selected=${String(n === this.#at)}
      @click=${() => this.#use(one, close)}
      @pointermove=${() => this.#point(n)}
    >
      <span class="reply-head"><kbd>/${one.shortcut}</kbd> ${kind} ${whose}</span>
      <span class="reply-words" dir="auto">${filled(one.text, valuesOf(this.app))}</span>
    </li>`;
  }

  #point(n) {
    if (n === this.#at) return;
    this.#at = n;
    this.opened.update();
  }

  /** What can be done with the chosen one besides. */
  #actions(one, close) {
    const after = (act) => () => {
      close();
      act();
    };
    const own = one && (one.own || (one.shared && this.app.state.me.value.role !== "agent"));
    const inserts = one && !one.parts && this.app.host.inside;
    const insert = after(() => this.app.host.insert(filled(one.text, valuesOf(this.app))));
    return html`<div role="group" aria-label=${t("replies.actions")}>
      ${inserts ? iconButton("box", t("replies.genesys"), insert) : nothing}
      ${own ? iconButton("form", t("replies.change"), after(() => saveReply(this.app, one))) : nothing}
      ${own ? iconButton("trash", t("replies.remove"), () => this.#remove(one)) : nothing}
      ${iconButton("attach", t("replies.new"), after(() => saveReply(this.app, { text: this.app.state.draft.value.replace(/^\/$/, "") })))}
    </div>`;
  }

  #key(event, list, close) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && list.length) {
      event.preventDefault();
      this.#point((this.#at + step + list.length) % list.length);
      this.opened.popover.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && !event.isComposing && list[this.#at]) {
      event.preventDefault();
      event.shiftKey ? this.#send(list[this.#at], close) : this.#use(list[this.#at], close);
    }
  }

  #use(one, close) {
    close();
    if (one.parts) this.#clear(() => openInteractive(this.app, one.parts[0]));
    else this.composer.insert(filled(one.text, valuesOf(this.app)), { instead: this.app.state.draft.value === "/" });
  }

  #send(one, close) {
    close();
    const parts = one.parts ?? [{ type: "text", text: filled(one.text, valuesOf(this.app)) }];
    const { state, outbox } = this.app;
    this.#clear(() => outbox.send({ parts, reply_to: state.quote.value?.id ?? null }));
    state.quote.value = null;
  }

  /** The stroke that opened the list is no part of what is said. */
  #clear(then) {
    if (this.app.state.draft.value === "/") this.app.state.draft.value = "";
    then();
  }

  async #remove(one) {
    try {
      await this.app.api.del(repliesOf(this.app, one.id));
      this.#set(() => (this.#all = this.#all.filter((other) => other !== one)));
    } catch (error) {
      this.app.toast(error.detail || t("compose.unreachable"), "error");
    }
    this.opened.popover.querySelector("input")?.focus();
  }
}

export const openReplies = (anchor, app, composer) => new Replies(anchor, app, composer);
