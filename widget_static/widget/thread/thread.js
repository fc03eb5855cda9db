// The messages, oldest above: scrolled as a reader expects, and touched only where something has changed.
import { html, nothing, repeat } from "../../shared/vendor/lit.js";
import { Bound, fmt, n, t } from "../../shared/core/base.js";
import { empty, icon, skeleton } from "../../shared/kit/kit.js";
import "./bubble.js";
import { rowsOf } from "./group.js";

/** So near to the end counts as being there. */
const NEAR = 40;
/** So near to the beginning, older messages are fetched. */
const EARLY = 600;
/** From so many rows on, those out of sight are not laid out. */
const MANY = 150;
const PRESS = 500;
const FLASH = 1_400;

const topOf = (item) => item.getBoundingClientRect().top;

export class XyThread extends Bound {
  static properties = { app: { attribute: false } };

  constructor() {
    super();
    this._kept = new Map();
    this._rows = [];
    this._pinned = true;
    this._away = false;
    this._keep = null;
    this._top = 0;
    this._fetching = false;
    this._sizes = new ResizeObserver(() => this._settle());
  }

  connectedCallback() {
    super.connectedCallback();
    const { bubbles, unread, loading, typing, older, newer } = this.app.state;
    if (this._watched.length === 1) this.watch(bubbles, unread, loading, typing, older, newer);
    Object.assign(this.app, { jump: (id) => this.jump(id), toEnd: () => this.toEnd(), focusLast: () => this.focusLast(), atEnd: () => this._pinned && !this.app.state.newer.value });
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this._sizes.disconnect();
  }

  get log() {
    return this.querySelector(".log");
  }

  firstUpdated() {
    this._sizes.observe(this.log);
    this._sizes.observe(this.querySelector(".rows"));
  }

  willUpdate() {
    if (this._language !== document.documentElement.lang) {
      // Words have changed: every row is a new one.
      this._language = document.documentElement.lang;
      this._kept = new Map();
    }
    const { bubbles, unread } = this.app.state;
    const { rows, kept } = rowsOf(bubbles.value.list, { unread: unread.value, kept: this._kept });
    this._rows = rows;
    this._kept = kept;
  }

  /** After something has become taller: at the end it stays at the end, elsewhere nothing moves. */
  _settle() {
    const { log } = this;
    if (!log) return;
    if (this._keep) log.scrollTop += topOf(this._keep.item) - this._keep.top;
    else if (this._pinned) log.scrollTop = log.scrollHeight;
    this._top = log.scrollTop;
  }

  _scrolled() {
    const { log } = this;
    const left = log.scrollHeight - log.scrollTop - log.clientHeight;
    // What became taller has not moved anybody: only who scrolls up leaves the end.
    const up = log.scrollTop < this._top - 1;
    this._top = log.scrollTop;
    this._pinned = !this.app.state.newer.value && (left < NEAR || (this._pinned && !up));
    const away = left > log.clientHeight / 2 || Boolean(this.app.state.newer.value);
    if (away !== this._away) {
      this._away = away;
      this.requestUpdate();
    }
    if (this._pinned) this.app.seen();
    if (log.scrollTop < EARLY) this._older();
    if (left < EARLY) this._newer();
  }

  /** The first message in sight, and where it is: it stays there when others come above it. */
  _held() {
    const top = topOf(this.log);
    const item = [...this.querySelectorAll(".rows > .row")].find((one) => one.getBoundingClientRect().bottom > top);
    return item ? { item, top: topOf(item) } : null;
  }

  async _page(query, where) {
    if (this._fetching) return;
    this._fetching = true;
    try {
      const page = await this.app.read("messages", { limit: 50, ...query });
      if (where === "before") this._keep = this._held();
      this.app.state.fill(page, where);
      await this.updateComplete;
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    } catch (error) {
      this.app.failed(error);
    } finally {
      this._keep = null;
      this._fetching = false;
    }
  }

  _older() {
    const cursor = this.app.state.older.value;
    if (cursor) this._page({ before: cursor }, "before");
  }

  _newer() {
    const cursor = this.app.state.newer.value;
    if (cursor) this._page({ after: cursor }, "after");
  }

  /** To a message, wherever in the history it is. */
  async jump(id) {
    const row = () => this._rows.find((one) => one.bubble?.id === id || one.album?.some((bubble) => bubble.id === id));
    this.app.state.tab.value = "chat";
    if (!row()) {
      this._pinned = false;
      await this._page({ around: id }, "instead");
      await this.updateComplete;
    }
    const found = row();
    if (!found) return this.app.toast(t("quote.gone"), "info");
    const item = this.querySelector(`li[data-key="${CSS.escape(found.key)}"]`);
    this._pinned = false;
    // Twice: what is on the way there has its true height only once it was in sight.
    for (let turn = 0; turn < 2; turn += 1) {
      await new Promise(requestAnimationFrame);
      item.scrollIntoView({ block: "center" });
    }
    item.querySelector(".bubble")?.focus({ preventScroll: true });
    item.classList.add("flash");
    setTimeout(() => item.classList.remove("flash"), FLASH);
  }

