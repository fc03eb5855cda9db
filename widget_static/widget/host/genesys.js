// The page's way to Genesys Cloud around it: Genesys' own client SDK, behind the few calls the widget needs.
//
// Outside of Genesys, and for an environment that the SDK does not know, everything here is quiet. A call that fails
// is no fault of what the agent was doing, so none of them throws.

import "../../shared/vendor/client-app-sdk.js";
import { standalone } from "./context.js";

const KINDS = new Set(["info", "success", "error"]);
const HOOKS = { bootstrap: "Bootstrap", focus: "Focus", blur: "Blur", stop: "Stop" };

/** `context` is what `readContext` made of the address. */
export function makeHost(context) {
  const app = framedBy(context.hostOrigin) ? client(context) : null;
  return app ? new Genesys(app) : standalone();
}

/** Whether that origin really holds this frame, as far as the browser tells (Firefox tells nothing). */
function framedBy(origin) {
  if (!origin || window.parent === window) return false;
  const above = window.location.ancestorOrigins;
  return !above || above[0] === origin;
}

function client({ hostOrigin, targetEnv }) {
  try {
    return new globalThis.purecloud.apps.ClientApp({ gcHostOrigin: hostOrigin, gcTargetEnv: targetEnv });
  } catch {
    return null; // a region that the SDK does not know
  }
}

class Genesys {
  inside = true;
  #app;

  constructor(app) {
    this.#app = app;
  }

  /** The page can be shown. */
  bootstrapped() {
    quietly(() => this.#app.lifecycle.bootstrapped());
  }

  /** A word of Genesys' own at the edge of its window; `kind` is `info`, `success` or `error`. */
  toast(title, words, kind = "info") {
    const type = KINDS.has(kind) ? kind : "info";
    // Never Markdown: what customers write comes this way too. An error stays until it is closed.
    const options = { type, markdownMessage: false, showCloseButton: true, ...(type === "error" ? { timeout: 0 } : {}) };
    quietly(() => this.#app.alerting.showToastPopup(title, words, options));
  }

  /** How much waits to be seen, beside the widget's icon. */
  attention(count) {
    quietly(() => this.#app.alerting.setAttentionCount(count));
  }

  /** Into Genesys' own text box; only on a click of the agent's. */
  insert(text) {
    quietly(() => this.#app.conversations.proposeInteractionMessage("insert", text));
  }

  openConversation(id) {
    quietly(() => this.#app.myConversations.showInteractionDetails(id));
  }

  openContact(id) {
    quietly(() => this.#app.externalContacts.showExternalContactProfile(id));
  }

  openWindow(url) {
    quietly(() => this.#app.coreUi.openWindow(url));
  }

  /** `on("focus" | "blur" | "stop" | "bootstrap", fn)`: how to unsubscribe. After `stop` Genesys is told that all is done. */
  on(hook, fn) {
    const name = HOOKS[hook];
    if (!name) throw new Error(`There is no hook ${hook}.`);
    const heard = hook === "stop" ? () => this.#stop(fn) : () => fn();
    this.#app.lifecycle[`add${name}Listener`](heard, false);
    return () => this.#app.lifecycle[`remove${name}Listener`](heard, false);
  }

  async #stop(fn) {
    try {
      await fn();
    } finally {
      quietly(() => this.#app.lifecycle.stopped());
    }
  }
}

function quietly(work) {
  try {
    work();
  } catch (error) {
    console.warn("Genesys was not told:", error.message);
  }
}
