// A template while it is written: its fields, what is wrong with them, and how the vendor wants it. Pure.
import { fromComponents, variablesOf } from "../../../shared/templates/model.js";
import { buttonsOf, KINDS, ofButtons, readButton } from "./buttons.js";
import { blankCards, builtCards, isCarousel, ofCards, readCards, writtenCards } from "./cards.js";
import { blankCode, builtCode, ofCode, readCode, writtenCode } from "./code.js";
import { exampleOf, fileOf, MOST, named, ofText, partOf, size } from "./texts.js";

export const CATEGORIES = ["UTILITY", "MARKETING", "AUTHENTICATION"];
export const HEADERS = ["", "text", "image", "video", "document", "location"];
/** What Meta takes, as it writes them. */
export const LANGUAGES = (
  "af sq ar az bn bg ca zh_CN zh_HK zh_TW hr cs da nl en en_GB en_US et fil fi fr ka de el gu ha he hi hu id ga it ja kn kk rw_RW ko ky_KG lo lv lt mk ms " +
  "ml mr nb fa pl pt_BR pt_PT pa ro ru sr sk sl es es_AR es_ES es_MX sw sv ta te th tr uk ur uz vi zu"
).split(" ");

export const FILES = new Set(["image", "video", "document"]);

export const blank = () => ({
  name: "", language: "en_US", category: "UTILITY", layout: "message", "header.kind": "", "header.text": "", "header.file": null, body: "", footer: "", buttons: [],
  ...blankCode(), ...blankCards(),
});

/** How it is written: `code` (Meta's own words), `carousel`, which only marketing has, or `message`. */
export const shapeOf = ({ category, layout }) => (category === "AUTHENTICATION" ? "code" : category === "MARKETING" && layout === "carousel" ? "carousel" : "message");

/** The fields of a template that is there. Examples have fields of their own: `example.body.1`. */
export function read(template) {
  const { header, body, footer } = fromComponents(template);
  const about = { ...blank(), name: template.name, language: template.language, category: template.category };
  if (template.category === "AUTHENTICATION") return { ...about, ...readCode(template) };
  const examples = (area, part) => (part?.variables ?? []).map((one) => [`example.${area}.${one.name}`, one.example]);
  const words = { body: body?.text ?? "", ...Object.fromEntries([...examples("header", header), ...examples("body", body)]) };
  if (isCarousel(template)) return { ...about, ...words, layout: "carousel", ...readCards(template) };
  return {
    ...about, ...words, "header.kind": header?.kind ?? "", "header.text": header?.text ?? "", "header.file": fileOf(partOf(template.components, "HEADER")),
    footer: footer ?? "", buttons: (partOf(template.components, "BUTTONS")?.buttons ?? []).map(readButton),
  };
}

/** Whether the form has a place for all that is in it; what it has none for is only shown. */
export function written(template) {
  if (template.category === "AUTHENTICATION") return writtenCode(template);
  if (isCarousel(template)) return writtenCards(template);
  const known = template.components.every((one) => ["HEADER", "BODY", "FOOTER", "BUTTONS"].includes(String(one.type).toUpperCase()));
  return known && fromComponents(template).buttons.every((one) => KINDS.includes(one.kind));
}

/** The fields that want an example: `[{area, name, field}]`. */
export const exampleFields = (values) => {
  const headed = shapeOf(values) === "message" && values["header.kind"] === "text";
  return [["header", headed ? values["header.text"] : ""], ["body", values.body]].flatMap(([area, text]) => variablesOf(text).map((name) => ({ area, name, field: `example.${area}.${name}` })));
};

function ofMessage(values, note) {
  note("header.text", values["header.kind"] === "text" ? (values["header.text"].trim() ? ofText("header", values["header.text"]) : { key: "empty" }) : null);
  note("header.file", FILES.has(values["header.kind"]) && !values["header.file"]?.handle ? { key: "handle" } : null);
  note("footer", size(values.footer) > MOST.footer ? { key: "long", most: MOST.footer } : variablesOf(values.footer).length ? { key: "footer_variable" } : null);
  ofButtons(values.buttons, note);
}

/** What Meta would certainly refuse, by field: `{key, most?}`. */
export function problemsOf(values, { fresh = true } = {}) {
  const found = {};
  const shape = shapeOf(values);
  const note = (field, problem) => problem && (found[field] ??= problem);
  if (fresh) note("name", /^[a-z0-9_]{1,512}$/.test(values.name) ? null : { key: "name" });
  if (shape === "code") ofCode(values, note);
  else {
    note("body", values.body.trim() ? ofText("body", values.body) : { key: "empty" });
    for (const { field } of exampleFields(values)) note(field, values[field]?.trim() ? null : { key: "example" });
    (shape === "carousel" ? ofCards : ofMessage)(values, note);
  }
  return found;
}

const example = (values, area, text) => exampleOf(area, text, (name) => values[`example.${area}.${name}`]);
const bodyOf = (values) => ({ type: "BODY", text: values.body, ...example(values, "body", values.body) });

function header(values) {
  const kind = values["header.kind"];
  if (kind === "text") return { type: "HEADER", format: "TEXT", text: values["header.text"].trim(), ...example(values, "header", values["header.text"]) };
  if (FILES.has(kind)) return { type: "HEADER", format: kind.toUpperCase(), example: { header_handle: [values["header.file"]?.handle ?? ""] } };
  return { type: "HEADER", format: kind.toUpperCase() };
}

function builtMessage(values) {
  const kind = values["header.kind"];
  const parts = [
    kind && [kind === "text" ? "header.text" : FILES.has(kind) ? "header.file" : "header.kind", header(values)],
    ["body", bodyOf(values)],
    values.footer.trim() && ["footer", { type: "FOOTER", text: values.footer.trim() }],
    values.buttons.length && ["buttons", buttonsOf(values.buttons)],
  ].filter(Boolean);
  const places = parts.map(([field], at) => [`components.${at}`, field]);
  const buttons = values.buttons.map((_, n) => [`components.${parts.length - 1}.buttons.${n}`, `buttons.${n}`]);
  return { components: parts.map(([, component]) => component), places: [...places, ...buttons] };
}

function builtCarousel(values) {
  const { component, places } = builtCards(values);
  return { components: [bodyOf(values), component], places: [["components.0", "body"], ...places] };
}

const BUILD = { code: builtCode, carousel: builtCarousel, message: builtMessage };

/** The template as the vendor documents it, and which field each of its paths is: `[[path, field]]`. */
export function built(values, { fresh = true } = {}) {
  const shape = shapeOf(values);
  const { components, places } = BUILD[shape](values);
  const about = { category: values.category, components };
  const texts = shape === "code" ? [] : [values.body, ...(shape === "carousel" ? values.cards.map((one) => one.body) : [values["header.kind"] === "text" ? values["header.text"] : ""])];
  const draft = fresh ? { name: values.name, language: values.language, parameter_format: texts.some(named) ? "NAMED" : "POSITIONAL", ...about } : about;
  return { draft, places };
}

/** Words of the server about a path of the draft, at the field that it is: the one whose path says most of it. */
export function placed(path, places) {
  const holding = places.filter(([one]) => path === one || path.startsWith(`${one}.`));
  return holding.toSorted(([one], [other]) => other.length - one.length)[0]?.[1] ?? path;
}
