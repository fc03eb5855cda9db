// One message as WhatsApp shows it: who, what, when, how far it got, and what was felt about it.
import { LitElement, html, nothing } from "../../shared/vendor/lit.js";
import { fmt, n, t } from "../../shared/core/base.js";
import { icon } from "../../shared/kit/kit.js";
import { emojiOnly } from "../../shared/core/format.js";
import { isNotice } from "./group.js";
import { albumView, partView } from "./types.js";

const ONE = "M1.5 5.8 4.8 9.3 11.5 1.5";
const TWO = `M6.8 7.6 8.3 9.3 15 1.5${ONE}`;
const SIGNS = {
  waiting: "M4 1.5h8M4 10.5h8M5 1.5c0 4 6 5 6 9M11 1.5c0 4-6 5-6 9",
  pending: "M8 10.8a4.8 4.8 0 1 0 0-9.6 4.8 4.8 0 0 0 0 9.6M8 3.5v2.7l1.8 1",
  sent: ONE,
  delivered: TWO,
  read: TWO,
  played: TWO,
  failed: "M8 10.8a4.8 4.8 0 1 0 0-9.6 4.8 4.8 0 0 0 0 9.6M8 3.5v3M8 8.5v.1",
  unknown: "M5.8 4a2.2 2.2 0 1 1 3.2 2q-1 .5-1 1.5M8 9.8v.1",
};

/** How far a message of ours got: a sign, and always a word for it. */
export const ticks = (status) => html`<svg class="ticks ${status}" viewBox="0 0 16 12" role="img" aria-label=${t(`status.${status}`)}><path d=${SIGNS[status] ?? SIGNS.unknown} /></svg>`;

const meta = (bubble) => html`<span class="meta"> ${bubble.edited ? html`<i>${t("edited")}</i>` : nothing}<time datetime=${bubble.at} title=${fmt.stamp(bubble.at)}>${fmt.time(bubble.at)}</time>${bubble.status ? ticks(bubble.status) : nothing}</span>`;

/** Who a message is from, in a word. */
export function authorOf(direction, author, customer) {
  if (direction === "in") return author?.name || customer || t("customer");
  return author?.name || (author?.kind === "bot" ? t("bot") : t("agent"));
}

const author = (bubble) => html`<div class="author">
  <bdi>${authorOf(bubble.direction, bubble.author)}</bdi>
  ${bubble.author?.kind === "bot" && bubble.author.name ? html`<span class="badge bot">${t("bot")}</span>` : nothing}
</div>`;

function quote(bubble, app) {
  const { id, direction, author: by, kind, text, image } = bubble.quote;
  const known = Boolean(id);
  const words = text || (kind ? t(`kind.${kind}`) : t("quote.gone"));
  return html`<button type="button" class="quote ${direction}" ?disabled=${!known} @click=${() => app.jump(id)} title=${known ? t("quote.jump") : t("quote.gone")}>
    <span class="quoted">
      <bdi class="who">${direction ? authorOf(direction, by, app.state.conversation.value.name) : ""}</bdi>
      <span class="what" dir="auto">${known ? words : t("quote.gone")}</span>
    </span>
    ${image ? html`<img src=${image} alt="" width="48" height="48" loading="lazy" />` : nothing}
  </button>`;
}

function reactions(bubble, app) {
  const counted = new Map();
  for (const one of bubble.reactions) counted.set(one.emoji, (counted.get(one.emoji) ?? 0) + 1);
  const who = bubble.reactions.map((one) => `${one.emoji} ${authorOf(one.direction, one.author, app.state.conversation.value.name)}`).join(", ");
  const total = bubble.reactions.length;
  return html`<div class="reactions" role="img" title=${who} aria-label="${n("reactions", total)}: ${who}">
    ${[...counted.keys()].map((emoji) => html`<span>${emoji}</span>`)}${total > 1 ? html`<small>${fmt.number(total)}</small>` : nothing}
  </div>`;
}

