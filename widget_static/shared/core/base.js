// What every part of a page stands on: signals, elements that follow them, words in the reader's language, and times.
import { LitElement } from "../vendor/lit.js";

/** A value that tells those who follow it when it becomes another one. */
export function signal(value) {
  const followers = new Set();
  return {
    get value() {
      return value;
    },
    set value(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const follower of [...followers]) follower(next);
    },
    subscribe(follower) {
      followers.add(follower);
      return () => followers.delete(follower);
    },
  };
}

/** The language of the page, as a tag: a change of it renders all elements anew. */
export const language = signal("en");

/** An element in the light DOM that is rendered anew when a signal it watches changes. */
export class Bound extends LitElement {
  constructor() {
    super();
    this._watched = [language];
    this._offs = [];
  }

  createRenderRoot() {
    return this;
  }

  watch(...signals) {
    this._watched.push(...signals);
    if (this.isConnected) this._follow(signals);
  }

  connectedCallback() {
    super.connectedCallback();
    this._follow(this._watched);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    for (const off of this._offs) off();
    this._offs = [];
  }

  _follow(signals) {
    for (const one of signals) this._offs.push(one.subscribe(() => this.requestUpdate()));
  }
}

// Words. A sentence with a number has one key for each plural of its language: `unread#one`, `unread#other`.

export const LANGUAGES = ["en", "es", "pt-br", "fr", "de", "it", "ar"];
const RIGHT_TO_LEFT = new Set(["ar"]);
const words = new Map();
const areas = new Set([""]);

/** The language of ours that comes nearest to a tag such as `pt-PT`, `fr_CA` or `de`. */
export function nearest(tag) {
  const asked = String(tag ?? "").toLowerCase().replace("_", "-");
  const short = asked.split("-")[0];
  return LANGUAGES.find((one) => one === asked) ?? LANGUAGES.find((one) => one.split("-")[0] === short) ?? "en";
}

async function read(lang, area) {
  const name = area ? `${lang}.${area}` : lang;
  const answer = await fetch(new URL(`../i18n/${name}.json`, import.meta.url));
  if (!answer.ok) throw new Error(`The words of ${name} could not be read (${answer.status})`);
  for (const [key, value] of Object.entries(await answer.json())) words.set(key, value);
}

/** Read the words of a language: all areas used so far, or one more area (`compose`) of the present language. */
export async function loadWords(lang, area) {
  const chosen = nearest(lang ?? language.value);
  if (area) {
    areas.add(area);
    await read(chosen, area);
    return;
  }
  await Promise.all([...areas].map((one) => read(chosen, one)));
  document.documentElement.lang = chosen;
  document.documentElement.dir = RIGHT_TO_LEFT.has(chosen) ? "rtl" : "ltr";
  formats.clear();
  // A tag of the same language keeps its region: it decides how times and numbers look.
  language.value = lang && nearest(lang) === chosen && isTag(lang) ? lang.replace("_", "-") : chosen;
}

function isTag(tag) {
  try {
    return Intl.getCanonicalLocales(tag.replace("_", "-")).length === 1;
  } catch {
    return false;
  }
}

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));

/** A sentence in the reader's language; a key without one shows itself, so that it is seen. */
export const t = (key, values = {}) => fill(words.get(key) ?? key, values);

/** True where the language has a word for it. */
export const knows = (key) => words.has(key);

/** A sentence about a number of things. */
export function n(key, count, values = {}) {
  const plural = format(Intl.PluralRules, {}).select(count);
  const text = words.get(`${key}#${plural}`) ?? words.get(`${key}#other`) ?? key;
  return fill(text, { count: fmt.number(count), ...values });
}

// Times and sizes.

const formats = new Map();

function format(Kind, options) {
  const key = `${Kind.name} ${Object.values(options)}`;
  let found = formats.get(key);
  if (!found) formats.set(key, (found = new Kind(language.value, options)));
  return found;
}

const date = (moment) => (moment instanceof Date ? moment : new Date(moment));
const midnight = (moment) => new Date(moment.getFullYear(), moment.getMonth(), moment.getDate());
const capital = (text) => text.charAt(0).toLocaleUpperCase(language.value) + text.slice(1);
const SIZES = ["byte", "kilobyte", "megabyte", "gigabyte"];

/** Whole days between two moments, by the calendar of the reader's clock. */
export const daysAgo = (moment, now) => Math.round((midnight(date(now)) - midnight(date(moment))) / 86_400_000);

export const fmt = {
  time: (moment) => format(Intl.DateTimeFormat, { hour: "2-digit", minute: "2-digit" }).format(date(moment)),
  stamp: (moment) => format(Intl.DateTimeFormat, { dateStyle: "full", timeStyle: "medium" }).format(date(moment)),
  date: (moment) => format(Intl.DateTimeFormat, { dateStyle: "medium" }).format(date(moment)),
  when: (moment) => format(Intl.DateTimeFormat, { dateStyle: "medium", timeStyle: "short" }).format(date(moment)),
  month: (moment) => capital(format(Intl.DateTimeFormat, { month: "long", year: "numeric" }).format(date(moment))),
  /** Today, yesterday, the day of the week, or the date. */
  day(moment, now = new Date()) {
    const ago = daysAgo(moment, now);
    if (ago === 0 || ago === 1) return capital(format(Intl.RelativeTimeFormat, { numeric: "auto" }).format(-ago, "day"));
    if (ago > 1 && ago < 7) return capital(format(Intl.DateTimeFormat, { weekday: "long" }).format(date(moment)));
    return fmt.date(moment);
  },
  number: (value, options = {}) => format(Intl.NumberFormat, options).format(value),
  /** In steps of a thousand, as file managers and vendors count. */
  size(bytes) {
    const step = Math.min(Math.max(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), 0), 3);
    const value = bytes / 1000 ** step;
    const digits = step > 1 && value < 10 ? 1 : 0;
    return fmt.number(value, { style: "unit", unit: SIZES[step], unitDisplay: "short", maximumFractionDigits: digits });
  },
  /** Seconds as minutes and seconds: `0:14`. */
  duration(seconds) {
    const whole = Math.max(0, Math.round(seconds));
    const rest = String(whole % 60).padStart(2, "0");
    const minutes = Math.floor(whole / 60);
    return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
  },
  /** A customer's address: a number without what says that it is one. */
  address: (text) => String(text ?? "").replace(/^tel:/, ""),
  language: (tag) => capital(format(Intl.DisplayNames, { type: "language" }).of(String(tag).replace("_", "-"))),
};
