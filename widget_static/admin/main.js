// The start: words, theme, who is signed in; then the shell.
import { html, nothing, render } from "../shared/vendor/lit.js";
import { loadWords, t } from "../shared/core/base.js";
import { button, empty } from "../shared/kit/kit.js";
import { preferences } from "./kit/preferences.js";
import { openSession } from "./session.js";

const root = document.getElementById("app");

/** In the place of what is shown. */
function draw(content) {
  document.getElementById("start")?.remove();
  render(nothing, root);
  render(content, root);
}

/** Signed in, whatever it takes. */
async function session() {
  let found = await openSession();
  while (!found) {
    const { signIn } = await import("./login.js");
    await loadWords(null, "admin-login");
    draw(nothing);
    await signIn(root);
    found = await openSession();
  }
  return found;
}

async function start() {
  try {
    const opened = await session();
    const { openDashboard } = await import("./shell.js");
    draw(nothing);
    openDashboard({ root, session: opened, restart: () => location.reload() });
  } catch (error) {
    const words = error.status === 0 ? t("start.offline.words") : error.detail || error.message;
    draw(html`<main class="gate">${empty("alert", t("start.failed"), words, button(t("retry"), start, { kind: "primary", symbol: "retry" }))}</main>`);
  }
}

async function boot() {
  preferences.apply();
  try {
    await loadWords(preferences.language || navigator.language);
    await loadWords(null, "admin");
  } catch {
    // Words that cannot be read now: the next try is a reload, and it says so without words of ours.
    return draw(html`<main class="gate"><button type="button" class="button" aria-label="Reload" @click=${() => location.reload()}>⟳</button></main>`);
  }
  await start();
}

boot();
