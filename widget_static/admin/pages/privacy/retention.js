// For how long each class of data is kept: the part of a tenant's policy that is about time.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { fmt, t } from "../../../shared/core/base.js";
import { button } from "../../../shared/kit/kit.js";
import { path } from "../../kit/api.js";
import { conflict } from "../../kit/dialogs.js";
import { Draft, fields, focusWrong } from "../../kit/form.js";
import { Reader } from "../../kit/reading.js";
import { either } from "../../kit/states.js";

/** The classes, with the least and the most days that the policy allows. */
const DAYS = { message_days: [1, 36500], body_days: [1, 36500], media_days: [1, 36500], trace_days: [1, 365], dead_letter_days: [1, 36500], ledger_days: [30, 36500], stat_days: [32, 36500] };

const picked = (policy) => Object.fromEntries(Object.keys(DAYS).map((name) => [name, policy[name]]));

class XyRetention extends Reader {
  static properties = { app: { attribute: false }, tenant: {} };

  get path() {
    return path("tenants", this.tenant, "policy");
  }

  willUpdate(changed) {
    if (changed.has("tenant")) this._read();
  }

  _read() {
    return this.reading.load(async () => this._take(await this.app.api.read(this.path)));
  }

  _take({ value, etag }, typed = null) {
    this.etag = etag;
    this.draft = new Draft(picked(value), () => this.requestUpdate());
    if (typed) this.draft.values = { ...this.draft.values, ...typed };
    return value;
  }

  async _save(event) {
    event.preventDefault();
    const { app, draft } = this;
    if (!draft.dirty || draft.busy) return;
    let mine = null;
    const saved = await draft.send(async (_, changes) => {
      try {
        this._take({ value: await app.api.patch(this.path, changes, { etag: this.etag }), etag: null });
      } catch (error) {
        if (error.status !== 412) throw error;
        mine = changes;
      }
    });
    if (mine) return this._settle(mine);
    if (!saved) return focusWrong(this);
    app.toast(t("privacy.retention.saved"), "success");
    await this._read();
  }

  /** Somebody else was faster: both are shown, and nothing is overwritten unasked. */
  async _settle(mine) {
    const theirs = await this.app.api.read(this.path);
    const rows = Object.entries(mine).map(([name, value]) => ({ label: t(`privacy.${name}`), theirs: fmt.number(theirs.value[name]), mine: fmt.number(value) }));
    const choice = await conflict(rows);
    if (choice === null) return;
    this._take(theirs, choice === "mine" ? mine : null);
    this.requestUpdate();
    if (choice === "mine") this._save(new Event("submit"));
  }

  form() {
    const { app, draft } = this;
    const may = app.may("tenants:change");
    const specs = Object.entries(DAYS).map(([name, [min, max]]) => ({ name, kind: "number", label: t(`privacy.${name}`), help: `${t(`privacy.${name}.help`)} ${t("privacy.retention.between", { min: fmt.number(min), max: fmt.number(max) })}`, min, max, step: 1, required: true, disabled: !may }));
    const shorter = Object.entries(draft.changes).some(([name, value]) => value !== null && value < draft.kept[name]);
    return html`<form class="form two" @submit=${this._save}>${fields("retention", specs, draft)}
      ${may ? html`<div class="form-foot">${button(t("privacy.retention.save"), undefined, { kind: "primary", type: "submit", busy: draft.busy, disabled: !draft.dirty })}
        ${draft.dirty ? button(t("cancel"), () => this._read(), { kind: "quiet" }) : nothing}${shorter ? html`<p class="help" role="status">${t("privacy.retention.shorter")}</p>` : nothing}</div>` : nothing}</form>`;
  }

  render() {
    return html`<section class="card"><h2>${t("privacy.retention")}</h2><p class="help lead">${t("privacy.retention.words")}</p>
      ${either(this.reading, () => this.form(), { retry: this.reading.again, rows: 6 })}</section>`;
  }
}

customElements.define("xy-retention", XyRetention);
