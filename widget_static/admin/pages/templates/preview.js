// What the customer will see, on WhatsApp's wall; the examples stand for what will be filled in.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { t } from "../../../shared/core/base.js";
import { formatted } from "../../../shared/core/format.js";
import { icon } from "../../../shared/kit/kit.js";
import { exampled } from "../../../shared/templates/model.js";

const SIGNS = { quick_reply: "reply", url: "open", phone_number: "call", copy_code: "copy", otp: "copy", flow: "form" };
const FILES = { image: "image", video: "video", gif: "video", document: "document", location: "pin" };

function top(header) {
  if (!header) return nothing;
  if (FILES[header.kind]) return html`<div class="held" role="img" aria-label=${t(`template.header.${header.kind === "gif" ? "video" : header.kind}`)}>${icon(FILES[header.kind])}</div>`;
  return header.text ? html`<p class="title" dir="auto">${exampled(header)}</p>` : nothing;
}

const offers = (buttons) => html`<ul class="offers">${buttons.map((one) => html`<li>${icon(SIGNS[one.kind] ?? "reply")}<span dir="auto">${one.text || (one.kind === "copy_code" ? t("template.button.copy_code") : "…")}</span></li>`)}</ul>`;

const said = ({ header, body, footer, buttons = [] }) => html`${top(header)}
  ${body?.text ? html`<div class="words" dir="auto">${formatted(exampled(body))}</div>` : nothing}
  ${footer ? html`<p class="footer" dir="auto">${footer}</p>` : nothing}
  ${buttons.length ? offers(buttons) : nothing}`;

/** `template`: in the shape of shared/templates/model.js. A carousel's cards stand beside each other. */
export const preview = (template) => html`<figure class="phone">
  <figcaption>${t("template.preview")}</figcaption>
  <div class="said">${said(template)}</div>
  ${template.cards?.length ? html`<ul class="cards-row" tabindex="0" aria-label=${t("template.cards")}>${template.cards.map((one) => html`<li class="said">${said(one)}</li>`)}</ul>` : nothing}
</figure>`;
