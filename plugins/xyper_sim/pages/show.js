// How files, places, people and choices look, on the phone and on the desk alike.
import { el } from "./live.js";

const UNITS = ["B", "KB", "MB"];

/** `8.3 KB`. */
export function bytes(size) {
  const step = Math.min(UNITS.length - 1, Math.floor(Math.log(Math.max(size, 1)) / Math.log(1024)));
  return `${(size / 1024 ** step).toFixed(step ? 1 : 0)} ${UNITS[step]}`;
}

/** A file by its kind: `image`, `sticker`, `video`, `audio`, `voice`, or anything else. */
export function file(kind, url, { name = "", mime = "", size = 0, played = () => {} } = {}) {
  const known = { image: picture, sticker: picture, video: film, audio: sound, voice: sound };
  return (known[kind] ?? document_)(url, { name, mime, size, kind, played });
}

const away = { target: "_blank", rel: "noopener noreferrer" };

function picture(url, { kind, name }) {
  const words = kind === "sticker" ? "Sticker" : name || "Photo";
  return el("a", { class: `picture ${kind}`, href: url, ...away }, el("img", { src: url, alt: words }));
}

function film(url, { name }) {
  return el("video", { class: "film", src: url, controls: true, preload: "metadata", "aria-label": name || "Video" });
}

function sound(url, { kind, name, played }) {
  const words = kind === "voice" ? "Voice note" : name || "Audio";
  const player = el("audio", { src: url, controls: true, preload: "metadata", "aria-label": words, play: played });
  return el("span", { class: "sound" }, el("span", { class: "label" }, words), player);
}

function document_(url, { name, mime, size }) {
  const about = [mime.split(";")[0], size ? bytes(size) : ""].filter(Boolean).join(", ");
  return el(
    "a",
    { class: "document", href: url, ...away },
    glyph("sheet"),
    el("span", {}, el("span", { class: "name" }, name || "File"), el("span", { class: "label" }, about)),
  );
}

export function place({ latitude, longitude, name, address }) {
  const url = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`;
  return el(
    "span",
    { class: "place" },
    named("place", name || "Location"),
    address ? el("span", { class: "label" }, address) : null,
    el("a", { href: url, ...away }, `Map: ${Number(latitude).toFixed(4)}, ${Number(longitude).toFixed(4)}`),
  );
}

export function person({ name, phones = [], emails = [], org }) {
  return el(
    "span",
    { class: "person" },
    named("person", name?.formatted_name ?? "Contact"),
    org?.company ? el("span", { class: "label" }, org.company) : null,
    ...phones.map(({ phone }) => el("span", { class: "label" }, phone)),
    ...emails.map(({ email }) => el("span", { class: "label" }, email)),
  );
}

/** A title with a drawing before it. */
export const named = (drawing, text) => el("span", { class: "name" }, glyph(drawing), text);
const glyph = (name) => el("i", { class: `glyph glyph-${name}`, "aria-hidden": "true" });

/** A text whose addresses are links. */
export function linked(text) {
  const parts = text.split(/(https?:\/\/[^\s<>"]+)/);
  return parts.map((part, place) => (place % 2 ? el("a", { href: part, ...away }, part) : part));
}

/** Words above, between and below. */
export const title = (text) => (text ? el("span", { class: "title" }, text) : null);
export const footer = (text) => (text ? el("span", { class: "footer" }, text) : null);
export const link = (url, text) => el("a", { class: "choice", href: url, ...away }, text);

/** Something to press; without `press` it only shows what there was to press. */
export function choice(text, press, description = "") {
  const words = description ? [text, el("span", { class: "label" }, description)] : [text];
  return press
    ? el("button", { type: "button", class: "choice", click: press }, ...words)
    : el("span", { class: "choice" }, ...words);
}

/** A chat that stays at its end while pictures and players below grow to their size. */
export function sticky(chat) {
  let atEnd = true;
  chat.addEventListener("scroll", () => { atEnd = chat.scrollHeight - chat.scrollTop - chat.clientHeight < 40; });
  const settle = () => { if (atEnd) chat.scrollTop = chat.scrollHeight; };
  for (const name of ["load", "loadedmetadata"]) chat.addEventListener(name, settle, true);
}

/** Cards side by side, to be scrolled through. */
export const cards = (each) => el("span", { class: "cards", role: "group", "aria-label": "Cards", tabindex: "0" }, ...each);

/** A menu behind one button: `[[label, act], …]`. Escape and a choice close it. */
export function menu(details, entries) {
  const close = () => {
    details.open = false;
    details.querySelector("summary").focus();
  };
  const item = ([label, act]) =>
    el("button", { type: "button", click: () => { close(); act(); } }, label);
  details.querySelector(".entries").replaceChildren(...entries.map(item));
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !details.open) return;
    event.preventDefault();
    close();
  });
  details.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !details.contains(event.relatedTarget)) details.open = false;
  });
}
