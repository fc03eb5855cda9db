// Legal holds: what must not be deleted until somebody releases it.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { fmt, t } from "../../../shared/core/base.js";
import { badge, button } from "../../../shared/kit/kit.js";
import { path } from "../../kit/api.js";
import { formDialog } from "../../kit/dialogs.js";
import { Reader } from "../../kit/reading.js";
import { moment } from "../../kit/time.js";
import "../../kit/table.js";

class XyHolds extends Reader {
  static properties = { app: { attribute: false }, tenant: {}, route: { attribute: false } };

  base = (...parts) => path("tenants", this.tenant, "people", "holds", ...parts);

  willUpdate() {
    const asked = `${this.tenant} ${this.route.query.get("cursor")}`;
    if (this._asked === asked) return;
    this._asked = asked;
    this._read();
  }

  _read(quiet = false) {
    return this.reading.load(() => this.app.api.get(this.base(), { cursor: this.route.query.get("cursor") }), { quiet });
  }

  columns() {
    const { app } = this;
    const now = app.now();
    return [
      { name: "at", label: t("privacy.held_at"), fixed: true, cell: (one) => moment(one.held_at, { now }) },
      { name: "whom", label: t("privacy.whom"), cell: (one) => (one.everybody ? html`<b>${t("privacy.everybody")}</b>` : html`<bdi>${one.names.map(fmt.address).join(" · ")}</bdi>`) },
      { name: "reason", label: t("admin.reason"), cell: (one) => html`${one.reason}${one.released_why ? html`<span class="under">${t("privacy.released_why", { why: one.released_why })}</span>` : nothing}` },
      { name: "state", label: t("privacy.state"), cell: (one) => (one.released_at ? badge(t("privacy.hold.released"), "neutral") : badge(t("privacy.hold.stands"), "warning")) },
      { name: "released", label: t("privacy.released_at"), cell: (one) => (one.released_at ? moment(one.released_at, { now }) : html`<span class="none">–</span>`) },
      { name: "by", label: t("privacy.asked_by"), hidden: true, cell: (one) => html`<code>${one.held_by}</code>` },
      { name: "act", label: html`<span class="visually-hidden">${t("privacy.release")}</span>`, fixed: true, narrow: true, cell: (one) => (one.released_at || !app.may("people:hold") ? nothing : button(t("privacy.release"), () => this._release(one), { kind: "quiet" })) },
    ];
  }

  async _place() {
    const { app } = this;
    const specs = (draft) => [
      { name: "whom", kind: "select", label: t("privacy.whom"), options: [["person", t("privacy.one_person")], ["everybody", t("privacy.everybody")]] },
      draft.get("whom") === "person" && { name: "person", label: t("privacy.find"), help: t("privacy.find.help"), required: true, ltr: true, max: 200 },
      { name: "reason", kind: "textarea", label: t("admin.reason"), help: t("privacy.reason.help"), required: true, max: 1000 },
    ].filter(Boolean);
    const submit = ({ whom, person, reason }) => app.api.post(this.base(), { person: whom === "person" ? person.trim() : null, reason });
    const done = await formDialog({ title: t("privacy.hold"), intro: html`<p>${t("privacy.hold.words")}</p>`, specs, values: { whom: "person", person: "", reason: "" }, action: t("privacy.hold.do"), submit });
    if (!done) return;
    app.toast(t("privacy.hold.done"), "success");
    this._read(true);
  }

  async _release(one) {
    const { app } = this;
    const sure = await app.confirm({ title: t("privacy.release"), words: t("privacy.release.words"), action: t("privacy.release"), danger: true, reason: true });
    if (!sure) return;
    try {
      await app.api.post(this.base(one.id, "release"), { reason: sure.reason });
      app.toast(t("privacy.release.done"), "success");
    } catch (error) {
      app.fail(error);
    }
    this._read(true);
  }

  render() {
    const { app, reading } = this;
    const place = app.may("people:hold") ? button(t("privacy.hold"), () => this._place(), { kind: "primary", symbol: "lock" }) : nothing;
    return html`<section class="card"><xy-table
      .columns=${this.columns()} .rows=${reading.value?.holds ?? []} .key=${(one) => one.id} .state=${reading.state} .error=${reading.error} .retry=${reading.again} .name=${"holds"} .label=${t("privacy.tab.holds")}
      .none=${{ symbol: "lock", title: t("privacy.holds.none"), words: t("privacy.holds.none.words") }} .tools=${html`<span class="gap"></span>${place}`}
      .next=${reading.value?.next} .onMore=${(cursor) => app.query({ cursor }, { push: true })} .onFirst=${this.route.query.get("cursor") ? () => app.query({ cursor: null }) : undefined}
    ></xy-table></section>`;
  }
}

customElements.define("xy-holds", XyHolds);
