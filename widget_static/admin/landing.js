// The way back from another login: the code in the address is handed in, once, and leaves the address.
import { html, render } from "../shared/vendor/lit.js";
import { loadWords, t } from "../shared/core/base.js";
import { empty } from "../shared/kit/kit.js";
import { signOn } from "./session.js";
import { RETURN, SIGN_ON } from "./ways.js";

const PATIENCE = 700;

/** What went wrong, for the sign-in to show. */
export const landed = { error: null };

function back() {
  const kept = sessionStorage.getItem(RETURN);
  sessionStorage.removeItem(RETURN);
  return kept?.startsWith("/admin") ? kept : location.pathname;
}

/** Whether a page waits for this window: it was opened by one, which cannot be told otherwise. */
function awaited() {
  const channel = new BroadcastChannel(SIGN_ON);
  return new Promise((resolve) => {
    channel.onmessage = ({ data }) => data.type === "thanks" && resolve(true);
    setTimeout(resolve, PATIENCE, false);
    channel.postMessage({ type: "landed" });
  }).finally(() => channel.close());
}

export async function land() {
  const said = new URLSearchParams(location.hash.slice(1));
  history.replaceState(null, "", back());
  try {
    await signOn({ code: said.get("code"), tenant: said.get("tenant") });
  } catch (error) {
    landed.error = error;
    return;
  }
  if (!(await awaited())) return;
  window.close();
  await loadWords(null, "admin-login");
  document.getElementById("start")?.remove();
  render(html`<main class="gate">${empty("check", t("login.landed"), t("login.landed.words"))}</main>`, document.getElementById("app"));
  await new Promise(() => {}); // a browser may not let it close by itself
}