function failure(bubble, app) {
  const { words, code, next } = bubble.failure ?? {};
  const act = app.state.me.value.may_act;
  const again = next === "retry" && act ? html`<button type="button" class="text-button" @click=${() => app.outbox?.retry(bubble.id)}>${icon("retry")} ${t("retry")}</button>` : nothing;
  const template = next === "template" && act ? html`<button type="button" class="text-button" @click=${() => app.open("templates", { about: bubble })}>${icon("template")} ${t("use_template")}</button>` : nothing;
  return html`<div class="failure">
    <p dir="auto">${words || t("failed.unknown")}</p>
    ${again}${template}
    ${code ? html`<details><summary>${t("details")}</summary>${t("failed.code", { code })}</details>` : nothing}
  </div>`;
}

const deleted = (bubble) => html`<div class="words gone">${icon("trash")} <i>${t("deleted")}</i>${meta(bubble)}</div>`;

/** What is said, and at the end of it the time: in the last line where there is room. */
function body(bubble, app) {
  if (bubble.deleted) return deleted(bubble);
  const last = bubble.parts.length - 1;
  return bubble.parts.map((part, at) => partView(part, { bubble, app, end: at === last ? () => meta(bubble) : () => nothing }));
}

const bare = (bubble) => !bubble.deleted && !bubble.quote && bubble.parts.length === 1 && bubble.parts[0].type === "media" && bubble.parts[0].kind === "sticker";
const large = (bubble) => (!bubble.deleted && !bubble.quote && bubble.parts.length === 1 && bubble.parts[0].type === "text" ? emojiOnly(bubble.parts[0].text) : 0);
const framed = (bubble, album) => !bubble.deleted && (album || ["media", "template", "location", "choices"].includes(bubble.parts[0]?.type));

export class XyBubble extends LitElement {
  static properties = { row: { attribute: false }, app: { attribute: false } };

  createRenderRoot() {
    return this;
  }

  render() {
    const { bubble, first, album } = this.row;
    if (isNotice(bubble) && !bubble.deleted) return this.notice(bubble);
    const bot = bubble.direction === "out" && bubble.author?.kind === "bot";
    const classes = [
      "bubble", bubble.direction, first && "first", bot && "bot", bare(bubble) && "bare", large(bubble) && "emoji",
      bubble.status === "failed" && "failed", framed(bubble, album) && "framed", bubble.id.startsWith("key:") && "pending",
    ];
    const inside = album ? albumView(album, this.app, () => meta(bubble)) : body(bubble, this.app);
    // No spaces between the parts: each would be a node of every message.
    return html`<article class=${classes.filter(Boolean).join(" ")} tabindex="-1" aria-label=${this.label(bubble)}>${this.head(bubble, first)}${inside}${this.tail(bubble)}<button type="button" class="more" tabindex="-1" aria-label=${t("actions")} title=${t("actions")}></button></article>`;
  }

  head(bubble, first) {
    const shown = [];
    if (first && bubble.direction === "out") shown.push(author(bubble));
    if (bubble.forwarded) shown.push(html`<div class="forwarded">${icon("forward")} <i>${t(`forwarded.${bubble.forwarded}`)}</i></div>`);
    if (bubble.quote && !bubble.deleted) shown.push(quote(bubble, this.app));
    return shown.length ? shown : nothing;
  }

  tail(bubble) {
    const shown = [];
    if (bubble.status === "failed") shown.push(failure(bubble, this.app));
    if (bubble.reactions?.length && !bubble.deleted) shown.push(reactions(bubble, this.app));
    return shown.length ? shown : nothing;
  }

  notice(bubble) {
    const words = bubble.parts.map((part) => part.words || part.code).join(" · ");
    return html`<p class="notice" title=${fmt.stamp(bubble.at)}>${icon("info")} <span dir="auto">${words}</span>&nbsp;<time datetime=${bubble.at}>${fmt.time(bubble.at)}</time></p>`;
  }

  label(bubble) {
    const who = authorOf(bubble.direction, bubble.author, this.app.state.conversation.value.name);
    const status = bubble.status ? `, ${t(`status.${bubble.status}`)}` : "";
    return `${who}, ${fmt.day(bubble.at, this.app.state.now())} ${fmt.time(bubble.at)}${status}`;
  }
}

customElements.define("xy-bubble", XyBubble);
