// A template while it is written: its fields, what is wrong with them, and how the vendor wants it. Pure.
import { fromComponents, variablesOf } from "../../../shared/templates/model.js";

export const CATEGORIES = ["UTILITY", "MARKETING", "AUTHENTICATION"];
export const HEADERS = ["", "text", "image", "video", "document", "location"];
export const BUTTONS = ["quick_reply", "url", "phone_number", "copy_code"];
/** What Meta takes, as it writes them. */
export const LANGUAGES = (
  "af sq ar az bn bg ca zh_CN zh_HK zh_TW hr cs da nl en en_GB en_US et fil fi fr ka de el gu ha he hi hu id ga it ja kn kk rw_RW ko ky_KG lo lv lt mk ms " +
  "ml mr nb fa pl pt_BR pt_PT pa ro ru sr sk sl es es_AR es_ES es_MX sw sv ta te th tr uk ur uz vi zu"
).split(" ");
export const MOST = { name: 512, header: 60, body: 1024, footer: 60, button: 25, buttons: 10, url: 2000, code: 15 };

const FILES = new Set(["image", "video", "document"]);
const size = (text) => [...text].length;

export const blank = () => ({
  name: "", language: "en_US", category: "UTILITY", "header.kind": "", "header.text": "", "header.handle": "", body: "", footer: "", buttons: [],
});

/** The fields of a template that is there. Examples have fields of their own: `example.body.1`. */
export function read(template) {
  const { header, body, footer, buttons } = fromComponents(template);
  const examples = (area, part) => (part?.variables ?? []).map((one) => [`example.${area}.${one.name}`, one.example]);
  const handle = template.components.find((one) => String(one.type).toUpperCase() === "HEADER")?.example?.header_handle?.[0];
  return {
    name: template.name, language: template.language, category: template.category,
    "header.kind": header?.kind ?? "", "header.text": header?.text ?? "", "header.handle": handle ?? "", body: body?.text ?? "", footer: footer ?? "",
    buttons: buttons.map(({ kind, text, url, phone, example }) => ({ kind, text, url, phone, example })),
    ...Object.fromEntries([...examples("header", header), ...examples("body", body)]),
  };
}

/** Whether the form has a place for all that is in it; a carousel, a code's template or a flow is only shown. */
export const written = (template) =>
  template.category !== "AUTHENTICATION" &&
  template.components.every((one) => ["HEADER", "BODY", "FOOTER", "BUTTONS"].includes(String(one.type).toUpperCase())) &&
  fromComponents(template).buttons.every((one) => BUTTONS.includes(one.kind));

/** The fields that want an example: `[{area, name, field}]`. */
export const exampleFields = (values) =>
  [["header", values["header.kind"] === "text" ? values["header.text"] : ""], ["body", values.body]].flatMap(([area, text]) =>
    variablesOf(text).map((name) => ({ area, name, field: `example.${area}.${name}` })),
  );

const NUMBERS = /^\d+$/;
const named = (values) => exampleFields(values).some((one) => !NUMBERS.test(one.name));

