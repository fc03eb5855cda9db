// D4: a tenant set up and proved at its vendors, step by step. Its state is the server's: whoever comes back goes on where it stands.
import { html, nothing } from "../../shared/vendor/lit.js";
import { Bound, t } from "../../shared/core/base.js";
import { alertBox, button } from "../../shared/kit/kit.js";
import { path } from "../kit/api.js";
import { Draft } from "../kit/form.js";
import { Reading } from "../kit/reading.js";
import { either } from "../kit/states.js";
import { stepper } from "../kit/stepper.js";
import { choose } from "./onboarding/choosing.js";
import { readAll, run } from "./onboarding/saving.js";
import { desk, number, organisation } from "./onboarding/forms.js";
import { live, trip } from "./onboarding/proof.js";
import { integration, webhook, widget } from "./onboarding/places.js";
import { accountOf, after, nextOf, rowsOf, states, WAY } from "./onboarding/way.js";

export const element = "xy-onboarding";
export const words = ["admin-onboarding", "admin-said"];
export const css = true;
export const title = (route) => (route.parts[0] ? t("onboarding.of", { tenant: route.parts[0] }) : t("onboarding.title"));

const LIVE = 0.7;
const CALM = 4;
const VIEWS = { organisation, genesys: desk, whatsapp: number, webhook, integration, widget, trip, live };

class XyOnboarding extends Bound {
  static properties = { app: { attribute: false }, route: { attribute: false }, problem: { state: true } };

  constructor() {
    super();
    this.reading = new Reading(this);
    this.choices = new Reading(this);
    this.offers = new Reading(this);
    this._drafts = new Map();
    /** Forms whose values the server has. */
    this.stored = new Set();
    this.problem = null;
  }

  connectedCallback() {
    super.connectedCallback();
    this._switched = this.app.tenant.subscribe((chosen) => this._switch(chosen));
    this.watch(this.app.tenants);
    this.app.every(this, LIVE, () => this._follow());
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this._switched();
  }

  get tenant() {
    return this.route.parts[0] ?? null;
  }

  get state() {
    return this.reading.value;
  }

  /** The step that is shown: the one of the address, else the first that is not done. */
  get step() {
    if (!this.tenant) return "organisation";
    const asked = this.route.query.get("step");
    return WAY.some((one) => one.name === asked) ? asked : nextOf(states(this.state));
  }

  get now() {
    return this.app.now();
  }

  willUpdate(changed) {
    if (!changed.has("route")) return;
    const { app, tenant } = this;
    if (!tenant && app.tenant.value && !this.route.query.has("new")) return void app.go(path("onboarding", app.tenant.value), {}, { replace: true });
    const before = this._shown;
    this._shown = `${tenant}/${this.route.query.get("step")}`;
    if (before !== this._shown) this.problem = null;
    if (tenant && tenant !== this._read) this._open();
    if (!tenant) this._read = null;
  }

  /** Another tenant chosen in the bar is another onboarding. */
  _switch(chosen) {
    if (chosen && this.tenant && chosen !== this.tenant) this.app.go(path("onboarding", chosen), { tenant: chosen });
  }

  _open() {
    this._read = this.tenant;
    this._drafts.clear();
    this.stored.clear();
    this.offers = new Reading(this);
    return this.reading.load(() => readAll(this.app.api, this.tenant));
  }

