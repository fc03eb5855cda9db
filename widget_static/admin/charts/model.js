// What charts are made of, from what the statistics API tells. Pure: no element, no words.

/** As the server does it: seconds within which this share of them was, by straight lines within buckets; null where there are none. */
export function quantile(counts, share) {
  const bounds = Object.keys(counts).map((label) => [label === "inf" ? Infinity : Number(label), counts[label]]).sort(([one], [other]) => one - other);
  const wanted = share * bounds.reduce((sum, [, many]) => sum + many, 0);
  if (!wanted) return null;
  let seen = 0;
  for (const [bound, many] of bounds) {
    if (seen + many >= wanted) {
      const lower = below(bound);
      return bound === Infinity ? lower : lower + ((bound - lower) * (wanted - seen)) / many;
    }
    seen += many;
  }
  return null;
}

/** The upper bounds of the server's buckets. */
const BOUNDS = [0, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 28800, 86400];
const below = (bound) => BOUNDS.filter((one) => one < bound).at(-1) ?? 0;

/** Counts of several figures in one; `only(figure)` chooses. */
export function added(figures, only = () => true) {
  const sum = {};
  for (const { counts } of figures.filter(only)) for (const [label, many] of Object.entries(counts)) sum[label] = (sum[label] ?? 0) + many;
  return sum;
}

export const sum = (counts) => Object.values(counts).reduce((all, one) => all + one, 0);

const pad = (value) => String(value).padStart(2, "0");
/** A day of the reader's calendar, as the API writes it. */
export const day = (date) => `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
/** Midnight at the reader's of a day that the API wrote. */
export const midnight = (text) => new Date(...text.split("-").map((one, at) => Number(one) - (at === 1 ? 1 : 0)));
export const shifted = (text, days) => {
  const date = midnight(text);
  date.setDate(date.getDate() + days);
  return day(date);
};
const whole = /^\d{4}-\d{2}-\d{2}$/;
export const valid = (text) => whole.test(text ?? "") && day(midnight(text)) === text;
export const daysOf = ({ first, last }) => Math.round((Date.UTC(...numbers(last)) - Date.UTC(...numbers(first))) / 86_400_000) + 1;
const numbers = (text) => text.split("-").map((one, at) => Number(one) - (at === 1 ? 1 : 0));

export const PRESETS = { today: 1, week: 7, month: 30, quarter: 90 };
/** Hours are told of the last 31 days. */
const HOURS = 31;

/** What the address asks for: `{name, first, last, by, hours}`; what it says wrongly is left out. */
export function period(query, now) {
  const today = day(now);
  const [first, last] = [query.get("first"), query.get("last")];
  const preset = query.get("range") in PRESETS;
  const own = !preset && valid(first) && valid(last) && first <= last;
  const name = own ? "own" : preset ? query.get("range") : "week";
  const found = own ? { first, last } : { first: shifted(today, 1 - PRESETS[name]), last: today };
  const days = daysOf(found);
  const hours = days <= 14 && found.first > shifted(today, 1 - HOURS);
  const asked = query.get("by");
  const by = asked === "hour" && hours ? "hour" : asked === "day" ? "day" : hours && days <= 2 ? "hour" : "day";
  return { name, ...found, days, by, hours, live: found.last >= today };
}

/** As many days, just before. */
export const before = ({ first, days }) => ({ first: shifted(first, -days), last: shifted(first, -1) });

const moment = (at) => (whole.test(at) ? midnight(at).getTime() : Date.parse(at));

/** Every hour or day of it that has begun, also those in which nothing was counted: milliseconds. */
export function times({ first, last, by }, now, figures = []) {
  const end = Math.min(midnight(shifted(last, 1)).getTime(), now.getTime());
  const found = new Set(figures.map(({ at }) => moment(at)));
  if (by === "day") for (let one = first; one <= last && midnight(one).getTime() <= end; one = shifted(one, 1)) found.add(midnight(one).getTime());
  else for (let at = midnight(first).getTime(); at < end; at += 3_600_000) found.add(at);
  return [...found].sort((one, other) => one - other);
}

/** One value for each of these times: what `value(counts)` makes of all figures of it that `only` chooses. */
export function along(all, figures, value, only = () => true) {
  const by = Map.groupBy(figures.filter(only), ({ at }) => moment(at));
  return all.map((at) => value(added(by.get(at) ?? [])));
}

/** How much more than before: 0.1 is ten per cent; null where there was nothing. */
export const change = (now, then) => (then && now !== null && then !== null ? now / then - 1 : null);

/** `{1: [24 numbers], …, 7: […]}` from what is told `by=week`. */
export function weekly(figures) {
  const days = Object.fromEntries([1, 2, 3, 4, 5, 6, 7].map((one) => [one, Array(24).fill(0)]));
  for (const { at, counts } of figures) days[at[0]][Number(at.slice(2))] += sum(counts);
  return days;
}

/** How dark, of five steps: 0 is nothing. */
export const level = (value, most) => (value && most ? Math.min(5, Math.max(1, Math.ceil((value / most) * 5))) : 0);

/** The biggest first, the rest of them as one: `[[label, many], …, [null, rest]]`. */
export function biggest(counts, most = 8) {
  const all = Object.entries(counts).filter(([, many]) => many > 0).sort(([one, a], [other, b]) => b - a || (one < other ? -1 : 1));
  const rest = all.slice(most).reduce((many, [, one]) => many + one, 0);
  return rest ? [...all.slice(0, most), [null, rest]] : all;
}
