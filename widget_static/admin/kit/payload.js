// What a message or a letter holds: without what people wrote, and all of it for whoever may read it, which the audit notes.
import { html, nothing } from "../../shared/vendor/lit.js";
import { Bound, t } from "../../shared/core/base.js";
import { alertBox, button } from "../../shared/kit/kit.js";
import { linked } from "../router.js";
import { copyable } from "./copyable.js";
import { explained, shapes } from "./states.js";

linked("kit/payload.css");

const MASKED = /(\[(?:redacted|number|structure|token|login|query|\d+ bytes|[a-z]+ [0-9a-f]{8})\]|<\d+ characters>)/;

/** JSON with what was masked set apart; every second piece of the split is such a mark. */
export const code = (value, label) => html`<pre class="json" dir="ltr" tabindex="0" role="region" aria-label=${label}>${JSON.stringify(value, null, 2)
  .split(MASKED)
  .map((piece, odd) => (odd % 2 ? html`<span class="masked">${piece}</span>` : piece))}</pre>`;

/** `read()` gives what is told to everybody; `reveal()` all of it, and is only there for those who may. `held`: known already. */
export class XyPayload extends Bound {
  static properties = { read: { attribute: false }, reveal: { attribute: false }, held: { attribute: false }, subject: {} };

  constructor() {
    super();
    this._whole = null;
    this._busy = false;
    this._error = null;
  }

  willUpdate(changed) {
    if (!changed.has("subject")) return;
    Object.assign(this, { _whole: null, _error: null, _masked: this.held });
    if (this._masked === undefined) this._ask(this.read, "_masked");
  }

  async _ask(fn, name) {
    const { subject } = this;
    this._busy = true;
    this._error = null;
    this.requestUpdate();
    try {
      const found = await fn();
      if (subject === this.subject) this[name] = found;
    } catch (error) {
      if (subject === this.subject) this._error = error;
    } finally {
      this._busy = false;
      this.requestUpdate();
    }
  }

  _shown() {
    if (this._masked === undefined) return this._error ? nothing : shapes(3);
    const value = this._whole ?? this._masked;
    if (value === null) return html`<p class="none">${t("payload.gone")}</p>`;
    return code(value, t("payload"));
  }

  render() {
    const may = Boolean(this.reveal) && this._masked !== null && this._masked !== undefined;
    const again = this._whole ? () => ((this._whole = null), this.requestUpdate()) : () => this._ask(this.reveal, "_whole");
    return html`<div class="payload-head"><p class="help">${t(this._whole ? "payload.whole" : this.reveal ? "payload.masked" : "payload.masked.only")}</p>
        ${this._whole ? copyable(JSON.stringify(this._whole, null, 2), { shown: "JSON", label: t("payload") }) : nothing}
        ${may ? button(t(this._whole ? "payload.hide" : "payload.reveal"), again, { symbol: this._whole ? "lock" : "eye", busy: this._busy }) : nothing}</div>
      ${this._error ? alertBox("error", explained(this._error)) : nothing}${this._shown()}`;
  }
}

customElements.define("xy-payload", XyPayload);
