// Where the agent writes. What is offered comes from the capability document; what is rarely used is loaded when asked for.
import { createRef, html, live, nothing, ref } from "../../shared/vendor/lit.js";
import { Bound, fmt, loadWords, t } from "../../shared/core/base.js";
import { icon, iconButton } from "../../shared/kit/kit.js";
import { authorOf } from "../thread/bubble.js";
import { excerpt } from "./outbox.js";

/** From here on the agent sees how much room is left. */
const COUNT_FROM = 3_600;
/** WhatsApp shows "typing…" for up to 25 seconds. */
const TYPING_EVERY = 10_000;

const count = (text) => [...text].length;
const filesOf = (transfer) => [...(transfer?.files ?? [])];

export class Composer extends Bound {
  static properties = { app: { attribute: false }, _over: { state: true }, _parts: { state: true } };

  #box = createRef();
  #tray = createRef();
  #typed = 0;
  #loading = new Map();

  constructor() {
    super();
    this._over = false;
    this._parts = {};
  }

  connectedCallback() {
    if (!this.hasUpdated) this.#follow(this.app.state);
    super.connectedCallback();
    for (const [name, listener] of this.#listeners) document.addEventListener(name, listener);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    for (const [name, listener] of this.#listeners) document.removeEventListener(name, listener);
  }

  #follow({ window, capabilities, quote, draft }) {
    this.watch(window, capabilities, quote, draft);
    quote.subscribe((bubble) => bubble && this.updateComplete.then(() => this.focusBox()));
  }

  /** Files may be dropped anywhere; Alt+T is for the whole page. */
  #listeners = [
    ["dragover", (event) => this.#drag(event)],
    ["dragleave", (event) => event.relatedTarget || (this._over = false)],
    ["drop", (event) => this.#drop(event)],
    ["keydown", (event) => event.altKey && event.code === "KeyT" && (event.preventDefault(), this.templates())],
  ];

  focusBox() {
    this.#box.value?.focus();
  }

  /** Outside the window nothing but a template may be sent; the shell says when that moment has come. */
  get open() {
    return this.app.state.window.value?.open !== false;
  }

  render() {
    return html`${this.open ? this.#quote() : nothing} ${this.#attached()} ${this.open ? this.#row() : this.#closed()}
      ${this._over ? html`<div class="composer-drop">${icon("attach")} ${t("compose.drop")}</div>` : nothing}`;
  }

  #row() {
    return html`<div class="composer-row">${this.#tools()} ${this.#field()} ${this.#sender()}</div>`;
  }

  updated() {
    const box = this.#box.value;
    if (!box) return;
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight + 2}px`;
  }

  #closed() {
    this.#part("closed");
    if (this._parts.closed) return html`<xy-closed .app=${this.app}></xy-closed>`;
    return html`<div class="composer-closed"><p>${icon("clock")} ${t("compose.closed")}</p></div>`;
  }

  #quote() {
    const bubble = this.app.state.quote.value;
    if (!bubble) return nothing;
    const who = authorOf(bubble.direction, bubble.author, this.app.state.conversation.value.name);
    const [part] = bubble.parts;
    return html`<div class="composer-quote">
      ${icon("reply")}
      <div>
        <strong>${t("compose.replying", { name: `\u2068${who}\u2069` })}</strong>
        <p dir="auto">${excerpt(part) || t(`kind.${part?.kind ?? part?.type}`)}</p>
      </div>
      ${iconButton("close", t("compose.quote_off"), () => this.#unquote())}
    </div>`;
  }

  #unquote() {
    this.app.state.quote.value = null;
    this.focusBox();
  }

  #attached() {
    if (!this._parts.attach) return nothing;
    return html`<xy-attach ${ref(this.#tray)} ?hidden=${!this.open} .app=${this.app} @change=${() => this.requestUpdate()}></xy-attach>`;
  }

  #tools() {
    return html`<div class="composer-tools" role="group" aria-label=${t("compose.tools")}>
      ${iconButton("attach", t("compose.add"), (event) => this.#menu(event.currentTarget))}
      ${iconButton("bolt", t("compose.replies"), (event) => this.#replies(event.currentTarget))}
      ${iconButton("emoji", t("compose.emoji"), (event) => this.#emoji(event.currentTarget))}
    </div>`;
  }

  #field() {
    const most = this.app.state.capabilities.value.text;
    const used = count(this.app.state.draft.value);
    const shown = used >= Math.min(COUNT_FROM, most * 0.9);
    const left = used > most ? t("compose.over", { count: fmt.number(used - most) }) : `${fmt.number(used)} / ${fmt.number(most)}`;
    return html`<div class="composer-field">
      <textarea
        ${ref(this.#box)}
        rows="1"
        dir="auto"
        aria-label=${t("compose.placeholder")}
        aria-describedby=${shown ? "composer-count" : nothing}
        aria-invalid=${used > most ? "true" : nothing}
        placeholder=${t("compose.placeholder")}
        .value=${live(this.app.state.draft.value)}
        @input=${this.#input}
        @keydown=${this.#key}
        @paste=${this.#paste}
      ></textarea>
      ${shown ? html`<span id="composer-count" class=${used > most ? "over" : ""} aria-live="polite">${left}</span>` : nothing}
    </div>`;
  }

  #sender() {
    return html`<button type="button" class="button primary composer-send" ?disabled=${!this.#ready()} @click=${this.send}>
      <span>${t("compose.send")}</span>${icon("send")}
    </button>`;
  }

