// The ways to prove who one is: a password with a code, the organisation's identity provider, Genesys Cloud.
import { html, nothing } from "../shared/vendor/lit.js";
import { Bound, fmt, t } from "../shared/core/base.js";
import { ask } from "../shared/core/net.js";
import { alertBox, button, field } from "../shared/kit/kit.js";
import { told } from "./kit/said.js";
import { signIn } from "./session.js";

const FEATURES = "popup,width=520,height=720";
export const SIGN_ON = "xyper-admin-sign-on";
/** Where a sign-in that takes the whole page comes back to. */
export const RETURN = "xyper-admin-return";

const oidc = new URL("/api/v1/auth/oidc", location.origin);
const genesys = (tenant) => {
  const url = new URL("/api/v1/auth/page/genesys", location.origin);
  url.searchParams.set("tenant", tenant);
  return url;
};

/** In words: a wrong password, a lock-out, a server that is away. */
function trouble(error) {
  if (error.status === 0) return t("login.offline");
  if (error.status === 429) return t("login.locked", { time: fmt.duration(error.retryAfter ?? 60) });
  return told(error);
}

/**
 * `purpose`: `in` (the whole page is the sign-in), `again` (the session has ended) or `prove` (it is still them). `me`: who it must be,
 * unless the purpose is `in`; `send(values)` for `prove`, `look()` to see what a window of its own has achieved; `done(found, password)`.
 */
class XySignIn extends Bound {
  static properties = {
    purpose: {}, me: { attribute: false }, send: { attribute: false }, look: { attribute: false }, done: { attribute: false },
    error: { attribute: false }, busy: { state: true }, offered: { state: true }, waiting: { state: true }, asks: { state: true },
  };

  constructor() {
    super();
    this.purpose = "in";
    this.error = "";
    this.busy = false;
    this.offered = false;
    this.waiting = false;
    this.asks = false;
  }

  connectedCallback() {
    super.connectedCallback();
    this._channel = new BroadcastChannel(SIGN_ON);
    this._channel.onmessage = ({ data }) => data.type === "landed" && this._landed();
    if (!this.me) ask(oidc).then(({ enabled }) => (this.offered = enabled), () => {});
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this._channel.close();
  }

  firstUpdated() {
    this.querySelector("input:not([readonly]), button.primary")?.focus();
  }

  async _submit(event) {
    event.preventDefault();
    if (this.busy) return;
    const form = new FormData(event.target);
    const typed = { password: form.get("password"), code: (form.get("code") ?? "").trim() };
    Object.assign(this, { busy: true, error: "" });
    try {
      const found = this.purpose === "prove" ? await this.send(typed) : await signIn({ email: form.get("email").trim(), ...typed });
      this.done(found, typed.password);
    } catch (error) {
      this.error = trouble(error);
      event.target.elements.code.value = "";
      event.target.elements.password.select();
    } finally {
      this.busy = false;
    }
  }

  /** By the whole page, or in a window of its own where a page with forms in it must stay. */
  _away(url) {
    this.error = "";
    if (this.purpose === "in") {
      sessionStorage.setItem(RETURN, location.pathname + location.search);
      location.assign(url);
      return;
    }
    url.searchParams.set("again", "true");
    open(url, "_blank", FEATURES);
    // Whether it opened cannot be told: this page and the other one are kept apart.
    this.waiting = true;
  }

  async _landed() {
    if (!this.waiting) return;
    this._channel.postMessage({ type: "thanks" });
    const found = await this.look().catch(() => null);
    if (found) this.done(found, "");
  }

  _genesys(event) {
    event.preventDefault();
    const tenant = new FormData(event.target).get("tenant").trim();
    if (tenant) this._away(genesys(tenant));
  }

  _password() {
    const { me, purpose } = this;
    const input = (type, name, autocomplete, { required = true, value = "", readonly = false, ...more } = {}) => ({ id, describedBy }) => html`<input
      id=${id} name=${name} type=${type} autocomplete=${autocomplete} inputmode=${more.mode ?? nothing} maxlength=${more.max ?? nothing}
      aria-describedby=${describedBy} .value=${value} ?required=${required} ?readonly=${readonly} spellcheck="false" autocapitalize="none" dir="ltr" />`;
    const email = input("email", "email", "username", { value: me?.email ?? "", readonly: Boolean(me) });
    return html`<form class="ways" @submit=${this._submit}>
      ${purpose === "prove" ? nothing : field("login-email", t("login.email"), email)}
      ${field("login-password", t("login.password"), input("password", "password", "current-password"))}
      ${field("login-code", t("login.code"), input("text", "code", "one-time-code", { required: false, mode: "numeric", max: 50 }), { help: t("login.code.help") })}
      ${button(t(purpose === "prove" ? "login.prove" : "login.sign_in"), undefined, { kind: "primary", type: "submit", busy: this.busy })}
    </form>`;
  }

  /** Of somebody whom another login knows. */
  _elsewhere() {
    const { me } = this;
    const url = () => (me.method === "oidc" ? new URL(`${oidc}/start`) : genesys(me.tenant));
    const words = t(me.method === "oidc" ? "login.oidc" : "login.genesys");
    return html`<div class="ways">
      <p>${t("login.as", { name: me.name })}</p>
      ${button(words, () => this._away(url()), { kind: "primary", symbol: "open" })}
      ${this.waiting ? alertBox("info", t("login.waiting")) : nothing}
    </div>`;
  }

  _others() {
    const tenant = ({ id, describedBy }) => html`<input id=${id} name="tenant" required maxlength="200" autocomplete="organization" spellcheck="false" aria-describedby=${describedBy} />`;
    return html`<div class="others"><span>${t("login.or")}</span>
      ${this.offered ? button(t("login.oidc"), () => this._away(new URL(`${oidc}/start`)), { symbol: "open" }) : nothing}
      ${this.asks
        ? html`<form class="ways" @submit=${this._genesys}>
          ${field("login-tenant", t("login.tenant"), tenant, { help: t("login.tenant.help") })}
          ${button(t("login.genesys"), undefined, { kind: "primary", type: "submit", symbol: "open" })}
        </form>`
        : button(t("login.genesys"), () => this._ask(), { symbol: "open" })}
    </div>`;
  }

  async _ask() {
    this.asks = true;
    await this.updateComplete;
    this.querySelector("#login-tenant").focus();
  }

  render() {
    const elsewhere = this.me && this.me.method !== "local";
    return html`${this.error ? alertBox("error", this.error) : nothing}
      ${elsewhere ? this._elsewhere() : this._password()}
      ${this.me ? nothing : this._others()}`;
  }
}

customElements.define("xy-sign-in", XySignIn);
