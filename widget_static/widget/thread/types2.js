// The rarer kinds: places, people, questions and their answers, templates, orders, forms, what led here, and what has no word yet.
import { html, nothing, svg } from "../../shared/vendor/lit.js";
import { fmt, n, t } from "../../shared/core/base.js";
import { copy, icon, iconButton } from "../../shared/kit/kit.js";
import { formatted, safe } from "../../shared/core/format.js";

const foot = (end) => html`<div class="foot">${end()}</div>`;

/** A drawn map: no tiles, so nobody else learns where the customer is. */
const map = () => html`<svg class="map" viewBox="0 0 250 110" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
  ${svg`<path class="land" d="M0 0h250v110H0Z"/><path class="park" d="M150 0h50l-14 44-44-10Z"/><path class="water" d="M0 86c40-12 70 6 110 0s70-22 140-14v38H0Z"/>
  <path class="street" d="M-5 18 255 96M60-5 92 115M172-5 150 115M-5 72 255 40"/>
  <path class="pin" d="M125 68s-14-17-14-27a14 14 0 0 1 28 0c0 10-14 27-14 27Z"/><circle class="hole" cx="125" cy="41" r="5"/>`}
</svg>`;

const mapsOf = (part) => safe(part.url ?? "") ?? `https://www.openstreetmap.org/?mlat=${part.latitude}&mlon=${part.longitude}#map=16/${part.latitude}/${part.longitude}`;

export function placeCard(part, app) {
  const place = `${Number(part.latitude).toFixed(4)}, ${Number(part.longitude).toFixed(4)}`;
  return html`<div class="place">
    ${map()}
    <div class="about">
      ${part.name ? html`<strong dir="auto">${part.name}</strong>` : nothing}
      <small dir="auto">${[part.address, place].filter(Boolean).join(" · ")}</small>
    </div>
    <div class="row-actions">
      <button type="button" class="text-button" @click=${() => app.host.openWindow(mapsOf(part))}>${icon("open")} ${t("place.open")}</button>
      ${iconButton("copy", t("place.copy"), () => copy(place))}
    </div>
  </div>`;
}

const location = (part, { app, end }) => html`${placeCard(part, app)}${foot(end)}`;

function contact(part, { end }) {
  const facts = [
    ...part.phones.map((phone) => ["call", phone.number, `tel:${phone.number.replace(/[^\d+]/g, "")}`]),
    ...part.emails.map((mail) => ["send", mail, `mailto:${mail}`]),
    ...part.urls.map((url) => ["link", url, url]),
    ...part.addresses.map((line) => ["pin", line, null]),
    ...(part.birthday ? [["star", part.birthday, null]] : []),
  ];
  const fact = ([symbol, words, href]) => {
    const to = href && safe(href);
    return html`<li>${icon(symbol)} ${to ? html`<a href=${to} target="_blank" rel="noopener noreferrer">${words}</a>` : html`<bdi>${words}</bdi>`}${iconButton("copy", t("copy"), () => copy(words))}</li>`;
  };
  const about = [part.title, part.company].filter(Boolean).join(", ");
  return html`<div class="card contact">
    <div class="card-head"><span class="avatar">${icon("person")}</span><span class="about"><strong dir="auto">${part.name}</strong><small dir="auto">${about || part.phones[0]?.number || ""}</small></span></div>
    ${facts.length ? html`<details><summary>${t("contact.details")}</summary><ul>${facts.map(fact)}</ul></details>` : nothing}
  </div>${foot(end)}`;
}

const option = (one, symbol) => html`<li class="offer">${icon(one.url ? "open" : symbol)}<span dir="auto">${one.title}</span></li>`;

/** As the customer sees them: the buttons do nothing here. */
function choices(part, context) {
  const { end, media } = context;
  const rows = html`<details class="choice-list"><summary>${icon("list")} ${part.button || t("choices.open")}</summary>
    <ul>${part.options.map((one) => html`<li><span dir="auto">${one.title}</span>${one.description ? html`<small dir="auto">${one.description}</small>` : nothing}</li>`)}</ul></details>`;
  return html`${part.media ? media(part.media, { end: () => nothing }) : nothing}
    ${part.header ? html`<div class="words title" dir="auto">${part.header}</div>` : nothing}
    <div class="words" dir="auto">${formatted(part.body)}${part.footer ? nothing : end()}</div>
    ${part.footer ? html`<div class="words footer" dir="auto">${part.footer}${end()}</div>` : nothing}
    ${part.kind === "list" ? rows : html`<ul class="offers">${part.options.map((one) => option(one, "reply"))}</ul>`}`;
}

const choice = (part, { end }) => html`<div class="words chosen" dir="auto"><span class="tick">${icon("check")}</span><span>${part.title}${part.description ? html`<small>${part.description}</small>` : nothing}</span>${end()}</div>`;

