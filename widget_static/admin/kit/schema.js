// Forms from the API's own models: JSON Schema to the fields of kit/form.js. Labels are ours where we have words for a field.
import { knows, t } from "../../shared/core/base.js";

let description = null;

/** The model of that name in the API's description, which is read once. */
export async function model(api, name) {
  description ??= api.get("openapi.json").catch((error) => {
    description = null;
    throw error;
  });
  const { components } = await description;
  return { ...components.schemas[name], components };
}

function resolved(schema, root) {
  if (!schema.$ref) return schema;
  const found = schema.$ref.slice(2).split("/").reduce((one, key) => one?.[key], root);
  const { $ref, ...own } = schema;
  return { ...resolved(found ?? {}, root), ...own };
}

/** `X or null`: X, which may be left empty. Of several constants beside a string: what is suggested. */
function whole(schema, root) {
  const one = resolved(schema, root);
  if (!one.anyOf) return { one, optional: false };
  const options = one.anyOf.map((each) => resolved(each, root));
  const real = options.filter((each) => each.type !== "null");
  const suggested = real.filter((each) => "const" in each).map((each) => [each.const, each.title ?? ""]);
  const { anyOf, ...own } = one;
  const rest = real.find((each) => !("const" in each)) ?? {};
  return { one: { ...rest, ...own, suggested: suggested.length ? suggested : undefined }, optional: real.length < options.length };
}

const humane = (name) => name.replaceAll("_", " ").replace(/^./, (letter) => letter.toLocaleUpperCase());
const said = (area, name, what, otherwise) => (knows(`${area}.${name}${what}`) ? t(`${area}.${name}${what}`) : otherwise);
const plain = (text) => (text ?? "").replace(/\s+/g, " ").replaceAll("`", "");

function kind(one) {
  if (one.enum) return "select";
  if (one.type === "boolean") return "check";
  if (one.type === "integer" || one.type === "number") return "number";
  if (one.type === "array") return one.items?.enum ? "several" : "list";
  return one.maxLength > 300 ? "textarea" : "text";
}

function spec(area, name, schema, root, needed) {
  const { one, optional } = whole(schema, root);
  const options = (one.enum ?? one.items?.enum ?? []).map((value) => [value, said(area, `${name}.${value}`, "", humane(String(value)))]);
  return {
    name,
    kind: kind(one),
    label: said(area, name, "", one.title ? humane(one.title) : humane(name.split(".").at(-1))),
    help: said(area, name, ".help", plain(one.description)),
    required: needed,
    nullable: optional,
    options,
    suggested: one.suggested,
    fallback: one.default,
    placeholder: Array.isArray(one.default) ? one.default.join("\n") : "",
    min: one.type === "string" ? undefined : one.minimum,
    max: one.type === "string" ? one.maxLength : one.maximum,
    step: one.type === "integer" ? 1 : undefined,
  };
}

/** All fields of a model, those of objects within it by their path; `only`: just these, in this order. */
export function specsOf(schema, { area, only, root = schema, path = "" } = {}) {
  const needed = new Set(schema.required ?? []);
  const found = Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const name = path + key;
    const inner = resolved(value, root);
    if (inner.type === "object" && inner.properties) return specsOf(inner, { area, root, path: `${name}.` });
    return inner.type === "object" ? [] : [spec(area, name, value, root, needed.has(key))];
  });
  return only ? only.map((name) => found.find((one) => one.name === name)).filter(Boolean) : found;
}

/** The values that the fields show, from an object with objects within. */
export const flat = (values, specs) => Object.fromEntries(specs.map(({ name }) => [name, name.split(".").reduce((one, key) => one?.[key], values) ?? null]));

/** And back: what is empty and may be so is null, or left out where the model has a word of its own for nothing. */
export function nested(values, specs) {
  const whole = {};
  for (const { name, kind: what, nullable, fallback } of specs) {
    if (!(name in values)) continue;
    let value = values[name];
    if (value === "" && (nullable || what === "number")) value = null;
    if (what === "list" && (nullable || fallback?.length) && !value?.length) value = null;
    if (value === null && !nullable) continue;
    const keys = name.split(".");
    const last = keys.pop();
    keys.reduce((one, key) => (one[key] ??= {}), whole)[last] = value;
  }
  return whole;
}
