// A template is written, and beside it stands what the customer will see. What Meta would refuse is said before it is asked.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { Bound, fmt, t } from "../../../shared/core/base.js";
import { alertBox, button, iconButton } from "../../../shared/kit/kit.js";
import { fromComponents } from "../../../shared/templates/model.js";
import { path } from "../../kit/api.js";
import { control, Draft, focusWrong } from "../../kit/form.js";
import { explained } from "../../kit/states.js";
import { blank, built, BUTTONS, CATEGORIES, exampleFields, HEADERS, LANGUAGES, MOST, placed, problemsOf, read } from "./draft.js";
import { preview } from "./preview.js";

const FILES = new Set(["image", "video", "document"]);
const WRITABLE = CATEGORIES.filter((one) => one !== "AUTHENTICATION");

class XyTemplateEditor extends Bound {
  static properties = { app: { attribute: false }, tenant: {}, template: { attribute: false }, fresh: { type: Boolean }, done: { attribute: false }, touched: { state: true } };

  willUpdate(changed) {
    if (!changed.has("template") && this.draft) return;
    if (this.draft && changed.get("template")?.id === this.template?.id) return;
    const values = this.template ? { ...read(this.template), ...(this.fresh ? { language: "" } : {}) } : blank();
    this.draft = new Draft(values, () => this.requestUpdate());
    this.touched = new Set();
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
  _wrong(name) {
    const told = this.draft.error?.errors?.[name];
    return told ?? (this.touched.has(name) ? this._say(this.problems[name]) : null);
  }

  _set(name, value) {
    this.touched = new Set([...this.touched, name]);
    const { error } = this.draft;
    if (error?.errors?.[name]) delete error.errors[name];
    this.draft.set(name, value);
  }

  field(spec) {
    return control("template", spec, this.draft.get(spec.name), (value) => this._set(spec.name, value), this._wrong(spec.name));
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
      ${this.field({ name: "category", label: t("template.category"), kind: "select", options: WRITABLE.map((one) => [one, t(`template.category.${one}`)]), help: t("template.category.help") })}`;
  }

  _examples() {
    const all = exampleFields(this.draft.values);
    if (!all.length) return nothing;
    return html`<h2>${t("template.part.examples")}</h2><p class="help wide">${t("template.examples.help")}</p>
      ${all.map(({ area, name, field }) => this.field({ name: field, label: t(`template.example.${area}`, { name: `\u2068{{${name}}}\u2069` }), max: 200 }))}`;
  }

  _content() {
    const kind = this.draft.get("header.kind");
    return html`<h2>${t("template.part.content")}</h2>
      ${this.field({ name: "header.kind", label: t("template.header"), kind: "select", options: HEADERS.map((one) => [one, t(`template.header.${one || "none"}`)]) })}
      ${kind === "text" ? this.field({ name: "header.text", label: this._counted(t("template.header.text"), "header.text"), max: 200 }) : nothing}
      ${FILES.has(kind) ? this.field({ name: "header.handle", label: t("template.handle"), ltr: true, help: t("template.handle.help") }) : nothing}
      ${this.field({ name: "body", label: this._counted(t("template.body"), "body"), kind: "textarea", rows: 6, max: 2000, help: t("template.body.help") })}
      ${this.field({ name: "footer", label: this._counted(t("template.footer"), "footer"), max: 200 })}
      ${this._examples()}`;
  }

  _buttons() {
    const all = this.draft.get("buttons");
    const put = (next) => this._set("buttons", next);
    const swap = (at, to) => put(all.map((one, index) => (index === at ? all[to] : index === to ? all[at] : one)));
    const add = () => put([...all, { kind: "quick_reply", text: "", url: "", phone: "", example: "" }]);
    return html`<h2>${t("template.part.buttons")}</h2>
      ${this._wrong("buttons") ? alertBox("error", this._wrong("buttons")) : nothing}
      <ol class="made-buttons">${all.map((one, at) => this._button(one, at, all, put, swap))}</ol>
      ${all.length < MOST.buttons ? html`<div>${button(t("template.button.add"), add, { symbol: "plus" })}</div>` : nothing}`;
  }

  _button(one, at, all, put, swap) {
    const name = `buttons.${at}`;
    const set = (key) => (value) => {
      this.touched = new Set([...this.touched, name]);
      put(all.map((other, index) => (index === at ? { ...other, [key]: value } : other)));
    };
    const part = (key, spec) => control("template", { ...spec, name: `${name}.${key}` }, one[key], set(key), null);
    const wrong = this._wrong(name);
    const n = fmt.number(at + 1);
    return html`<li class=${wrong ? "wrong" : ""}><fieldset><legend>${t("template.button.n", { n })}</legend>
      ${part("kind", { label: t("template.button.kind"), kind: "select", options: BUTTONS.map((kind) => [kind, t(`template.button.${kind}`)]) })}
      ${one.kind === "copy_code" ? nothing : part("text", { label: t("template.button.text"), max: 60 })}
      ${one.kind === "url" ? part("url", { label: t("template.button.address"), ltr: true, max: MOST.url, help: t("template.button.address.help") }) : nothing}
      ${one.kind === "phone_number" ? part("phone", { label: t("template.button.phone"), ltr: true, max: 24 }) : nothing}
      ${one.kind === "copy_code" || (one.kind === "url" && /\{\{/.test(one.url)) ? part("example", { label: t("template.button.example"), ltr: true, max: 200 }) : nothing}
      ${wrong ? html`<p class="error" role="alert">${wrong}</p>` : nothing}</fieldset>
      <span class="moves">${iconButton("up", t("template.button.up", { n }), () => swap(at, at - 1), { disabled: at === 0 })}${iconButton("down", t("template.button.down", { n }), () => swap(at, at + 1), { disabled: at === all.length - 1 })}${iconButton("trash", t("template.button.remove", { n }), () => put(all.filter((_, index) => index !== at)))}</span></li>`;
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
    const general = draft.error && !Object.keys(draft.error.errors ?? {}).some((one) => one in draft.values || one.startsWith("buttons."));
    return html`<div class="page-head"><h1 tabindex="-1">${heading}</h1>${button(t("template.back"), () => this._leave(), { kind: "quiet", symbol: "back" })}</div>
      <form class="writing" novalidate @submit=${this._submit}>
        <section class="card form">
          ${general ? alertBox("error", explained(draft.error)) : nothing}
          ${this._about()}${this._content()}${this._buttons()}
          <footer class="save-bar">${button(t("template.hand_in"), undefined, { kind: "primary", type: "submit", busy: draft.busy })}<span class="help">${t("template.hand_in.help")}</span></footer>
        </section>
        <aside class="card beside">${preview(fromComponents(made))}</aside>
      </form>`;
  }
}

customElements.define("xy-template-editor", XyTemplateEditor);