  async toEnd() {
    if (this.app.state.newer.value) await this._page({}, "instead");
    this._pinned = true;
    this._settle();
    this.app.seen();
  }

  focusLast() {
    [...this.querySelectorAll(".bubble")].at(-1)?.focus();
  }

  // What is done to a message: one listener for all of them.

  async _menu(target, anchor) {
    const item = target.closest("li[data-key]");
    const row = item && this._rows.find((one) => one.key === item.dataset.key);
    if (!row?.bubble) return;
    const { openBubbleMenu } = await import("./menu.js");
    openBubbleMenu(this.app, row.bubble, anchor ?? target.closest(".bubble") ?? target);
  }

  _click(event) {
    const more = event.target.closest(".more");
    if (more) this._menu(more, more);
  }

  _context(event) {
    const bubble = event.target.closest(".bubble");
    if (!bubble || event.target.closest("a, video") || String(getSelection())) return;
    event.preventDefault();
    this._menu(bubble, bubble.querySelector(".more"));
  }

  _press(event) {
    const bubble = event.target.closest(".bubble");
    if (event.pointerType !== "touch" || !bubble) return;
    clearTimeout(this._pressing);
    this._pressing = setTimeout(() => this._menu(bubble, bubble.querySelector(".more")), PRESS);
  }

  _release() {
    clearTimeout(this._pressing);
  }

  _key(event) {
    const { log } = this;
    const here = event.target;
    if (here !== log && !here.classList.contains("bubble")) return;
    if (event.key === "Enter" || event.key === "ContextMenu") {
      if (here === log) return;
      event.preventDefault();
      this._menu(here, here.querySelector(".more"));
      return;
    }
    const all = [...this.querySelectorAll(".bubble")];
    const at = here === log ? all.length : all.indexOf(here);
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined || !all[to]) return;
    event.preventDefault();
    all[to].focus();
    all[to].scrollIntoView({ block: "nearest" });
  }

  row(row) {
    if (row.type === "day") return html`<li class="day" data-key=${row.key}><span>${fmt.day(row.at, this.app.state.now())}</span></li>`;
    if (row.type === "thread") return html`<li class="divider thread" data-key=${row.key}><span>${t("thread.new", { time: fmt.time(row.at) })}</span></li>`;
    if (row.type === "unread") return html`<li class="divider unread" data-key=${row.key}><span>${n("unread", row.count)}</span></li>`;
    return html`<li class="row ${row.bubble.direction} ${row.first ? "first" : ""}" data-key=${row.key}><xy-bubble .app=${this.app} .row=${row}></xy-bubble></li>`;
  }

  render() {
    const { loading, older, typing, unread, newer } = this.app.state;
    const none = !loading.value && !this._rows.length;
    const jump = this._away || newer.value;
    return html`<div
        class="log"
        role="log"
        aria-live="off"
        aria-label=${t("thread.label")}
        tabindex="0"
        @scroll=${this._scrolled}
        @click=${this._click}
        @contextmenu=${this._context}
        @keydown=${this._key}
        @pointerdown=${this._press}
        @pointermove=${this._release}
        @pointerup=${this._release}
        @pointercancel=${this._release}
      >
        ${loading.value ? skeleton(5) : nothing}
        ${none ? empty("bubble", t("thread.empty"), t("thread.empty.words")) : nothing}
        ${older.value ? html`<div class="older" role="status">${t("loading")}</div>` : nothing}
        <ul class="rows ${this._rows.length > MANY ? "many" : ""}">
          ${repeat(this._rows, (row) => row.key, (row) => this.row(row))}
          ${typing.value ? html`<li class="row in first typing"><div class="bubble in first" role="status" aria-label=${t("typing")}><i></i><i></i><i></i></div></li>` : nothing}
        </ul>
      </div>
      ${jump
        ? html`<button type="button" class="to-end" aria-label=${unread.value.ahead ? n("unread.jump", unread.value.ahead) : t("thread.end")} @click=${() => this.toEnd()}>
            ${icon("down")}${unread.value.ahead ? html`<b>${fmt.number(unread.value.ahead)}</b>` : nothing}
          </button>`
        : nothing}`;
  }
}

customElements.define("xy-thread", XyThread);
