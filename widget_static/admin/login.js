// The whole page as a sign-in: somebody comes with nothing, with an invitation, or back from another login.
import { html, nothing, render } from "../shared/vendor/lit.js";
import { t } from "../shared/core/base.js";
import { ask, asJson } from "../shared/core/net.js";
import { alertBox, button, field, icon } from "../shared/kit/kit.js";
import { fault, told } from "./kit/said.js";
import { landed } from "./landing.js";
import { linked } from "./router.js";
import "./ways.js";

const accept = (body) => ask(new URL("/api/v1/auth/accept", location.origin), { method: "POST", ...asJson(body) });

const card = (title, words, content) => html`<main class="gate">
  <section class="login-card" aria-labelledby="login-title">
    <p class="login-brand"><span class="mark" aria-hidden="true">${icon("bubble")}</span><b>Xyper</b></p>
    <h1 id="login-title">${title}</h1>
    ${words ? html`<p class="login-words">${words}</p>` : nothing}
    ${content}
  </section>
</main>`;

/** With an invitation or a reset: a password of one's own, typed twice. Resolves when it is set. */
function invited(root, token) {
  return new Promise((resolve) => {
    const state = { busy: false, error: "", wrong: "" };
    const draw = () => render(card(t("login.invited"), t("login.invited.words"), form()), root);

    async function submit(event) {
      event.preventDefault();
      const said = new FormData(event.target);
      if (state.busy) return;
      state.wrong = said.get("password") === said.get("again") ? "" : t("login.differ");
      if (state.wrong) return draw();
      Object.assign(state, { busy: true, error: "" });
      draw();
      try {
        await accept({ token, password: said.get("password") });
        resolve();
      } catch (error) {
        Object.assign(state, { busy: false, error: told(error), wrong: error.errors?.password ? fault(error, "password") : "" });
        draw();
      }
    }

    const box = (name) => ({ id, describedBy, invalid }) => html`<input id=${id} name=${name} type="password" autocomplete="new-password" required minlength="12" maxlength="1000" aria-describedby=${describedBy} aria-invalid=${invalid} dir="ltr" />`;
    const form = () => html`<form class="ways" @submit=${submit}>
      ${state.error && !state.wrong ? alertBox("error", state.error) : nothing}
      ${field("login-new", t("login.new"), box("password"), { help: t("login.new.help"), error: state.wrong })}
      ${field("login-again", t("login.new_again"), box("again"))}
      ${button(t("login.set"), undefined, { kind: "primary", type: "submit", busy: state.busy })}
    </form>`;
    draw();
    root.querySelector("input").focus();
  });
}

/** By any of the ways. Resolves with what the server says of the session, and the password where there was one. */
function proved(root, error, words) {
  return new Promise((resolve) => {
    const done = (found, password) => resolve({ found, password });
    const said = error ? told(error) : "";
    render(card(t("login.title"), words, html`<xy-sign-in .error=${said} .done=${done}></xy-sign-in>`), root);
  });
}

/** Whoever has to set up a second factor may do nothing else before. */
function secured(root, found, password) {
  return new Promise((resolve) => {
    const factor = html`<xy-factor .csrf=${found.csrf} .password=${password} .done=${resolve}></xy-factor>`;
    render(card(t("login.factor"), t("login.factor.words"), factor), root);
  });
}

/** Resolves when somebody is signed in who may do something here. */
export async function signIn(root) {
  await linked("login.css");
  document.title = `${t("login.title")} · Xyper`;
  const token = location.hash.startsWith("#invitation=") ? decodeURIComponent(location.hash.slice("#invitation=".length)) : "";
  let words = "";
  if (token) {
    history.replaceState(null, "", location.pathname);
    await invited(root, token);
    render(nothing, root);
    words = t("login.welcome");
  }
  const { found, password } = await proved(root, landed.error, words);
  landed.error = null;
  if (found.method === "local" && found.actions.length === 1) {
    await import("./factor.js");
    await secured(root, found, password);
  }
  render(nothing, root);
}
