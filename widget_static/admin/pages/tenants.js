// D2: all tenants; below `tenants/<id>` one of them (tenants/detail.js).
import { html, nothing } from "../../shared/vendor/lit.js";
import { fmt, t } from "../../shared/core/base.js";
import { badge, button, iconButton, openMenu } from "../../shared/kit/kit.js";
import { formDialog } from "../kit/dialogs.js";
import { filters } from "../kit/filters.js";
import { Reader } from "../kit/reading.js";
import { moment } from "../kit/time.js";
import "../kit/table.js";
import { PAGES } from "../router.js";
import { resume, suspend } from "./tenants/state.js";

export const element = "xy-tenants";
export const words = ["admin-tenants", "admin-onboarding", "admin-said"];
export const css = true;
export const title = (route) => (route.parts[0] ? route.parts[0] : t("tenants.title"));

const DAYS = 7;
const AGAIN = 30;
const SOON = 14 * 86_400_000;
const STATES = { active: "success", suspended: "warning", deleting: "error" };
const HEALTH = { ok: "success", wrong: "error", unknown: "neutral" };

/** `Acme Retail (EU)` → `acme-retail-eu`: what an id may look like. */
export const slug = (name) => name.normalize("NFKD").toLowerCase().replace(/\p{M}/gu, "").replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 63);

const share = (failed, all) => (all ? fmt.number(Math.min(1, failed / all), { style: "percent", maximumFractionDigits: 1 }) : "–");

function expiry(at, now) {
  if (!at) return html`<span class="none">–</span>`;
  const left = Date.parse(at) - now;
  return left < SOON ? badge(moment(at, { now }), left < 0 ? "error" : "warning") : moment(at, { now });
}

class XyTenants extends Reader {
  static properties = { app: { attribute: false }, route: { attribute: false } };

  connectedCallback() {
    super.connectedCallback();
    this.app.every(this, AGAIN, () => !this.route.parts[0] && this._read(true));
  }

  willUpdate(changed) {
    if (!changed.has("route")) return;
    if (this.route.parts[0]) this._detail ??= import("./tenants/detail.js").then(() => this.requestUpdate(), (error) => this.app.fail(error));
    else if (this._asked !== String(this.route.query)) this._read();
  }

  _read(quiet = false) {
    this._asked = String(this.route.query);
    const { query } = this.route;
    const asked = { figures: true, search: query.get("search"), state: query.get("state"), cursor: query.get("cursor") };
    return this.reading.load(async () => {
      const page = await this.app.api.get("tenants", asked);
      this.app.learn(page.tenants);
      return page;
    }, { quiet });
  }

  columns() {
    const now = this.app.now();
    return [
      { name: "name", label: t("tenants.name"), fixed: true, cell: (one) => html`${one.name || one.id}<span class="under"><code>${one.id}</code></span>` },
      { name: "region", label: t("tenants.region"), cell: ({ figures }) => figures.regions.join(", ") || html`<span class="none">–</span>` },
      { name: "state", label: t("tenants.state"), cell: (one) => badge(t(`tenants.state.${one.state}`), STATES[one.state]) },
      { name: "health", label: t("tenants.health"), cell: ({ figures }) => badge(t(`tenants.health.${figures.health}`), HEALTH[figures.health]) },
      { name: "numbers", label: t("tenants.numbers"), end: true, cell: ({ figures }) => fmt.number(figures.numbers) },
      { name: "messages", label: t("tenants.messages"), end: true, cell: ({ figures }) => fmt.number(Math.round(figures.messages / DAYS)) },
      { name: "errors", label: t("tenants.errors"), end: true, cell: ({ figures }) => share(figures.failed, figures.messages) },
      { name: "expires", label: t("tenants.expires"), cell: ({ figures }) => expiry(figures.expires_at, now) },
      { name: "created", label: t("tenants.created"), hidden: true, cell: (one) => moment(one.created_at, { now }) },
      { name: "changed", label: t("tenants.changed"), hidden: true, cell: (one) => moment(one.changed_at, { now }) },
      { name: "menu", label: html`<span class="visually-hidden">${t("more")}</span>`, fixed: true, narrow: true, cell: (one) => iconButton("more", t("tenants.menu", { name: one.name || one.id }), (event) => this._menu(event.currentTarget, one)) },
    ];
  }

