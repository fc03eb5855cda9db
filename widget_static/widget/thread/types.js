// What a message holds, part by part: words and files here, everything rarer in `types2.js`.
import { html, nothing } from "../../shared/vendor/lit.js";
import { fmt, n, t } from "../../shared/core/base.js";
import { icon, styled } from "../../shared/kit/kit.js";
import { formatted } from "../../shared/core/format.js";
import { rareView } from "./types2.js";
import "./voice.js";

/** Within which an image or a film is shown, whatever size it has. */
const WIDEST = 320;
const TALLEST = 360;

/** The box of a picture before it is loaded, so that nothing moves when it is. */
export function boxOf({ width, height }, widest = WIDEST) {
  if (!(width > 0 && height > 0)) return { width: widest, height: Math.round(widest * 0.75) };
  const scale = Math.min(widest / width, TALLEST / height, 1);
  const shown = Math.max(140, Math.round(width * scale));
  return { width: shown, height: Math.max(90, Math.min(TALLEST, Math.round((shown * height) / width))) };
}

const words = (text, end) => html`<div class="words" dir="auto">${formatted(text)}${end()}</div>`;

const STATES = { coming: "clock", gone: "alert", infected: "alert" };

/** A file that is not there (yet). */
const absent = (part, end) => html`<div class="absent ${part.state}">${icon(STATES[part.state] ?? "alert")}<span>${t(`media.${part.state}`, { name: part.name || t(`kind.${part.kind}`) })}</span></div>
  ${part.caption ? words(part.caption, end) : html`<div class="foot">${end()}</div>`}`;

/** An address that has run out is asked for anew, once. */
export const renewed = (app, bubble) => (event) => {
  if (event.target.dataset.renewed) return;
  event.target.dataset.renewed = "1";
  app.refresh(bubble.id);
};

function thumbnail(part, { app, bubble, widest }) {
  const { width, height } = boxOf(part, widest);
  const box = styled({ width: `${width}px`, aspectRatio: `${width} / ${height}` });
  const name = part.caption || part.name || t(`kind.${part.kind}`);
  const film = part.kind === "video";
  const length = part.duration ? fmt.duration(part.duration) : "";
  const shown = film ? html`<video src="${part.url}#t=0.1" preload="metadata" muted playsinline ${box} tabindex="-1" @error=${renewed(app, bubble)}></video>
    <span class="play">${icon("play")}</span>
    <span class="length">${icon("video")} ${length}</span>`
    : html`<img src=${part.url} alt=${part.caption ? "" : t("kind.image")} ${box} loading="lazy" decoding="async" @error=${renewed(app, bubble)} />`;
  return html`<button type="button" class="picture" aria-label=${t("media.open", { name: film ? `${name}, ${length}` : name })} @click=${() => app.open("lightbox", { bubble: bubble.id, part })}>
    ${shown}
  </button>`;
}

const picture = (part, context) => html`<div class="frame">${thumbnail(part, context)}</div>
  ${part.caption ? words(part.caption, context.end) : html`<div class="over">${context.end()}</div>`}`;

const sticker = (part, { app, bubble, end }) => html`<img class="sticker" src=${part.url} alt=${t("kind.sticker")} width="160" height="160" loading="lazy" @error=${renewed(app, bubble)} />
  <div class="foot">${end()}</div>`;

/** `label.….pdf` rather than `label-of-the-par…`: the end of a name says what it is. */
export function middle(name, most = 34) {
  const all = [...name];
  if (all.length <= most) return name;
  return `${all.slice(0, most - 13).join("")}…${all.slice(-12).join("")}`;
}

const extension = (part) => (/\.([a-z0-9]{1,5})$/i.exec(part.name ?? "")?.[1] ?? part.mime?.split("/").at(-1)?.split(/[.+-]/).at(-1) ?? "").slice(0, 4).toUpperCase();
const COLOURS = { PDF: "red", DOC: "blue", DOCX: "blue", ODT: "blue", TXT: "grey", XLS: "green", XLSX: "green", CSV: "green", ODS: "green", PPT: "orange", PPTX: "orange", ZIP: "grey" };

/** A document as a row; also of the media gallery. */
export function documentRow(part) {
  const kind = extension(part);
  const facts = [kind, part.pages ? n("pages", part.pages) : "", part.size ? fmt.size(part.size) : ""].filter(Boolean).join(" · ");
  return html`<a class="document" href=${part.url} download=${part.name || "file"} title=${part.name ?? ""} rel="noopener">
    <span class="chip ${COLOURS[kind] ?? "grey"}">${kind || icon("file")}</span>
    <span class="about"><bdi>${middle(part.name || t("kind.document"))}</bdi><small>${facts}</small></span>
    ${icon("download")}
  </a>`;
}

const file = (part, { end }) => html`${documentRow(part)}${part.caption ? words(part.caption, end) : html`<div class="foot">${end()}</div>`}`;

const sound = (part, { app, bubble, end }) => html`<xy-voice .part=${part} .app=${app} .bubble=${bubble} .end=${end}></xy-voice>${part.caption ? words(part.caption, () => nothing) : nothing}`;

const FILES = { image: picture, video: picture, sticker, voice: sound, audio: sound, document: file };

function media(part, context) {
  if (part.state && part.state !== "stored") return absent(part, context.end);
  if (!part.url) return absent({ ...part, state: "gone" }, context.end);
  return (FILES[part.kind] ?? file)(part, context);
}

/** One part. `end` makes what stands at the end of the message: its time. */
export function partView(part, context) {
  if (part.type === "text") return words(part.text, context.end);
  if (part.type === "media") return media(part, context);
  return rareView(part, { ...context, media: (one, more) => media(one, { ...context, ...more }) });
}

/** Four or more pictures of one minute, two by two; the rest is a number on the last. */
export function albumView(album, app, end) {
  const hidden = album.length - 4;
  const tile = (bubble, at) => html`<div class="tile">
    ${thumbnail(bubble.parts[0], { app, bubble, widest: 150 })}
    ${at === 3 && hidden > 0 ? html`<span class="rest">+${fmt.number(hidden)}</span>` : nothing}
  </div>`;
  return html`<div class="album" role="group" aria-label=${n("album", album.length)}>${album.slice(0, 4).map(tile)}</div><div class="over">${end()}</div>`;
}
