// What the composer's dialogs have in common: a title, fields, the bubble that comes of them, and a button that sends it.
import { html, nothing } from "../../shared/vendor/lit.js";
import { Bound, fmt, t } from "../../shared/core/base.js";
import { alertBox, button, field, iconButton, openDialog } from "../../shared/kit/kit.js";
import { preview } from "../templates/preview.js";
import { size } from "./choices.js";

const counted = (label, used, most) =>
  html`${label} <small class="counter ${used > most ? "over" : ""}">${fmt.number(used)}/${fmt.number(most)}</small>`;

/**
 * A form of `_draft`. Whoever extends it says `title`, `fields()`, `problems()` (by JSON pointer of the part), `part()`, and `words()` of the
 * preview.
 */
export class Sheet extends Bound {
  static properties = {
    app: { attribute: false }, _draft: { state: true }, _touched: { state: true }, _refused: { state: true }, _busy: { state: true },
  };

  /** The same draft is sent once, however often it is tried. */
  #key = crypto.randomUUID();

  constructor() {
    super();
    this._touched = new Set();
    this._refused = {};
  }

  get action() {
    return t("compose.send");
  }

  get symbol() {
    return "send";
  }

  render() {
    return html`<form class="sheet" novalidate @submit=${this.#submit}>
      <header class="dialog-head"><h2>${this.heading}</h2>${iconButton("close", t("close"), () => this.done())}</header>
      <div class="form-columns">
        <div class="form-fields">${this.fields()} ${this._refused[""] ? alertBox("error", this._refused[""]) : nothing}</div>
        ${this.seen()}
      </div>
      <footer class="form-foot">${this.extras()} ${button(this.action, null, { kind: "primary", symbol: this.symbol, type: "submit", busy: this._busy })}</footer>
    </form>`;
  }

  seen() {
    const part = this.part();
    return part ? preview(this.app, part, this.words()) : nothing;
  }

  extras() {
    return nothing;
  }

  firstUpdated() {
    this.querySelector("input, textarea")?.focus();
  }

  set(fields) {
    this._draft = { ...this._draft, ...fields };
    this._refused = {};
    this.#key = crypto.randomUUID();
  }

  /** A line, or with `rows` a box, that belongs to a pointer of the part; `most` shows how much of it is used. */
  line(pointer, label, value, change, { most = 0, rows = 0, help, type = "text", placeholder } = {}) {
    const id = `sheet${pointer.replaceAll("/", "-")}`;
    const long = most && size(value) > most;
    const problem = this._touched.has(pointer) || long ? this.problems()[pointer] : null;
    const error = this._refused[pointer] ?? (problem && t(problem.key, { most: problem.most && fmt.number(problem.most) }));
    const shared = (about) => ({ about, value, change, pointer, placeholder });
    const control = (about) => (rows ? this.#box(shared(about), rows) : this.#line(shared(about), type));
    return field(id, most ? counted(label, size(value), most) : label, control, { help, error });
  }

  #line({ about, value, change, pointer, placeholder }, type) {
    return html`<input
      id=${about.id} type=${type} dir="auto" autocomplete="off" placeholder=${placeholder ?? nothing}
      aria-describedby=${about.describedBy} aria-invalid=${about.invalid} .value=${value}
      @input=${(event) => change(event.target.value)} @blur=${() => this.#touch(pointer)}
    />`;
  }

  #box({ about, value, change, pointer, placeholder }, rows) {
    return html`<textarea
      id=${about.id} rows=${rows} dir="auto" placeholder=${placeholder ?? nothing}
      aria-describedby=${about.describedBy} aria-invalid=${about.invalid} .value=${value}
      @input=${(event) => change(event.target.value)} @blur=${() => this.#touch(pointer)}
    ></textarea>`;
  }

  #touch(...pointers) {
    this._touched = new Set([...this._touched, ...pointers]);
  }

  /** Shows what is wrong and goes to the first of it; true where nothing is. */
  checked() {
    const wrong = Object.keys(this.problems());
    this.#touch(...wrong);
    if (wrong.length) this.#focus(wrong[0]);
    return !wrong.length;
  }

  #focus(pointer) {
    this.updateComplete.then(() => this.querySelector(`#sheet${pointer.replaceAll("/", "-")}`)?.focus());
  }

  #submit = (event) => {
    event.preventDefault();
    if (!this._busy && this.checked()) this.send();
  };

  async send() {
    const { state, outbox } = this.app;
    this._busy = true;
    try {
      await outbox.submit({ parts: [this.part()], reply_to: state.quote.value?.id ?? null, key: this.#key });
      state.quote.value = null;
      this.sent();
    } catch (error) {
      this.refuse(error);
    } finally {
      this._busy = false;
    }
  }

  /** Beside the field that the server names, else above the button. */
  refuse(error) {
    const pointer = (error.field ?? "").replace(/^\/parts\/\d+/, "");
    const known = pointer && this.querySelector(`#sheet${CSS.escape(pointer.replaceAll("/", "-"))}`);
    this._refused = { [known ? pointer : ""]: error.detail || t("compose.unreachable") };
    if (known) this.#focus(pointer);
  }

  /** Once the server has taken it. */
  sent() {
    this.done();
  }

  done() {
    this.closest("dialog").close();
  }
}

/** A sheet in a dialog: `view(element)` of its tag, with what it needs. */
export const openSheet = (label, view) => openDialog(() => view, { label, kind: "wide" });
