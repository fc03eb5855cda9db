// What is attached, before it is sent: chosen, dropped or pasted, uploaded at once, captioned, taken off again.
import { createRef, html, nothing, ref, repeat } from "../../shared/vendor/lit.js";
import { Bound, fmt, t } from "../../shared/core/base.js";
import { icon, iconButton } from "../../shared/kit/kit.js";
import { accepted, captionOf, kindOf, mediaPart, offers, problemOf, rounded } from "./files.js";

const SYMBOLS = { image: "image", video: "video", audio: "mic", voice: "mic", sticker: "emoji", document: "document" };
const size = (text) => [...text].length;

export class Attach extends Bound {
  static properties = { app: { attribute: false }, _items: { state: true } };

  #input = createRef();
  #serial = 0;

  constructor() {
    super();
    this._items = [];
  }

  /** Something is attached, be it only a file that cannot go. */
  get filled() {
    return this._items.length > 0;
  }

  /** Everything attached can go now. */
  get ready() {
    return this._items.every((item) => item.stored && !this.#tooLong(item));
  }

  /** Ask for files. */
  choose() {
    this.#input.value.click();
  }

  /** `kind` where it is known better than from the type: a voice note. */
  add(files, kind) {
    const { media } = this.app.state.capabilities.value;
    const items = files.map((file) => this.#item(file, kind ?? kindOf(file, media), media));
    this._items = [...this._items, ...items];
    for (const item of items) if (!item.error) this.#upload(item);
    this.#changed();
  }

  #item(file, kind, media) {
    const thumb = file.type.startsWith("image/") ? URL.createObjectURL(file) : null;
    const error = this.#words(problemOf(file, kind, media));
    return { id: (this.#serial += 1), file, kind, thumb, error, caption: "", done: 0, stored: null };
  }

  #words(problem) {
    if (!problem) return "";
    const { key, limit, kind, mime } = problem;
    return t(key, { mime, limit: limit && fmt.size(rounded(limit)), kind: kind && t(`kind.${kind}`) });
  }

  /** The parts of all, and an empty tray. */
  take() {
    const taken = this._items.map((item) => mediaPart(item.stored, item.caption));
    for (const item of this._items) this.#forget(item);
    this._items = [];
    this.#changed();
    return taken;
  }

  async #upload(item) {
    item.abort = new AbortController();
    const onProgress = (done) => this.#set(item, { done });
    const query = { name: item.file.name, kind: item.kind };
    try {
      const stored = await this.app.api.upload("files", item.file, { query, onProgress, signal: item.abort.signal });
      this.#set(item, { stored, done: 1 });
    } catch (error) {
      if (error.name !== "AbortError") this.#set(item, { error: error.detail || t("compose.unreachable"), again: error.status === 0 || error.status >= 500 });
    }
  }

  #set(item, fields) {
    if (!this._items.includes(item)) return;
    Object.assign(item, fields);
    this._items = [...this._items];
    this.#changed();
  }

  #again(item) {
    this.#set(item, { error: "", again: false, done: 0 });
    this.#upload(item);
  }

  #remove(item) {
    item.abort?.abort();
    this.#forget(item);
    this._items = this._items.filter((one) => one !== item);
    this.#changed();
    this.closest("xy-composer")?.focusBox();
  }

  #forget(item) {
    if (item.thumb) URL.revokeObjectURL(item.thumb);
  }

  #changed() {
    this.requestUpdate();
    this.dispatchEvent(new Event("change"));
  }

  #tooLong(item) {
    return size(item.caption) > captionOf(item.kind, this.app.state.capabilities.value);
  }

  render() {
    const { media } = this.app.state.capabilities.value;
    return html`<input ${ref(this.#input)} type="file" multiple hidden accept=${accepted(media) || nothing} @change=${this.#chosen} />
      ${this.filled ? this.#tray(media) : nothing}`;
  }

  #chosen = (event) => {
    event.stopPropagation();
    this.add([...event.target.files]);
    event.target.value = "";
  };

  #tray(media) {
    return html`<section class="attach" aria-label=${t("attach.title")}>
      <ul>${repeat(this._items, (item) => item.id, (item) => this.#row(item))}</ul>
      <details>
        <summary>${t("attach.limits")}</summary>
        <dl>
          ${offers(media).map(({ kind, endings, any, size: most }) => html`<dt>${t(`kind.${kind}`)}</dt>
            <dd>${[any ? t("attach.any") : endings.join(", "), t("attach.most", { limit: fmt.size(rounded(most)) })].join(" · ")}</dd>`)}
        </dl>
      </details>
      ${iconButton("attach", t("attach.more"), () => this.choose())}
    </section>`;
  }

  #row(item) {
    return html`<li class=${item.error ? "wrong" : ""}>
      ${item.thumb ? html`<img src=${item.thumb} alt="" />` : html`<span class="attach-kind">${icon(SYMBOLS[item.kind] ?? "file")}</span>`}
      <div>
        <p class="attach-name"><bdi>${item.file.name}</bdi> <small>${fmt.size(item.file.size)}</small></p>
        ${item.error ? html`<p class="attach-error" role="alert" dir="auto">${icon("alert")} ${item.error}</p>` : this.#state(item)}
      </div>
      ${item.again ? iconButton("retry", t("retry"), () => this.#again(item)) : nothing}
      ${iconButton("close", t(item.stored || item.error ? "attach.remove" : "attach.cancel", { name: item.file.name }), () => this.#remove(item))}
    </li>`;
  }

  #state(item) {
    if (!item.stored) {
      return html`<progress max="1" .value=${item.done} aria-label=${t("attach.uploading", { name: item.file.name })}></progress>`;
    }
    const most = captionOf(item.kind, this.app.state.capabilities.value);
    if (!most) return html`<p class="attach-done">${t(`kind.${item.kind}`)}</p>`;
    return html`<input
        type="text"
        dir="auto"
        class=${this.#tooLong(item) ? "wrong" : ""}
        aria-label=${t("attach.caption", { name: item.file.name })}
        placeholder=${t("attach.caption_hint")}
        .value=${item.caption}
        @input=${(event) => this.#set(item, { caption: event.target.value })}
        @keydown=${(event) => event.key === "Enter" && !event.isComposing && this.closest("xy-composer").send()}
      />
      ${this.#tooLong(item) ? html`<p class="attach-error">${t("wrong.long", { most: fmt.number(most) })}</p>` : nothing}`;
  }
}

customElements.define("xy-attach", Attach);
