// A WhatsApp message as a phone shows it: from Meta's own JSON, either way.
import { el } from "./live.js";
import { cards, choice, file, footer, link, linked, named, person, place, title } from "./show.js";

const FILES = ["image", "video", "audio", "document", "sticker"];

/** What is in a bubble. `press(body)` answers a message of the business; undefined on one's own. */
export function content(message, press, played) {
  const { kind, content: inside, drawn } = message;
  if (message.changed === "deleted") return [el("em", {}, "This message was deleted")];
  const show = drawn ? template : FILES.includes(kind) ? media : KINDS[kind] ?? other;
  const marks = [
    message.forwarded ? el("em", { class: "label" }, "Forwarded") : null,
    message.referral ? advert(message.referral) : null,
  ];
  return [...marks, ...show(drawn ?? inside, { kind, press, played, text: message.text })];
}

const KINDS = {
  text: ({ body }) => [el("span", {}, ...linked(body))],
  location: (inside) => [place(inside)],
  contacts: (inside) => inside.map(person),
  interactive,
  button: ({ text }) => [text],
  order: ({ product_items }) => [
    named("order", "Order"),
    ...product_items.map((one) =>
      el("span", { class: "label" }, `${one.quantity} × ${one.product_retailer_id}, ${one.item_price} ${one.currency}`)),
  ],
  unsupported: ({ type }) => [el("em", {}, `A ${type}, which the business cannot see`)],
};

const other = (inside, { text }) => [text];

function media(inside, { kind, played }) {
  const voice = kind === "audio" && inside.voice ? "voice" : kind;
  if (!inside.id) return [link(inside.link, inside.filename ?? inside.link), inside.caption ?? ""];
  const about = { name: inside.filename, mime: inside.mime_type, played };
  return [file(voice, `api/graph/media/${inside.id}`, about), ...(inside.caption ? [inside.caption] : [])];
}

function advert({ headline, body, source_url }) {
  return el("span", { class: "quote" }, `From an advert: ${[headline, body, source_url].filter(Boolean).join(", ")}`);
}

/** `{type: "text", text}` or `{type: "image", image: {…}}`. */
function header(given) {
  if (!given) return [];
  if (given.type === "text") return [title(given.text)];
  if (given.type === "location") return [place(given.location)];
  return media(given[given.type], { kind: given.type });
}

function interactive(inside, { press }) {
  if (inside.button_reply) return [inside.button_reply.title];
  if (inside.list_reply) return [inside.list_reply.title, el("span", { class: "label" }, inside.list_reply.description ?? "")];
  if (inside.nfm_reply) return [named("sheet", inside.nfm_reply.body ?? "Sent")];
  const parts = [...header(inside.header), inside.body?.text ?? "", footer(inside.footer?.text)];
  return [...parts, ...actions(inside, press)];
}

function actions({ type, action = {} }, press) {
  if (type === "button") return action.buttons.map(({ reply }) => choice(reply.title, replies(press, "button_reply", reply)));
  if (type === "list") return [list(action, press)];
  if (type === "cta_url") return [link(action.parameters.url, action.parameters.display_text)];
  if (type === "flow") return [choice(action.parameters.flow_cta, press && (() => press(FLOW)))];
  if (type === "location_request_message") return [choice("Send location", press && (() => press(HERE)))];
  if (type === "carousel") return [cards(action.cards.map((one) => card(one, press)))];
  return action.name ? [el("span", { class: "label" }, `[${type}]`)] : [];
}

const FLOW = { type: "interactive", interactive: { type: "nfm_reply", nfm_reply: {
  name: "flow", body: "Sent", response_json: JSON.stringify({ flow_token: "demo", answer: "yes" }),
} } };
/** Where samples of a location are. */
export const HERE = { type: "location", location: {
  latitude: 45.4642, longitude: 9.19, name: "Duomo di Milano", address: "Piazza del Duomo, Milano",
} };

const replies = (press, type, { id, title: words, description }) =>
  press && (() => press({ type: "interactive", interactive: { type, [type]: { id, title: words, ...(description ? { description } : {}) } } }));

function list({ button, sections }, press) {
  const rows = sections.flatMap((section) => [
    title(section.title),
    ...section.rows.map((row) => choice(row.title, replies(press, "list_reply", row), row.description)),
  ]);
  return el("details", { class: "list" }, el("summary", {}, button), ...rows.filter(Boolean));
}

function card({ header: top, body, action }, press) {
  const parts = [...header(top), body?.text ?? "", ...actions({ type: "cta_url", action }, press)];
  return el("span", { class: "card" }, ...parts);
}

function template(drawn, { press }) {
  const each = (drawn.cards ?? []).map((one) => el("span", { class: "card" }, ...template(one, { press })));
  const buttons = (drawn.buttons ?? []).map((one) => pressed(one, press));
  return [...header(drawn.header), drawn.body ?? "", footer(drawn.footer), each.length ? cards(each) : null, ...buttons];
}

function pressed({ type, text, url, payload }, press) {
  if (type === "URL") return link(url, text);
  if (type !== "QUICK_REPLY") return choice(text);
  return choice(text, press && (() => press({ type: "button", button: { text, payload } })));
}
