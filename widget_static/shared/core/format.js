// WhatsApp's marks in a text: to a tree of plain objects, and from that to Lit's nodes. Never to HTML as text.
import { html, nothing } from "../vendor/lit.js";

const MARKS = { "*": "b", _: "i", "~": "s" };
const WORD = /[\p{L}\p{N}]/u;
const LINK = /(?:https?:\/\/|www\.)[^\s<>"']+|mailto:[^\s<>"']+|tel:\+?[\d-]+|[\w.+-]+@[\w-]+\.[\w.-]+\w/giy;
const SCHEMES = new Set(["http:", "https:", "mailto:", "tel:"]);

/** An address that may be followed, or null. */
export function safe(text) {
  try {
    const url = new URL(/^www\./i.test(text) ? `https://${text}` : text);
    return SCHEMES.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** A full stop behind an address is not a part of it, nor is a bracket that it did not open. */
function trimmed(found) {
  let text = found;
  for (;;) {
    const last = text.at(-1);
    const open = { ")": "(", "]": "[", "}": "{" }[last];
    const stray = open && text.split(open).length < text.split(last).length;
    if (!/[.,;:!?*_~]/.test(last) && !stray) return text;
    text = text.slice(0, -1);
  }
}

function linkAt(text, at) {
  if (at > 0 && WORD.test(text[at - 1])) return null;
  LINK.lastIndex = at;
  const found = LINK.exec(text)?.[0];
  if (!found) return null;
  const shown = trimmed(found);
  const mail = !/^(?:https?:|www\.|mailto:|tel:)/i.test(shown);
  const href = safe(mail ? `mailto:${shown}` : shown);
  return href && { type: "link", href, text: shown };
}

/** Where the mark at `at` is closed: with words right behind it and right before its end, all on one line. */
function closing(text, at) {
  const mark = text[at];
  const before = text[at - 1];
  if (before && WORD.test(before)) return -1;
  if (!text[at + 1] || /\s/.test(text[at + 1]) || text[at + 1] === mark) return -1;
  for (let end = at + 2; end < text.length && text[end] !== "\n"; end += 1) {
    const after = text[end + 1];
    if (text[end] === mark && !/\s/.test(text[end - 1]) && !(after && WORD.test(after))) return end;
  }
  return -1;
}

/** One piece of a line: `[node, where it ends]`, or null where there is only a character. */
function piece(text, at) {
  const mark = text[at];
  if (mark === "`") {
    const end = text.indexOf("`", at + 1);
    return end > at + 1 && !text.slice(at, end).includes("\n") ? [{ type: "code", text: text.slice(at + 1, end) }, end + 1] : null;
  }
  if (mark in MARKS) {
    const end = closing(text, at);
    return end < 0 ? null : [{ type: MARKS[mark], nodes: inline(text.slice(at + 1, end)) }, end + 1];
  }
  const link = linkAt(text, at);
  return link && [link, at + link.text.length];
}

export function inline(text) {
  const nodes = [];
  let plain = "";
  for (let at = 0; at < text.length; ) {
    const found = piece(text, at);
    if (found) {
      if (plain) nodes.push(plain);
      plain = "";
      nodes.push(found[0]);
      at = found[1];
    } else {
      plain += text[at];
      at += 1;
    }
  }
  if (plain) nodes.push(plain);
  return nodes;
}

const KINDS = [
  ["quote", /^> ?(.*)$/],
  ["ul", /^[*-] (.+)$/],
  ["ol", /^(\d{1,3})\. (.+)$/],
];

/** Blocks: `{type: "text"|"pre"|"quote"|"ul"|"ol", …}`. */
export function parse(text) {
  return text.split(/```([\s\S]+?)```/).flatMap((part, at, all) => {
    if (at % 2) return [{ type: "pre", text: part.replace(/^\n|\n$/g, "") }];
    // A block stands on lines of its own: the breaks beside it are not another line.
    return lines(part.replace(at ? /^\n/ : "", "").replace(at < all.length - 1 ? /\n$/ : "", ""));
  });
}

function lines(text) {
  const blocks = [];
  for (const line of text.split("\n")) {
    const [type, found] = KINDS.map(([kind, pattern]) => [kind, pattern.exec(line)]).find(([, match]) => match) ?? ["text", null];
    const item = type === "text" ? line : found.at(-1);
    const last = blocks.at(-1);
    if (last?.type === type) last.items.push(item);
    else blocks.push({ type, items: [item], start: type === "ol" ? Number(found[1]) : undefined });
  }
  return blocks.filter((block) => block.type !== "text" || block.items.some((line) => line !== "")).map(finished);
}

function finished({ type, items, start }) {
  if (type === "text") return { type, nodes: inline(items.join("\n")) };
  if (type === "quote") return { type, nodes: inline(items.join("\n")) };
  return { type, items: items.map(inline), start };
}

/** Whatever may mean more than itself; most messages have none of it. */
const MARKED = /[*_~`@]|^(?:>|- |\d+\. )|:\/\/|www\.|tel:|mailto:/im;

const TAGS = {
  b: (inside) => html`<b>${inside}</b>`,
  i: (inside) => html`<i>${inside}</i>`,
  s: (inside) => html`<s>${inside}</s>`,
};

function node(one) {
  if (typeof one === "string") return one;
  if (one.type === "code") return html`<code>${one.text}</code>`;
  if (one.type === "link") return html`<a href=${one.href} target="_blank" rel="noopener noreferrer">${one.text}</a>`;
  return TAGS[one.type](one.nodes.map(node));
}

function block(one) {
  if (one.type === "pre") return html`<pre>${one.text}</pre>`;
  if (one.type === "quote") return html`<blockquote>${one.nodes.map(node)}</blockquote>`;
  if (one.type === "ul") return html`<ul>${one.items.map((item) => html`<li>${item.map(node)}</li>`)}</ul>`;
  if (one.type === "ol") return html`<ol start=${one.start}>${one.items.map((item) => html`<li>${item.map(node)}</li>`)}</ol>`;
  return html`<span>${one.nodes.map(node)}</span>`;
}

/** A text as it is read. */
export function formatted(text) {
  if (!text) return nothing;
  return MARKED.test(text) ? parse(text).map(block) : html`<span>${text}</span>`;
}

/** A text without its marks, for quotes and lists. */
export function plain(text) {
  const words = (one) => (typeof one === "string" ? one : (one.text ?? one.nodes.map(words).join("")));
  return parse(text ?? "").map((one) => one.text ?? (one.nodes ?? one.items.flat()).map(words).join("")).join(" ");
}

const LETTERS = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const LONGEST_EMOJI = 60;
const EMOJI = /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|[#*0-9]\uFE0F?\u20E3)/u;

/** How many emoji a text is, if it is nothing else and no more than three; otherwise 0. */
export function emojiOnly(text) {
  const trimmed = text.trim();
  if (trimmed.length > LONGEST_EMOJI || !EMOJI.test(trimmed)) return 0;
  const all = [...LETTERS.segment(trimmed)].map((one) => one.segment);
  return all.length <= 3 && all.every((one) => EMOJI.test(one)) ? all.length : 0;
}
