// Forms as data: fields, their values, and what the server finds wrong with them.
import { html, ifDefined, live, nothing } from "../../shared/vendor/lit.js";
import { t } from "../../shared/core/base.js";
import { alertBox, field } from "../../shared/kit/kit.js";
import { fault, say } from "./said.js";
import { explained } from "./states.js";

const lines = (text) => text.split("\n").map((one) => one.trim()).filter(Boolean);
const numeric = (text) => (text === "" ? null : Number(text));
const KINDS = { text: "text", password: "password", email: "email", number: "number", search: "search", date: "date", moment: "datetime-local", secret: "text" };

/** What a control says, as the value of its field. */
const READ = {
  number: (element) => numeric(element.value),
  check: (element) => element.checked,
  list: (element) => lines(element.value),
  select: (element) => element.value,
};

/** A field is required of people only where leaving it out is an error. */
const marked = (spec) => (spec.optional ? html`${spec.label} <small class="optional">${t("admin.optional")}</small>` : spec.label);

function box(spec, value, told, aria) {
  const { id, describedBy, invalid } = aria;
  if (spec.kind === "select") {
    return html`<select id=${id} name=${spec.name} aria-describedby=${describedBy} aria-invalid=${invalid} ?disabled=${spec.disabled} @change=${told}>
      ${spec.options.map(([one, words]) => html`<option value=${one} ?selected=${one === (value ?? "")}>${words}</option>`)}
    </select>`;
  }
  if (spec.kind === "textarea" || spec.kind === "list") {
    return html`<textarea id=${id} name=${spec.name} rows=${spec.rows ?? 3} ?required=${spec.required} ?disabled=${spec.disabled} aria-describedby=${describedBy}
      aria-invalid=${invalid} maxlength=${ifDefined(spec.max)} placeholder=${spec.placeholder ?? ""} .value=${live(spec.kind === "list" ? (value ?? []).join("\n") : value ?? "")} @input=${told}></textarea>`;
  }
  const number = spec.kind === "number";
  const secret = spec.kind === "secret";
  return html`<input id=${id} name=${spec.name} class=${secret ? "concealed" : nothing} type=${KINDS[spec.kind ?? "text"]} .value=${live(String(value ?? ""))} ?required=${spec.required} ?disabled=${spec.disabled}
    aria-describedby=${describedBy} aria-invalid=${invalid} autocomplete=${spec.autocomplete ?? "off"} spellcheck="false" placeholder=${spec.placeholder ?? ""}
    min=${ifDefined(number ? spec.min : undefined)} max=${ifDefined(number ? spec.max : undefined)} step=${ifDefined(number ? spec.step ?? "any" : undefined)}
    maxlength=${ifDefined(number ? undefined : spec.max)} pattern=${ifDefined(spec.pattern)} dir=${ifDefined(spec.ltr ? "ltr" : undefined)} list=${ifDefined(spec.suggested ? `${id}-list` : undefined)} @input=${told} />
    ${spec.suggested ? html`<datalist id="${id}-list">${spec.suggested.map(([one, words]) => html`<option value=${one}>${words}</option>`)}</datalist>` : nothing}`;
}

function switched(id, spec, value, told, error) {
  return html`<div class="field check ${error ? "wrong" : ""}"><label><input id=${id} name=${spec.name} type="checkbox" .checked=${live(Boolean(value))} ?disabled=${spec.disabled} @change=${told} />
    <span>${spec.label}${spec.help ? html`<small class="help">${spec.help}</small>` : nothing}</span></label>${error ? html`<p class="error">${error}</p>` : nothing}</div>`;
}

