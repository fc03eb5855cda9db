// What can be done with a message.
import { html, nothing } from "../../shared/vendor/lit.js";
import { t } from "../../shared/core/base.js";
import { copy, icon, openMenu } from "../../shared/kit/kit.js";
import { plain } from "../../shared/core/format.js";

const QUICK = ["👍", "❤️", "😂", "😮", "😢", "🙏"];
const UNSENT = new Set(["waiting", "pending", "failed"]);

/** All its words, without marks. */
export function textOf(bubble) {
  const words = (part) => part.text ?? part.caption ?? part.shown?.body ?? part.rendered ?? part.body ?? part.title ?? part.words ?? part.name;
  return bubble.parts.map((part) => plain(String(words(part) ?? ""))).filter(Boolean).join("\n");
}

/** Save a file under its own name. */
export function download(part) {
  const link = document.createElement("a");
  Object.assign(link, { href: part.url, download: part.name || "file", rel: "noopener" });
  link.click();
}

function reactionBar(app, bubble) {
  const mine = bubble.reactions?.find((one) => one.direction === "out")?.emoji;
  const one = (emoji, close) => html`<button type="button" aria-label=${t("react.with", { emoji })} aria-pressed=${String(mine === emoji)} @click=${() => {
    close();
    app.outbox.react(bubble, emoji);
  }}>${emoji}</button>`;
  return (close) => html`<div class="reaction-bar" role="group" aria-label=${t("react")}>${QUICK.map((emoji) => one(emoji, close))}
    <button type="button" aria-label=${t("react.more")} @click=${() => {
      close();
      more(app, bubble);
    }}>${icon("emoji")}</button></div>`;
}

/** All emoji, in the popover that the composer has too. */
async function more(app, bubble) {
  const anchor = document.querySelector(`li[data-key="${CSS.escape(bubble.id)}"] .bubble`) ?? document.activeElement;
  const { openEmoji } = await import("../composer/emoji.js");
  openEmoji(anchor, (emoji) => app.outbox.react(bubble, emoji));
}

export function openBubbleMenu(app, bubble, anchor) {
  const { me, window, quote } = app.state;
  const act = me.value.may_act && Boolean(app.outbox);
  const settled = !UNSENT.has(bubble.status) && !bubble.deleted;
  const file = bubble.parts.find((part) => part.type === "media" && part.url);
  const text = bubble.deleted ? "" : textOf(bubble);
  const open = window.value?.open !== false;
  const unsent = bubble.status === "waiting" || (bubble.status === "failed" && bubble.id.startsWith("key:"));
  const items = [
    act && settled && open && { symbol: "reply", label: t("reply"), run: () => (quote.value = bubble) },
    text && { symbol: "copy", label: t("copy"), run: () => copy(text) },
    file && { symbol: "download", label: t("download"), run: () => download(file) },
    text && app.host.inside && { symbol: "box", label: t("into_box"), run: () => app.host.insert(text) },
    bubble.status === "failed" && act && bubble.failure?.next === "retry" && { symbol: "retry", label: t("retry"), run: () => app.outbox.retry(bubble.id) },
    act && unsent && { symbol: "trash", label: t("take_back"), danger: true, run: () => app.outbox.discard(bubble.id) },
    !bubble.id.startsWith("key:") && { symbol: "info", label: t("info"), run: () => app.open("info", { bubble }) },
  ];
  const head = act && settled && open ? reactionBar(app, bubble) : nothing;
  openMenu(anchor, items, { label: t("actions"), head });
}
