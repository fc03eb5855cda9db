// What the statistics page asks of the API, and the addresses under which the same can be taken along.
import { path } from "../../kit/api.js";
import { before, day, shifted } from "../../charts/model.js";

export const TIMES = ["latency", "answers", "queue"];

/** Where a tenant's statistics are, or everybody's. */
export const base = (tenant, what) => (tenant ? path("tenants", tenant, "statistics", what) : path("statistics", what));

/** Hours of a week are told of the last 92 days: of a longer time of those of its days, of an earlier one of none. */
const HOURS = 92;

const days = ({ first, last }) => ({ first, last });

/**
 * By the name of the chart: `{what, query, own}`; `own`: only of one tenant, since it means nothing beside others'; `never`: not for this time. `time`: which of
 * the times is shown.
 */
export function asked({ tenant, number, period, time, zone, now }) {
  const kept = shifted(day(now), 1 - HOURS);
  const within = { ...days(period), number };
  const along = { ...within, by: period.by, zone: period.by === "hour" ? zone : null };
  const total = { ...within, by: "total" };
  const then = { ...days(before(period)), number, by: "total" };
  const all = {
    volume: { what: "messages", query: { ...along, group: "direction" } },
    before: { what: "funnel", query: { ...then, group: "direction" } },
    funnel: { what: "funnel", query: { ...total, group: "direction" } },
    answers: { what: "answers", query: total },
    answers_before: { what: "answers", query: then },
    latency: { what: "latency", query: total },
    latency_before: { what: "latency", query: then },
    times: { what: time, query: along },
    failures: { what: "failures", query: total },
    heat: { what: "messages", query: { ...within, by: "week", zone, first: period.first > kept ? period.first : kept }, never: period.last < kept },
    window: { what: "window", query: total },
    prices: { what: "prices", query: total },
    templates: { what: "templates", query: total, own: true },
    agents: { what: "agents", query: total, own: true },
    numbers: { what: "messages", query: { ...days(period), by: "total", group: "number" }, own: true },
  };
  return Object.fromEntries(Object.entries(all).filter(([, one]) => (tenant || !one.own) && !one.never));
}

/** Every one of them, at once; each by itself may fail. */
export const read = (app, tenant, { what, query }) => app.api.get(base(tenant, what), query);

export const exported = (app, tenant, { what, query }) => (format) => app.api.url(`${base(tenant, what)}/export`, { ...query, format });