function several(id, spec, value, set, error) {
  const has = new Set(value ?? []);
  const turn = (one, on) => set(spec.options.map(([name]) => name).filter((name) => (name === one ? on : has.has(name))));
  return html`<fieldset class="field several ${error ? "wrong" : ""}"><legend>${spec.label}</legend>
    ${spec.help ? html`<p class="help">${spec.help}</p>` : nothing}
    <div class="choices">${spec.options.map(([one, words]) => html`<label><input type="checkbox" name="${id}-${one}" .checked=${live(has.has(one))} ?disabled=${spec.disabled} @change=${(event) => turn(one, event.target.checked)} /> <span>${words}</span></label>`)}</div>
    ${error ? html`<p class="error">${error}</p>` : nothing}</fieldset>`;
}

/**
 * One field. `spec`: `{name (a path: "config.region"), label, kind: "text" | "password" | "secret" (a vendor's, nobody's password) | "email" | "number" | "select" | "textarea" | "list" | "check" |
 * "several" | "date" | "moment", help, options: [[value, words]], suggested: the same beside what may be typed, required, optional, min, max, step, pattern, rows, ltr, disabled}`.
 */
export function control(prefix, spec, value, set, error) {
  const id = `${prefix}-${spec.name.replace(/\W/g, "-")}`;
  const told = (event) => set((READ[spec.kind] ?? ((element) => element.value))(event.target));
  if (spec.kind === "check") return switched(id, spec, value, told, error);
  if (spec.kind === "several") return several(id, spec, value, set, error);
  return field(id, marked(spec), (aria) => box(spec, value, told, aria), { help: spec.help, error });
}

const dotted = (pointer) => pointer.replace(/^\//, "").replaceAll("/", ".").replaceAll("~1", "/").replaceAll("~0", "~");

/** What an error says about each field, and what it says besides. */
export function sorted(error, names) {
  const about = { ...error?.errors };
  if (error?.field) about[dotted(error.field)] = say(error, "detail");
  const found = {};
  const rest = {};
  for (const [path, words] of Object.entries(about)) {
    const name = names.find((one) => path === one) ?? names.find((one) => path.startsWith(`${one}.`));
    if (name) found[name] ??= error.title && words === error.errors[path] ? fault(error, path) : words; // ours has no title
    else rest[path] = words;
  }
  return { found, rest: error && (!Object.keys(about).length || Object.keys(rest).length) ? error : null };
}

/** Values that one changes, field by field: what a form of its own, or of a dialog, is drawn from. */
export class Draft {
  constructor(values, changed) {
    this.kept = values;
    this.values = structuredClone(values);
    this.error = null;
    this.busy = false;
    this._changed = changed;
  }

  get(name) {
    return this.values[name];
  }

  set(name, value) {
    this.values = { ...this.values, [name]: value };
    this._changed?.();
  }

  /** What differs from what was read. */
  get changes() {
    const names = Object.keys(this.values).filter((name) => JSON.stringify(this.values[name]) !== JSON.stringify(this.kept[name]));
    return Object.fromEntries(names.map((name) => [name, this.values[name]]));
  }

  get dirty() {
    return Object.keys(this.changes).length > 0;
  }

  /** Try; what went wrong stands at its field, and what was typed stays. True where it worked. */
  async send(work) {
    this.busy = true;
    this.error = null;
    this._changed?.();
    try {
      await work(this.values, this.changes);
      return true;
    } catch (error) {
      this.error = error;
      return false;
    } finally {
      this.busy = false;
      this._changed?.();
    }
  }
}

/** All fields of a form, with what is wrong in general above them. */
export function fields(prefix, specs, draft) {
  const { found, rest } = sorted(draft.error, specs.map((one) => one.name));
  return html`${rest ? alertBox("error", explained(rest)) : nothing}
    ${specs.map((spec) => control(prefix, spec, draft.get(spec.name), (value) => draft.set(spec.name, value), found[spec.name]))}`;
}

/** The first field that is wrong, or that is asked for, has the focus. */
export const focusWrong = (root) => root.querySelector('[aria-invalid="true"], .wrong :is(input:not([hidden]), .button), [role="alert"]')?.focus?.();
