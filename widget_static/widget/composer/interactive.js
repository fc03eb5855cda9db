// Messages with something to press: reply buttons, a list, one link, or asking for the customer's place.
import { html, nothing } from "../../shared/vendor/lit.js";
import { t } from "../../shared/core/base.js";
import { button, iconButton, rove } from "../../shared/kit/kit.js";
import { choicesPart, draftOf, fresh, kindsOf, limitsOf, moved, problemsOf, row } from "./choices.js";
import { saveReply } from "./saving.js";
import { Sheet, openSheet } from "./sheet.js";

class Interactive extends Sheet {
  static properties = { saved: { attribute: false } };

  get heading() {
    return t("compose.interactive");
  }

  willUpdate() {
    this._draft ??= this.saved ? draftOf(this.saved) : fresh(kindsOf(this.capabilities)[0]);
  }

  get capabilities() {
    return this.app.state.capabilities.value;
  }

  problems() {
    return problemsOf(this._draft, this.capabilities);
  }

  part() {
    return choicesPart(this._draft);
  }

  words() {
    const { body, options } = this._draft;
    return [body, ...options.map((option) => option.title)].filter(Boolean).join(". ");
  }

  fields() {
    const { kind, body, header, footer } = this._draft;
    const limits = limitsOf(kind, this.capabilities);
    const text = (name, value, more) =>
      this.line(`/${name}`, t(`interactive.${name}`), value, (words) => this.set({ [name]: words }), { most: limits[name], ...more });
    return html`${this.#kinds(kind)}
      ${limits.header ? text("header", header) : nothing}
      ${text("body", body, { rows: 3 })}
      ${kind === "link" ? this.#link(limits) : nothing}
      ${limits.options ? this.#options(limits) : nothing}
      ${limits.footer ? text("footer", footer) : nothing}`;
  }

  /** Words that every kind has stay when another one is chosen. */
  #kinds(kind) {
    const { header, body, footer } = this._draft;
    const choose = (next) => next === kind || this.set({ ...fresh(next), header, body, footer });
    const segment = (one) => html`<button
      type="button"
      role="radio"
      aria-checked=${String(one === kind)}
      tabindex=${one === kind ? "0" : "-1"}
      @click=${() => choose(one)}
    >${t(`interactive.kind.${one}`)}</button>`;
    const arrows = (event) => rove(event, "[role=radio]")?.click();
    return html`<div class="segments" role="radiogroup" aria-label=${t("interactive.kind")} @keydown=${arrows}>
      ${kindsOf(this.capabilities).map(segment)}
    </div>`;
  }

  #link(limits) {
    const { title, url } = this._draft;
    return html`${this.line("/options/0/title", t("interactive.button"), title, (words) => this.set({ title: words }), { most: limits.title })}
      ${this.line("/options/0/url", t("interactive.url"), url, (words) => this.set({ url: words }), { type: "url", placeholder: "https://" })}`;
  }

  #options(limits) {
    const { kind, options, button: opens } = this._draft;
    const list = kind === "list";
    const open = (words) => this.set({ button: words });
    return html`${list ? this.line("/button", t("interactive.opens"), opens, open, { most: limits.button }) : nothing}
      <fieldset>
        <legend>${t(list ? "interactive.rows" : "interactive.buttons")} <small class="counter">${options.length}/${limits.options}</small></legend>
        ${options.map((option, n) => this.#option(option, n, limits))}
        ${options.length < limits.options ? button(t("interactive.add"), () => this.#add(), { kind: "quiet", symbol: "attach" }) : nothing}
      </fieldset>`;
  }

  #option(option, n, limits) {
    const { options } = this._draft;
    const change = (fields) => this.set({ options: options.with(n, { ...option, ...fields }) });
    const number = { number: n + 1 };
    const words = (key, pointer, most) => this.line(`/options/${n}/${pointer}`, t(key, number), option[pointer], (text) => change({ [pointer]: text }), { most });
    return html`<div class="sheet-row">
      <div>
        ${words("interactive.title", "title", limits.title)}
        ${limits.description ? words("interactive.description", "description", limits.description) : nothing}
      </div>
      <div class="sheet-moves" role="group" aria-label=${t("interactive.title", number)}>
        ${iconButton("up", t("interactive.up", number), (event) => this.#move(event, n, -1), { disabled: n === 0 })}
        ${iconButton("down", t("interactive.down", number), (event) => this.#move(event, n, 1), { disabled: n === options.length - 1 })}
        ${iconButton("trash", t("interactive.remove", number), () => this.#remove(n), { disabled: options.length === 1 })}
      </div>
    </div>`;
  }

  async #add() {
    const { options } = this._draft;
    this.set({ options: [...options, row()] });
    await this.updateComplete;
    this.querySelector(`#sheet-options-${options.length}-title`).focus();
  }

  /** The focus goes with the option, so that it can be moved on. */
  async #move(event, n, step) {
    const symbol = [...event.currentTarget.parentElement.children].indexOf(event.currentTarget);
    this.set({ options: moved(this._draft.options, n, step) });
    await this.updateComplete;
    const buttons = [...this.querySelectorAll(".sheet-moves")[n + step].children];
    (buttons[symbol].disabled ? buttons.find((one) => !one.disabled) : buttons[symbol]).focus();
  }

  async #remove(n) {
    this.set({ options: this._draft.options.toSpliced(n, 1) });
    await this.updateComplete;
    this.querySelector(`#sheet-options-${Math.max(0, n - 1)}-title`).focus();
  }

  extras() {
    const save = () => this.checked() && saveReply(this.app, { text: this._draft.body.trim(), parts: [this.part()] });
    return button(t("replies.save_as"), save, { kind: "quiet", symbol: "bolt" });
  }
}

customElements.define("xy-interactive", Interactive);

/** Empty, or with what a quick reply holds. */
export const openInteractive = (app, part) =>
  openSheet(t("compose.interactive"), html`<xy-interactive .app=${app} .saved=${part}></xy-interactive>`);
