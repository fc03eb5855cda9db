// Keys with which programs ask the API: made here, shown once, revoked at once.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { n, t } from "../../../shared/core/base.js";
import { alertBox, badge, button, iconButton } from "../../../shared/kit/kit.js";
import { copyable } from "../../kit/copyable.js";
import { formDialog, show } from "../../kit/dialogs.js";
import { moment } from "../../kit/time.js";
import "../../kit/table.js";
import { Listed, realm } from "./realm.js";

const DAY = 86_400_000;
const LONGEST = 365;

const state = (key, now) => (key.revoked_at ? "revoked" : key.expires_at && Date.parse(key.expires_at) < now ? "expired" : "valid");
const KINDS = { valid: "success", expired: "warning", revoked: "error" };

class XyKeys extends Listed {
  ask = (cursor) => this.app.api.get(realm(this.app, "keys"), { cursor });

  async _make() {
    const { app } = this;
    const mine = app.me.value.actions.map((one) => [one, one]);
    const specs = [
      { name: "name", label: t("users.key.name"), required: true, max: 100, placeholder: t("users.key.name.example") },
      { name: "days", kind: "number", label: t("users.key.days"), required: true, min: 1, max: LONGEST, step: 1, help: t("users.key.days.help") },
      { name: "actions", kind: "several", label: t("users.key.actions"), help: t("users.key.actions.help"), options: mine },
    ];
    const submit = ({ name, days, actions }) => app.api.post(realm(app, "keys"), { name: name.trim(), actions, expires_at: new Date(app.now().getTime() + days * DAY - 60_000).toISOString() });
    const made = await formDialog({ title: t("users.key.make"), specs, values: { days: 90, actions: [] }, action: t("users.key.make.do"), wide: true, ready: (draft) => draft.get("actions").length > 0, submit });
    if (!made) return;
    this.read(true);
    await show(t("users.key.made"), html`${alertBox("warning", t("users.key.made.words"))}${copyable(made.secret, { block: true, label: t("users.key.secret") })}`);
  }

  async _revoke(key) {
    const sure = await this.app.confirm({ title: t("users.key.revoke.ask", key), words: t("users.key.revoke.words"), action: t("users.key.revoke"), danger: true });
    if (sure) await this.act(() => this.app.api.del(realm(this.app, "keys", key.id)), t("users.key.revoked"));
  }

  render() {
    const { app, reading } = this;
    const now = app.now();
    const may = app.may("keys:change");
    const make = may ? button(t("users.key.make"), () => this._make(), { kind: "primary", symbol: "plus" }) : nothing;
    const columns = [
      { name: "name", label: t("users.name"), fixed: true, cell: (one) => html`${one.name}<span class="under"><code>${one.id}</code></span>` },
      { name: "state", label: t("users.state"), cell: (one) => badge(t(`users.key.state.${state(one, now)}`), KINDS[state(one, now)]) },
      { name: "actions", label: t("users.key.actions"), cell: (one) => html`<span title=${one.actions.join(", ")}>${one.actions.length > 2 ? n("users.key.count", one.actions.length) : one.actions.join(", ")}</span>` },
      { name: "used", label: t("users.key.used"), cell: (one) => moment(one.used_at, { now }) },
      { name: "expires", label: t("users.key.expires"), cell: (one) => (one.expires_at ? moment(one.expires_at, { now }) : "–") },
      { name: "created", label: t("users.key.created"), hidden: true, cell: (one) => moment(one.created_at, { now }) },
      { name: "end", label: html`<span class="visually-hidden">${t("users.key.revoke")}</span>`, fixed: true, narrow: true, cell: (one) => (may && state(one, now) === "valid" ? iconButton("trash", t("users.key.revoke"), () => this._revoke(one)) : nothing) },
    ];
    const none = { symbol: "key", title: t("users.key.none"), words: t("users.key.none.words"), action: make };
    return html`<section class="card"><xy-table .columns=${columns} .rows=${reading.value?.keys ?? []} .key=${(one) => one.id} .state=${reading.state} .error=${reading.error} .retry=${reading.again}
      .name=${"keys"} .label=${t("users.tab.keys")} .none=${none} .tools=${html`<span class="actions start">${make}</span>`} .next=${this.paging.next} .onMore=${this.paging.onMore} .onFirst=${this.paging.onFirst}></xy-table></section>`;
  }
}

customElements.define("xy-user-keys", XyKeys);