  #ready() {
    const text = this.app.state.draft.value.trim();
    if (count(text) > this.app.state.capabilities.value.text) return false;
    const tray = this.#tray.value;
    return tray?.filled ? tray.ready : Boolean(text);
  }

  #input = (event) => {
    this.app.state.draft.value = event.target.value;
    if (event.target.value === "/") this.#replies(event.target);
    this.#typing();
  };

  #typing() {
    const now = Date.now();
    if (!this.app.state.capabilities.value.typing || now - this.#typed < TYPING_EVERY) return;
    this.#typed = now;
    if (this.app.state.connection.value === "live") this.app.live.say({ type: "typing" });
    else this.app.api.post("typing").catch(() => {}); // a courtesy: nobody misses it
  }

  #key = (event) => {
    if (event.isComposing) return;
    const sends = this.app.state.settings.value.enter === "newline" ? event.ctrlKey || event.metaKey : !event.shiftKey;
    if (event.key === "Enter" && sends) {
      event.preventDefault();
      this.send();
    } else if (event.key === "Escape" && this.app.state.quote.value) {
      event.stopPropagation();
      this.#unquote();
    } else if (event.key === "ArrowUp" && !event.target.value) {
      event.preventDefault();
      this.app.focusLast();
    }
  };

  #paste = (event) => {
    const files = filesOf(event.clipboardData);
    if (!files.length) return;
    event.preventDefault();
    this.attach(files);
  };

  #drag(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this._over = this.open;
  }

  #drop(event) {
    const files = filesOf(event.dataTransfer);
    if (!files.length) return;
    event.preventDefault();
    if (this._over) this.attach(files);
    this._over = false;
  }

  /** Whatever is attached goes first, each file as a message of its own; the words follow. The quote is with the first. */
  send = () => {
    if (!this.#ready()) return;
    const { state, outbox } = this.app;
    const quoted = state.quote.value?.id ?? null;
    const text = state.draft.value.trim();
    const messages = (this.#tray.value?.take() ?? []).map(({ part, shown }) => ({ parts: [part], shown: [shown] }));
    if (text) messages.push({ parts: [{ type: "text", text }] });
    messages.forEach((message, n) => outbox.send({ ...message, reply_to: n ? null : quoted }));
    state.draft.value = "";
    state.quote.value = null;
    this.#typed = 0;
    this.focusBox();
  };

  /** Where templates are chosen: the tab beside the chat. */
  templates() {
    this.app.state.tab.value = "templates";
  }

  /** Files into the tray; without any, it asks for some. */
  attach(files, kind) {
    this.run("attach", async () => {
      await this.updateComplete;
      files ? this.#tray.value.add(files, kind) : this.#tray.value.choose();
    });
  }

  #menu(anchor) {
    this.run("menu", (one) => one.openAdd(anchor, this.app, this));
  }

  #emoji(anchor) {
    this.run("emoji", (one) => one.openEmoji(anchor, (emoji) => this.insert(emoji)));
  }

  #replies(anchor) {
    this.run("replies", (one) => one.openReplies(anchor, this.app, this));
  }

  /** Words at the place of the cursor. */
  insert(words, { instead = false } = {}) {
    const box = this.#box.value;
    if (instead) box.select();
    box.setRangeText(words, box.selectionStart, box.selectionEnd, "end");
    this.app.state.draft.value = box.value;
    this.focusBox();
  }

  /** Use a part of the composer that is loaded when it is first wanted. */
  async run(name, use) {
    const part = await this.#part(name);
    if (part) await use(part);
  }

  /** A part with its words, once it is here; null where it could not be read. */
  #part(name) {
    if (!this.#loading.has(name)) this.#loading.set(name, this.#load(name));
    return this.#loading.get(name);
  }

  async #load(name) {
    try {
      const [part] = await Promise.all([import(`./${name}.js`), loadWords(null, "compose")]);
      this._parts = { ...this._parts, [name]: true };
      return part;
    } catch (error) {
      reportError(error);
      this.#loading.delete(name);
      this.app.toast(t("compose.unreachable"), "error");
      return null;
    }
  }
}

customElements.define("xy-composer", Composer);
