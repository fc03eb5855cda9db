// One dead letter beside the list: why it died, what it holds, what may be done about it.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { t } from "../../../shared/core/base.js";
import { alertBox, button, icon } from "../../../shared/kit/kit.js";
import { path } from "../../kit/api.js";
import { copyable } from "../../kit/copyable.js";
import { Reader } from "../../kit/reading.js";
import { english } from "../../kit/said.js";
import { either } from "../../kit/states.js";
import { moment } from "../../kit/time.js";
import { stateBadge } from "../dead.js";
import { discard, replay } from "./acts.js";
import { edit, mendable } from "./edit.js";
import { reasonOf } from "./words.js";

export class XyLetter extends Reader {
  static properties = { app: { attribute: false }, base: { attribute: false }, id: {}, turned: {}, act: { attribute: false }, changed: { attribute: false } };

  willUpdate(changed) {
    const asked = this.base(this.id);
    if (this._asked === asked && !changed.has("turned")) return;
    const quiet = this._asked === asked;
    this._asked = asked;
    this.reading.load(() => this.app.api.read(asked), { quiet });
  }

  async _edit(told) {
    const { app } = this;
    const done = await edit(app, this.base(this.id), told);
    if (!done) return;
    app.toast(t("dead.edited"), "success");
    this.changed();
  }

  facts(one) {
    const row = (name, value) => (value ? html`<dt>${t(`dead.${name}`)}</dt><dd>${value}</dd>` : nothing);
    return html`<dl class="facts">
      ${row("state", stateBadge(one.state))}
      ${row("at", moment(one.died_at, { exact: true }))}
      ${row("account", one.adapter && html`<code>${[one.adapter, one.account].filter(Boolean).join("/")}</code>`)}
      ${row("source", t(`dead.source.${one.source}`))}
      ${row("letter_id", copyable(one.id))}
      ${row("edited_at", one.edited_at && moment(one.edited_at, { exact: true }))}
      ${row("replayed_at", one.replayed_at && moment(one.replayed_at, { exact: true }))}
      ${row("discarded_at", one.discarded_at && moment(one.discarded_at, { exact: true }))}
      ${row("discarded_why", one.discarded_why)}
    </dl>`;
  }

  acts(told) {
    const { app } = this;
    const one = told.value;
    if (one.state !== "waiting") return nothing;
    return html`<div class="acts">
      ${app.may("dead:replay") ? button(t("dead.replay"), () => this.act(replay), { kind: "primary", symbol: "retry" }) : nothing}
      ${app.may("dead:mend") && mendable(one.parts) ? button(t("dead.edit"), () => this._edit(told), { symbol: "form" }) : nothing}
      ${app.may("dead:discard") ? button(t("dead.discard"), () => this.act(discard), { symbol: "trash" }) : nothing}
    </div>`;
  }

  links(one) {
    const { app } = this;
    const link = (symbol, words, href) => html`<li><a href=${href}>${icon(symbol)} ${words}</a></li>`;
    return html`<ul class="links">
      ${one.event_id && one.tenant && app.may("traces:read") ? link("route", t("dead.to.trace"), app.href(path("trace", one.event_id), { tenant: one.tenant })) : nothing}
      ${app.may("audit:read") ? link("list", t("trace.to.audit"), app.href("audit", { subject: `dead/${one.id}` })) : nothing}
    </ul>`;
  }

  body(told) {
    const { app } = this;
    const one = told.value;
    const reveal = app.may("bodies:read") ? async () => (await app.api.post(this.base(one.id, "revelation"))).body : null;
    return html`${alertBox(one.state === "waiting" ? "error" : "info", html`<b>${reasonOf(one)}</b>${one.detail ? html`<br />${english(one.detail)}` : nothing}`)}
      ${this.acts(told)}${this.facts(one)}${this.links(one)}
      <section><h3>${t("payload")}</h3><xy-payload .subject=${`${one.id}/${one.version}`} .held=${one.body} .reveal=${reveal}></xy-payload></section>`;
  }

  render() {
    return either(this.reading, () => this.body(this.reading.value), { retry: this.reading.again });
  }
}

customElements.define("xy-letter", XyLetter);
