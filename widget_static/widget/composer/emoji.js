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

class Emoji {
  #search = "";

  constructor(anchor, pick) {
    this.pick = pick;
    const about = { kind: "emoji-popover", role: "dialog", label: t("compose.emoji") };
    this.opened = openPopover(anchor, (close) => this.#view(close), about);
    this.opened.popover.querySelector("input").focus();
  }

  #view(close) {
    const groups = GROUPS.map((name) => this.#group(name, close)).filter(Boolean);
    return html`<div class="emoji" @keydown=${move}>
      <input
        type="search"
        aria-label=${t("emoji.search")}
        placeholder=${t("emoji.search")}
        .value=${this.#search}
        @input=${(event) => this.#seek(event.target.value)}
        @keydown=${(event) => this.#first(event, close)}
      />
      <div class="emoji-groups" tabindex="-1">${groups.length ? groups : html`<p class="help">${t("emoji.none")}</p>`}</div>
    </div>`;
  }

  #group(name, close) {
    const found = matching(read(t(`emoji.${name}`)), this.#search);
    const title = t(`emoji.group.${name}`);
    if (!found.length) return null;
    return html`<section aria-label=${title}>
      <p aria-hidden="true">${title}</p>
      <div class="emoji-grid">${found.map((one) => this.#one(one, close))}</div>
    </section>`;
  }

  #one({ sign, words }, close) {
    return html`<button type="button" aria-label="${sign} ${words}" title=${words} @click=${() => this.#choose(sign, close)}>${sign}</button>`;
  }

  #seek(words) {
    this.#search = words;
    this.opened.update();
  }

  /** Enter in the search takes the first that was found. */
  #first(event, close) {
    const found = this.opened.popover.querySelector(".emoji-grid button");
    if (event.key !== "Enter" || !found) return;
    event.preventDefault();
    this.#choose(found.textContent, close);
  }

  #choose(sign, close) {
    close();
    this.pick(sign);
  }
}

/** `pick(emoji)` once; Esc closes, and the focus is back where it was. */
export async function openEmoji(anchor, pick) {
  await loadWords(null, "compose");
  return new Emoji(anchor, pick);
}
