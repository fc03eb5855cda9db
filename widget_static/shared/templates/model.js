// Approved templates: which ones are shown, what they ask for, what is wrong with the values, how they are sent. Pure.

const VARIABLE = /\{\{\s*(\w+)\s*\}\}/g;
const FILES = { image: "image", video: "video", gif: "video", document: "document" };
const MOST = { header: 60, body: 1024, alone: 32_768, code: 15 };

const low = (word) => (word ?? "").toLowerCase();
const size = (text) => [...text].length;
const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** `order_update` as people read it: `Order update`. */
export function label({ name }) {
  const words = name.replaceAll("_", " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** One of a kind: the same name exists in several languages. */
export const idOf = ({ name, language }) => `${name}/${language}`;

/** Those that hold every word, in this language, of this category; favourites first, then those that can be sent. */
export function shown(templates, { words = "", language = "", category = "", only = null, favourites = new Set() } = {}) {
  const wanted = fold(words).split(/\s+/).filter(Boolean);
  const holds = (one) => {
    const text = fold([one.name.replaceAll("_", " "), one.name, one.body?.text ?? "", one.header?.text ?? ""].join(" "));
    return wanted.every((word) => text.includes(word));
  };
  const rank = (one) => (favourites.has(idOf(one)) ? 0 : 1) + (one.usable ? 0 : 2);
  return templates
    .filter((one) => holds(one) && (!language || one.language === language) && (!category || one.category === category))
    .filter((one) => !only || only.has(idOf(one)))
    .sort((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name) || one.language.localeCompare(other.language));
}

/** The choices of a filter, each once. */
export const valuesOf = (templates, key) => [...new Set(templates.map((one) => one[key]).filter(Boolean))].sort();

/** The three used last in this conversation, filled up with others that can be sent. */
export function recent(templates, bubbles, most = 3) {
  const usable = templates.filter((one) => one.usable);
  const used = bubbles.flatMap((bubble) => (bubble.direction === "out" ? bubble.parts : [])).filter((part) => part.type === "template");
  const ids = [...new Set(used.map(idOf).reverse())];
  const known = ids.map((id) => usable.find((one) => idOf(one) === id)).filter(Boolean);
  return [...known, ...usable.filter((one) => !known.includes(one))].slice(0, most);
}

const named = (variables = []) => variables.some((one) => !/^\d+$/.test(one.name));

/** What is to be filled in: `[{pointer, area, kind, name, example, index?, most?, url?}]`. */
export function fieldsOf(template) {
  return [...headerFields(template.header), ...wordFields("body", template.body), ...buttonFields(template)];
}

function headerFields(header) {
  const kind = low(header?.kind);
  if (FILES[kind]) return [{ pointer: "/header/0", area: "header", kind: FILES[kind], name: "", example: "" }];
  if (kind === "location") return [{ pointer: "/header/0", area: "header", kind, name: "", example: "" }];
  return wordFields("header", header);
}

const wordFields = (area, part) => (part?.variables ?? []).map(({ name, example }, n) => ({
  pointer: `/${area}/${n}`, area, kind: "text", name: String(name), example: example ?? "",
}));

/** A one-time password's button gets its code from the body; buttons that only answer or call ask for nothing. */
function buttonFields({ buttons = [], category }) {
  if (category === "AUTHENTICATION") return [];
  return buttons.flatMap((button, index) => {
    const field = { pointer: `/buttons/${index}`, area: "buttons", index, name: button.text ?? "", example: button.variable?.example ?? "" };
    const kind = low(button.kind);
    if (kind === "copy_code") return [{ ...field, kind: "code", most: MOST.code }];
    return kind === "url" && button.variable ? [{ ...field, kind: "suffix", url: button.url ?? "" }] : [];
  });
}

/** What people are called after, in the languages of the widget. */
const GREETINGS = [
  "hello|hi|hey|dear|good (?:morning|afternoon|evening)",
  "hola|buen[oa]s \\p{L}+|estimad[oa]",
  "olá|oi|bo[am] \\p{L}+|car[oa]|prezad[oa]",
  "bonjour|bonsoir|cher|chère|salut",
  "hallo|guten \\p{L}+|liebe[r]?|sehr geehrte[r]?",
  "ciao|buongiorno|buonasera|gentile",
  "مرحبا|مرحباً|أهلا|أهلاً|السلام عليكم|عزيزي|عزيزتي",
];
const GREETING = new RegExp(`(?:^|\\n|[,.!¡]\\s*)(?:${GREETINGS.join("|")})[\\s,]*$`, "iu");
const CUSTOMER = /^(?:(?:customer|client|contact|first|full|user)_?)?name$|^(?:customer|cliente?|kunde|nome?|nombre|nom|vorname|prenom)$/i;
const AGENT = /^(?:agent|advisor|operator)(?:_?name)?$/i;

/** What the profile knows already: `{pointer: value}`. A numbered variable is a name where a greeting stands before it. */
export function prefilled(template, { customer, agent }) {
  const found = {};
  for (const field of fieldsOf(template).filter((one) => one.kind === "text")) {
    const before = (template[field.area].text ?? "").split(new RegExp(`\\{\\{\\s*${field.name}\\s*\\}\\}`))[0];
    if (customer && (CUSTOMER.test(field.name) || GREETING.test(before))) found[field.pointer] = customer;
    else if (agent && AGENT.test(field.name)) found[field.pointer] = agent;
  }
  return found;
}

/** What WhatsApp would refuse, by pointer: `{key, most?}`. The length of header and body counts with the values in them. */
export function problemsOf(template, values) {
  const found = {};
  for (const field of fieldsOf(template)) {
    const problem = problem1(field, values[field.pointer]);
    if (problem) found[field.pointer] = problem;
  }
  for (const area of ["header", "body"]) {
    const most = area === "body" && alone(template) ? MOST.alone : MOST[area];
    const last = fieldsOf(template).findLast((one) => one.area === area && one.kind === "text");
    if (last && !found[last.pointer] && size(filled(template, area, values)) > most) {
      found[last.pointer] = { key: "wrong.total", most };
    }
  }
  return found;
}

const alone = ({ header, footer, buttons }) => !header && !footer && !buttons?.length;

function problem1(field, value) {
  if (field.kind === "location") return value ? null : { key: "wrong.place" };
  if (field.kind !== "text" && field.kind !== "code" && field.kind !== "suffix") return value ? null : { key: "wrong.file" };
  if (!value?.trim()) return { key: "wrong.empty" };
  if (/[\n\r\t]| {5}/.test(value)) return { key: "wrong.breaks" };
  if (field.kind === "suffix" && /\s/.test(value.trim())) return { key: "wrong.blanks" };
  if (field.most && size(value.trim()) > field.most) return { key: "wrong.long", most: field.most };
  return null;
}

/** The words of an area with their values; a variable without one stays as it is written. */
export function filled(template, area, values) {
  const part = template[area];
  const place = new Map((part?.variables ?? []).map(({ name }, n) => [String(name), `/${area}/${n}`]));
  return (part?.text ?? "").replace(VARIABLE, (whole, name) => values[place.get(name)]?.trim() || whole);
}

const parameters = (template, area, values) => {
  const withNames = named(template[area]?.variables);
  return wordFields(area, template[area]).map(({ pointer, name }) => ({ ...(withNames ? { name } : {}), text: values[pointer].trim() }));
};

function headerValues(template, values) {
  const [field] = headerFields(template.header);
  if (!field || field.kind === "text") return parameters(template, "header", values);
  const value = values[field.pointer];
  if (field.kind === "location") return [{ location: value }];
  const { file, kind, name } = value;
  return [{ media: { type: "media", file, kind, name } }];
}

/** The part that is sent; only with values that have no problems. */
export function templatePart(template, values) {
  const buttons = buttonFields(template).map(({ index, pointer, kind }) => ({
    index, kind: kind === "code" ? "copy_code" : "url", value: values[pointer].trim(),
  }));
  return {
    type: "template", name: template.name, language: template.language,
    header: headerValues(template, values), body: parameters(template, "body", values), buttons,
  };
}

/** The same as a bubble shows it, also while it is being filled in. */
export function shownPart(template, values) {
  const [field] = headerFields(template.header);
  const given = field && field.kind !== "text" ? values[field.pointer] : null;
  const header = field?.kind === "location" ? [{ location: given }] : given ? [{ media: { type: "media", ...given, state: "stored" } }] : [];
  return {
    type: "template", name: template.name, language: template.language, header, body: [], buttons: [],
    shown: {
      header: filled(template, "header", values) || null, body: filled(template, "body", values),
      footer: template.footer ?? null, buttons: (template.buttons ?? []).map(({ kind, text }) => ({ kind: low(kind), text })),
    },
  };
}

/** The field that a problem of the server points to: `/parts/0/body/1/text` is `/body/1`. */
export function fieldAt(pointer, fields) {
  const path = (pointer ?? "").replace(/^\/parts\/\d+/, "");
  return fields.find((one) => path === one.pointer || path.startsWith(`${one.pointer}/`)) ?? null;
}

const KINDS = { QUICK_REPLY: "quick_reply", URL: "url", PHONE_NUMBER: "phone_number", COPY_CODE: "copy_code", OTP: "otp", FLOW: "flow" };

/** The names of a text's variables, each once, in their order. */
export const variablesOf = (text) => [...new Set([...(text ?? "").matchAll(VARIABLE)].map((one) => one[1]))];

/** The examples that were handed in with a text, by its variables' names. */
function examplesOf(component, area) {
  const given = component.example ?? {};
  const named = given[`${area}_text_named_params`];
  if (named) return Object.fromEntries(named.map((one) => [one.param_name, one.example]));
  const values = area === "body" ? given.body_text?.[0] : given.header_text;
  return Object.fromEntries(variablesOf(component.text).map((name, at) => [name, values?.[at] ?? ""]));
}

const words = (component, area) => component && {
  kind: low(component.format) || "text", text: component.text ?? "",
  variables: variablesOf(component.text).map((name) => ({ name, example: examplesOf(component, area)[name] ?? "" })),
};

/** A template as the vendor documents it, in the shape of this module: with its cards, where it is a carousel. */
export function fromComponents({ components = [], ...about }) {
  const of = (type) => components.find((one) => low(one.type) === type);
  const buttons = (of("buttons")?.buttons ?? []).map((one) => ({
    kind: KINDS[String(one.type).toUpperCase()] ?? low(one.type), text: one.text ?? "", url: one.url ?? "", phone: one.phone_number ?? "",
    example: [one.example].flat()[0] ?? "", variable: /\{\{/.test(one.url ?? "") ? { name: "1", example: [one.example].flat()[0] ?? "" } : null,
  }));
  return {
    ...about, header: words(of("header"), "header") ?? null, body: words(of("body"), "body") ?? null, footer: of("footer")?.text ?? null, buttons,
    cards: (of("carousel")?.cards ?? []).map((one) => fromComponents(one)),
  };
}

/** A text with its examples in place of its variables: as the customer may read it. */
export const exampled = (part) => {
  const known = new Map((part?.variables ?? []).map((one) => [one.name, one.example]));
  return (part?.text ?? "").replace(VARIABLE, (whole, name) => known.get(name) || whole);
};