function ofText(area, text) {
  const names = variablesOf(text);
  if (size(text) > MOST[area]) return { key: "long", most: MOST[area] };
  if (/\{\{\s*\}\}|\{\{[^}]*[^\w\s}][^}]*\}\}/.test(text)) return { key: "variable" };
  if (area === "header" && names.length > 1) return { key: "header_variables" };
  if (area === "header" && /[\n*_~`]/.test(text)) return { key: "header_marks" };
  if (names.some((one) => NUMBERS.test(one)) && names.some((one) => !NUMBERS.test(one))) return { key: "mixed" };
  if (NUMBERS.test(names[0] ?? "x") && names.some((one, at) => Number(one) !== at + 1)) return { key: "order" };
  if (area === "body" && /^\s*\{\{[^}]*\}\}|\{\{[^}]*\}\}\s*$/.test(text)) return { key: "edge" };
  return null;
}

function ofButton(one) {
  if (one.kind !== "copy_code" && !one.text.trim()) return { key: "button_text" };
  if (size(one.text) > MOST.button) return { key: "long", most: MOST.button };
  if (one.kind === "url" && !/^https?:\/\/\S+$/.test(one.url)) return { key: "url" };
  if (one.kind === "url" && /\{\{/.test(one.url) && (!/\{\{1\}\}$/.test(one.url) || !one.example.trim())) return { key: "url_variable" };
  if (one.kind === "phone_number" && !/^\+?\d{6,20}$/.test(one.phone.replace(/[\s()-]/g, ""))) return { key: "phone" };
  if (one.kind === "copy_code" && (!one.example.trim() || size(one.example) > MOST.code)) return { key: "code", most: MOST.code };
  return null;
}

/** What Meta would certainly refuse, by field: `{key, most?}`. */
export function problemsOf(values, { fresh = true } = {}) {
  const found = {};
  const note = (field, problem) => problem && (found[field] ??= problem);
  if (fresh) note("name", /^[a-z0-9_]{1,512}$/.test(values.name) ? null : { key: "name" });
  note("header.text", values["header.kind"] === "text" ? (values["header.text"].trim() ? ofText("header", values["header.text"]) : { key: "empty" }) : null);
  note("header.handle", FILES.has(values["header.kind"]) && !values["header.handle"].trim() ? { key: "handle" } : null);
  note("body", values.body.trim() ? ofText("body", values.body) : { key: "empty" });
  note("footer", size(values.footer) > MOST.footer ? { key: "long", most: MOST.footer } : variablesOf(values.footer).length ? { key: "footer_variable" } : null);
  for (const { field } of exampleFields(values)) note(field, values[field]?.trim() ? null : { key: "example" });
  values.buttons.forEach((one, at) => note(`buttons.${at}`, ofButton(one)));
  if (values.buttons.length > MOST.buttons) note("buttons", { key: "buttons", most: MOST.buttons });
  return found;
}

function example(values, area, text) {
  const names = variablesOf(text);
  if (!names.length) return {};
  const given = names.map((name) => values[`example.${area}.${name}`]?.trim() ?? "");
  if (named(values)) return { example: { [`${area}_text_named_params`]: names.map((name, at) => ({ param_name: name, example: given[at] })) } };
  return { example: area === "body" ? { body_text: [given] } : { header_text: given } };
}

function header(values) {
  const kind = values["header.kind"];
  if (kind === "text") return { type: "HEADER", format: "TEXT", text: values["header.text"].trim(), ...example(values, "header", values["header.text"]) };
  if (FILES.has(kind)) return { type: "HEADER", format: kind.toUpperCase(), example: { header_handle: [values["header.handle"].trim()] } };
  return { type: "HEADER", format: kind.toUpperCase() };
}

const buttonOf = (one) => ({
  quick_reply: () => ({ type: "QUICK_REPLY", text: one.text.trim() }),
  url: () => ({ type: "URL", text: one.text.trim(), url: one.url.trim(), ...(/\{\{/.test(one.url) ? { example: [one.example.trim()] } : {}) }),
  phone_number: () => ({ type: "PHONE_NUMBER", text: one.text.trim(), phone_number: one.phone.replace(/[\s()-]/g, "") }),
  copy_code: () => ({ type: "COPY_CODE", example: one.example.trim() }),
})[one.kind]();

/** The template as the vendor documents it, and which field each of its paths is. */
export function built(values, { fresh = true } = {}) {
  const parts = [
    values["header.kind"] && ["header", header(values)],
    ["body", { type: "BODY", text: values.body, ...example(values, "body", values.body) }],
    values.footer.trim() && ["footer", { type: "FOOTER", text: values.footer.trim() }],
    values.buttons.length && ["buttons", { type: "BUTTONS", buttons: values.buttons.map(buttonOf) }],
  ].filter(Boolean);
  const components = parts.map(([, component]) => component);
  const places = Object.fromEntries(parts.map(([area], at) => [`components.${at}`, area === "header" ? (values["header.kind"] === "text" ? "header.text" : "header.kind") : area]));
  const about = { category: values.category, components };
  const draft = fresh ? { name: values.name, language: values.language, parameter_format: named(values) ? "NAMED" : "POSITIONAL", ...about } : about;
  return { draft, places };
}

/** Words of the server about a path of the draft, at the field that it is: a button at itself. */
export function placed(path, places) {
  const button = /^(components\.\d+)\.buttons\.(\d+)/.exec(path);
  if (button && places[button[1]]) return `buttons.${button[2]}`;
  const at = Object.keys(places).find((one) => path === one || path.startsWith(`${one}.`));
  return at ? places[at] : path;
}
