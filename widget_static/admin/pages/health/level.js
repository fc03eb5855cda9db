// Service level: how much is left of an error budget of thirty days, and how fast it goes.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { fmt, t } from "../../../shared/core/base.js";
import { badge, styled } from "../../../shared/kit/kit.js";
import { tiles } from "../../kit/tiles.js";
import { moment } from "../../kit/time.js";
import "../../kit/table.js";
import { percent, sheet, tenantLink } from "./parts.js";

const FAST = 14.4;
const LOW = 0.25;

const goal = (one) => t("health.level.goal", { share: fmt.number(one.share, { maximumFractionDigits: 3 }), seconds: fmt.number(one.seconds) });
const kind = (left) => (left <= 0 ? "error" : left < LOW ? "warning" : "success");
const shown = (left) => percent(Math.max(left, -9.99), 0);
const times = (rate) => `${fmt.number(rate, { maximumFractionDigits: 1 })} ×`;
const burned = (rate) => (rate >= FAST ? badge(times(rate), "error") : times(rate));

/** As much of a bar as is left; the words beside it say the same. */
const gauge = (left) => html`<span class="gauge ${kind(left)}" aria-hidden="true"><i ${styled({ inlineSize: `${Math.max(0, Math.min(1, left)) * 100}%` })}></i></span>`;

function one(app, budget) {
  const days = [...budget.days].reverse();
  const missed = (day) => day.total - day.good;
  return html`
    <p class="quiet">${t("health.level.words")} ${goal(budget)}.
      ${app.may("tenants:change") ? html`<a href=${app.href(`tenants/${encodeURIComponent(budget.tenant)}/policies`)}>${t("health.level.change")}</a>` : nothing}</p>
    ${tiles([
      { label: t("health.level.left"), value: shown(budget.kept), note: gauge(budget.kept), kind: kind(budget.kept) === "success" ? "" : kind(budget.kept) },
      { label: t("health.level.good"), value: budget.total ? percent(budget.good / budget.total, 3) : "–", note: t("health.level.of", { good: fmt.number(budget.good), total: fmt.number(budget.total) }) },
      { label: t("health.level.hour"), value: times(budget.burn_hour), kind: budget.burn_hour >= FAST ? "error" : "" },
      { label: t("health.level.six"), value: times(budget.burn_six) },
      { label: t("health.level.day"), value: times(budget.burn_day) },
    ])}
    ${sheet(
      t("health.level.days"),
      [t("health.level.date"), t("health.level.good"), t("health.level.missed"), t("health.level.messages")],
      days.map((day) => [fmt.date(`${day.at}T12:00:00Z`), day.total ? percent(day.good / day.total, 3) : "–", missed(day) ? badge(fmt.number(missed(day)), "warning") : "0", fmt.number(day.total)]),
      t("health.level.none"),
      { wide: true },
    )}`;
}

const columns = (app) => [
  { name: "tenant", label: t("health.tenant"), fixed: true, cell: (row) => tenantLink(app, row.tenant) },
  { name: "left", label: t("health.level.left"), cell: (row) => html`${gauge(row.kept)} ${badge(shown(row.kept), kind(row.kept))}` },
  { name: "goal", label: t("health.level.goal_of"), cell: goal },
  { name: "good", label: t("health.level.good"), end: true, cell: (row) => (row.total ? percent(row.good / row.total, 3) : "–") },
  { name: "messages", label: t("health.level.messages"), end: true, cell: (row) => fmt.number(row.total) },
  { name: "hour", label: t("health.level.hour"), end: true, cell: (row) => burned(row.burn_hour) },
  { name: "six", label: t("health.level.six"), end: true, cell: (row) => burned(row.burn_six) },
  { name: "day", label: t("health.level.day"), end: true, cell: (row) => burned(row.burn_day) },
  { name: "at", label: t("health.level.at"), hidden: true, cell: (row) => moment(row.at, { now: app.now() }) },
];

export function level(app, told, { tenant, query }) {
  if (tenant) return one(app, told);
  return html`<p class="quiet">${t("health.level.words")}</p>
    <section class="card"><xy-table .columns=${columns(app)} .rows=${told.budgets} .key=${(row) => row.tenant} .state=${"ready"} .name=${"budgets"} .label=${t("health.tab.level")}
      .none=${{ symbol: "chart", title: t("health.level.none") }}
      .next=${told.next} .onMore=${(cursor) => app.query({ cursor }, { push: true })} .onFirst=${query.get("cursor") ? () => app.query({ cursor: null }) : undefined}></xy-table></section>`;
}