  /** The address names the step that is shown, so that it stays when what it is about is done. */
  updated() {
    if (!this.tenant || this.reading.state !== "ready") return;
    if (!this.route.query.get("step")) this.app.query({ step: this.step });
    if (this._seen === this.step) return;
    this._seen = this.step;
    this.querySelector(".stepper [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }

  /** All of it anew, and what is shown stays meanwhile. */
  async refresh() {
    if (this.tenant) await this.reading.load(() => readAll(this.app.api, this.tenant), { quiet: true });
  }

  /** While something is tried, often; else now and then, because somebody else may be at it, and Meta calls when it likes. */
  async _follow() {
    if (!this.tenant || this.reading.state !== "ready") return;
    const running = this.state.onboarding.state === "running";
    this._beats = (this._beats ?? 0) + 1;
    if (!running && this._beats % Math.round(CALM / LIVE)) return;
    const was = this.state.onboarding.state;
    const onboarding = await this.app.api.get(path("tenants", this.tenant, "onboarding"));
    if (onboarding.tenant !== this.tenant) return;
    const known = new Set(this.state.accounts.map((one) => `${one.adapter}/${one.account}`));
    const named = onboarding.steps.some((one) => !known.has(one.account));
    if (named || (was === "running" && onboarding.state !== "running") || this.step === "webhook") await this.refresh();
    else this.reading.put({ ...this.state, onboarding });
  }

  /** What is typed in a step's form: kept until it is stored, also while one looks at another step. */
  draft(name, values) {
    const key = `${this.tenant}/${name}`;
    if (!this._drafts.has(key)) this._drafts.set(key, new Draft(values(), () => this.requestUpdate()));
    return this._drafts.get(key);
  }

  forget(name) {
    this._drafts.delete(`${this.tenant}/${name}`);
    this.stored.delete(name);
  }

  account(name) {
    return accountOf(this.state, WAY.find((one) => one.name === name));
  }

  rows(name) {
    return rowsOf(this.state, WAY.find((one) => one.name === name));
  }

  get running() {
    return this.state?.onboarding.state === "running";
  }

  /** Something is done; what goes wrong is said above the step. */
  async act(work) {
    this.problem = null;
    try {
      await work();
      await this.refresh();
      return true;
    } catch (error) {
      this.problem = error;
      await this.refresh();
      return false;
    }
  }

  /** Try a step's part at the vendor: the answer comes at once, and what happens is followed. */
  test(name, { again = true } = {}) {
    const step = WAY.find((one) => one.name === name);
    return this.act(() => run(this.app.api, this.tenant, step.steps.length ? this.account(name) : null, step.steps, again));
  }

  next() {
    const to = after(this.step);
    if (to) this.app.go(path("onboarding", this.tenant), { step: to });
    this.updateComplete.then(() => this.querySelector(".wizard-step h2")?.focus());
  }

  foot(name, main) {
    const done = states(this.state)[name] === "done";
    const on = after(name) ? button(t("onboarding.next"), () => this.next(), { kind: done ? "primary" : "quiet", symbol: "next" }) : nothing;
    return html`<footer class="wizard-foot">${main}${on}</footer>`;
  }

  _steps() {
    const found = states(this.state);
    const shown = WAY.map(({ name }) => ({
      name, label: t(`onboarding.step.${name}`), note: t(`onboarding.note.${name}`), state: found[name],
      href: this.app.href(path("onboarding", this.tenant), { step: name }),
    }));
    return stepper(t("onboarding.steps"), shown, this.step);
  }

  _wizard() {
    const { step } = this;
    const at = WAY.findIndex((one) => one.name === step) + 1;
    const reads = !this.app.may("onboarding:run");
    return html`<div class="wizard">
      <aside class="card wizard-way">${this._steps()}</aside>
      <section class="card wizard-step" aria-labelledby="wizard-title">
        <header><p class="wizard-at">${t("onboarding.at", { at, of: WAY.length })}</p><h2 id="wizard-title" tabindex="-1">${t(`onboarding.head.${step}`)}</h2><p>${t(`onboarding.lead.${step}`)}</p></header>
        ${reads ? alertBox("info", t("onboarding.reads")) : nothing}
        ${VIEWS[step](this)}
      </section>
    </div>`;
  }

  _new() {
    return html`<section class="card wizard-step"><header><p class="wizard-at">${t("onboarding.at", { at: 1, of: WAY.length })}</p><h2 tabindex="-1">${t("onboarding.head.organisation")}</h2><p>${t("onboarding.lead.organisation")}</p></header>${organisation(this)}</section>`;
  }

  render() {
    const { app, tenant } = this;
    const name = this.state?.tenant.name || app.tenantName(tenant);
    const head = tenant ? t("onboarding.of", { tenant: `\u2068${name}\u2069` }) : t("onboarding.title");
    const all = tenant && app.may("tenants:create") ? button(t("onboarding.all"), () => app.go("onboarding", { tenant: null }), { kind: "quiet", symbol: "back" }) : nothing;
    const content = !tenant ? (this.route.query.has("new") ? this._new() : choose(this)) : either(this.reading, () => this._wizard(), { retry: this.reading.again, rows: 8 });
    return html`<div class="page-head"><h1 tabindex="-1">${head}</h1>${all}</div>${content}`;
  }
}

customElements.define(element, XyOnboarding);
