// Filling in a template: its fields beside the bubble that they make, then one look before it goes.
import { html, nothing } from "../../shared/vendor/lit.js";
import { Bound, fmt, loadWords, t } from "../../shared/core/base.js";
import { alertBox, badge, button, field, icon, iconButton, openDialog } from "../../shared/kit/kit.js";
import { rounded } from "../composer/files.js";
import { fieldAt, fieldsOf, idOf, label, prefilled, problemsOf, shownPart, templatePart } from "../../shared/templates/model.js";
import { preview } from "./preview.js";

const PRICED = new Set(["MARKETING", "UTILITY", "AUTHENTICATION"]);

export class TemplateForm extends Bound {
  static properties = {
    app: { attribute: false }, template: { attribute: false },
    _values: { state: true }, _touched: { state: true }, _refused: { state: true }, _step: { state: true }, _busy: { state: true },
  };

  /** Of what is in the fields now: the same values are sent once, however often they are tried. */
  #key = null;

  constructor() {
    super();
    this._step = "form";
    this._touched = new Set();
    this._refused = {};
    this._values = {};
  }

  willUpdate(changed) {
    if (!changed.has("template")) return;
    const { conversation, me } = this.app.state;
    this._known = prefilled(this.template, { customer: conversation.value.name, agent: me.value.name });
    this._values = { ...this._known };
    this._touched = new Set();
    this._refused = {};
    this._step = "form";
    this.#key = crypto.randomUUID();
  }

  firstUpdated() {
    (this.querySelector("input, button.primary") ?? this).focus();
  }

  render() {
    const { template } = this;
    const part = shownPart(template, this._values);
    return html`<div class="template-form">
      <header class="template-top">
        ${iconButton("back", t("templates.back"), () => this.#leave())}
        <h2><bdi>${label(template)}</bdi></h2>
        ${badge(fmt.language(template.language))} ${badge(this.#category())}
      </header>
      <form novalidate @submit=${this.#submit}>
        <div class="form-columns"><div class="form-fields">
          ${fieldsOf(template).map((one) => this.#field(one))}
          ${fieldsOf(template).length ? nothing : html`<p class="help">${t("templates.no_fields")}</p>`}
          ${this._refused[""] ? alertBox("error", this._refused[""]) : nothing}
        </div>${preview(this.app, part, part.shown.body)}</div>
        ${this._step === "confirm" ? this.#confirm() : html`<footer class="form-foot">${button(t("templates.next"), null, { kind: "primary", type: "submit" })}</footer>`}
      </form>
    </div>`;
  }

