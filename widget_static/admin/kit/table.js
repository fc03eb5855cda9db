// The table of every list: a sticky head, pages by cursors, choice of rows and of columns, and what it is before there are rows.
import { html, LitElement, nothing, repeat } from "../../shared/vendor/lit.js";
import { n, t } from "../../shared/core/base.js";
import { button, empty, iconButton, openPopover } from "../../shared/kit/kit.js";
import { preferences } from "./preferences.js";
import { failed } from "./states.js";

const GHOSTS = [0, 1, 2, 3, 4, 5];

/**
 * `columns`: `{name, label, cell(row), end (right-aligned), hidden (at first), fixed (cannot be hidden), narrow}`; `rows`; `key(row)`;
 * `state`: "loading" | "ready" | "error" with `error` and `retry`; `name`: of the table, for the columns that somebody hid;
 * `label`: what it lists; `none`: `{symbol, title, words, action}`; `href(row)` or `open(row)`: where a row leads; `current`: the key of the
 * row that is open; `selectable`, `selected` (a Set of keys), `choose(Set)`; `next` (cursor) with `onMore(next)`; `onFirst()`: back to the beginning.
 */
class XyTable extends LitElement {
  static properties = Object.fromEntries(
    ["columns", "rows", "key", "state", "error", "retry", "name", "label", "none", "href", "open", "current", "selectable", "selected", "choose", "next", "onMore", "onFirst", "tools"]
      .map((one) => [one, { attribute: false }]),
  );

  createRenderRoot() {
    return this;
  }

  get shown() {
    const hidden = preferences.hidden(this.name);
    return this.columns.filter((one) => one.fixed || !(hidden ? hidden.includes(one.name) : one.hidden));
  }

  _hide(name, on) {
    const shown = new Set(this.shown.map((one) => one.name));
    if (on) shown.add(name);
    else shown.delete(name);
    preferences.hide(this.name, this.columns.map((one) => one.name).filter((one) => !shown.has(one)));
    this.requestUpdate();
  }

  _columns(event) {
    const on = () => new Set(this.shown.map((one) => one.name));
    const content = () => html`<fieldset class="column-choice"><legend>${t("admin.table.columns")}</legend>
      ${this.columns.filter((one) => !one.fixed).map((one) => html`<label><input type="checkbox" .checked=${on().has(one.name)} @change=${(change) => this._hide(one.name, change.target.checked)} /> ${one.label}</label>`)}</fieldset>`;
    openPopover(event.currentTarget, content, { label: t("admin.table.columns") });
  }

  _pick(key, on) {
    const next = new Set(this.selected);
    if (on) next.add(key);
    else next.delete(key);
    this.choose?.(next);
  }

  _all(on) {
    const next = new Set(this.selected);
    for (const row of this.rows) next[on ? "add" : "delete"](this.key(row));
    this.choose?.(next);
  }

  /** A press anywhere in a row is one on its link: not on what has a meaning of its own, nor while words are being marked. */
  _press(event, row) {
    if (event.target.closest("a, button, input, label, select, [data-own]") || String(getSelection())) return;
    if (this.open) this.open(row);
    else if (this.href) event.currentTarget.querySelector("a.row-link")?.click();
  }

  _head(columns) {
    const keys = (this.rows ?? []).map((row) => this.key(row));
    const chosen = keys.filter((key) => this.selected?.has(key)).length;
    return html`<thead><tr>
      ${this.selectable ? html`<th class="pick"><input type="checkbox" aria-label=${t("admin.table.all")} .checked=${Boolean(chosen) && chosen === keys.length} .indeterminate=${Boolean(chosen) && chosen < keys.length} @change=${(event) => this._all(event.target.checked)} /></th>` : nothing}
      ${columns.map((one) => html`<th scope="col" class="${one.end ? "end" : ""} ${one.narrow ? "narrow" : ""}">${one.label}</th>`)}
    </tr></thead>`;
  }

  _cell(column, row, at) {
    const inner = column.cell(row);
    const lead = at === 0 && this.href ? html`<a class="row-link" href=${this.href(row)}>${inner}</a>`
      : at === 0 && this.open ? html`<button type="button" class="row-link" aria-expanded=${String(this.key(row) === this.current)} @click=${() => this.open(row)}>${inner}</button>` : inner;
    return html`<td class="${column.end ? "end" : ""} ${column.narrow ? "narrow" : ""}">${lead}</td>`;
  }

  _row(row, columns) {
    const key = this.key(row);
    return html`<tr class="${this.href || this.open ? "leads" : ""} ${key === this.current ? "current" : ""}" @click=${(event) => this._press(event, row)}>
      ${this.selectable ? html`<td class="pick"><input type="checkbox" aria-label=${t("admin.table.one")} .checked=${Boolean(this.selected?.has(key))} @change=${(event) => this._pick(key, event.target.checked)} /></td>` : nothing}
      ${columns.map((one, at) => this._cell(one, row, at))}
    </tr>`;
  }

  _foot() {
    const many = this.rows?.length ?? 0;
    const chosen = this.selected?.size ?? 0;
    if (this.state !== "ready" || (!many && !this.onFirst)) return nothing;
    return html`<footer class="table-foot">
      <span role="status">${chosen ? n("admin.table.chosen", chosen) : n("admin.table.rows", many)}</span>
      <span class="pager">
        ${this.onFirst ? button(t("admin.table.first"), () => this.onFirst(), { kind: "quiet", symbol: "back" }) : nothing}
        ${this.next ? button(t("admin.table.next"), () => this.onMore(this.next), { kind: "quiet", symbol: "next" }) : nothing}
      </span>
    </footer>`;
  }

  render() {
    const columns = this.shown;
    const rows = this.rows ?? [];
    const width = columns.length + (this.selectable ? 1 : 0);
    const ghosts = GHOSTS.map(() => html`<tr class="ghost">${Array.from({ length: width }, () => html`<td><i class="shape"></i></td>`)}</tr>`);
    const nobody = this.none ?? { symbol: "list", title: t("admin.table.none") };
    const loading = this.state === "loading" && !rows.length;
    if (this.state === "error") return failed(this.error, this.retry);
    return html`<div class="table-tools">${this.tools ?? nothing}${iconButton("columns", t("admin.table.columns"), (event) => this._columns(event))}</div>
      <div class="table-scroll" tabindex="0" role="region" aria-label=${this.label}>
        <table aria-busy=${loading ? "true" : nothing}>
          <caption class="visually-hidden">${this.label}</caption>
          ${this._head(columns)}
          <tbody>${loading ? ghosts : repeat(rows, (row) => this.key(row), (row) => this._row(row, columns))}</tbody>
        </table>
        ${this.state === "ready" && !rows.length ? empty(nobody.symbol, nobody.title, nobody.words, nobody.action) : nothing}
      </div>
      ${this._foot()}`;
  }
}

customElements.define("xy-table", XyTable);
