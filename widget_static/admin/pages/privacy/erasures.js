// Who was or is being forgotten, how far that is, and the certificate at the end.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { fmt, knows, t } from "../../../shared/core/base.js";
import { badge, button } from "../../../shared/kit/kit.js";
import { path } from "../../kit/api.js";
import { copyable } from "../../kit/copyable.js";
import { panel } from "../../kit/panel.js";
import { Reader } from "../../kit/reading.js";
import { stepper } from "../../kit/stepper.js";
import { moment } from "../../kit/time.js";
import "../../kit/table.js";

const LIVE = 2;
const KINDS = { erasing: "warning", settling: "warning", done: "success" };
const STEPS = ["asked", "erasing", "settling", "done"];

/** What a JWT says, unproved: header and claims. */
export function opened(jwt) {
  const part = (text) => JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0))));
  const [header, claims] = jwt.split(".");
  return { header: part(header), claims: part(claims) };
}

function save(name, text) {
  const href = URL.createObjectURL(new Blob([text], { type: "application/jwt" }));
  Object.assign(document.createElement("a"), { href, download: name }).click();
  URL.revokeObjectURL(href);
}

const many = (removed) => Object.values(removed).reduce((sum, one) => sum + one, 0);

class XyErasures extends Reader {
  static properties = { app: { attribute: false }, tenant: {}, route: { attribute: false } };

  connectedCallback() {
    super.connectedCallback();
    this.app.every(this, LIVE, () => this.reading.value?.erasures.some((one) => one.state !== "done") && this._read(true));
  }

  willUpdate() {
    const asked = `${this.tenant} ${this.route.query.get("cursor")}`;
    if (this._asked === asked) return;
    this._asked = asked;
    this._read();
  }

  _read(quiet = false) {
    return this.reading.load(() => this.app.api.get(path("tenants", this.tenant, "people", "erasures"), { cursor: this.route.query.get("cursor") }), { quiet });
  }

  columns() {
    const now = this.app.now();
    return [
      { name: "at", label: t("privacy.asked_at"), fixed: true, cell: (one) => moment(one.asked_at, { now }) },
      { name: "person", label: t("privacy.mark"), cell: (one) => html`<code>${one.person}</code>` },
      { name: "state", label: t("privacy.state"), cell: (one) => badge(t(`privacy.erasure.${one.state}`), KINDS[one.state]) },
      { name: "removed", label: t("privacy.removed"), end: true, cell: (one) => fmt.number(many(one.removed)) },
      { name: "finished", label: t("privacy.finished_at"), cell: (one) => (one.finished_at ? moment(one.finished_at, { now }) : html`<span class="none">–</span>`) },
      { name: "by", label: t("privacy.asked_by"), hidden: true, cell: (one) => html`<code>${one.asked_by}</code>` },
    ];
  }

  _steps(one) {
    const at = STEPS.indexOf(one.state);
    const state = (n) => (n < at || one.state === "done" ? "done" : n === at ? "running" : "pending");
    return stepper(t("privacy.progress"), STEPS.map((name, n) => ({ name, label: t(`privacy.step.${name}`), note: t(`privacy.step.${name}.note`), state: state(n) })), one.state);
  }

  certificate(jwt) {
    const { claims } = opened(jwt);
    const name = `erasure-${claims.jti ?? claims.sub ?? "certificate"}.jwt`;
    return html`<section><h3>${t("privacy.certificate")}</h3><p class="help">${t("privacy.certificate.words")}</p>
      <dl class="facts">${Object.entries(claims).map(([name, value]) => html`<dt><code>${name}</code></dt><dd>${typeof value === "object" ? JSON.stringify(value) : /^(iat|exp|nbf)$/.test(name) ? moment(value * 1_000, { exact: true }) : String(value)}</dd>`)}</dl>
      <div class="acts">${button(t("privacy.certificate.save"), () => save(name, jwt), { symbol: "download" })}${copyable(jwt, { shown: "JWT", label: t("privacy.certificate") })}</div></section>`;
  }

  one(one) {
    if (!one) return html`<p class="none">${t("privacy.elsewhere")}</p>`;
    const removed = Object.entries(one.removed).filter(([, count]) => count);
    const kind = (name) => (knows(`privacy.removed.${name}`) ? t(`privacy.removed.${name}`) : name.replaceAll("_", " "));
    return html`${this._steps(one)}
      <dl class="facts"><dt>${t("privacy.mark")}</dt><dd>${copyable(one.person)}</dd><dt>${t("privacy.asked_by")}</dt><dd><code>${one.asked_by}</code></dd>
        ${removed.map(([name, count]) => html`<dt>${kind(name)}</dt><dd>${fmt.number(count)}</dd>`)}</dl>
      ${one.certificate ? this.certificate(one.certificate) : nothing}`;
  }

  render() {
    const { app, reading } = this;
    const chosen = this.route.query.get("erasure");
    const rows = reading.value?.erasures ?? [];
    const side = panel(chosen && reading.state === "ready" ? t("privacy.erasure") : "", chosen ? this.one(rows.find((one) => one.id === chosen)) : nothing, { close: () => app.query({ erasure: null }) });
    return html`<div class="with-panel"><section class="card"><xy-table
        .columns=${this.columns()} .rows=${rows} .key=${(one) => one.id} .state=${reading.state} .error=${reading.error} .retry=${reading.again} .name=${"erasures"} .label=${t("privacy.tab.erasures")}
        .none=${{ symbol: "shield", title: t("privacy.erasures.none"), words: t("privacy.erasures.none.words") }} .open=${(one) => app.query({ erasure: one.id })} .current=${chosen}
        .next=${reading.value?.next} .onMore=${(cursor) => app.query({ cursor }, { push: true })} .onFirst=${this.route.query.get("cursor") ? () => app.query({ cursor: null }) : undefined}
      ></xy-table></section>${side}</div>`;
  }
}

customElements.define("xy-erasures", XyErasures);