const SIGNS = { quick_reply: "reply", url: "open", phone_number: "call", call: "call", copy_code: "copy", otp: "copy", flow: "form" };

/** With its values, as it stands on the customer's phone. */
function template(part, context) {
  const { end, media } = context;
  const shown = part.shown ?? {};
  const file = part.header?.find((one) => one.media)?.media ?? shown.header?.media;
  const place = part.header?.find((one) => one.location)?.location;
  const header = typeof shown.header === "string" ? shown.header : shown.header?.text;
  const body = shown.body || part.rendered || t("template.named", { name: part.name });
  return html`${file ? media(file, { end: () => nothing }) : nothing}${place ? placeCard(place, context.app) : nothing}
    ${header ? html`<div class="words title" dir="auto">${header}</div>` : nothing}
    <div class="words" dir="auto">${formatted(body)}${shown.footer ? nothing : end()}</div>
    ${shown.footer ? html`<div class="words footer" dir="auto">${shown.footer}${end()}</div>` : nothing}
    ${shown.buttons?.length ? html`<ul class="offers">${shown.buttons.map((one) => option({ title: one.text }, SIGNS[String(one.kind).toLowerCase()] ?? "reply"))}</ul>` : nothing}`;
}

function money(value, currency) {
  try {
    return fmt.number(value, { style: "currency", currency });
  } catch {
    return `${fmt.number(value)} ${currency}`;
  }
}

function order(part, { end }) {
  const priced = part.items.filter((item) => item.price !== null && item.price !== undefined);
  const currencies = new Set(priced.map((item) => item.currency));
  const sum = priced.reduce((total, item) => total + item.price * item.quantity, 0);
  const line = (item) => html`<li><span>${fmt.number(item.quantity)} × <bdi>${item.product}</bdi></span>${item.price != null ? html`<span>${money(item.price * item.quantity, item.currency)}</span>` : nothing}</li>`;
  return html`<div class="card">
    <div class="card-head"><span class="avatar">${icon("cart")}</span><span class="about"><strong>${t("order")}</strong><small>${n("order.items", part.items.length)}${priced.length && currencies.size === 1 ? ` · ${money(sum, [...currencies][0])}` : ""}</small></span></div>
    <details><summary>${t("details")}</summary><ul class="bill">${part.items.map(line)}</ul></details>
  </div>${part.note ? html`<div class="words" dir="auto">${formatted(part.note)}${end()}</div>` : foot(end)}`;
}

function referral(part, { app, end }) {
  const href = safe(part.url ?? "");
  return html`<div class="card">
    <div class="card-head"><span class="avatar">${icon("megaphone")}</span><span class="about"><small>${t(part.kind === "post" ? "referral.post" : "referral.ad")}</small><strong dir="auto">${part.headline || part.url || part.id || ""}</strong></span></div>
    ${part.body ? html`<p class="card-words" dir="auto">${part.body}</p>` : nothing}
    ${href ? html`<div class="row-actions"><button type="button" class="text-button" @click=${() => app.host.openWindow(href)}>${icon("open")} ${t("referral.open")}</button></div>` : nothing}
    ${part.greeting ? html`<p class="card-words"><q dir="auto">${part.greeting}</q></p>` : nothing}
  </div>${foot(end)}`;
}

const flat = (value) => (value !== null && typeof value === "object" ? JSON.stringify(value) : String(value));

function form(part, { end }) {
  const answers = Object.entries(part.answers ?? {});
  const line = ([name, value]) => html`<dt dir="auto">${name}</dt><dd dir="auto">${flat(value)}</dd>`;
  const inside = answers.length ? html`<dl>${answers.map(line)}</dl>` : part.unread ? html`<pre>${part.unread}</pre>` : nothing;
  return html`<div class="card">
    <div class="card-head"><span class="avatar">${icon("form")}</span><span class="about"><strong dir="auto">${part.name}</strong><small>${part.summary || t("form.filled")}</small></span></div>
    ${inside === nothing ? nothing : html`<details><summary>${t("details")}</summary>${inside}</details>`}
  </div>${foot(end)}`;
}

const notice = (part, { end }) => html`<div class="opaque">${icon("info")} <span dir="auto">${part.words || part.code}</span></div>${foot(end)}`;
const request = (part, { end }) => html`<div class="words" dir="auto">${formatted(part.body)}${end()}</div><ul class="offers">${option({ title: t("place.request") }, "pin")}</ul>`;
const opaque = (part, { end }) => html`<div class="opaque">${icon("alert")} <span>${t("unsupported", { name: part.label ?? part.type })}</span></div>${foot(end)}`;

const KINDS = { location, contact, choices, choice, template, order, referral, form, notice, location_request: request };

export const rareView = (part, context) => (KINDS[part.type] ?? opaque)(part, context);
