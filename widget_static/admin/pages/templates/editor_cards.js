// The form of a carousel: what all cards have in common, and each of them.
import { html, nothing, repeat } from "../../../shared/vendor/lit.js";
import { variablesOf } from "../../../shared/templates/model.js";
import { fmt, t } from "../../../shared/core/base.js";
import { alertBox, button, iconButton } from "../../../shared/kit/kit.js";
import { control } from "../../kit/form.js";
import { CARD_KINDS } from "./buttons.js";
import { alike, blankCard, CARD_HEADERS, FEWEST } from "./cards.js";
import { cardButtons } from "./editor_buttons.js";
import { example } from "./example.js";
import { MOST, size } from "./texts.js";

/** The kinds of all cards' buttons: the second one only beside a first. */
function common(form) {
  const kinds = form.get("cards.buttons");
  const put = (at) => (value) => {
    const next = [...kinds];
    next[at] = value;
    const chosen = next.filter(Boolean);
    form.set("cards.buttons", chosen);
    form.set("cards", alike(form.get("cards"), chosen));
  };
  const options = [["", t("template.card.button.none")], ...CARD_KINDS.map((kind) => [kind, t(`template.button.${kind}`)])];
  const kind = (value) => {
    form.set("cards.kind", value);
    form.set("cards", form.get("cards").map((card) => ({ ...card, file: null })));
  };
  return html`<h2>${t("template.part.cards")}</h2><p class="help wide">${t("template.cards.help")}</p>
    ${control("template", { name: "cards.kind", kind: "select", label: t("template.card.header"), options: CARD_HEADERS.map((one) => [one, t(`template.header.${one}`)]) }, form.get("cards.kind"), kind, null)}
    ${Array.from({ length: Math.min(kinds.length + 1, MOST.card_buttons) }, (_, at) => control("template", { name: `cards.buttons.${at}`, kind: "select", label: t("template.card.button", { n: fmt.number(at + 1) }), options }, kinds[at] ?? "", put(at), null))}`;
}

function words(form, card, area, set) {
  const label = html`${t("template.card.body")} <small class="optional">${t("template.count", { count: fmt.number(size(card.body)), most: fmt.number(MOST.card) })}</small>`;
  const put = (key) => (value) => {
    form.touch(`${area}.body`);
    set({ [key]: value });
  };
  const examples = variablesOf(card.body).map((name) => {
    const field = `${area}.example.${name}`;
    const keep = (value) => {
      form.touch(field);
      set({ examples: { ...card.examples, [name]: value } });
    };
    return control("template", { name: field, label: t("template.example.body", { name: `\u2068{{${name}}}\u2069` }), max: 200 }, card.examples[name] ?? "", keep, form.wrong(field));
  });
  return html`${control("template", { name: `${area}.body`, kind: "textarea", rows: 2, max: 400, label }, card.body, put("body"), form.wrong(`${area}.body`))}${examples}`;
}

function one(form, all, at) {
  const [card, area, n] = [all[at], `cards.${at}`, fmt.number(at + 1)];
  const put = (next) => form.set("cards", next);
  // Not what was drawn: a file that arrives later must not undo what was typed meanwhile.
  const set = (changes) => put(form.get("cards").map((other, index) => (index === at ? { ...other, ...changes } : other)));
  const swap = (to) => put(all.map((other, index) => (index === at ? all[to] : index === to ? card : other)));
  const file = (value) => {
    form.touch(`${area}.file`);
    set({ file: value });
  };
  const moves = html`<span class="moves">${iconButton("up", t("template.card.up", { n }), () => swap(at - 1), { disabled: at === 0 })}${iconButton("down", t("template.card.down", { n }), () => swap(at + 1), { disabled: at === all.length - 1 })}${iconButton("trash", t("template.card.remove", { n }), () => put(all.filter((_, index) => index !== at)), { disabled: all.length <= FEWEST })}</span>`;
  return html`<li><fieldset class="card-form"><legend>${t("template.card.n", { n })}</legend>
    ${example(form, `${area}.file`, { label: t("template.example"), kind: form.get("cards.kind"), value: card.file, set: file })}
    ${words(form, card, area, set)}
    ${card.buttons.length ? cardButtons(form, card.buttons, `${area}.buttons`, (buttons) => set({ buttons })) : nothing}</fieldset>${moves}</li>`;
}

export function cardsForm(form) {
  const all = form.get("cards");
  const add = () => form.set("cards", [...all, blankCard(form.get("cards.buttons"))]);
  return html`${common(form)}
    ${form.wrong("cards") ? alertBox("error", form.wrong("cards")) : nothing}
    <ol class="made-buttons made-cards">${repeat(all, (card) => card.key, (_, at) => one(form, all, at))}</ol>
    ${all.length < MOST.cards ? html`<div>${button(t("template.card.add"), add, { symbol: "plus" })}</div>` : nothing}`;
}
