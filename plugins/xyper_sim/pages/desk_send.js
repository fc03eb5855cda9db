// What a desk, or a bot behind it, can send besides words: one entry of the attach menu each.
import { sample } from "./live.js";

const quick = (...texts) => texts.map((text) => ({ contentType: "QuickReply", quickReply: { text, payload: text.toLowerCase(), action: "Message" } }));
const postback = (text) => ({ type: "Postback", text, payload: text.toLowerCase() });
const body = (text, ...values) => ({ text, parameters: values.map((value, place) => ({ name: String(place + 1), text: value })) });

/** `[[label, () => void], …]`. `say(message)` sends; `files(...[blob, name])` uploads: the attachments. */
export function entries({ say, files, pick, name }) {
  const file = (...names) => async () => {
    const given = await files(...(await Promise.all(names.map(async (one) => [await sample(one), one]))));
    if (given) say({ files: given.map(({ id }) => id) });
  };
  const photo = async () => (await files([await sample("photo.jpg"), "photo.jpg"]))?.[0];
  return [
    ["Photo", file("photo.jpg")],
    ["Audio", file("voice.ogg")],
    ["Document", file("invoice.pdf")],
    ["Photo and document", file("photo.jpg", "invoice.pdf")],
    ["Quick replies", () => say({ text: "Shall we leave it outside?", content: quick("Yes", "No", "Call me") })],
    ["Long list", () => say({ text: "Which colour do you like?", content: quick("Blue", "Green", "Red", "White", "Black", "Oak") })],
    ["Card", async () => { const found = await photo(); if (found) say({ content: [card(found.url)] }); }],
    ["Carousel", async () => { const found = await photo(); if (found) say({ content: [carousel(found.url)] }); }],
    ["Date picker", () => say({ content: [dates()] })],
    ["Canned response", () => say(canned(name()))],
    ["Template", async () => { const found = await photo(); if (found) say(template(name(), found)); }],
    ["File from here…", pick],
  ];
}

function card(image) {
  const actions = [postback("Order it"), { type: "Link", text: "Look", url: "https://example.com/parcel" }];
  return { contentType: "Card", card: { title: "Parcel box", description: "Holds three parcels", image, actions } };
}

function carousel(image) {
  const cards = ["Small box", "Large box"].map((title) => ({
    title, description: "In oak or steel", image, actions: [postback(`Take the ${title.toLowerCase()}`)],
  }));
  return { contentType: "Carousel", carousel: { cards } };
}

function dates() {
  const day = new Date();
  day.setUTCHours(9, 0, 0, 0);
  const times = [1, 2, 3].map((more) => ({ duration: 1800, dateTime: new Date(day.getTime() + more * 86400e3).toISOString() }));
  return { contentType: "DatePicker", datePicker: { title: "When shall we deliver?", subtitle: "Between 9 and 12", availableTimes: times } };
}

function canned(name) {
  const said = { text: "Hello {{name}}, how can I help you?", parameters: [{ name: "name", text: name }] };
  return { text: `Hello ${name}, how can I help you?`, content: [{ contentType: "Notification", template: { body: said } }] };
}

function template(name, media) {
  const found = {
    id: "whatsapp@parcel_on_its_way",
    language: "en",
    header: { type: "Media", media },
    body: body("Hello {{1}}, your parcel {{2}} is on its way.", name, "2026-1122"),
    footer: { text: "Acme Inc." },
    buttons: ["Leave it outside", "Call me"].map((text, index) => ({ type: "QuickReply", text, index, payload: text.toLowerCase() })),
  };
  return { text: `Hello ${name}, your parcel 2026-1122 is on its way.`, content: [{ contentType: "Notification", template: found }] };
}
