// A tenant's templates: by name with all their languages, each with its status and quality; written in templates/editor.js.
import { html, nothing } from "../../shared/vendor/lit.js";
import { fmt, t } from "../../shared/core/base.js";
import { badge, button, empty } from "../../shared/kit/kit.js";
import { fromComponents, label, shown, valuesOf } from "../../shared/templates/model.js";
import { path } from "../kit/api.js";
import { filters } from "../kit/filters.js";
import { Reader } from "../kit/reading.js";
import "../kit/table.js";
import { about } from "./templates/about.js";
import "./templates/editor.js";

export const element = "xy-templates";
export const words = "admin-templates";
export const css = true;
export const title = () => t("template.title");

const AGAIN = 30;
const STATUS = { APPROVED: "success", PENDING: "warning", IN_APPEAL: "warning", PAUSED: "warning", REJECTED: "error", DISABLED: "error" };
const QUALITY = { GREEN: "success", YELLOW: "warning", RED: "error" };
const CATEGORIES = new Set(["UTILITY", "MARKETING", "AUTHENTICATION"]);
/** So many rows at once: an account may have thousands. */
const PAGE = 50;

export const statusOf = (one) => badge(one.status in STATUS ? t(`template.status.${one.status}`) : one.status, STATUS[one.status]);
export const qualityOf = (one) => (one.quality in QUALITY ? badge(t(`template.quality.${one.quality}`), QUALITY[one.quality]) : html`<span class="none">–</span>`);
export const categoryOf = (one) => (CATEGORIES.has(one.category) ? t(`template.category.${one.category}`) : one.category);

/** The same name in several languages is one template to people: in the order of the list. */
export function grouped(templates) {
  const found = new Map();
  for (const one of templates) found.set(one.name, [...(found.get(one.name) ?? []), one]);
  return [...found].map(([name, languages]) => ({ name, languages }));
}

class XyTemplates extends Reader {
  static properties = { app: { attribute: false }, route: { attribute: false }, busy: { state: true } };

  connectedCallback() {
    super.connectedCallback();
    this.watch(this.app.tenants);
    this.app.every(this, AGAIN, () => this.tenant && this.read(true));
  }

  get tenant() {
    return this.app.tenant.value;
  }

  willUpdate(changed) {
    if (!changed.has("route") || this._of === this.tenant) return;
    this._of = this.tenant;
    if (this.tenant) this.read();
  }

  read(quiet = false) {
    return this.reading.load(async () => (await this.app.api.get(path("tenants", this.tenant, "templates"))).templates, { quiet });
  }

  /** Ask the vendor anew. */
  async _sync() {
    this.busy = true;
    try {
      const { count } = await this.app.api.post(path("tenants", this.tenant, "templates", "sync"));
      this.app.toast(t("template.synced", { count: fmt.number(count) }), "success");
      await this.read(true);
    } catch (error) {
      this.app.fail(error);
    } finally {
      this.busy = false;
    }
  }

  /** Those that the filters let through, by name. */
  get groups() {
    const { query } = this.route;
    const asked = { words: query.get("search") ?? "", language: query.get("language") ?? "", category: query.get("category") ?? "" };
    const all = (this.reading.value ?? []).filter((one) => !query.get("status") || one.status === query.get("status"));
    return grouped(shown(all.map((one) => ({ ...fromComponents(one), of: one })), asked).map(({ of }) => of));
  }

  columns() {
    const languages = (group) => html`<span class="languages">${group.languages.map((one) => html`<span class="language ${STATUS[one.status] ?? ""}" title="${fmt.language(one.language)}: ${one.status}">${one.language}</span>`)}</span>`;
    const worst = (group, order, key) => group.languages.toSorted((one, other) => order.indexOf(other[key]) - order.indexOf(one[key]))[0];
    return [
      { name: "name", label: t("template.name"), fixed: true, cell: (group) => html`<bdi>${label(group)}</bdi><span class="under"><code>${group.name}</code></span>` },
      { name: "category", label: t("template.category"), cell: (group) => categoryOf(group.languages[0]) },
      { name: "languages", label: t("template.languages"), cell: languages },
      { name: "status", label: t("template.status"), cell: (group) => statusOf(worst(group, Object.keys(STATUS), "status")) },
      { name: "quality", label: t("template.quality"), cell: (group) => qualityOf(worst(group, Object.keys(QUALITY), "quality")) },
    ];
  }

