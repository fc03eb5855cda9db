// Search in all that was said with this customer: above the thread, so that each hit is seen where it stands.
import { html, nothing } from "../../shared/vendor/lit.js";
import { Bound, fmt, t } from "../../shared/core/base.js";
import { button, icon, iconButton } from "../../shared/kit/kit.js";
import { authorOf } from "../thread/bubble.js";

const WAIT = 250;
const KINDS = ["", "text", "image", "video", "voice", "document", "location", "contact", "template"];
const SINCE = { "": null, week: 7, month: 30, year: 365 };

const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** A snippet in pieces: every second one is a word that was looked for. */
export function pieces(snippet, words) {
  const wanted = words.split(/\s+/).filter(Boolean).map(fold);
  if (!wanted.length) return [snippet];
  const found = [];
  let plain = "";
  for (const piece of snippet.split(/([\p{L}\p{M}\p{N}]+)/u)) {
    const hit = wanted.some((one) => fold(piece).startsWith(one) && piece);
    if (hit) {
      found.push(plain, piece);
      plain = "";
    } else plain += piece;
  }
  return [...found, plain];
}

export class XySearch extends Bound {
  static properties = { app: { attribute: false } };

  constructor() {
    super();
    this._filters = { direction: "", kind: "", since: "" };
    this._words = "";
    this._hits = null;
    this._next = null;
    this._at = -1;
    this._list = true;
  }

  firstUpdated() {
    this.querySelector("input").focus();
  }

  _typed(event) {
    this._words = event.target.value;
    clearTimeout(this._timer);
    this._timer = setTimeout(() => this._search(), WAIT);
  }

  _filter(name, event) {
    this._filters[name] = event.target.value;
    this._search();
  }

  async _search(cursor = null) {
    const words = this._words.trim();
    if (!words) return this._show([], null);
    this._asked?.abort();
    const { signal } = (this._asked = new AbortController());
    const days = SINCE[this._filters.since];
    const since = days && new Date(this.app.state.now() - days * 86_400_000).toISOString();
    const { direction, kind } = this._filters;
    try {
      const found = await this.app.api.get("search", { words, direction, kind, since, cursor }, { signal });
      this._show(cursor ? [...this._hits, ...found.hits] : found.hits, found.next, Boolean(cursor));
    } catch (error) {
      if (error.name !== "AbortError") this.app.failed(error);
    }
  }

  _show(hits, next, more = false) {
    this._hits = this._words.trim() ? hits : null;
    this._next = next;
    if (!more) Object.assign(this, { _at: -1, _list: true });
    this.requestUpdate();
  }

  /** To a hit: the list gives way to the thread. */
  async _go(to) {
    const hit = this._hits?.[to];
    if (!hit) return;
    Object.assign(this, { _at: to, _list: false });
    this.requestUpdate();
    await this.app.jump(hit.id);
    this.querySelector("input").focus({ preventScroll: true });
  }

  _close() {
    this.app.state.found.value = false;
  }

  _key(event) {
    if (event.key === "Escape") this._close();
    else if (event.key === "Enter") this._go(event.shiftKey ? this._at - 1 : this._at + 1);
    else if (event.key === "ArrowDown" && this._list) this.querySelector(".hit")?.focus();
    else return;
    event.preventDefault();
  }

  _keys(event) {
    if (event.target.tagName === "INPUT" || event.target.tagName === "SELECT") return;
    if (event.key === "n" || event.key === "N") this._go(event.key === "n" ? this._at + 1 : this._at - 1);
    else if (event.key === "Escape") this._close();
    else if (event.key === "ArrowDown") event.target.closest("li")?.nextElementSibling?.querySelector(".hit")?.focus();
    else if (event.key === "ArrowUp") event.target.closest("li")?.previousElementSibling?.querySelector(".hit")?.focus();
    else return;
    event.preventDefault();
  }

  _hit(hit, at) {
    const who = authorOf(hit.direction, hit.author, this.app.state.conversation.value.name);
    const marked = pieces(hit.snippet ?? "", this._words).map((piece, odd) => (odd % 2 ? html`<mark>${piece}</mark>` : piece));
    return html`<li><button type="button" class="hit" aria-current=${at === this._at ? "true" : nothing} @click=${() => this._go(at)}>
      <span class="hit-head"><bdi>${who}</bdi><time datetime=${hit.at}>${fmt.when(hit.at)}</time></span>
      <span dir="auto">${hit.snippet ? marked : t(`kind.${hit.kind}`)}</span>
    </button></li>`;
  }

  _select(name, options, label) {
    return html`<select class="input" aria-label=${label} @change=${(event) => this._filter(name, event)}>
      ${options.map(([value, words]) => html`<option value=${value} ?selected=${value === this._filters[name]}>${words}</option>`)}
    </select>`;
  }

  _results() {
    if (!this._hits) return nothing;
    if (!this._hits.length) return html`<p class="none" role="status">${t("search.none")}</p>`;
    if (!this._list) return nothing;
    return html`<ul class="hits">${this._hits.map((hit, at) => this._hit(hit, at))}</ul>${this._next ? html`<p class="more-row">${button(t("more"), () => this._search(this._next))}</p>` : nothing}`;
  }

  render() {
    const many = this._hits?.length ?? 0;
    const place = many ? t("search.of", { at: fmt.number(Math.max(0, this._at + 1)), all: `${fmt.number(many)}${this._next ? "+" : ""}` }) : "";
    return html`<search class="search" @keydown=${this._keys}>
      <div class="search-row">
        <span class="search-box">${icon("search")}<input type="search" aria-label=${t("search.words")} placeholder=${t("search.words")} .value=${this._words} @input=${this._typed} @keydown=${this._key} /></span>
        <span class="place-of" role="status">${place}</span>
        ${iconButton("up", t("search.before"), () => this._go(this._at - 1), { disabled: this._at <= 0 })}
        ${iconButton("down", t("search.next"), () => this._go(this._at + 1), { disabled: this._at >= many - 1 })}
        ${!this._list && many ? iconButton("list", t("search.list"), () => this._show(this._hits, this._next)) : nothing}
        ${iconButton("close", t("close"), () => this._close())}
      </div>
      <div class="search-filters">
        ${this._select("direction", [["", t("search.anyone")], ["in", t("search.customer")], ["out", t("search.us")]], t("search.from"))}
        ${this._select("kind", KINDS.map((kind) => [kind, kind ? t(`kind.${kind}`) : t("search.anything")]), t("search.kind"))}
        ${this._select("since", Object.keys(SINCE).map((one) => [one, t(one ? `search.${one}` : "search.anytime")]), t("search.since"))}
      </div>
      ${this._results()}
    </search>`;
  }
}

customElements.define("xy-search", XySearch);
