// Whether the chains of the audit hold: walked a little with each question, and told in a word.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { Bound, fmt, n, t } from "../../../shared/core/base.js";
import { icon } from "../../../shared/kit/kit.js";
import { show } from "../../kit/dialogs.js";
import { say } from "../../kit/said.js";
import { explained } from "../../kit/states.js";
import { exactly } from "../../kit/time.js";

const NEXT = 150;
const SIGNS = { verified: "shield", broken: "alert", walking: "clock", unknown: "info" };

export class XySeal extends Bound {
  static properties = { app: { attribute: false }, base: {} };

  willUpdate(changed) {
    if (!changed.has("base")) return;
    this.verdict = null;
    this.error = null;
    this._ask(this.base);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this._timer);
  }

  async _ask(asked) {
    try {
      const verdict = await this.app.api.get(asked);
      if (asked !== this.base || !this.isConnected) return;
      this.verdict = verdict;
      if (verdict.state === "walking") this._timer = setTimeout(() => this._ask(asked), NEXT);
    } catch (error) {
      if (asked === this.base) this.error = error;
    }
    this.requestUpdate();
  }

  get state() {
    return this.error ? "unknown" : this.verdict?.state ?? "walking";
  }

  _words() {
    const { verdict, state } = this;
    if (state !== "walking" || !verdict?.lines) return t(`audit.seal.${state}`);
    return t("audit.seal.share", { share: fmt.number(verdict.walked / verdict.lines, { style: "percent" }) });
  }

  _content() {
    const { verdict, error } = this;
    if (error) return html`<p>${explained(error)}</p>`;
    if (!verdict) return nothing;
    const fault = (one) => html`<li><b>${one.chain || t("audit.seal.nobody")}</b> ${t("audit.seal.line", { seq: fmt.number(one.seq) })}: ${say(one, "why")}</li>`;
    return html`<p>${t(`audit.seal.${this.state}.words`)}</p>
      <dl class="facts"><dt>${t("audit.seal.chains")}</dt><dd>${fmt.number(verdict.chains)}</dd><dt>${t("audit.seal.lines")}</dt><dd>${fmt.number(verdict.walked)} / ${fmt.number(Math.max(verdict.lines, verdict.walked))}</dd>
        ${verdict.done_at ? html`<dt>${t("audit.seal.at")}</dt><dd>${exactly(verdict.done_at)}</dd>` : nothing}</dl>
      ${verdict.broken.length ? html`<h3>${n("audit.seal.faults", verdict.broken.length)}</h3><ul class="faults">${verdict.broken.map(fault)}</ul>` : nothing}
      <p class="help">${t("audit.seal.help")}</p>`;
  }

  render() {
    const { state } = this;
    return html`<button type="button" class="seal ${state}" aria-haspopup="dialog" @click=${() => show(t("audit.seal"), () => this._content())}>${icon(SIGNS[state])}<span aria-live="polite">${this._words()}</span></button>`;
  }
}

customElements.define("xy-seal", XySeal);
