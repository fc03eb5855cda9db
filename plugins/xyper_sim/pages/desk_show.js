// A message as the desk shows it: from Genesys' own JSON, either way.
import { clock, el } from "./live.js";
import { cards, choice, file, footer, link, linked, title } from "./show.js";

const KINDS = { Image: "image", Video: "video", Audio: "audio", Sticker: "sticker" };

/** What is in a bubble; `offered` is the message that a customer's choice answers, if known here. */
export function content(message, offered) {
  const chosen = message.content.some((item) => item.contentType === "ButtonResponse");
  const notices = message.content.filter((item) => item.contentType === "Notification");
  return [
    chosen && offered ? el("span", { class: "quote" }, headline(offered)) : null,
    ...message.attachments.map((one) => attachment(one, message.text)),
    notices.length ? null : words(message.text),
    ...message.content.flatMap(shown),
    ...notices.flatMap((item) => notification(item.template, message.text)),
  ];
}

/** A message in one line, for lists. */
export function headline(message) {
  const files = message.attachments.map((one) => `[${one.filename ?? one.mediaType}]`);
  const first = message.content.map((item) => (item.card ?? item.carousel?.cards[0] ?? item.datePicker)?.title).find(Boolean);
  return [message.text || first, ...files].filter(Boolean).join(" ");
}

const words = (text) => (text ? el("span", { class: "words" }, ...linked(text)) : null);

/** A file with its caption, unless the message itself says the same. */
function attachment(one, said) {
  const name = one.filename ?? one.mime;
  if (one.problem) return el("span", { class: "bad" }, `${name} could not be fetched: ${one.problem}`);
  const id = one.file ?? one.id;
  const mime = one.mime;
  const about = { name, mime, size: one.size ?? one.contentSizeBytes ?? 0 };
  const kind = mime.startsWith("audio/ogg") ? "voice" : mime === "image/webp" ? "sticker" : KINDS[one.mediaType];
  const caption = one.text === said ? null : words(one.text);
  const loading = !one.file && one.contentSizeBytes === undefined;
  return el("span", { class: "attachment" }, loading ? el("span", { class: "label" }, `${name}, being fetched`) : file(kind, `api/cloud/files/${id}`, about), caption);
}

function shown(item) {
  if (item.quickReply) return [choice(item.quickReply.text)];
  if (item.card) return [card(item.card)];
  if (item.carousel) return [cards(item.carousel.cards.map(card))];
  if (item.datePicker) return dates(item.datePicker);
  return [];
}

function card({ title: name, description, image, actions = [] }) {
  const picture = image ? file("image", local(image), { name }) : null;
  const buttons = actions.map((one) => (one.type === "Link" ? link(one.url, one.text) : choice(one.text)));
  return el("span", { class: "card" }, picture, title(name), description ?? "", ...buttons);
}

function dates({ title: name, subtitle, availableTimes = [] }) {
  const day = (moment) => `${new Date(moment).toLocaleDateString([], { weekday: "short", day: "numeric", month: "short" })}, ${clock(new Date(moment) / 1000)}`;
  return [title(name), subtitle ?? "", ...availableTimes.map((one) => choice(day(one.dateTime)))];
}

function notification({ id, header, footer: foot, buttons = [] }, text) {
  const top = header?.media ? file("image", local(header.media.url), { name: header.media.filename }) : title(header?.text);
  const label = id ? el("span", { class: "label" }, `Template ${id}`) : null;
  return [label, top, words(text), footer(foot?.text), ...buttons.map((one) => choice(one.text))];
}

/** A pre-signed address on the download host is the simulator's own: the page reads the same file from beside itself. */
const local = (url) => {
  const found = /\/api-downloads\/(\w+)\//.exec(url);
  return found ? `api/cloud/files/${found[1]}` : url;
};
