// Setting up a second factor: an authenticator app, its first code, and the recovery codes for the day it is gone.
import { html, nothing } from "../shared/vendor/lit.js";
import { Bound, t } from "../shared/core/base.js";
import { ask, asJson } from "../shared/core/net.js";
import { alertBox, button, copy, field } from "../shared/kit/kit.js";
import { copyable } from "./kit/copyable.js";
import { fault, told } from "./kit/said.js";

const spaced = (secret) => secret.replace(/(.{4})(?=.)/g, "$1 ");

/** `csrf`: of the session; `password`: where it was just typed, else it is asked for; `done()` when the codes are kept. */
class XyFactor extends Bound {
  static properties = {
    csrf: { attribute: false }, password: { attribute: false }, done: { attribute: false },
    offered: { state: true }, codes: { state: true }, busy: { state: true }, error: { state: true }, kept: { state: true },
  };

  constructor() {
    super();
    Object.assign(this, { password: "", offered: null, codes: null, busy: false, error: "", kept: false });
  }

  connectedCallback() {
    super.connectedCallback();
    if (this.password) this._offer(this.password);
  }

  async _post(path, body) {
    const { headers, ...json } = asJson(body);
    const url = new URL(`/api/v1/auth/second-factor${path}`, location.origin);
    return ask(url, { method: "POST", credentials: "same-origin", headers: { ...headers, "X-Xyper-CSRF": this.csrf }, ...json });
  }

  async _do(work) {
    if (this.busy) return;
    Object.assign(this, { busy: true, error: "" });
    try {
      await work();
    } catch (error) {
      this.error = error.status === 0 ? t("login.offline") : error.errors?.code ? fault(error, "code") : told(error);
    } finally {
      this.busy = false;
    }
    await this.updateComplete;
    this.querySelector("input:not([type=checkbox])")?.focus();
  }

  _offer = (password) => this._do(async () => (this.offered = await this._post("", { password })));

  _ask(event) {
    event.preventDefault();
    this._offer(new FormData(event.target).get("password"));
  }

  _confirm(event) {
    event.preventDefault();
    const code = new FormData(event.target).get("code");
    this._do(async () => (this.codes = (await this._post("/confirm", { code })).recovery_codes));
  }

  _download() {
    const url = URL.createObjectURL(new Blob([`${this.codes.join("\n")}\n`], { type: "text/plain" }));
    Object.assign(document.createElement("a"), { href: url, download: "xyper-recovery-codes.txt" }).click();
    URL.revokeObjectURL(url);
  }

  _asking() {
    const box = ({ id, describedBy }) => html`<input id=${id} name="password" type="password" autocomplete="current-password" required aria-describedby=${describedBy} dir="ltr" />`;
    return html`<form class="factor ways" @submit=${this._ask}>
      ${field("factor-password", t("login.password"), box)}
      ${button(t("login.next"), undefined, { kind: "primary", type: "submit", busy: this.busy })}
    </form>`;
  }

  _showing() {
    const { qr, qr_size: size, secret } = this.offered;
    const box = ({ id, describedBy }) => html`<input id=${id} name="code" inputmode="numeric" autocomplete="one-time-code" required maxlength="10" aria-describedby=${describedBy} dir="ltr" />`;
    return html`<form class="factor ways" @submit=${this._confirm}>
      <p>${t("login.factor.scan")}</p>
      <svg class="qr" viewBox="0 0 ${size} ${size}" role="img" aria-label=${t("login.factor.qr")} shape-rendering="crispEdges"><path d=${qr} /></svg>
      <p>${t("login.factor.type")}</p>
      ${copyable(secret, { shown: spaced(secret), label: t("login.factor.secret"), block: true })}
      ${field("factor-code", t("login.factor.code"), box, { help: t("login.factor.code.help") })}
      ${button(t("login.factor.confirm"), undefined, { kind: "primary", type: "submit", busy: this.busy })}
    </form>`;
  }

  _keeping() {
    return html`<div class="factor">
      <h2>${t("login.codes")}</h2>
      <p>${t("login.codes.words")}</p>
      <ol class="codes" dir="ltr">${this.codes.map((code) => html`<li><code>${code}</code></li>`)}</ol>
      <div class="row">${button(t("copy"), () => copy(this.codes.join("\n")), { symbol: "copy" })}${button(t("download"), () => this._download(), { symbol: "download" })}</div>
      <label class="check"><input type="checkbox" @change=${(event) => (this.kept = event.target.checked)} /> <span>${t("login.codes.kept")}</span></label>
      ${button(t("login.next"), () => this.done(), { kind: "primary", disabled: !this.kept })}
    </div>`;
  }

  render() {
    return html`${this.error ? alertBox("error", this.error) : nothing}
      ${this.codes ? this._keeping() : this.offered ? this._showing() : this.password && this.busy ? nothing : this._asking()}`;
  }
}

customElements.define("xy-factor", XyFactor);
