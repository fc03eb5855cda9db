// A template's words and their variables, as Meta takes them. Pure.
import { variablesOf } from "../../../shared/templates/model.js";

export const MOST = { name: 512, header: 60, body: 1024, footer: 60, button: 25, buttons: 10, url: 2000, code: 15, card: 160, cards: 10, card_buttons: 2, apps: 5, minutes: 90 };
const NUMBERS = /^\d+$/;

export const size = (text) => [...text].length;

/** The variables of a text have names rather than numbers. */
export const named = (text) => variablesOf(text).some((one) => !NUMBERS.test(one));

/** What is wrong with the words of an area: `{key, most?}` or null. */
export function ofText(area, text, most = MOST[area]) {
  const names = variablesOf(text);
  if (size(text) > most) return { key: "long", most };
  if (/\{\{\s*\}\}|\{\{[^}]*[^\w\s}][^}]*\}\}/.test(text)) return { key: "variable" };
  if (area === "header" && names.length > 1) return { key: "header_variables" };
  if (area === "header" && /[\n*_~`]/.test(text)) return { key: "header_marks" };
  if (names.some((one) => NUMBERS.test(one)) && named(text)) return { key: "mixed" };
  if (NUMBERS.test(names[0] ?? "x") && names.some((one, at) => Number(one) !== at + 1)) return { key: "order" };
  if (area === "body" && /^\s*\{\{[^}]*\}\}|\{\{[^}]*\}\}\s*$/.test(text)) return { key: "edge" };
  return null;
}

/** The examples that go with a text; `of(name)` is each one's. */
export function exampleOf(area, text, of) {
  const names = variablesOf(text);
  if (!names.length) return {};
  const given = names.map((name) => of(name)?.trim() ?? "");
  if (named(text)) return { example: { [`${area}_text_named_params`]: names.map((name, at) => ({ param_name: name, example: given[at] })) } };
  return { example: area === "body" ? { body_text: [given] } : { header_text: given } };
}

/** The component of that type; a vendor's types are written in either case. */
export const partOf = (components, type) => components.find((one) => String(one.type).toUpperCase() === type);

/** An example file that was handed in here. What Meta lists is a page of its own, by which it takes nothing again. */
export const fileOf = (header) => {
  const handle = header?.example?.header_handle?.[0] ?? "";
  return handle && !/^https?:/.test(handle) ? { handle } : null;
};
