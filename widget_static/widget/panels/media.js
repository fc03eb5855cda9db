// Everything that was sent as a file, link or place, by month; each leads back to its message.
import { html, nothing, repeat } from "../../shared/vendor/lit.js";
import { Bound, fmt, t } from "../../shared/core/base.js";
import { button, empty, icon, iconButton, skeleton } from "../../shared/kit/kit.js";
import { safe } from "../../shared/core/format.js";
import { documentRow } from "../thread/types.js";
import { placeCard } from "../thread/types2.js";

const GROUPS = ["photos", "documents", "voice", "links", "places"];
const SYMBOLS = { photos: "image", documents: "document", voice: "mic", links: "link", places: "pin" };
const URLS = /(?:https?:\/\/|www\.)[^\s<>"']+[^\s<>"'.,;:!?)\]}*_~]/gi;

const words = (part) => part.text ?? part.caption ?? part.body ?? part.shown?.body ?? part.rendered ?? "";

export class XyMedia extends Bound {
  static properties = { app: { attribute: false } };

  constructor() {
    super();
    this._group = "photos";
    this._lists = new Map();
  }

  connectedCallback() {
    super.connectedCallback();
    this._off = this.app.state.tab.subscribe((tab) => tab === "media" && this._anew());
    this._more();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this._off();
  }

  /** What was sent meanwhile is seen when the tab is opened again; signed addresses are fresh then too. */
  _anew() {
    this._lists.clear();
    this._more();
  }

  _choose(group) {
    this._group = group;
    if (!this._lists.has(group)) this._more();
    this.requestUpdate();
  }

  async _more() {
    const group = this._group;
    const list = this._lists.get(group) ?? { items: [], next: null, error: "" };
    this._lists.set(group, { ...list, busy: true });
    this.requestUpdate();
    try {
      const page = await this.app.api.get("media", { group, cursor: list.next });
      this._lists.set(group, { items: [...list.items, ...page.items], next: page.next, error: "" });
    } catch (error) {
      this._lists.set(group, { ...list, error: error.status === 0 ? t("start.offline.words") : error.detail });
    }
    this.requestUpdate();
  }

  _goto(item) {
    return iconButton("bubble", t("go_to"), () => this.app.jump(item.id));
  }

  _photo(item, items) {
    const { part } = item;
    const film = part.kind === "video";
    const length = film && part.duration ? fmt.duration(part.duration) : "";
    const picture = film
      ? html`<video src="${part.url}#t=0.1" preload="metadata" muted tabindex="-1"></video><span class="length">${icon("video")} ${length}</span>`
      : html`<img src=${part.url} alt="" loading="lazy" decoding="async" />`;
    const name = [part.caption || part.name || t(`kind.${part.kind}`), length].filter(Boolean).join(", ");
    return html`<li class="thumb">
      <button type="button" class="picture" aria-label=${t("media.open", { name })} title=${fmt.when(item.at)} @click=${() => this.app.open("lightbox", { bubble: item.id, part, items })}>${picture}</button>
      ${this._goto(item)}
    </li>`;
  }

  _links(item) {
    const found = [...new Set(words(item.part).match(URLS) ?? [])].map((one) => [one, safe(one)]).filter(([, href]) => href);
    return found.map(([shown, href]) => html`<li class="line">
      <span class="chip grey">${icon("link")}</span>
      <span class="about"><a href=${href} target="_blank" rel="noopener noreferrer"><bdi>${shown}</bdi></a><small>${fmt.when(item.at)}</small></span>
      ${this._goto(item)}
    </li>`);
  }

  _line(item) {
    const { part } = item;
    const inside = {
      documents: () => documentRow(part),
      voice: () => html`<xy-voice .part=${part} .app=${this.app} .bubble=${item}></xy-voice>`,
      places: () => placeCard(part, this.app),
    }[this._group];
    return html`<li class="line">${inside()}<span class="aside"><small>${fmt.when(item.at)}</small>${this._goto(item)}</span></li>`;
  }

  _months(items) {
    const shown = this._group === "photos" ? items.filter((item) => item.part.url) : items;
    const months = Map.groupBy ? Map.groupBy(shown, (item) => fmt.month(item.at)) : grouped(shown);
    const one = { photos: (item) => this._photo(item, shown), links: (item) => this._links(item) }[this._group] ?? ((item) => this._line(item));
    return [...months].map(([month, inside]) => html`<section>
      <h2>${month}</h2>
      <ul class=${this._group === "photos" ? "grid" : "lines"}>${repeat(inside, (item) => `${item.id} ${item.part.url ?? ""}`, one)}</ul>
    </section>`);
  }

  _list() {
    const { items, next, busy, error } = this._lists.get(this._group) ?? { items: [], busy: true };
    if (error) return empty("alert", t("start.failed"), error, button(t("retry"), () => this._more(), { symbol: "retry" }));
    if (busy && !items.length) return skeleton(4);
    if (!items.length) return empty(SYMBOLS[this._group], t(`media.none.${this._group}`));
    return html`${this._months(items)}${next ? html`<p class="more-row">${button(t("more"), () => this._more(), { busy })}</p>` : nothing}`;
  }

  render() {
    const chip = (group) => html`<button type="button" class="filter" aria-pressed=${String(group === this._group)} @click=${() => this._choose(group)}>${icon(SYMBOLS[group])} ${t(`media.group.${group}`)}</button>`;
    return html`<div class="gallery"><div class="filters" role="group" aria-label=${t("tab.media")}>${GROUPS.map(chip)}</div>${this._list()}</div>`;
  }
}

function grouped(items) {
  const months = new Map();
  for (const item of items) {
    const month = fmt.month(item.at);
    months.set(month, [...(months.get(month) ?? []), item]);
  }
  return months;
}

customElements.define("xy-media", XyMedia);
