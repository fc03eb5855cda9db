// Signing in with Genesys, in a window of its own. Nothing is kept: no cookie, no storage; the proof that comes back is good once.
import { html, nothing, render } from "../shared/vendor/lit.js";
import { t } from "../shared/core/base.js";
import { asJson } from "../shared/core/net.js";
import { alertBox, button, field, icon } from "../shared/kit/kit.js";

const FEATURES = "popup,width=480,height=680";
/** A sign-in that was begun lasts ten minutes: another one is ready before that, because `open` must not wait. */
const FRESH = 8 * 60_000;

/** Resolves with the tokens. Rejects with what the server said when not even a beginning was possible. */
export async function signIn({ root, page, thread, ask, signedUp }) {
  const post = (path, body) => ask(new URL(`auth/${path}`, page), { method: "POST", ...asJson(body) });
  const begin = () => post("new", { conversation: thread });
  let begun = await begin();
  const renewal = setInterval(async () => {
    if (!screen.popup || screen.popup.closed) begun = await begin().catch(() => begun);
  }, FRESH);
  const screen = { popup: null, blocked: false, opened: false, busy: false, error: "", code: "" };

  return new Promise((resolve) => {
    const draw = () => render(view(screen, actions), root);

    async function finish(proof) {
      if (screen.busy) return;
      Object.assign(screen, { busy: true, error: "" });
      draw();
      try {
        const granted = await post("finish", { sid: begun.sid, secret: begun.secret, proof });
        clearInterval(renewal);
        removeEventListener("message", hear);
        resolve(granted);
      } catch (error) {
        await failed(error);
      }
    }

    async function failed(error) {
      const words = error.status === 0 ? t("start.offline.words") : error.detail || error.message;
      Object.assign(screen, { busy: false, error: words, code: "" });
      // What a wrong proof was tried against is spent.
      if (error.status !== 0 && error.status !== 429) begun = await begin().catch(() => begun);
      draw();
      root.querySelector(".error, .alert")?.scrollIntoView({ block: "nearest" });
    }

    /** Only from our own page, in the window that we opened, about the sign-in that we began. */
    function hear(event) {
      const { data } = event;
      if (event.origin !== location.origin || !screen.popup || event.source !== screen.popup) return;
      if (data?.type !== "wa-auth" || data.sid !== begun.sid || typeof data.proof !== "string") return;
      finish(data.proof);
    }

    const actions = {
      open() {
        const address = new URL("auth/start", page);
        address.searchParams.set("sid", begun.sid);
        screen.popup = open(address, "_blank", FEATURES);
        Object.assign(screen, { blocked: !screen.popup, opened: Boolean(screen.popup), error: "" });
        signedUp();
        draw();
      },
      type(event) {
        screen.code = event.target.value.replace(/\D/g, "").slice(0, 6);
        event.target.value = screen.code;
        if (screen.code.length === 6) finish(screen.code);
      },
      submit(event) {
        event.preventDefault();
        if (screen.code.length === 6) finish(screen.code);
      },
    };

    addEventListener("message", hear);
    draw();
  });
}

function view(screen, actions) {
  return html`<main class="gate">
    <div class="sign-in">
      <div class="logo">${icon("bubble")}</div>
      <h1>${t("signin.title")}</h1>
      <p class="reason">${t("signin.reason")}</p>
      ${button(screen.opened ? t("signin.again") : t("signin.button"), actions.open, { kind: "primary", busy: screen.busy, symbol: "open" })}
      ${screen.blocked ? alertBox("warning", t("signin.blocked")) : nothing}
      ${screen.error ? alertBox("error", screen.error) : nothing}
      ${screen.opened ? code(screen, actions) : nothing}
    </div>
  </main>`;
}

const code = (screen, actions) => html`<form class="code" @submit=${actions.submit}>
  ${field("code", t("signin.code"), ({ id, describedBy }) => html`<input
    id=${id}
    class="input"
    inputmode="numeric"
    autocomplete="one-time-code"
    maxlength="6"
    pattern="[0-9]{6}"
    aria-describedby=${describedBy}
    ?disabled=${screen.busy}
    .value=${screen.code}
    @input=${actions.type}
  />`, { help: t("signin.code.help") })}
</form>`;
