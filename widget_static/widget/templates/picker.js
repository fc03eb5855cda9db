// The tab of templates: a list to search in, and the form of the one that was chosen.
import { html, nothing } from "../../shared/vendor/lit.js";
import { Bound, fmt, loadWords, n, t } from "../../shared/core/base.js";
import { alertBox, badge, button, empty, icon, iconButton, rove, skeleton } from "../../shared/kit/kit.js";
import { idOf, label, shown, valuesOf } from "../../shared/templates/model.js";
import "./form.js";

const HEADERS = { image: "image", video: "video", gif: "video", document: "document", location: "pin" };
const CATEGORIES = new Set(["MARKETING", "UTILITY", "AUTHENTICATION"]);

/** Marked with a star, as long as the page lives: there is no place here where more could be kept. */
const favourites = new WeakMap();
const favouritesOf = (app) => favourites.get(app) ?? favourites.set(app, new Set()).get(app);

export class Templates extends Bound {
  static properties = {
    app: { attribute: false }, _all: { state: true }, _error: { state: true }, _chosen: { state: true }, _filter: { state: true }, _ready: { state: true },
  };

  constructor() {
    super();
    this._all = null;
    this._chosen = null;
    this._filter = { words: "", language: "", category: "", starred: false };
  }

  connectedCallback() {
    if (!this.hasUpdated) this.watch(this.app.state.me);
    super.connectedCallback();
    this.#read();
  }

  async #read() {
    this._error = null;
    try {
      const [{ templates }] = await Promise.all([this.app.api.get("templates"), loadWords(null, "compose")]);
      this._all = templates;
    } catch (error) {
      this._error = error.detail || t("compose.unreachable");
    }
    this._ready = true;
  }

  render() {
    if (this._error) return alertBox("error", this._error, button(t("retry"), () => this.#read(), { symbol: "retry" }));
    if (!this._all) return skeleton(5);
    if (this._chosen) return this.#form();
    if (!this._all.length) return empty("template", t("templates.none"), t("templates.none_words"));
    return this.#list();
  }

  #form() {
    return html`<xy-template-form
      .app=${this.app}
      .template=${this._chosen}
      @back=${() => this.#back()}
      @sent=${() => this.#sent()}
    ></xy-template-form>`;
  }

  async #back() {
    const id = idOf(this._chosen);
    this._chosen = null;
    await this.updateComplete;
    [...this.querySelectorAll(".template-row")].find((one) => one.dataset.id === id)?.focus();
  }

  #sent() {
    this._chosen = null;
    this.app.state.tab.value = "chat";
  }

  #list() {
    const stars = favouritesOf(this.app);
    const found = shown(this._all, { ...this._filter, favourites: stars, only: this._filter.starred ? stars : null });
    const { may_act: acts, why_not: why } = this.app.state.me.value;
    return html`<div class="templates">
      ${acts ? nothing : alertBox("info", t(`readonly.${why ?? "role"}`))} ${this.#filters()}
      <p class="visually-hidden" role="status">${n("templates.found", found.length)}</p>
      ${found.length
        ? html`<ul @keydown=${(event) => rove(event, ".template-row")}>${found.map((one) => this.#row(one, stars))}</ul>`
        : empty("search", t("templates.nothing"), t("templates.nothing_words"))}
    </div>`;
  }

  #filters() {
    const set = (fields) => (this._filter = { ...this._filter, ...fields });
    return html`<search class="template-filters">
      <input
        type="search"
        aria-label=${t("templates.search")}
        placeholder=${t("templates.search")}
        .value=${this._filter.words}
        @input=${(event) => set({ words: event.target.value })}
      />
      ${iconButton("star", t("templates.starred"), () => set({ starred: !this._filter.starred }), { pressed: this._filter.starred })}
      ${this.#select("language", (tag) => fmt.language(tag), set)}
      ${this.#select("category", (word) => this.#category(word), set)}
    </search>`;
  }

  #select(key, words, set) {
    const values = valuesOf(this._all, key);
    if (values.length < 2) return nothing;
    return html`<select aria-label=${t(`templates.by_${key}`)} @change=${(event) => set({ [key]: event.target.value })}>
      <option value="">${t(`templates.every_${key}`)}</option>
      ${values.map((value) => html`<option value=${value} ?selected=${this._filter[key] === value}>${words(value)}</option>`)}
    </select>`;
  }

  #category(word) {
    return CATEGORIES.has(word) ? t(`templates.category.${word}`) : word;
  }

  #row(one, stars) {
    const id = idOf(one);
    const acts = this.app.state.me.value.may_act;
    const why = one.usable ? "" : one.why_not;
    const kind = (one.header?.kind ?? "").toLowerCase();
    return html`<li>
      <button
        type="button"
        class="template-row"
        data-id=${id}
        aria-disabled=${one.usable && acts ? nothing : "true"}
        @click=${() => one.usable && acts && (this._chosen = one)}
      >
        <span class="template-head">
          ${HEADERS[kind] ? icon(HEADERS[kind], t(`templates.header.${HEADERS[kind]}`)) : nothing}
          <bdi>${label(one)}</bdi> ${this.#quality(one.quality)}
        </span>
        <span class="template-kinds">${badge(fmt.language(one.language))} ${badge(this.#category(one.category))}</span>
        <span class="template-words" dir="auto">${one.body?.text}</span>
        ${why ? html`<span class="template-why">${icon("lock")} ${why}</span>` : nothing}
      </button>
      ${iconButton("star", t("templates.star", { name: label(one) }), () => this.#star(id, stars), { pressed: stars.has(id) })}
    </li>`;
  }

  #quality(quality) {
    const word = (quality ?? "").toLowerCase();
    if (!["green", "yellow", "red"].includes(word)) return nothing;
    return html`<i class="quality ${word}" role="img" aria-label=${t(`templates.quality.${word}`)} title=${t(`templates.quality.${word}`)}></i>`;
  }

  #star(id, stars) {
    stars.has(id) ? stars.delete(id) : stars.add(id);
    this.requestUpdate();
  }
}

customElements.define("xy-templates", Templates);
