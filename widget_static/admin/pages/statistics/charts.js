// The charts of the statistics page: each from what the API told, with its sentence and its table.
import { html } from "../../../shared/vendor/lit.js";
import { fmt, n, t } from "../../../shared/core/base.js";
import { badge } from "../../../shared/kit/kit.js";
import { bars, percent } from "../../charts/bars.js";
import { funnel } from "../../charts/funnel.js";
import { heat, hour, week, weekday } from "../../charts/heat.js";
import { line } from "../../charts/line.js";
import { added, along, biggest, quantile, sum, times, weekly } from "../../charts/model.js";
import { category, code, many, others, price, quality, seconds, window_ } from "./words.js";

export const STEPS = ["accepted", "posted", "sent", "delivered", "read"];
const of = (direction) => (figure) => figure.direction === direction;
const when = (at, by) => (by === "day" ? fmt.date(at) : fmt.when(at));

/** Messages in and out, hour by hour or day by day. */
export function volume(told, period, now, label) {
  const received = sum(added(told.figures, of("inbound")));
  const sent = sum(added(told.figures, of("outbound")));
  if (!received && !sent) return null;
  const all = times(period, now, told.figures);
  const series = [["inbound", "figure.received"], ["outbound", "figure.sent"]].map(([direction, key]) => ({ label: t(key), values: along(all, told.figures, sum, of(direction)) }));
  const both = all.map((_, at) => series[0].values[at] + series[1].values[at]);
  const top = both.indexOf(Math.max(...both));
  return {
    summary: t("figure.volume.says", { received: many(received), sent: many(sent), when: when(all[top], period.by), most: many(both[top]) }),
    head: [t("figure.when"), ...series.map((one) => one.label)],
    rows: all.map((at, n) => [when(at, period.by), ...series.map((one) => many(one.values[n]))]),
    draw: () => line({ times: all, series, label, by: period.by }),
  };
}

/** How far messages came, each way. */
export function steps(told) {
  const ways = ["outbound", "inbound"].map((direction) => [direction, added(told.figures, of(direction))]).filter(([, counts]) => counts.accepted);
  if (!ways.length) return null;
  const shown = (direction, counts) => STEPS.filter((one) => one in counts || (direction === "outbound" && one !== "posted"));
  const [direction, counts] = ways[0];
  return {
    summary: t(`figure.funnel.says.${direction}`, { share: percent((counts.delivered ?? counts.posted ?? 0) / counts.accepted), failed: many(counts.failed ?? 0) }),
    head: [t("figure.step"), ...ways.map(([one]) => t(`figure.way.${one}`))],
    rows: [...STEPS, "failed"].map((one) => [t(`figure.step.${one}`), ...ways.map(([, found]) => many(found[one] ?? 0))]),
    draw: () => html`${ways.map(([one, found]) => funnel(t(`figure.way.${one}`), shown(one, found).map((step) => ({ label: t(`figure.step.${step}`), many: found[step] ?? 0 }))))}`,
  };
}

const SHARES = [0.5, 0.95, 0.99];

/** Within how long half of them were, and nearly all. */
export function percentiles(told, period, now, label) {
  const whole = added(told.figures);
  if (!sum(whole)) return null;
  const all = times(period, now, told.figures);
  const series = SHARES.map((share) => ({ label: `p${Math.round(share * 100)}`, values: along(all, told.figures, (counts) => quantile(counts, share)) }));
  return {
    summary: t("figure.times.says", { half: seconds(quantile(whole, 0.5)), most: seconds(quantile(whole, 0.95)) }),
    head: [t("figure.when"), ...series.map((one) => one.label)],
    rows: all.map((at, n) => [when(at, period.by), ...series.map((one) => seconds(one.values[n]))]),
    draw: () => line({ times: all, series, label, value: seconds, by: period.by }),
  };
}

