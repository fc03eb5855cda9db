// A carousel of cards, each with a picture or film: Meta wants them all alike. Pure.
import { variablesOf } from "../../../shared/templates/model.js";
import { blankButton, buttonsOf, CARD_KINDS, ofButton, readButton } from "./buttons.js";
import { exampleOf, fileOf, MOST, ofText, partOf } from "./texts.js";

export const CARD_HEADERS = ["image", "video"];
export const FEWEST = 2;
const COMPONENTS = new Set(["HEADER", "BODY", "BUTTONS"]);

/** `key`: a card is itself wherever it is moved to, also while its file is on its way. */
export const blankCard = (kinds = []) => ({ key: crypto.randomUUID(), file: null, body: "", examples: {}, buttons: kinds.map(blankButton) });
export const blankCards = () => ({ "cards.kind": "image", "cards.buttons": ["url"], cards: Array.from({ length: FEWEST }, () => blankCard(["url"])) });

const cardsOf = (template) => partOf(template.components, "CAROUSEL")?.cards ?? [];
const kindsOf = (card) => (partOf(card.components, "BUTTONS")?.buttons ?? []).map((one) => String(one.type).toLowerCase());
const kindOf = (card) => String(partOf(card.components, "HEADER")?.format).toLowerCase();

function readCard({ components }) {
  const body = partOf(components, "BODY");
  const text = body?.text ?? "";
  const given = body?.example?.body_text?.[0] ?? [];
  const byName = Object.fromEntries((body?.example?.body_text_named_params ?? []).map((one) => [one.param_name, one.example]));
  return {
    key: crypto.randomUUID(), file: fileOf(partOf(components, "HEADER")), body: text, examples: Object.fromEntries(variablesOf(text).map((name, at) => [name, byName[name] ?? given[at] ?? ""])),
    buttons: (partOf(components, "BUTTONS")?.buttons ?? []).map(readButton),
  };
}

export function readCards(template) {
  const cards = cardsOf(template);
  return { "cards.kind": kindOf(cards[0]), "cards.buttons": kindsOf(cards[0]), cards: cards.map(readCard) };
}

export const isCarousel = (template) => cardsOf(template).length > 0;

export const writtenCards = (template) =>
  template.components.every((one) => ["BODY", "CAROUSEL"].includes(String(one.type).toUpperCase())) &&
  cardsOf(template).every((one) => CARD_HEADERS.includes(kindOf(one)) && kindsOf(one).every((kind) => CARD_KINDS.includes(kind)) && one.components.every((each) => COMPONENTS.has(String(each.type).toUpperCase())));

/** All cards with buttons of these kinds; what was typed into those that stay is kept. */
export const alike = (cards, kinds) =>
  cards.map((card) => ({ ...card, buttons: kinds.map((kind, at) => (card.buttons[at]?.kind === kind ? card.buttons[at] : { ...blankButton(kind), text: card.buttons[at]?.text ?? "" })) }));

export function ofCards({ cards }, note) {
  const worded = cards.some((one) => one.body.trim());
  if (cards.length < FEWEST || cards.length > MOST.cards) note("cards", { key: "cards", least: FEWEST, most: MOST.cards });
  cards.forEach((card, at) => {
    note(`cards.${at}.file`, card.file?.handle ? null : { key: "handle" });
    const broken = (card.body.match(/\n/g) ?? []).length > 2 ? { key: "card_lines" } : ofText("card", card.body);
    note(`cards.${at}.body`, worded && !card.body.trim() ? { key: "card_body" } : broken);
    for (const name of variablesOf(card.body)) note(`cards.${at}.example.${name}`, card.examples[name]?.trim() ? null : { key: "example" });
    card.buttons.forEach((one, n) => note(`cards.${at}.buttons.${n}`, ofButton(one)));
  });
}

function builtCard(card, kind, at) {
  const parts = [
    ["file", { type: "HEADER", format: kind.toUpperCase(), example: { header_handle: [card.file?.handle ?? ""] } }],
    card.body.trim() && ["body", { type: "BODY", text: card.body, ...exampleOf("body", card.body, (name) => card.examples[name]) }],
    card.buttons.length && ["buttons.0", buttonsOf(card.buttons)],
  ].filter(Boolean);
  const path = (n) => `components.1.cards.${at}.components.${n}`;
  const places = parts.map(([area], n) => [path(n), `cards.${at}.${area}`]);
  const buttons = card.buttons.map((_, n) => [`${path(parts.length - 1)}.buttons.${n}`, `cards.${at}.buttons.${n}`]);
  return { card: { components: parts.map(([, component]) => component) }, places: [...places, ...buttons] };
}

/** The component, which is the second one, and which field each of its paths is. */
export function builtCards(values) {
  const made = values.cards.map((card, at) => builtCard(card, values["cards.kind"], at));
  return { component: { type: "CAROUSEL", cards: made.map((one) => one.card) }, places: [["components.1", "cards"], ...made.flatMap((one) => one.places)] };
}
