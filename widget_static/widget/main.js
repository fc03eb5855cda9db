// The start: who the widget is for, the sign-in, and then the conversation.
import { html, render } from "../shared/vendor/lit.js";
import { loadWords, t } from "../shared/core/base.js";
import { ask, makeApi, makeSession } from "../shared/core/net.js";
import { button, empty } from "../shared/kit/kit.js";
import { readContext, standalone } from "./host/context.js";
import { signIn } from "./sign-in.js";

const context = readContext();
const root = document.getElementById("app");
const page = new URL(location.pathname.replace(/\/*$/, "/"), location.origin);
const tenant = decodeURIComponent(page.pathname.split("/").at(-2));

/** The host's side: loaded late, and never in the way of the conversation. */
async function hosted() {
  const { makeHost } = await import("./host/genesys.js");
  return makeHost(context);
}

function show(symbol, title, words, again) {
  const action = again ? button(t("retry"), again, { kind: "primary", symbol: "retry" }) : undefined;
  render(html`<main class="gate">${empty(symbol, title, words, action)}</main>`, root);
}

/** In words, why there is nothing to see. */
function explain(error, again) {
  if (error.status === 404) show("bubble", t("start.unknown"), t("start.unknown.words"));
  else if (error.status === 403) show("lock", t("start.forbidden"), error.detail);
  else if (error.status === 0) show("offline", t("start.offline"), t("start.offline.words"), again);
  else show("alert", t("start.failed"), error.detail || error.message, again);
}

let close = () => {};

async function conversation(granted, thread, host) {
  close();
  const session = makeSession(new URL("../../api/v1/auth/refresh", page), granted, () => start(host));
  const tenants = new URL(`../api/v1/tenants/${encodeURIComponent(tenant)}/`, page);
  const api = makeApi({ base: new URL(`conversations/${encodeURIComponent(thread)}/`, tenants), session });
  const again = () => conversation(granted, thread, host);
  try {
    const [opening, { openShell }] = await Promise.all([api.get(api.base.href.slice(0, -1)), import("./shell.js")]);
    close = await openShell({ root, tenant, tenants, thread, api, session, host, opening, restart: () => start(host), again });
  } catch (error) {
    explain(error, again);
  }
}

async function start(host) {
  close();
  close = () => {};
  const thread = context.conversation;
  if (!thread) return show("bubble", t("start.nowhere"), t("start.nowhere.words"));
  try {
    const granted = await signIn({ root, page, thread, ask, signedUp: () => import("./shell.js") });
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
    root.textContent = "⟳";
    root.addEventListener("click", () => location.reload(), { once: true });
    return;
  }
  const host = await hosted().catch(standalone);
  host.bootstrapped();
  await start(host);
}

boot();
