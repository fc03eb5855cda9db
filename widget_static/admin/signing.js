// What a session asks of whoever sits here, in dialogs over the page: what was typed into it stays.
import { html } from "../shared/vendor/lit.js";
import { fmt, loadWords, t } from "../shared/core/base.js";
import { button, iconButton, openDialog, toast } from "../shared/kit/kit.js";
import { linked } from "./router.js";
import { WARN } from "./session.js";
import "./ways.js";

let ready = null;
const words = () => (ready ??= Promise.all([loadWords(null, "admin-login"), linked("login.css")]));

/** A dialog that only its own buttons close. */
function fixed(dialog) {
  dialog.closedBy = "none";
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  dialog.addEventListener("click", (event) => event.target === dialog && event.stopImmediatePropagation(), { capture: true });
}

/** The session has ended: the same person again, or nobody goes on. Resolves with what the server says of the new one. */
export async function again(session) {
  await words();
  return new Promise((resolve) => {
    let outcome = null;
    const me = session.me.value;
    const done = (close) => (found) => {
      outcome = found;
      close();
    };
    const content = (close) => html`<header class="dialog-head"><h2>${t("login.expired")}</h2></header>
      <div class="dialog-body"><p>${t("login.expired.words")}</p>
        <xy-sign-in purpose="again" .me=${me} .look=${session.look} .done=${done(close)}></xy-sign-in></div>
      <footer class="dialog-foot">${button(t("login.other"), () => location.reload(), { kind: "quiet" })}</footer>`;
    const open = () => {
      const shown = openDialog(content, { label: t("login.expired"), kind: "signing", onClose: () => (outcome ? over(outcome) : open()) });
      fixed(shown.dialog);
      close = shown.close;
    };
    let close = () => {};
    // Another tab may be faster.
    const off = session.me.subscribe((found) => done(close)(found));
    const over = (found) => {
      off();
      resolve(found);
    };
    open();
  });
}

/** Before what cannot be undone. Resolves with what the server says of the session; null where somebody thought better of it. */
export async function prove(session) {
  await words();
  return new Promise((resolve) => {
    let outcome = null;
    const me = session.me.value;
    const done = (close) => (found) => {
      outcome = found;
      close();
    };
    const content = (close) => html`<header class="dialog-head"><h2>${t("login.prove.title")}</h2>${iconButton("close", t("close"), close)}</header>
      <div class="dialog-body"><p>${t("login.prove.words")}</p>
        <xy-sign-in purpose="prove" .me=${me} .send=${session.prove} .look=${session.look} .done=${done(close)}></xy-sign-in></div>`;
    openDialog(content, { label: t("login.prove.title"), kind: "signing", onClose: () => resolve(outcome) });
  });
}

/** Before the session ends: it counts down, and asks whether to stay. Resolves when it is put away, or comes too late. */
export async function warn(session) {
  await words();
  return new Promise((resolve) => {
    const { left } = session;
    /** What ends whatever one does wants a new sign-in; else a press is enough. */
    const final = () => left(session.me.value.ends_at) <= left(session.me.value.idle_at);
    const ends = () => Math.min(left(session.me.value.ends_at), left(session.me.value.idle_at));
    const act = (close) => {
      close();
      return (final() ? session.again() : session.stay()).catch(() => toast(t("login.offline"), "error"));
    };
    const content = (close) => html`<header class="dialog-head"><h2>${t("login.soon")}</h2>${iconButton("close", t("close"), close)}</header>
      <div class="dialog-body"><p role="timer" aria-live="off">${t(final() ? "login.soon.final" : "login.soon.idle", { time: fmt.duration(ends() / 1000) })}</p></div>
      <footer class="dialog-foot">${button(t("login.leave"), () => session.end().catch(() => {}).then(() => location.reload()))}
        ${button(t(final() ? "login.again" : "login.stay"), () => act(close), { kind: "primary" })}</footer>`;
    const shown = openDialog(content, { label: t("login.soon"), kind: "signing", onClose: () => over() });
    const turn = setInterval(() => (ends() <= 0 || ends() > WARN ? shown.close() : shown.update()), 1_000);
    const over = () => {
      clearInterval(turn);
      resolve();
    };
  });
}
