// Replays under way, with a bar that moves; and how those ended that were seen to.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { Bound, fmt, n, t } from "../../../shared/core/base.js";
import { badge, button, iconButton, styled } from "../../../shared/kit/kit.js";
import { moment, span } from "../../kit/time.js";

const MANY = 20;
const LIVE = 1;
const AGAIN = 10;
/** What ended so lately is told to whoever opens the page then. */
const LATELY = 60_000;

const ended = (one) => Boolean(one.finished_at);
const gone = (one) => one.total - one.left;

export class XyReplays extends Bound {
  static properties = { app: { attribute: false }, base: { attribute: false }, turned: {}, done: { attribute: false } };

  constructor() {
    super();
    this.replays = [];
    this.seen = new Set();
    this.away = new Set();
  }

  connectedCallback() {
    super.connectedCallback();
    this.app.every(this, LIVE, () => this.replays.some((one) => !ended(one)) && this._read());
    this.app.every(this, AGAIN, () => this._read());
  }

  willUpdate(changed) {
    const asked = this.base("replays");
    if (this._asked !== asked) Object.assign(this, { replays: [], seen: new Set() });
    if (this._asked === asked && !changed.has("turned")) return;
    this._asked = asked;
    this._read();
  }

  async _read() {
    const asked = this._asked;
    let told;
    try {
      told = (await this.app.api.get(asked, { limit: MANY })).replays;
    } catch {
      return; // the next turn tries again
    }
    if (asked !== this._asked) return;
    const moved = this.replays.some((old) => !ended(old) && told.some((one) => one.id === old.id && ended(one)));
    this.replays = told;
    const now = this.app.now();
    for (const one of told) if (!ended(one) || now - Date.parse(one.finished_at) < LATELY) this.seen.add(one.id);
    this.requestUpdate();
    if (moved) this.done();
  }

  async _cancel(one) {
    const sure = await this.app.confirm({ title: t("dead.cancel"), words: t("dead.cancel.words"), action: t("dead.cancel.do"), danger: true });
    if (!sure) return;
    try {
      await this.app.api.post(this.base("replays", one.id, "cancellation"));
      this.done();
    } catch (error) {
      this.app.fail(error);
    }
    await this._read();
  }

  _hide(one) {
    this.away.add(one.id);
    this.requestUpdate();
  }

  _result(one) {
    const { app } = this;
    const again = one.refused + one.again;
    const refused = again && !one.cancelled_at ? html`<a href=${app.href("dead", { replay: one.id })}>${n("dead.result.again", again)}</a>` : nothing;
    return html`<p class="result" role="status"><span>${n("dead.result.replayed", one.replayed)}</span>${refused}${one.refused ? html`<span>${n("dead.result.refused", one.refused)}</span>` : nothing}</p>`;
  }

  _one(one) {
    const { app } = this;
    const state = one.cancelled_at ? "cancelled" : ended(one) ? "done" : "running";
    const share = one.total ? gone(one) / one.total : 1;
    const left = span((one.left / one.rate) * 1_000);
    const label = t("dead.progress", { count: fmt.number(gone(one)), all: fmt.number(one.total) });
    return html`<article class="card replay ${state}" aria-label=${t("dead.replay")}>
      <header><h2>${t(`dead.progress.${state}`)}</h2>${app.tenant.value || !one.tenant ? nothing : badge(app.tenantName(one.tenant))}
        <span class="gap"></span>
        ${state === "running" && app.may("dead:replay") ? button(t("dead.cancel"), () => this._cancel(one), { kind: "quiet", symbol: "close" }) : nothing}
        ${state === "running" ? nothing : iconButton("close", t("close"), () => this._hide(one))}</header>
      <div class="bar" role="progressbar" aria-label=${label} aria-valuemin="0" aria-valuemax=${one.total} aria-valuenow=${gone(one)}><i ${styled({ inlineSize: `${share * 100}%` })}></i></div>
      <p class="amounts"><b>${label}</b><span>${state === "running" ? t("dead.progress.left", { time: left, rate: fmt.number(one.rate) }) : moment(one.finished_at, { now: app.now() })}</span></p>
      ${state === "running" ? nothing : this._result(one)}
    </article>`;
  }

  render() {
    const shown = this.replays.filter((one) => this.seen.has(one.id) && !this.away.has(one.id));
    return shown.length ? html`<div class="replays">${shown.map((one) => this._one(one))}</div>` : nothing;
  }
}

customElements.define("xy-replays", XyReplays);