  _menu(anchor, one) {
    const { app } = this;
    const done = () => this._read(true);
    openMenu(anchor, [
      { symbol: "open", label: t("tenants.open"), run: () => app.go(this._path(one)) },
      PAGES.onboarding.load && app.may("onboarding:read") && { symbol: "steps", label: t("admin.nav.onboarding"), run: () => app.go(`onboarding/${one.id}`) },
      app.may("tenants:end") && one.state === "active" && { symbol: "pause", label: t("tenants.suspend"), run: () => suspend(app, one).then(done) },
      app.may("tenants:end") && one.state !== "active" && { symbol: "play", label: t("tenants.resume"), run: () => resume(app, one).then(done) },
    ], { label: t("tenants.menu", { name: one.name || one.id }) });
  }

  _path = (one) => `tenants/${encodeURIComponent(one.id)}`;

  async _create() {
    const { app } = this;
    const specs = (draft) => [
      { name: "name", label: t("tenants.name"), required: true, max: 200, help: t("tenants.name.help") },
      { name: "id", label: t("tenants.id"), required: true, ltr: true, max: 63, pattern: "[a-z0-9][a-z0-9\\-]*", placeholder: slug(draft.get("name") ?? ""), help: t("tenants.id.help") },
    ].map((spec) => (spec.name === "id" ? { ...spec, required: !slug(draft.get("name") ?? "") } : spec));
    const submit = async ({ name, id }) => app.api.post("tenants", { name: name.trim(), id: id || slug(name) });
    const made = await formDialog({ title: t("tenants.create"), intro: html`<p>${t("tenants.create.words")}</p>`, specs, values: { name: "", id: "" }, action: t("tenants.create.do"), submit });
    if (!made) return;
    app.learn([made]);
    app.toast(t("tenants.created.told", { name: made.name }), "success");
    app.go(PAGES.onboarding.load ? `onboarding/${made.id}` : this._path(made), { tenant: made.id });
  }

  list() {
    const { app, reading } = this;
    const { query } = this.route;
    const states = [["", t("tenants.state.any")], ...Object.keys(STATES).map((one) => [one, t(`tenants.state.${one}`)])];
    const bar = filters(app, [
      { name: "search", kind: "search", label: t("search"), placeholder: t("tenants.search") },
      { name: "state", label: t("tenants.state"), options: states },
    ]);
    const create = app.may("tenants:create") ? button(t("tenants.create"), () => this._create(), { kind: "primary", symbol: "plus" }) : nothing;
    const found = query.get("search") || query.get("state");
    const none = found ? { symbol: "search", title: t("admin.tenants.none"), words: t("tenants.none.found") } : { symbol: "building", title: t("tenants.none"), words: t("tenants.none.words"), action: create };
    return html`<div class="page-head"><h1 tabindex="-1">${t("tenants.title")}</h1>${create}</div>
      <section class="card"><xy-table
        .columns=${this.columns()} .rows=${reading.value?.tenants ?? []} .key=${(one) => one.id} .state=${reading.state} .error=${reading.error} .retry=${reading.again}
        .name=${"tenants"} .label=${t("tenants.title")} .none=${none} .href=${(one) => app.href(this._path(one))} .tools=${bar}
        .next=${reading.value?.next} .onMore=${(cursor) => app.query({ cursor }, { push: true })} .onFirst=${query.get("cursor") ? () => app.query({ cursor: null }) : undefined}
      ></xy-table></section>`;
  }

  render() {
    const [id] = this.route.parts;
    if (!id) return this.list();
    return html`<xy-tenant .app=${this.app} .route=${this.route} .tenant=${id}></xy-tenant>`;
  }
}

customElements.define(element, XyTenants);
