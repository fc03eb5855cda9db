// What the server says, in the reader's language: beside an English sentence it tells a code and the values of its gaps.
import { html, nothing } from "../../shared/vendor/lit.js";
import { fmt, knows, language, n, t } from "../../shared/core/base.js";
import { exactly, span } from "./time.js";

const MARKED = /`([^`]+)`/;
const GAP = /\{(\w+)\}/;

/** Words that are English whatever the reader's language is: a vendor's own, or ours for which there are none. */
export const english = (words) => (words ? html`<span lang="en" dir="auto">${words}</span>` : nothing);

/** The sentence in a field of what the server told (`detail`, `troubles.0`); nothing where it says nothing. */
export const say = (told, field) => sentence(told.said?.[field], field.split(".").reduce((found, key) => found?.[key], told));

/** What went wrong: of what kind it is, at least, in the reader's language; with what there are only English words for. */
export function told(error) {
  if (error.status === 0) return t("admin.offline");
  const detail = error.detail ? say(error, "detail") : english(error.message);
  const known = wording(error.said?.detail) !== null || language.value.startsWith("en");
  return known || !error.said?.title ? detail : html`${say(error, "title")}. ${detail}`;
}

/** What is wrong with one field of what was sent. */
export const fault = (error, path) => sentence(error.said?.[`errors.${path}`], error.errors[path]);

/** Its words with their gaps, or null. */
function wording(saying) {
  if (!saying) return null;
  if (knows(`said.${saying.code}`)) return t(`said.${saying.code}`);
  return knows(`said.${saying.code}#other`) ? n(`said.${saying.code}`, saying.values.count) : null;
}

function sentence(saying, words) {
  const text = wording(saying);
  if (text === null) return english(words);
  return text.split(MARKED).map((piece, at) => (at % 2 ? html`<code dir="ltr">${filled(piece, saying.values)}</code>` : filled(piece, saying.values)));
}

const filled = (text, values) => text.split(GAP).map((piece, at) => (at % 2 ? shown(values[piece]) : piece));

/** A value as it is read. Texts stand by themselves: ids and addresses run from left to right in any language. */
function shown(value) {
  if (typeof value === "number") return fmt.number(value);
  if (typeof value !== "object") return html`<bdi>${value}</bdi>`;
  if (Array.isArray(value)) return listed(value);
  if (value.code) return sentence(value, value.words);
  if ("at" in value) return html`<bdi>${exactly(value.at)}</bdi>`;
  return "seconds" in value ? span(value.seconds * 1_000) : html`<bdi lang="en">${value.quote}</bdi>`;
}

const listed = (values) =>
  new Intl.ListFormat(language.value, { type: "conjunction" })
    .formatToParts(values.map((_, at) => String(at)))
    .map(({ type, value }) => (type === "element" ? shown(values[value]) : value));
