// Whom to onboard: a tenant that is there, or a new one.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { fmt, t } from "../../../shared/core/base.js";
import { badge, button } from "../../../shared/kit/kit.js";
import { path } from "../../kit/api.js";
import { filters } from "../../kit/filters.js";
import "../../kit/table.js";
import { moment } from "../../kit/time.js";

const columns = (now) => [
  { name: "name", label: t("onboarding.tenant"), fixed: true, cell: (one) => html`${one.name || one.id}<span class="under"><code>${one.id}</code></span>` },
  { name: "ready", label: t("onboarding.linked"), cell: (one) => (one.links ? badge(t("onboarding.linked.yes"), "success") : badge(t("onboarding.linked.no"), "warning")) },
  { name: "accounts", label: t("onboarding.accounts"), end: true, cell: (one) => fmt.number(one.accounts) },
  { name: "created", label: t("onboarding.created"), cell: (one) => moment(one.created_at, { now }) },
];

/** Read once for each question. */
function read(page) {
  const { query } = page.route;
  const asked = `${query.get("search") ?? ""} ${query.get("cursor") ?? ""}`;
  if (page._listed === asked) return;
  page._listed = asked;
  page.choices.load(() => page.app.api.get("tenants", { search: query.get("search"), cursor: query.get("cursor") }));
}

export function choose(page) {
  const { app, choices } = page;
  queueMicrotask(() => read(page));
  const begin = app.may("tenants:create") ? button(t("onboarding.begin"), () => app.go("onboarding", { new: 1, tenant: null }), { kind: "primary", symbol: "plus" }) : nothing;
  const tools = filters(app, [{ name: "search", kind: "search", label: t("search"), placeholder: t("onboarding.find") }], begin);
  const none = { symbol: "steps", title: t("onboarding.nobody"), words: t("onboarding.nobody.words"), action: begin };
  return html`<section class="card"><p class="lead">${t("onboarding.lead")}</p><xy-table
    .columns=${columns(app.now())} .rows=${choices.value?.tenants ?? []} .key=${(one) => one.id} .state=${choices.state} .error=${choices.error} .retry=${choices.again}
    .name=${"onboarding"} .label=${t("onboarding.title")} .none=${none} .href=${(one) => app.href(path("onboarding", one.id), { tenant: one.id })} .tools=${tools}
    .next=${choices.value?.next} .onMore=${(cursor) => app.query({ cursor }, { push: true })} .onFirst=${page.route.query.get("cursor") ? () => app.query({ cursor: null }) : undefined}
  ></xy-table></section>`;
}
