// The start: who the widget is for, the sign-in, and then the conversation.
import { html, nothing, render } from "../shared/vendor/lit.js";
import { loadWords, signal, t } from "../shared/core/base.js";
import { asJson, ask, makeApi, makeSession } from "../shared/core/net.js";
import { alertBox, button, empty, field, icon } from "../shared/kit/kit.js";
import { readContext, standalone } from "./host/context.js";

const context = readContext();
const root = document.getElementById("app");
const page = new URL(location.pathname.replace(/\/*$/, "/"), location.origin);
const tenant = decodeURIComponent(page.pathname.split("/").at(-2));

/** The host's side: loaded late, and never in the way of the conversation. */
async function hosted() {
  const { makeHost } = await import("./host/genesys.js");
  return makeHost(context);
}

/** In the place of what is shown; the first time of the grey shapes. */
function draw(content) {
  document.getElementById("start")?.remove();
  render(content, root);
}

function show(symbol, title, words, again) {
  const action = again ? button(t("retry"), again, { kind: "primary", symbol: "retry" }) : undefined;
  draw(html`<main class="gate">${empty(symbol, title, words, action)}</main>`);
}

/** In words, why there is nothing to see. `within`: somebody is signed in, and asked for the conversation. */
function explain(error, again, within = false) {
  if (error.status === 404 && within) show("bubble", t("start.unknown"), t("start.unknown.words"));
  else if (error.status === 403) show("lock", t("start.forbidden"), error.detail);
  else if (error.status === 0) show("offline", t("start.offline"), t("start.offline.words"), again);
  else show("alert", t("start.failed"), error.detail || error.message, again);
}

// Signing in with Genesys, in a window of its own. Nothing is kept: no cookie, no storage; the proof that comes back is good once.

const FEATURES = "popup,width=480,height=680";
/** A sign-in that was begun lasts ten minutes: another one is ready before that, because `open` must not wait. */
const FRESH = 8 * 60_000;

/** Resolves with the tokens. Rejects with what the server said when not even a beginning was possible. */
async function signIn(thread, host) {
  const post = (path, body) => ask(new URL(`auth/${path}`, page), { method: "POST", ...asJson(body) });
  const address = () => {
    const start = new URL("auth/start", page);
    start.searchParams.set("sid", begun.sid);
    return start;
  };
  const begin = () => post("new", { conversation: thread });
  let begun = await begin();
  const renewal = setInterval(async () => {
    if (!screen.popup || screen.popup.closed) begun = await begin().catch(() => begun);
  }, FRESH);
  const screen = { popup: null, blocked: false, opened: false, busy: false, error: "", code: "" };

  return new Promise((resolve) => {
    const update = () => draw(view(screen, actions));

    async function finish(proof) {
      if (screen.busy) return;
      Object.assign(screen, { busy: true, error: "" });
      update();
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
      update();
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
        screen.popup = open(address(), "_blank", FEATURES);
        Object.assign(screen, { blocked: !screen.popup, opened: Boolean(screen.popup), error: "" });
        import("./shell.js"); // meanwhile, because it is needed next
        update();
      },
      /** A login that cuts the way back is not shown in a window of a restricted frame: Genesys opens it, for a code. */
      aside: () => host.openWindow(address().href),
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
    update();
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
  <button type="button" class="text-button" @click=${actions.aside}>${t("signin.aside")}</button>
</form>`;

let close = () => {};
/** What outlives a sign-in that has ended: what was being written, and how the panel looks. */
const kept = { draft: signal(""), settings: signal({ theme: "auto", bubbles: "whatsapp", size: "m", sound: false, enter: "send" }) };

async function conversation(granted, thread, host) {
  close();
  const session = makeSession(new URL("../../api/v1/auth/refresh", page), granted, () => start(host));
  const tenants = new URL(`../api/v1/tenants/${encodeURIComponent(tenant)}/`, page);
  const api = makeApi({ base: new URL(`conversations/${encodeURIComponent(thread)}/`, tenants), session });
  const again = () => conversation(granted, thread, host);
  try {
    const [opening, { openShell }] = await Promise.all([api.get(api.base.href.slice(0, -1)), import("./shell.js")]);
    close = await openShell({ root, tenant, tenants, thread, api, session, host, opening, kept, restart: () => start(host), again });
  } catch (error) {
    explain(error, again, true);
  }
}

async function start(host) {
  close();
  close = () => {};
  const thread = context.conversation;
  if (!thread) return show("bubble", t("start.nowhere"), t("start.nowhere.words"));
  try {
    const granted = await signIn(thread, host);
    await conversation(granted, thread, host);
  } catch (error) {
    explain(error, () => start(host));
  }
}

async function boot() {
  try {
    await loadWords(context.language || navigator.language);
  } catch {
    // Words that cannot be read now: the next try is a reload, and it says so without words of ours.
    return draw(html`<main class="gate"><button type="button" class="button" @click=${() => location.reload()}>⟳</button></main>`);
  }
  const host = await hosted().catch(standalone);
  host.bootstrapped();
  await start(host);
}

boot();