/** Bars of what is most: `name(label)`, and perhaps `note(label)`. */
function ranked(counts, { says, first, name, note = () => "", most = 8 }) {
  const all = biggest(counts, most);
  if (!all.length) return null;
  const whole = sum(counts);
  const entries = all.map(([label, number]) => ({ label: label === null ? others() : name(label), note: label === null ? "" : note(label), many: number }));
  return {
    summary: t(says, { all: many(whole), first: entries[0].label, share: percent(entries[0].many / whole, 0) }),
    head: [first, t("figure.number"), t("figure.share")],
    rows: entries.map((one) => [one.note ? html`${one.label} <small>${one.note}</small>` : one.label, many(one.many), percent(one.many / whole)]),
    draw: () => bars(entries, { whole }),
  };
}

export const failures = (told) => ranked(added(told.figures), { says: "figure.failures.says", first: t("figure.cause"), name: (label) => code(label, told.words), note: (label) => (/^\d+$/.test(label) ? t("figure.code_of", { code: label }) : "") });
export const windows = (told) => ranked(added(told.figures), { says: "figure.window.says", first: t("figure.window"), name: window_ });
export const prices = (told) => ranked(added(told.figures), { says: "figure.prices.says", first: t("figure.category"), name: price });
export const agents = (told) => ranked(added(told.figures), { says: "figure.agents.says", first: t("figure.agent"), name: (id) => told.words[id] || t("figure.agent.gone"), most: 12 });

/** The hours of a week, by the reader's clock. */
export function hours(told, label) {
  const days = weekly(told.figures);
  const all = Object.entries(days).flatMap(([one, found]) => found.map((number, at) => [Number(one), at, number]));
  const [one, at, most] = all.reduce((top, next) => (next[2] > top[2] ? next : top));
  if (!most) return null;
  return {
    summary: t("figure.heat.says", { day: weekday(one), hour: hour(at), most: n("chart.messages", most) }),
    head: [t("figure.hour"), ...week().map(weekday)],
    rows: Array.from({ length: 24 }, (_, each) => [hour(each), ...week().map((day) => many(days[day][each]))]),
    draw: () => heat(days, label),
  };
}

const QUALITY = { GREEN: "success", YELLOW: "warning", RED: "error" };

const kind = (one) => (one.category ? category(one.category) : others());

/** Each template with its category, its quality and how far it came; the most used first. */
export function templates(told) {
  const all = [...told.figures].sort((one, other) => (other.counts.accepted ?? 0) - (one.counts.accepted ?? 0)).slice(0, 50);
  if (!all.length) return null;
  const kinds = {};
  for (const one of all) kinds[kind(one)] = (kinds[kind(one)] ?? 0) + (one.counts.accepted ?? 0);
  const share = (part, whole) => (whole ? percent(part / whole, 0) : "–");
  const head = [t("figure.template"), t("figure.category"), t("figure.quality"), t("figure.sent"), t("figure.step.delivered"), t("figure.step.read"), t("figure.step.failed")];
  const row = ({ kind, counts, ...one }) => [kind, category(one.category), QUALITY[one.quality] ? badge(quality(one.quality), QUALITY[one.quality]) : quality(one.quality), many(counts.accepted ?? 0), share(counts.delivered ?? 0, counts.accepted), share(counts.read ?? 0, counts.accepted), many(counts.failed ?? 0)];
  const entries = biggest(kinds).map(([label, number]) => ({ label: label ?? others(), many: number }));
  const top = biggest(Object.fromEntries(all.map((one) => [one.kind, one.counts.accepted ?? 0])), 8).map(([kind, number]) => {
    const found = all.find((one) => one.kind === kind);
    return { label: kind ?? others(), note: found ? [found.category && category(found.category), found.quality && `${t("figure.quality")}: ${quality(found.quality)}`, t("figure.template.came", { share: share(found.counts.delivered ?? 0, found.counts.accepted) })].filter(Boolean).join(" · ") : "", many: number };
  });
  return {
    summary: n("figure.templates.says", told.figures.length, { kinds: entries.map((one) => `${one.label} ${many(one.many)}`).join(", ") }),
    head,
    rows: all.map(row),
    draw: () => bars(top, { plain: true }),
  };
}
