// A template is written, and beside it stands what the customer will see. What Meta would refuse is said before it is asked.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { Bound, fmt, t } from "../../../shared/core/base.js";
import { alertBox, button } from "../../../shared/kit/kit.js";
import { path } from "../../kit/api.js";
import { control, Draft, focusWrong } from "../../kit/form.js";
import { explained } from "../../kit/states.js";
import { blank, built, CATEGORIES, exampleFields, FILES, HEADERS, LANGUAGES, placed, problemsOf, read, shapeOf } from "./draft.js";
import { messageButtons } from "./editor_buttons.js";
import { cardsForm } from "./editor_cards.js";
import { codeForm } from "./editor_code.js";
import { example } from "./example.js";
import { preview } from "./preview.js";
import { MOST } from "./texts.js";

const LAYOUTS = ["message", "carousel"];
/** Fields that stand in a list, as `cards.0.body`. */
const LISTED = /^(buttons|cards|otp)\./;

class XyTemplateEditor extends Bound {
  static properties = { app: { attribute: false }, tenant: {}, template: { attribute: false }, fresh: { type: Boolean }, done: { attribute: false }, touched: { state: true } };

  willUpdate(changed) {
    if (!changed.has("template") && this.draft) return;
    if (this.draft && changed.get("template")?.id === this.template?.id) return;
    const values = this.template ? { ...read(this.template), ...(this.fresh ? { language: "" } : {}) } : blank();
    this.draft = new Draft(values, () => this.requestUpdate());
    this.touched = new Set();
  }

  /** The files themselves are only kept for the preview. */
  disconnectedCallback() {
    super.disconnectedCallback();
    const { "header.file": file, cards } = this.draft.values;
    for (const one of [file, ...cards.map((card) => card.file)]) if (one?.url) URL.revokeObjectURL(one.url);
  }

  get problems() {
    const found = problemsOf(this.draft.values, { fresh: this.fresh });
    if (!this.draft.get("language")) found.language = { key: "language" };
    return found;
  }

  _say(problem) {
    return problem && t(`template.wrong.${problem.key}`, { most: problem.most && fmt.number(problem.most) });
  }

  /** The server's words first: they are about what was just handed in. */
  wrong(name) {
    const told = this.draft.error?.errors?.[name];
    return told ?? (this.touched.has(name) ? this._say(this.problems[name]) : null);
  }

  get(name) {
    return this.draft.get(name);
  }

  touch(name) {
    this.touched = new Set([...this.touched, name]);
  }

  set(name, value) {
    this.touch(name);
    const { error } = this.draft;
    if (error?.errors?.[name]) delete error.errors[name];
    this.draft.set(name, value);
  }

  field(spec) {
    return control("template", spec, this.draft.get(spec.name), (value) => this.set(spec.name, value), this.wrong(spec.name));
  }

  _counted(label, name) {
    return html`${label} <small class="optional">${t("template.count", { count: fmt.number([...this.draft.get(name)].length), most: fmt.number(MOST[name.split(".")[0]]) })}</small>`;
  }

  _about() {
    const { fresh } = this;
    const languages = [["", t("template.language.choose")], ...LANGUAGES.map((one) => [one, `${fmt.language(one)} (${one})`])];
    return html`<h2>${t("template.part.about")}</h2>
      ${this.field({ name: "name", label: t("template.name"), ltr: true, max: MOST.name, disabled: !fresh || Boolean(this.template), help: t(fresh ? "template.name.help" : "template.fixed") })}
      ${this.field({ name: "language", label: t("template.language"), kind: "select", options: languages, disabled: !fresh })}
      ${this.field({ name: "category", label: t("template.category"), kind: "select", disabled: !fresh && this.template?.status === "APPROVED", options: CATEGORIES.map((one) => [one, t(`template.category.${one}`)]), help: t("template.category.help") })}
      ${this.draft.get("category") === "MARKETING" ? this.field({ name: "layout", label: t("template.layout"), kind: "select", options: LAYOUTS.map((one) => [one, t(`template.layout.${one}`)]) }) : nothing}`;
  }

