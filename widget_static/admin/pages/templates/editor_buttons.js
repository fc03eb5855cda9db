// The buttons of a message or of a carousel's card, as they are written.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { fmt, t } from "../../../shared/core/base.js";
import { alertBox, button, iconButton } from "../../../shared/kit/kit.js";
import { control } from "../../kit/form.js";
import { ACTIONS, blankButton, KINDS } from "./buttons.js";
import { MOST } from "./texts.js";

/** What one asks for. `set(key)(value)`; the kind of a card's button stands with all cards. */
function parts(one, name, set, fixed) {
  const part = (key, spec) => control("template", { ...spec, name: `${name}.${key}` }, one[key], set(key), null);
  const choice = (keys, area) => keys.map((key) => [key, t(`template.${area}.${key}`)]);
  return html`${fixed ? nothing : part("kind", { label: t("template.button.kind"), kind: "select", options: choice(KINDS, "button") })}
    ${one.kind === "copy_code" ? nothing : part("text", { label: t("template.button.text"), max: 60 })}
    ${one.kind === "url" ? part("url", { label: t("template.button.address"), ltr: true, max: MOST.url, help: t("template.button.address.help") }) : nothing}
    ${one.kind === "phone_number" ? part("phone", { label: t("template.button.phone"), ltr: true, max: 24 }) : nothing}
    ${one.kind === "copy_code" || (one.kind === "url" && /\{\{/.test(one.url)) ? part("example", { label: t("template.button.example"), ltr: true, max: 200 }) : nothing}
    ${one.kind === "flow" ? html`${part("flow", { label: t("template.flow.id"), ltr: true, max: 32, help: t("template.flow.help") })}
      ${part("action", { label: t("template.flow.action"), kind: "select", options: choice(ACTIONS, "flow") })}
      ${one.action === "navigate" ? part("screen", { label: t("template.flow.screen"), ltr: true, max: 100 }) : nothing}` : nothing}`;
}

/** One button, with what is wrong with it. `moves`: what stands beside it. */
function drawn(form, { one, at, name, put, fixed, moves = nothing }) {
  const wrong = form.wrong(name);
  const set = (key) => (value) => {
    form.touch(name);
    put({ ...one, [key]: value });
  };
  const title = `${t("template.button.n", { n: fmt.number(at + 1) })}${fixed ? ` · ${t(`template.button.${one.kind}`)}` : ""}`;
  return html`<li class=${wrong ? "wrong" : ""}><fieldset><legend>${title}</legend>${parts(one, name, set, fixed)}
    ${wrong ? html`<p class="error" role="alert">${wrong}</p>` : nothing}</fieldset>${moves}</li>`;
}

/** Of a card: as many as all cards have. */
export const cardButtons = (form, all, area, put) =>
  html`<ol class="made-buttons">${all.map((one, at) => drawn(form, { one, at, name: `${area}.${at}`, fixed: true, put: (next) => put(all.map((other, index) => (index === at ? next : other))) }))}</ol>`;

/** Of a message: added, moved, taken away. */
export function messageButtons(form) {
  const all = form.get("buttons");
  const put = (next) => form.set("buttons", next);
  const swap = (at, to) => put(all.map((one, index) => (index === at ? all[to] : index === to ? all[at] : one)));
  const moves = (at, n) => html`<span class="moves">${iconButton("up", t("template.button.up", { n }), () => swap(at, at - 1), { disabled: at === 0 })}${iconButton("down", t("template.button.down", { n }), () => swap(at, at + 1), { disabled: at === all.length - 1 })}${iconButton("trash", t("template.button.remove", { n }), () => put(all.filter((_, index) => index !== at)))}</span>`;
  return html`<h2>${t("template.part.buttons")}</h2>
    ${form.wrong("buttons") ? alertBox("error", form.wrong("buttons")) : nothing}
    <ol class="made-buttons">${all.map((one, at) => drawn(form, { one, at, name: `buttons.${at}`, put: (next) => put(all.map((other, index) => (index === at ? next : other))), moves: moves(at, fmt.number(at + 1)) }))}</ol>
    ${all.length < MOST.buttons ? html`<div>${button(t("template.button.add"), () => put([...all, blankButton()]), { symbol: "plus" })}</div>` : nothing}`;
}
