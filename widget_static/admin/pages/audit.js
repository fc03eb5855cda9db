// D9: who changed what, and what proves that no line of it was altered.
import { html, nothing } from "../../shared/vendor/lit.js";
import { fmt, knows, t } from "../../shared/core/base.js";
import { badge, button, icon } from "../../shared/kit/kit.js";
import { path } from "../kit/api.js";
import { copyable } from "../kit/copyable.js";
import { filters } from "../kit/filters.js";
import { panel } from "../kit/panel.js";
import { Reader } from "../kit/reading.js";
import { exactly } from "../kit/time.js";
import "../kit/table.js";
import { differences, leads } from "./audit/difference.js";
import "./audit/seal.js";

export const element = "xy-audit";
export const words = ["admin-audit", "admin-said"];
export const css = true;
export const title = () => t("audit.title");

/** Whoever is nobody in particular: the page says so. */
const OURS = new Set(["engine", "host"]);
const EXACT = ["who", "action", "subject"];
const moment = (text) => (text ? new Date(text).toISOString() : undefined);
const keyOf = (line) => `${line.chain}/${line.seq}`;

class XyAudit extends Reader {
  static properties = { app: { attribute: false }, route: { attribute: false } };

  connectedCallback() {
    super.connectedCallback();
    this.watch(this.app.tenant, this.app.tenants);
  }

  base(...parts) {
    const { tenant } = this.app;
    return path(...(tenant.value ? ["tenants", tenant.value, "audit"] : ["audit"]), ...parts);
  }

  wanted() {
    const { query } = this.route;
    return { ...Object.fromEntries(EXACT.map((name) => [name, query.get(name)])), since: moment(query.get("since")), until: moment(query.get("until")) };
  }

  willUpdate() {
    const { query } = this.route;
    const asked = [this.app.tenant.value, ...[...EXACT, "since", "until", "cursor"].map((name) => query.get(name))].join("\n");
    if (this._asked === asked) return;
    this._asked = asked;
    this.reading.load(() => this.app.api.get(this.base(), { ...this.wanted(), cursor: query.get("cursor") }));
  }

  columns() {
    const { app } = this;
    return [
      { name: "at", label: t("audit.at"), fixed: true, cell: (one) => html`<time datetime=${one.at} title=${exactly(one.at)}>${fmt.when(one.at)}</time>` },
      { name: "who", label: t("audit.who"), cell: (one) => (OURS.has(one.kind) ? roleOf(one) : html`<bdi>${one.name || one.who}</bdi><span class="under">${roleOf(one)}</span>`) },
      { name: "action", label: t("audit.action"), cell: (one) => html`<span class="deed">${did(one)}</span><span class="under"><code>${one.action}</code></span>` },
      { name: "subject", label: t("audit.subject"), cell: (one) => html`<code class="clip" dir="ltr" title=${one.subject}>${one.subject}</code>` },
      !app.tenant.value && { name: "tenant", label: t("audit.tenant"), cell: (one) => (one.tenant ? html`<bdi>${app.tenantName(one.tenant)}</bdi>` : html`<span class="none">–</span>`) },
      { name: "what", label: t("audit.what"), cell: (one) => brief(one) },
      { name: "address", label: t("audit.address"), hidden: true, cell: (one) => html`<code>${one.address}</code>` },
      { name: "request", label: t("audit.request"), hidden: true, cell: (one) => html`<code>${one.request_id}</code>` },
    ].filter(Boolean);
  }

  /** Rows as a file, with the hashes that prove them: what is narrowed here is narrowed there. */
  exports() {
    const file = (format) => html`<a class="button secondary" download href=${this.app.api.url(this.base("export"), { ...this.wanted(), format })}>${icon("download")}<span>${format.toUpperCase()}</span></a>`;
    return html`<span class="exports">${file("csv")}${file("jsonl")}</span>`;
  }

