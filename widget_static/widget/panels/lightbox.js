// A picture or film over the whole panel: through all of them by keyboard, nearer, and saved.
import { html, nothing } from "../../shared/vendor/lit.js";
import { fmt, t } from "../../shared/core/base.js";
import { iconButton, openDialog, styled } from "../../shared/kit/kit.js";
import { authorOf } from "../thread/bubble.js";
import { formatted } from "../../shared/core/format.js";
import { download } from "../thread/menu.js";

const SHOWN = new Set(["image", "video"]);
const NEARER = [1, 2, 4];

/** All that are loaded, oldest first; from the gallery, what it has. */
function slides(app) {
  const of = (bubble) => bubble.parts.filter((part) => part.type === "media" && SHOWN.has(part.kind) && part.url && part.state === "stored").map((part) => ({ part, bubble }));
  return app.state.bubbles.value.list.filter((bubble) => !bubble.deleted).flatMap(of);
}

/** `args`: `{bubble: id, part}`, and from the gallery `items` of `{id, at, direction, part}`, newest first. */
export function open(app, { bubble, part, items }) {
  const all = items ? items.toReversed().map((one) => ({ part: one.part, bubble: one })) : slides(app);
  let at = Math.max(0, all.findIndex((one) => one.bubble.id === bubble && one.part.url === part.url));
  if (!all.length) all.push({ part, bubble: { id: bubble, at: app.state.now() } });
  let nearer = 0;
  let shift = { x: 0, y: 0 };

  const go = (step) => {
    const to = at + step;
    if (!all[to]) return;
    at = to;
    zoom(0);
  };
  const zoom = (to) => {
    nearer = to;
    shift = { x: 0, y: 0 };
    update();
  };

  function key(event) {
    const rtl = document.documentElement.dir === "rtl";
    const run = {
      ArrowLeft: () => go(rtl ? 1 : -1),
      ArrowRight: () => go(rtl ? -1 : 1),
      "+": () => zoom(Math.min(nearer + 1, NEARER.length - 1)),
      "-": () => zoom(Math.max(nearer - 1, 0)),
      0: () => zoom(0),
    }[event.key];
    if (!run || event.target.tagName === "VIDEO") return;
    event.preventDefault();
    run();
  }

  function drag(event) {
    if (!nearer || !event.buttons) return;
    shift = { x: shift.x + event.movementX, y: shift.y + event.movementY };
    update();
  }

  function slide() {
    const { part: shown } = all[at];
    if (shown.kind === "video") return html`<video src=${shown.url} controls autoplay playsinline></video>`;
    const style = styled({ transform: `translate(${shift.x}px, ${shift.y}px) scale(${NEARER[nearer]})` });
    return html`<img src=${shown.url} alt=${shown.caption || t("kind.image")} ${style} draggable="false" class=${nearer ? "near" : ""} @click=${() => zoom((nearer + 1) % NEARER.length)} @pointermove=${drag} />`;
  }

  const content = (close) => {
    const { part: shown, bubble: from } = all[at];
    const customer = app.state.conversation.value.name;
    return html`<div class="lightbox" @keydown=${key}>
      <header>
        <div class="who"><strong><bdi>${authorOf(from.direction, from.author, customer)}</bdi></strong><small>${fmt.when(from.at)} · ${t("lightbox.of", { at: fmt.number(at + 1), all: fmt.number(all.length) })}</small></div>
        ${shown.kind === "image" ? iconButton("zoom", t("lightbox.zoom"), () => zoom((nearer + 1) % NEARER.length), { pressed: nearer > 0 }) : nothing}
        ${iconButton("download", t("download"), () => download(shown))}
        ${iconButton("bubble", t("go_to"), () => {
          close();
          app.jump(from.id);
        })}
        ${iconButton("close", t("close"), close)}
      </header>
      <div class="stage">
        ${iconButton("back", t("lightbox.before"), () => go(-1), { kind: "turn before", disabled: at === 0 })}
        ${slide()}
        ${iconButton("next", t("lightbox.next"), () => go(1), { kind: "turn after", disabled: at === all.length - 1 })}
      </div>
      ${shown.caption ? html`<p class="words" dir="auto">${formatted(shown.caption)}</p>` : nothing}
    </div>`;
  };
  const { update } = openDialog(content, { label: t("lightbox"), kind: "full" });
}
