// A small set of emoji, searched by words of the reader's language; all by keyboard.
import { html } from "../../shared/vendor/lit.js";
import { loadWords, t } from "../../shared/core/base.js";
import { openPopover } from "../../shared/kit/kit.js";

/** The words of a group are one text of the catalogue: `😀 happy smile|😂 laugh tears|…`. */
const GROUPS = ["faces", "hands", "hearts", "things"];
const COLUMNS = 8;

const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** `[{sign, words}]` of a group's text. */
export const read = (text) => text.split("|").map((one) => {
  const [sign, ...words] = one.trim().split(" ");
  return { sign, words: words.join(" ") };
});

/** Those for which every word of the search begins one of theirs. */
export function matching(emoji, search) {
  const wanted = fold(search).split(/\s+/).filter(Boolean);
  return emoji.filter(({ words }) => {
    const known = fold(words).split(/\s+/);
    return wanted.every((word) => known.some((one) => one.startsWith(word)));
  });
}

const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -COLUMNS, ArrowDown: COLUMNS };

/** Up and down go by rows; out of the first row, back into the search. */
function move(event) {
  const all = [...event.currentTarget.querySelectorAll(".emoji-grid button")];
  const at = all.indexOf(document.activeElement);
  let step = STEPS[event.key];
  if (step === undefined || (at < 0 && event.key !== "ArrowDown")) return;
  event.preventDefault();
  if (Math.abs(step) === 1 && document.documentElement.dir === "rtl") step = -step;
  const to = at < 0 ? 0 : at + step;
  (to < 0 ? event.currentTarget.querySelector("input") : (all[to] ?? all.at(-1)))?.focus();
}

/** `pick(emoji)` once; Esc closes, and the focus is back where it was. */
export async function openEmoji(anchor, pick) {
  await loadWords(null, "compose");
  let search = "";
  const choose = (sign, close) => {
    close();
    pick(sign);
  };
  const grid = (emoji, close) => html`<div class="emoji-grid">
    ${emoji.map(({ sign, words }) => html`<button type="button" aria-label="${sign} ${words}" title=${words} @click=${() => choose(sign, close)}>${sign}</button>`)}
  </div>`;
  const group = (name, close) => {
    const found = matching(read(t(`emoji.${name}`)), search);
    return found.length ? html`<section aria-label=${t(`emoji.group.${name}`)}><p aria-hidden="true">${t(`emoji.group.${name}`)}</p>${grid(found, close)}</section>` : null;
  };
  const first = (event, close) => {
    const [found] = event.target.closest(".popover").querySelectorAll(".emoji-grid button");
    if (event.key !== "Enter" || !found) return;
    event.preventDefault();
    choose(found.textContent, close);
  };
  const content = (close) => {
    const groups = GROUPS.map((name) => group(name, close)).filter(Boolean);
    return html`<div class="emoji" @keydown=${move}>
      <input type="search" aria-label=${t("emoji.search")} placeholder=${t("emoji.search")} .value=${search} @input=${(event) => seek(event.target.value)} @keydown=${(event) => first(event, close)} />
      <div class="emoji-groups" tabindex="-1">${groups.length ? groups : html`<p class="help">${t("emoji.none")}</p>`}</div>
    </div>`;
  };
  const opened = openPopover(anchor, content, { kind: "emoji-popover", role: "dialog", label: t("compose.emoji") });
  const seek = (words) => {
    search = words;
    opened.update();
  };
  opened.popover.querySelector("input").focus();
  return opened;
}