  #category() {
    const { category } = this.template;
    return PRICED.has(category) ? t(`templates.category.${category}`) : category;
  }

  #confirm() {
    const { category } = this.template;
    const { contact } = this.app.state.conversation.value;
    return html`<footer class="form-foot template-confirm" role="group" aria-labelledby="template-confirm">
      <p id="template-confirm"><strong>${t("templates.confirm", { contact: `\u2068${contact ?? ""}\u2069` })}</strong></p>
      ${PRICED.has(category) ? html`<p>${icon("info")} ${t(`templates.price.${category}`)}</p>` : nothing}
      <div>
        ${button(t("templates.change"), () => (this._step = "form"), { kind: "secondary" })}
        ${button(t("compose.send"), null, { kind: "primary", symbol: "send", type: "submit", busy: this._busy })}
      </div>
    </footer>`;
  }

  #field(one) {
    const id = `template${one.pointer.replaceAll("/", "-")}`;
    const problem = this._touched.has(one.pointer) ? problemsOf(this.template, this._values)[one.pointer] : null;
    const error = this._refused[one.pointer] ?? (problem && t(problem.key, { most: problem.most && fmt.number(problem.most) }));
    return field(id, this.#label(one), (about) => this.#control(one, about), { help: this.#help(one), error });
  }

  #label(one) {
    if (one.kind === "text") return t(`templates.field.${one.area}`, { name: `\u2068${one.name}\u2069` });
    return t(`templates.field.${one.kind}`, { name: `\u2068${one.name}\u2069` });
  }

  #help(one) {
    const known = this._known[one.pointer];
    if (known && this._values[one.pointer] === known) return html`${icon("person")} ${t("templates.prefilled")}`;
    if (one.kind === "suffix") return html`<bdi>${one.url}</bdi>`;
    return one.example ? t("templates.example", { example: `\u2068${one.example}\u2069` }) : nothing;
  }

  #control(one, about) {
    if (one.kind === "location") return this.#place(one, about);
    if (["image", "video", "document"].includes(one.kind)) return this.#file(one, about);
    return html`<input
      id=${about.id}
      type="text"
      dir="auto"
      autocomplete="off"
      aria-describedby=${about.describedBy}
      aria-invalid=${about.invalid}
      .value=${this._values[one.pointer] ?? ""}
      @input=${(event) => this.#set(one.pointer, event.target.value)}
      @blur=${() => this.#touch(one.pointer)}
    />`;
  }

  #file(one, about) {
    const media = this.app.state.capabilities.value.media[one.kind];
    const given = this._values[one.pointer];
    return html`<input
        id=${about.id}
        type="file"
        accept=${media?.mimes.filter((mime) => mime !== "*/*").join(",") ?? nothing}
        aria-describedby=${about.describedBy}
        aria-invalid=${about.invalid}
        @change=${(event) => this.#upload(one, event.target.files[0])}
      />
      ${this._busy === one.pointer ? html`<progress aria-label=${t("attach.uploading", { name: "" })}></progress>` : nothing}
      ${given ? html`<p class="help">${icon("check")} <bdi>${given.name}</bdi></p>` : nothing}
      ${media ? html`<p class="help">${t("attach.most", { limit: fmt.size(rounded(media.size)) })}</p>` : nothing}`;
  }

  async #upload(one, file) {
    if (!file) return;
    this._busy = one.pointer;
    this._refused = { ...this._refused, [one.pointer]: undefined };
    try {
      const stored = await this.app.api.upload("files", file, { query: { name: file.name, kind: one.kind } });
      this.#set(one.pointer, stored);
    } catch (error) {
      this._refused = { ...this._refused, [one.pointer]: error.detail || t("compose.unreachable") };
    } finally {
      this._busy = "";
    }
  }

  #place(one, about) {
    const given = this._values[one.pointer];
    const words = given ? [given.name, given.address, `${given.latitude}, ${given.longitude}`].filter(Boolean).join(" · ") : t("templates.place");
    return html`<button id=${about.id} type="button" class="button secondary" aria-describedby=${about.describedBy} @click=${() => this.#pick(one)}>
      ${icon("pin")}<span>${words}</span>
    </button>`;
  }

  async #pick(one) {
    const { openLocation } = await import("../composer/location.js");
    openLocation(this.app, (place) => this.#set(one.pointer, place));
  }

  #set(pointer, value) {
    this._values = { ...this._values, [pointer]: value };
    this._refused = { ...this._refused, [pointer]: undefined, "": undefined };
    this._step = "form";
    this.#key = crypto.randomUUID();
  }

  #touch(pointer) {
    this._touched = new Set([...this._touched, pointer]);
  }

  #submit = async (event) => {
    event.preventDefault();
    if (this._busy) return;
    const wrong = Object.keys(problemsOf(this.template, this._values));
    this._touched = new Set(fieldsOf(this.template).map((one) => one.pointer));
    if (wrong.length) return this.#focus(wrong[0]);
    if (this._step === "confirm") return this.#send();
    this._step = "confirm";
    await this.updateComplete;
    this.querySelector(".template-confirm .primary").focus();
  };

  #focus(pointer) {
    this.updateComplete.then(() => this.querySelector(`#template${pointer.replaceAll("/", "-")}`)?.focus());
  }

  async #send() {
    const { state, outbox } = this.app;
    this._busy = "send";
    try {
      const parts = [templatePart(this.template, this._values)];
      await outbox.submit({ parts, reply_to: state.quote.value?.id ?? null, key: this.#key });
      state.quote.value = null;
      this.dispatchEvent(new CustomEvent("sent", { detail: idOf(this.template) }));
    } catch (error) {
      this.#refuse(error);
    } finally {
      this._busy = "";
    }
  }

  /** Beside the field that the server names, else above the button. */
  #refuse(error) {
    const at = fieldAt(error.field, fieldsOf(this.template));
    this._refused = { ...this._refused, [at?.pointer ?? ""]: error.detail || t("compose.unreachable") };
    this._step = "form";
    if (at) this.#focus(at.pointer);
  }

  #leave() {
    this.dispatchEvent(new CustomEvent("back"));
  }
}

customElements.define("xy-template-form", TemplateForm);

/** The same form over the chat, for whoever knows already which template it is to be. */
export async function openTemplate(app, template) {
  await loadWords(null, "compose");
  const content = (close) => html`<xy-template-form .app=${app} .template=${template} @back=${close} @sent=${close}></xy-template-form>`;
  return openDialog(content, { label: label(template), kind: "wide" });
}
