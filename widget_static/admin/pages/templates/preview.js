// What the customer will see, on WhatsApp's wall; the examples stand for what will be filled in.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { n, t } from "../../../shared/core/base.js";
import { formatted } from "../../../shared/core/format.js";
import { icon } from "../../../shared/kit/kit.js";
import { exampled, fromComponents } from "../../../shared/templates/model.js";
import { readCode } from "./code.js";

const SIGNS = { quick_reply: "reply", url: "open", phone_number: "call", copy_code: "copy", otp: "copy", flow: "form" };
const FILES = { image: "image", video: "video", gif: "video", document: "document", location: "pin" };
const CODE = "123456";

/** `file`: what was chosen a moment ago, which lies here. */
function held(kind, file) {
  const label = t(`template.header.${kind === "gif" ? "video" : kind}`);
  if (file?.url && kind === "image") return html`<img class="held" src=${file.url} alt=${label} />`;
  if (file?.url && kind === "video") return html`<video class="held" src=${file.url} muted playsinline preload="metadata" aria-label=${label}></video>`;
  return html`<div class="held" role="img" aria-label=${label}>${icon(FILES[kind])}${file?.name ? html`<bdi>${file.name}</bdi>` : nothing}</div>`;
}

function top(header, file) {
  if (!header) return nothing;
  if (FILES[header.kind]) return held(header.kind, file);
  return header.text ? html`<p class="title" dir="auto">${exampled(header)}</p>` : nothing;
}

const offers = (buttons) => html`<ul class="offers">${buttons.map((one) => html`<li>${icon(SIGNS[one.kind] ?? "reply")}<span dir="auto">${one.text || (one.kind === "copy_code" ? t("template.button.copy_code") : "…")}</span></li>`)}</ul>`;

const said = ({ header, body, footer, buttons = [] }, file) => html`${top(header, file)}
  ${body?.text ? html`<div class="words" dir="auto">${formatted(exampled(body))}</div>` : nothing}
  ${footer ? html`<p class="footer" dir="auto">${footer}</p>` : nothing}
  ${buttons.length ? offers(buttons) : nothing}`;

/** A code's words are Meta's, in the template's language; here they stand in the reader's. */
function coded(template) {
  const code = readCode(template);
  const sentences = [t("template.code.says", { code: `*${CODE}*` }), code["otp.security"] && t("template.code.says.security")].filter(Boolean);
  const minutes = code["otp.minutes"];
  const tap = code["otp.kind"] === "ONE_TAP";
  const words = tap ? code["otp.autofill"] || t("template.code.autofill") : code["otp.text"] || t("template.code.copy");
  return {
    header: null, body: { text: sentences.join(" "), variables: [] }, buttons: [{ kind: tap ? "url" : "otp", text: words }],
    footer: minutes === null ? null : n("template.code.says.minutes", minutes),
  };
}

/** `template` as the vendor documents it; `files`: those that were chosen here, `{header, cards}`. A carousel's cards stand beside each other. */
export function preview(template, files = {}) {
  const code = template.category === "AUTHENTICATION";
  const shown = code ? coded(template) : fromComponents(template);
  return html`<figure class="phone">
    <figcaption>${t("template.preview")}</figcaption>
    <div class="said">${said(shown, files.header)}</div>
    ${shown.cards?.length ? html`<ul class="cards-row" tabindex="0" aria-label=${t("template.cards")}>${shown.cards.map((one, at) => html`<li class="said">${said(one, files.cards?.[at])}</li>`)}</ul>` : nothing}
    ${code ? html`<p class="help">${t("template.code.language")}</p>` : nothing}
  </figure>`;
}