  line(one) {
    if (!one) return html`<p class="none">${t("audit.elsewhere")}</p>`;
    const { app } = this;
    const row = (name, value) => (value ? html`<dt>${t(`audit.${name}`)}</dt><dd>${value}</dd>` : nothing);
    const place = leads(one, app);
    return html`<dl class="facts">
        ${row("at", html`<time datetime=${one.at}>${exactly(one.at)}</time>`)}
        ${row("who", OURS.has(one.kind) ? roleOf(one) : html`<bdi>${one.name || one.who}</bdi> <small>${roleOf(one)}</small>`)}
        ${row("who_id", copyable(one.who))}
        ${row("action", html`${did(one)} <code>${one.action}</code>`)}
        ${row("subject", place ? html`<a href=${place}>${one.subject}</a>` : copyable(one.subject))}
        ${row("tenant", one.tenant && app.tenantName(one.tenant))}
        ${row("address", one.address && html`<code>${one.address}</code>`)}
        ${row("request", one.request_id && copyable(one.request_id))}
        ${row("seq", html`${fmt.number(one.seq)} <code class="clip" title=${one.hash}>${one.hash.slice(0, 16)}…</code>`)}
      </dl>
      <section><h3>${t("audit.difference")}</h3>${difference(one)}</section>
      <div class="acts">${button(t("audit.same_subject"), () => app.query({ subject: one.subject, line: null, cursor: null }, { push: true }), { symbol: "filter" })}${button(t("audit.same_who"), () => app.query({ who: one.who, line: null, cursor: null }, { push: true }), { symbol: "person" })}</div>`;
  }

  list() {
    const { app, reading } = this;
    const { query } = this.route;
    const lines = reading.value?.lines ?? [];
    const bar = filters(app, [
      { name: "who", kind: "text", label: t("audit.who_id"), placeholder: t("audit.exact"), max: 200 },
      { name: "action", kind: "text", label: t("audit.action"), placeholder: "secret.rotate", max: 200 },
      { name: "subject", kind: "text", label: t("audit.subject"), placeholder: "message/01a2…", max: 200 },
      { name: "since", kind: "moment", label: t("audit.since") },
      { name: "until", kind: "moment", label: t("audit.until") },
    ], this.exports());
    const chosen = query.get("line");
    const table = html`<section class="card"><xy-table
      .columns=${this.columns()} .rows=${lines} .key=${keyOf} .state=${reading.state} .error=${reading.error} .retry=${reading.again}
      .name=${"audit"} .label=${t("audit.title")} .none=${{ symbol: "list", title: t("audit.none"), words: t("audit.none.words") }} .tools=${bar}
      .open=${(one) => app.query({ line: keyOf(one) })} .current=${chosen} .next=${reading.value?.next}
      .onMore=${(cursor) => app.query({ cursor, line: null }, { push: true })} .onFirst=${query.get("cursor") ? () => app.query({ cursor: null, line: null }) : undefined}
    ></xy-table></section>`;
    const side = panel(chosen && reading.state === "ready" ? t("audit.line") : "", chosen ? this.line(lines.find((one) => keyOf(one) === chosen)) : nothing, { close: () => app.query({ line: null }) });
    return html`<div class="with-panel">${table}${side}</div>`;
  }

  render() {
    const { app } = this;
    return html`<div class="page-head"><h1 tabindex="-1">${t("audit.title")}</h1><small class="zone">${t("audit.zone", { zone: app.zone })}</small>
        <xy-seal .app=${app} .base=${this.base("integrity")}></xy-seal></div>
      ${this.list()}`;
  }
}

/** What was done, in words; an older one's name stands below, for whoever knows it. */
const did = (line) => (knows(`audit.did.${line.action}`) ? t(`audit.did.${line.action}`) : "");

/** What somebody was when they did it. */
const roleOf = (line) => (line.kind === "person" && knows(`admin.role.${line.role}`) ? t(`admin.role.${line.role}`) : t(`audit.kind.${line.kind}`));

/** The change in one line, where it is small enough to be said so. */
function brief(line) {
  const rows = differences(line.before, line.after);
  if (!rows.length) return html`<span class="none">–</span>`;
  const [first] = rows;
  const more = rows.length > 1 ? html` ${badge(`+${fmt.number(rows.length - 1)}`)}` : nothing;
  return html`<span class="brief" dir="ltr"><code>${first.path}</code> ${first.kind === "added" ? first.after : html`<s>${first.before}</s>${first.kind === "changed" ? html` → ${first.after}` : nothing}`}</span>${more}`;
}

function difference(line) {
  const rows = differences(line.before, line.after);
  if (!rows.length) return html`<p class="none">${t("audit.difference.none")}</p>`;
  return html`<table class="plain-table difference"><caption class="visually-hidden">${t("audit.difference")}</caption>
    <thead><tr><th scope="col">${t("audit.field")}</th><th scope="col">${t("audit.before")}</th><th scope="col">${t("audit.after")}</th></tr></thead>
    <tbody>${rows.map((row) => html`<tr class=${row.kind}><th scope="row"><code>${row.path}</code></th><td>${row.kind === "added" ? html`<span class="none">–</span>` : html`<del>${row.before}</del>`}</td><td>${row.kind === "removed" ? html`<span class="none">–</span>` : html`<ins>${row.after}</ins>`}</td></tr>`)}</tbody></table>`;
}

customElements.define(element, XyAudit);