  bar() {
    const all = this.reading.value ?? [];
    const any = ["", t("template.any")];
    const sync = this.app.may("templates:change") ? button(t("template.sync"), () => this._sync(), { symbol: "retry", busy: this.busy }) : nothing;
    return filters(this.app, [
      { name: "search", kind: "search", label: t("search"), placeholder: t("template.find") },
      { name: "language", label: t("template.language"), options: [any, ...valuesOf(all, "language").map((one) => [one, fmt.language(one)])] },
      { name: "category", label: t("template.category"), options: [any, ...valuesOf(all, "category").map((one) => [one, categoryOf({ category: one })])] },
      { name: "status", label: t("template.status"), options: [any, ...valuesOf(all, "status").map((one) => [one, one in STATUS ? t(`template.status.${one}`) : one])] },
    ], sync);
  }

  list() {
    const { app, reading, groups } = this;
    const { query } = this.route;
    const from = Number(query.get("cursor") ?? 0) || 0;
    const name = query.get("name");
    const chosen = groups.find((one) => one.name === name) ?? null;
    const write = app.may("templates:change") ? button(t("template.create"), () => app.go("templates/new"), { kind: "primary", symbol: "plus" }) : nothing;
    const none = reading.value?.length ? { symbol: "search", title: t("template.none.found") } : { symbol: "template", title: t("template.none"), words: t("template.none.words"), action: write };
    return html`<div class="page-head"><h1 tabindex="-1">${t("template.title")}</h1>${write}<p class="lead">${t("template.lead")}</p></div>
      <div class="with-panel"><section class="card"><xy-table
        .columns=${this.columns()} .rows=${groups.slice(from, from + PAGE)} .key=${(one) => one.name} .state=${reading.state} .error=${reading.error} .retry=${reading.again}
        .name=${"templates"} .label=${t("template.title")} .none=${none} .open=${(one) => app.query({ name: one.name, language_of: null })} .current=${name} .tools=${this.bar()}
        .next=${groups.length > from + PAGE ? String(from + PAGE) : null} .onMore=${(cursor) => app.query({ cursor }, { push: true })} .onFirst=${from ? () => app.query({ cursor: null }) : undefined}
      ></xy-table></section>${chosen ? about(this, chosen) : nothing}</div>`;
  }

  render() {
    const { app, tenant } = this;
    const [first, second] = this.route.parts;
    const head = (words) => html`<div class="page-head"><h1 tabindex="-1">${words}</h1></div>`;
    if (!tenant) return html`${head(t("template.title"))}<section class="card">${empty("building", t("template.whose"), t("template.whose.words"))}</section>`;
    if (first !== "new" && second !== "edit") return this.list();
    const template = first === "new" ? this._source() : (this.reading.value ?? []).find((one) => one.id === first);
    if (this.reading.state === "loading" && (second === "edit" || this.route.query.get("from"))) return head(t("template.title"));
    if (second === "edit" && !template) return html`${head(t("template.title"))}<section class="card">${empty("search", t("admin.gone"), t("admin.next.gone"))}</section>`;
    return html`<xy-template-editor .app=${app} .tenant=${tenant} .template=${template} .fresh=${first === "new"} .done=${() => this.read(true)}></xy-template-editor>`;
  }

  /** A new language begins with what another one says. */
  _source() {
    return (this.reading.value ?? []).find((one) => one.id === this.route.query.get("from")) ?? null;
  }
}

customElements.define(element, XyTemplates);
