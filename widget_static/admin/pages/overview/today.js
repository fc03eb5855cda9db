// The last day in figures: pure, from what the statistics API told by the hour.
import { added, along, quantile, sum } from "../../charts/model.js";

const HOUR = 3_600_000;
const WEEK = 7 * 24 * HOUR;

/** The hours that have begun within the last day, oldest first. */
export function lastDay(now) {
  const last = new Date(now);
  last.setMinutes(0, 0, 0);
  return Array.from({ length: 24 }, (_, at) => last.getTime() - (23 - at) * HOUR);
}

const between = (figures, since, until) => figures.filter(({ at }) => Date.parse(at) >= since && Date.parse(at) < until);

/** Since the reader's midnight, and as much of the same day a week ago: of the present hour as much as has passed. */
export function today(figures, now) {
  const midnight = new Date(now);
  midnight.setHours(0, 0, 0, 0);
  const hour = new Date(now);
  hour.setMinutes(0, 0, 0);
  const part = (now - hour) / HOUR;
  const many = (since, until) => sum(added(between(figures, since, until)));
  const ago = many(midnight - WEEK, hour - WEEK) + part * many(hour - WEEK, hour.getTime() - WEEK + HOUR);
  return { now: many(midnight.getTime(), now.getTime() + 1), ago: Math.round(ago) };
}

/** In, out, and both a week ago, for each hour of the last day. */
export function hours(figures, now) {
  const all = lastDay(now);
  const way = (direction) => along(all, figures, sum, (one) => one.direction === direction);
  return { times: all, inbound: way("inbound"), outbound: way("outbound"), ago: along(all.map((at) => at - WEEK), figures, sum) };
}

/** Of what agents wrote within the last day: how many were delivered, of all; null where there were none. */
export function delivered(figures, now) {
  const counts = added(between(figures, now - 24 * HOUR, Infinity), (one) => one.direction === "outbound");
  return counts.accepted ? { share: (counts.delivered ?? 0) / counts.accepted, failed: counts.failed ?? 0 } : null;
}

/** Seconds within which 95 % of the last day's messages were handed over; null where there were none. */
export const p95 = (figures, now) => quantile(added(between(figures, now - 24 * HOUR, Infinity)), 0.95);
