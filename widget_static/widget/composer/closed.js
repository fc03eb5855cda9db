// In the composer's place once the window has closed: templates, and the draft, which is kept.
import { html, nothing } from "../../shared/vendor/lit.js";
import { Bound, t } from "../../shared/core/base.js";
import { button, copy, icon } from "../../shared/kit/kit.js";
import { openTemplate } from "../templates/form.js";
import { label, recent } from "../../shared/templates/model.js";

export class Closed extends Bound {
  static properties = { app: { attribute: false }, _templates: { state: true } };

  constructor() {
    super();
    this._templates = [];
  }

  connectedCallback() {
    if (!this.hasUpdated) this.watch(this.app.state.draft, this.app.state.bubbles);
    super.connectedCallback();
    this.#read();
  }

  async #read() {
    try {
      this._templates = (await this.app.api.get("templates")).templates;
    } catch {
      // The chips are a shortcut: the tab of templates tells what is wrong.
    }
  }

  render() {
    const draft = this.app.state.draft.value;
    return html`<section class="composer-closed" aria-label=${t("closed.title")}>
      <p>${icon("clock")} <span><strong>${t("closed.title")}</strong> ${t("compose.closed")}</span></p>
      <div class="composer-chips">
        ${button(t("closed.choose"), () => (this.app.state.tab.value = "templates"), { kind: "primary", symbol: "template" })}
        ${recent(this._templates, this.app.state.bubbles.value.list).map((one) => this.#chip(one))}
      </div>
      ${draft.trim() ? this.#draft(draft) : nothing}
    </section>`;
  }

  #chip(template) {
    return html`<button type="button" class="pill" @click=${() => openTemplate(this.app, template)}>${label(template)}</button>`;
  }

  #draft(draft) {
    return html`<div class="composer-kept">
      <p class="composer-label" id="composer-kept">${t("closed.draft")}</p>
      <blockquote dir="auto" tabindex="0" aria-labelledby="composer-kept">${draft}</blockquote>
      <div>
        ${button(t("copy"), () => copy(draft), { symbol: "copy", kind: "quiet" })}
        ${button(t("closed.later"), () => this.#later(draft), { symbol: "clock", kind: "secondary" })}
      </div>
    </div>`;
  }

  /** Kept at the server until the customer writes. */
  #later(draft) {
    const { state, outbox } = this.app;
    outbox.send({ parts: [{ type: "text", text: draft.trim() }], reply_to: state.quote.value?.id ?? null, when: "window" });
    state.draft.value = "";
    state.quote.value = null;
    this.app.toast(t("closed.kept"), "success");
  }
}

customElements.define("xy-closed", Closed);
