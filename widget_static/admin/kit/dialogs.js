// Dialogs: to be sure, and to be told something.
import { html, nothing } from "../../shared/vendor/lit.js";
import { t } from "../../shared/core/base.js";
import { button, iconButton, openDialog } from "../../shared/kit/kit.js";
import { Draft, fields, focusWrong } from "./form.js";

const heading = (title, close) => html`<header class="dialog-head"><h2>${title}</h2>${iconButton("close", t("close"), close)}</header>`;

/**
 * A form in a dialog. `specs`: fields (kit/form.js), or a function of the draft that gives them; `submit(values)` does it and may
 * throw: then the form stays with what was typed, and what is wrong stands at its field. Resolves with what `submit` gave, or null.
 */
export function formDialog({ title, intro = nothing, specs, values = {}, action, danger = false, wide = false, ready = () => true, submit }) {
  return new Promise((resolve) => {
    let outcome = null;
    const of = () => (typeof specs === "function" ? specs(draft) : specs);
    const draft = new Draft(values, () => shown?.update());

    async function send(event, close) {
      event.preventDefault();
      if (draft.busy || !ready(draft)) return;
      if (await draft.send(async (all) => (outcome = (await submit(all)) ?? true))) close();
      else focusWrong(shown.dialog);
    }

    const content = (close) => html`<form class="dialog-form" @submit=${(event) => send(event, close)}>
      ${heading(title, close)}
      <div class="dialog-body">${intro}${fields("dialog", of(), draft)}</div>
      <footer class="dialog-foot">${button(t("cancel"), close)}${button(action, undefined, { kind: danger ? "danger" : "primary", type: "submit", busy: draft.busy, disabled: !ready(draft) })}</footer>
    </form>`;
    const shown = openDialog(content, { label: title, kind: wide ? "wide" : "", onClose: () => resolve(outcome) });
    shown.dialog.querySelector(".dialog-body :is(input, select, textarea)")?.focus();
  });
}

/**
 * Before something that cannot be taken back. `typed`: what must be typed to confirm it; `reason`: ask for one. Resolves with
 * `{reason}`, or null where somebody thought better of it.
 */
export function confirm({ title, words = nothing, action, danger = false, typed = "", reason = false }) {
  const specs = [
    typed && { name: "typed", label: t("admin.type_to_confirm", { text: typed }), required: true, ltr: true },
    reason && { name: "reason", kind: "textarea", label: t("admin.reason"), required: true, max: 500 },
  ].filter(Boolean);
  const sure = (draft) => (!typed || draft.get("typed") === typed) && (!reason || Boolean(draft.get("reason")?.trim()));
  return formDialog({
    title,
    intro: words === nothing ? nothing : html`<p>${words}</p>`,
    specs,
    action,
    danger,
    ready: sure,
    submit: async (values) => ({ reason: values.reason?.trim() ?? "" }),
  });
}

/** Something to be read, or looked at, and closed. */
export const show = (title, content, { wide = false, action = t("close") } = {}) =>
  new Promise((resolve) => {
    const draw = (close) => html`${heading(title, close)}<div class="dialog-body">${typeof content === "function" ? content() : content}</div><footer class="dialog-foot">${button(action, close, { kind: "primary" })}</footer>`;
    openDialog(draw, { label: title, kind: wide ? "wide" : "", onClose: resolve });
  });

/**
 * Somebody else changed it meanwhile (412): what they made of it beside what was typed here. Resolves with `"mine"` (write it once
 * more, over theirs), `"theirs"` (begin anew from theirs), or null (leave all as it is). `rows` of `{label, theirs, mine}`.
 */
export function conflict(rows) {
  return new Promise((resolve) => {
    let chosen = null;
    const take = (what, close) => {
      chosen = what;
      close();
    };
    const differ = (row) => html`<tr><th scope="row">${row.label}</th><td>${row.theirs}</td><td>${row.mine}</td></tr>`;
    const draw = (close) => html`${heading(t("admin.conflict"), close)}
      <div class="dialog-body"><p>${t("admin.conflict.words")}</p>
        <table class="plain-table"><thead><tr><th scope="col">${t("admin.conflict.field")}</th><th scope="col">${t("admin.conflict.theirs")}</th><th scope="col">${t("admin.conflict.mine")}</th></tr></thead>
        <tbody>${rows.map(differ)}</tbody></table></div>
      <footer class="dialog-foot">${button(t("cancel"), close)}${button(t("admin.conflict.take_theirs"), () => take("theirs", close))}${button(t("admin.conflict.keep_mine"), () => take("mine", close), { kind: "danger" })}</footer>`;
    openDialog(draw, { label: t("admin.conflict"), kind: "wide", onClose: () => resolve(chosen) });
  });
}