  _examples() {
    const all = exampleFields(this.draft.values);
    if (!all.length) return nothing;
    return html`<h2>${t("template.part.examples")}</h2><p class="help wide">${t("template.examples.help")}</p>
      ${all.map(({ area, name, field }) => this.field({ name: field, label: t(`template.example.${area}`, { name: `\u2068{{${name}}}\u2069` }), max: 200 }))}`;
  }

  _body() {
    return this.field({ name: "body", label: this._counted(t("template.body"), "body"), kind: "textarea", rows: 6, max: 2000, help: t("template.body.help") });
  }

  _message() {
    const kind = this.get("header.kind");
    const file = { label: t("template.example"), kind, value: this.get("header.file"), set: (value) => this.set("header.file", value) };
    return html`<h2>${t("template.part.content")}</h2>
      ${control("template", { name: "header.kind", label: t("template.header"), kind: "select", options: HEADERS.map((one) => [one, t(`template.header.${one || "none"}`)]) }, kind, (value) => this._headed(value), this.wrong("header.kind"))}
      ${kind === "text" ? this.field({ name: "header.text", label: this._counted(t("template.header.text"), "header.text"), max: 200 }) : nothing}
      ${FILES.has(kind) ? example(this, "header.file", file) : nothing}
      ${this._body()}
      ${this.field({ name: "footer", label: this._counted(t("template.footer"), "footer"), max: 200 })}
      ${this._examples()}${messageButtons(this)}`;
  }

  /** A file is an example of its own kind only. */
  _headed(kind) {
    this.draft.set("header.file", null);
    this.set("header.kind", kind);
  }

  _carousel() {
    return html`<h2>${t("template.part.content")}</h2>${this._body()}${this._examples()}${cardsForm(this)}`;
  }

  _content() {
    const shape = shapeOf(this.draft.values);
    return shape === "code" ? codeForm(this) : shape === "carousel" ? this._carousel() : this._message();
  }

  _leave() {
    this.app.go("templates", { name: this.draft.get("name") || null, from: null });
  }

  _submit = async (event) => {
    event.preventDefault();
    if (this.draft.busy) return;
    const { problems } = this;
    this.touched = new Set(Object.keys(problems));
    if (Object.keys(problems).length) {
      await this.updateComplete;
      return focusWrong(this);
    }
    if (await this.draft.send((values) => this._hand(values))) {
      this.app.toast(t("template.handed_in"), "success");
      await this.done();
      this._leave();
    } else {
      await this.updateComplete;
      focusWrong(this);
    }
  };

  /** What the vendor refuses stands at the field that it is about. */
  async _hand(values) {
    const { draft, places } = built(values, { fresh: this.fresh });
    const to = this.fresh ? path("tenants", this.tenant, "templates") : path("tenants", this.tenant, "templates", this.template.id);
    try {
      await this.app.api.post(to, draft);
    } catch (error) {
      const pointed = error.field ? { [error.field.replace(/^\//, "").replaceAll("/", ".")]: error.detail } : {};
      error.errors = Object.fromEntries(Object.entries({ ...pointed, ...error.errors }).map(([at, words]) => [placed(at, places), words]));
      error.field = null;
      throw error;
    }
  }

  render() {
    const { draft, fresh } = this;
    const heading = fresh ? t(this.template ? "template.language.add" : "template.create") : t("template.edit.of", { name: draft.get("name") });
    const { draft: made } = built(draft.values, { fresh });
    const general = draft.error && !Object.keys(draft.error.errors ?? {}).some((one) => one in draft.values || LISTED.test(one) || one.startsWith("example."));
    return html`<div class="page-head"><h1 tabindex="-1">${heading}</h1>${button(t("template.back"), () => this._leave(), { kind: "quiet", symbol: "back" })}</div>
      <form class="writing" novalidate @submit=${this._submit}>
        <section class="card form">
          ${general ? alertBox("error", explained(draft.error)) : nothing}
          ${this._about()}${this._content()}
          <footer class="save-bar">${button(t("template.hand_in"), undefined, { kind: "primary", type: "submit", busy: draft.busy })}<span class="help">${t("template.hand_in.help")}</span></footer>
        </section>
        <aside class="card beside">${preview(made, { header: draft.get("header.file"), cards: draft.get("cards").map((one) => one.file) })}</aside>
      </form>`;
  }
}

customElements.define("xy-template-editor", XyTemplateEditor);
