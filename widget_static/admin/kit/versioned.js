// A form of what others may change, too: its version goes along, and whoever comes second is told; nothing is overwritten unseen.
import { html, nothing } from "../../shared/vendor/lit.js";
import { t } from "../../shared/core/base.js";
import { button } from "../../shared/kit/kit.js";
import { conflict } from "./dialogs.js";
import { Draft, fields, focusWrong } from "./form.js";
import { Reader } from "./reading.js";
import { either } from "./states.js";

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const words = (value) => (value === null || value === "" || value?.length === 0 ? "–" : Array.isArray(value) ? value.join(", ") : value === true ? "✓" : value === false ? "–" : String(value));

/**
 * `path`: what is read, and changed (unless at `write`) by `method`, PATCH if left out; `specs(value)`: its fields; `values(value)`: what stands in
 * them; `body(changes, all)`: what is sent, the changes if left out; `saved(value)`: told afterwards; `heading`, `lead`, `wide`, `readonly`.
 */
class XyVersioned extends Reader {
  static properties = Object.fromEntries(["app", "path", "write", "specs", "values", "body", "method", "heading", "lead", "readonly", "saved", "wide"].map((one) => [one, { attribute: false }]));

  willUpdate(changed) {
    if (changed.has("path") && this.path !== this._read) this._load();
  }

  _load() {
    this._read = this.path;
    return this.reading.load(async () => {
      const found = await this.app.api.read(this.path);
      const specs = await this.specs(found.value);
      this._take(found, specs);
      return found.value;
    });
  }

  _take({ value, etag }, specs = this._specs) {
    this.etag = etag;
    this._specs = specs.map((one) => (this.readonly ? { ...one, disabled: true } : one));
    this.draft = new Draft(this.values(value), () => this.requestUpdate());
  }

  async _write(changes, all) {
    const send = this.app.api[this.method ?? "patch"];
    const value = await send(this.write ?? this.path, this.body ? this.body(changes, all) : changes, { etag: this.etag });
    this._take(await this.app.api.read(this.path));
    this.saved?.(value);
    this.app.toast(t("admin.saved"), "success");
  }

  async _save(event) {
    event?.preventDefault();
    const { draft } = this;
    const done = await draft.send((all, changes) => this._write(changes, all));
    if (!done && draft.error.status === 412) await this._meet(draft);
    else if (!done) {
      await this.updateComplete;
      focusWrong(this);
    }
  }

  /** Somebody else was quicker. What we did not touch is theirs; where both changed something, a person decides. */
  async _meet(mine) {
    mine.error = null;
    let found;
    try {
      found = await this.app.api.read(this.path);
    } catch (error) {
      return this.app.fail(error);
    }
    const theirs = this.values(found.value);
    const both = Object.keys(mine.changes).filter((name) => !same(theirs[name], mine.kept[name]) && !same(theirs[name], mine.values[name]));
    const rows = both.map((name) => ({ label: this._specs.find((one) => one.name === name)?.label ?? name, theirs: words(theirs[name]), mine: words(mine.values[name]) }));
    const changes = mine.changes;
    const chosen = rows.length ? await conflict(rows) : "mine";
    if (!chosen) return this.requestUpdate();
    this._take(found);
    const kept = chosen === "mine" ? changes : Object.fromEntries(Object.entries(changes).filter(([name]) => !both.includes(name)));
    this.draft.values = { ...this.draft.values, ...kept };
    if (this.draft.dirty) await this._save();
    if (!rows.length) this.app.toast(t("admin.conflict.none"));
    this.requestUpdate();
  }

  _undo() {
    this.draft = new Draft(this.draft.kept, () => this.requestUpdate());
    this.requestUpdate();
  }

  _form() {
    const { draft } = this;
    return html`<form class="form ${this.wide ? "two" : ""}" @submit=${this._save}>
      ${fields(this.path.replace(/\W/g, "-"), this._specs, draft)}
      ${this.readonly ? nothing : html`<div class="save-bar">
        ${button(t("save"), undefined, { kind: "primary", type: "submit", busy: draft.busy, disabled: !draft.dirty })}
        ${button(t("admin.undo"), () => this._undo(), { kind: "quiet", disabled: !draft.dirty || draft.busy })}
        <span class="help" role="status">${draft.dirty ? t("admin.unsaved") : ""}</span></div>`}
    </form>`;
  }

  render() {
    return html`<section class="card">${this.heading ? html`<h2>${this.heading}</h2>` : nothing}${this.lead ? html`<p class="lead">${this.lead}</p>` : nothing}
      ${either(this.reading, () => this._form(), { retry: this.reading.again, rows: 5 })}</section>`;
  }
}

customElements.define("xy-versioned", XyVersioned);
