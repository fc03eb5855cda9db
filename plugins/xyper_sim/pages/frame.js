// One installed panel beside one conversation, as Genesys Cloud holds it: the address filled in, the frame as
// restricted as its installation says, and the one-way protocol of the client SDK, heard only from where it belongs.
import { el } from "./live.js";

const PROTOCOL = "purecloud-client-apps";
const STOPS_WITHIN = 3000; // ms; then it is taken away without having said that it is done

/** What Genesys fills in; a variable that it does not know stays as it is. */
const filled = (url, values) => url.replace(/\{\{(\w+)\}\}/g, (whole, name) => (name in values ? encodeURIComponent(values[name]) : whole));

function values(conversation) {
  const language = navigator.language.toLowerCase();
  return {
    gcConversationId: conversation, pcConversationId: conversation, gcInteractionId: conversation, gcInteractionType: "message",
    gcHostOrigin: location.origin, gcTargetEnv: "prod", pcEnvironment: "mypurecloud.com",
    gcLangTag: language, pcLangTag: language, gcUsePopupAuth: "true", pcUsePopupAuth: "true",
  };
}

// What was heard, and what came from elsewhere and was not: for whoever looks on, and for tests.
window.received = [];
window.refused = [];

export class Frame {
  attention = 0;
  #loaded = false;
  #hear = (event) => this.#heard(event);

  /** `app` as `/live` tells of it; `told(action, payload, frame)` for everything that the panel says. */
  constructor(app, conversation, told) {
    this.app = app;
    this.conversation = conversation;
    this.told = told;
    const src = filled(app.url, values(conversation));
    this.origin = new URL(src).origin;
    this.element = el("iframe", { title: app.name, class: "panel-frame", allow: app.permissions.join("; "), src });
    this.element.sandbox = app.sandbox.join(" ");
    this.element.addEventListener("load", () => { this.#loaded = true; this.hook("bootstrap"); });
    addEventListener("message", this.#hear);
  }

  /** `bootstrap` (by itself once it has come), `focus`, `blur` or `stop`. Before that nobody would hear them. */
  hook(name) {
    if (this.#loaded) this.element.contentWindow?.postMessage({ purecloudEventType: "appLifecycleHook", hook: name }, this.origin);
  }

  /** Ask it to stop; it is taken away once it has, or anyhow soon. */
  close() {
    this.hook("stop");
    setTimeout(() => this.#away(), STOPS_WITHIN);
  }

  #away() {
    removeEventListener("message", this.#hear);
    this.element.remove();
  }

  #heard(event) {
    if (event.source !== this.element.contentWindow) return;
    const { data } = event;
    if (event.origin !== this.origin || data?.protocol !== PROTOCOL || typeof data.action !== "string") {
      window.refused.push({ origin: event.origin, data });
      return;
    }
    window.received.push({ conversation: this.conversation, ...data });
    if (data.action === "setAttentionCount") this.attention = Number(data.count) || 0;
    if (data.action === "stopped") this.#away();
    this.told(data.action, data, this);
  }
}

/** Genesys' own words at the edge of the window: `showToast`. */
export function toast(place, { title, message, type = "info", timeout = 7, showCloseButton = true }) {
  const shown = el("div", { class: `toast ${type}`, role: type === "error" ? "alert" : "status" }, el("strong", {}, title), el("span", {}, message));
  if (showCloseButton) shown.append(el("button", { type: "button", "aria-label": "Close", click: () => shown.remove() }, "✕"));
  place.append(shown);
  if (timeout) setTimeout(() => shown.remove(), timeout * 1000);
}
