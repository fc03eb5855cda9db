// What a phone can send besides words: one entry of the attach menu each.
import { sample } from "./live.js";
import { HERE } from "./phone_show.js";

const CONTACT = { name: { formatted_name: "Dora Marino", first_name: "Dora", last_name: "Marino" },
  phones: [{ phone: "+1 650-555-0199", type: "WORK", wa_id: "16505550199" }],
  emails: [{ email: "dora@example.com", type: "WORK" }], org: { company: "Marino Flowers" } };
const ORDER = { catalog_id: "194836987003835", text: "", product_items: [
  { product_retailer_id: "blue-lamp", quantity: 2, item_price: 30, currency: "EUR" },
  { product_retailer_id: "cable-3m", quantity: 1, item_price: 7.5, currency: "EUR" },
] };
const ADVERT = { source_url: "https://fb.me/demo", source_id: "120210000000", source_type: "ad", headline: "Lamps in blue",
  body: "This week only", media_type: "image", image_url: "https://example.com/lamp.jpg", ctwa_clid: "demo-click" };

/** `[[label, () => void], …]`. `send(body)` sends; `give(kind, file, name, more)` uploads a file and sends it. */
export function entries({ send, give, pick, number }) {
  const file = (kind, name, more) => async () => give(kind, await sample(name), name, more);
  return [
    ["Photo", file("image", "photo.jpg", { caption: "It looks like this" })],
    ["Video", file("video", "film.mp4")],
    ["Voice note", file("audio", "voice.ogg", { voice: true })],
    ["Document", file("document", "invoice.pdf", { filename: "invoice.pdf" })],
    ["Sticker", file("sticker", "sticker.webp")],
    ["Location", () => send(HERE)],
    ["Contact", () => send({ type: "contacts", contacts: [CONTACT] })],
    ["Order", () => send({ type: "order", order: ORDER })],
    ["Words from an advert", () => send({ text: "Is this still to be had?", referral: ADVERT })],
    ["Forwarded words", () => send({ text: "Free parcels for all!", forwarded: true })],
    ["Poll", () => send({ type: "unsupported", unsupported: { type: "poll" } })],
    ["New phone number", () => send({ type: "system", system: { type: "user_changed_number", wa_id: number() } })],
    ["File from here…", pick],
  ];
}

/** Which kind of message a file becomes, as a phone decides. */
export function kindOf(mime) {
  if (mime === "image/webp") return "sticker";
  const kind = mime.split("/")[0];
  return ["image", "video", "audio"].includes(kind) && mime !== "image/svg+xml" ? kind : "document";
}
