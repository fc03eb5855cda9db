// The desk's right side: what is installed beside a chat. A panel lives on in its frame while another conversation is
// looked at; Genesys keeps ten of them, and so does this.
import { at, el } from "./live.js";
import { Frame, toast } from "./frame.js";

const MOST = 10;
const WIDE = matchMedia("(min-width: 840px)");

export class Panels {
  #apps = [];
  #frames = new Map(); // app and conversation → Frame, the one looked at last at the end
  #conversation = "";
  #open = null; // an app's id; "" once somebody has shut it

  /** `desk`: `{insert(conversation, text), open(conversation), changed()}`. */
  constructor(desk) {
    this.desk = desk;
  }

  /** Take what the topic `panels` tells. */
  learn(apps) {
    this.#apps = apps;
    if (this.#open === null && WIDE.matches) this.#open = apps[0]?.id ?? null;
    for (const [key, frame] of this.#frames) if (!apps.some(({ id }) => id === frame.app.id)) this.#drop(key);
    this.#draw();
  }

  /** This conversation is being looked at; "" is none. */
  show(conversation) {
    if (conversation === this.#conversation) return;
    this.#conversation = conversation;
    this.#draw();
  }

  /** What the panels beside a conversation want to be seen. */
  attention(conversation) {
    return [...this.#frames.values()].filter((one) => one.conversation === conversation).reduce((sum, one) => sum + one.attention, 0);
  }

  #toggle(id) {
    this.#open = this.#open === id ? "" : id;
    this.#draw();
  }

  #draw() {
    const shown = this.#shown();
    for (const frame of this.#frames.values()) this.#turn(frame, frame === shown);
    at("panel").hidden = !shown;
    at("panel-name").textContent = shown?.app.name ?? "";
    at("desk").classList.toggle("with-panel", Boolean(shown));
    at("panels").replaceChildren(...(this.#conversation ? this.#apps.map((app) => this.#button(app)) : []));
  }

  #button({ id, name }) {
    const open = String(id === this.#open);
    return el("button", { type: "button", "aria-pressed": open, "aria-controls": "panel", click: () => this.#toggle(id) }, `${name} panel`);
  }

  /** The frame to be seen, made if need be. */
  #shown() {
    const app = this.#apps.find(({ id }) => id === this.#open);
    if (!app || !this.#conversation) return undefined;
    const key = `${app.id} ${this.#conversation}`;
    const frame = this.#frames.get(key) ?? this.#make(app);
    this.#frames.delete(key);
    this.#frames.set(key, frame);
    if (this.#frames.size > MOST) this.#drop(this.#frames.keys().next().value);
    return frame;
  }

  #make(app) {
    const frame = new Frame(app, this.#conversation, (action, payload, from) => this.#told(action, payload, from));
    at("panel-frames").append(frame.element);
    return frame;
  }

  #turn(frame, seen) {
    if (frame.element.hidden !== seen) return;
    frame.element.hidden = !seen;
    frame.hook(seen ? "focus" : "blur");
  }

  #drop(key) {
    this.#frames.get(key).close();
    this.#frames.get(key).element.hidden = true;
    this.#frames.delete(key);
  }

  #told(action, payload, frame) {
    const act = {
      showToast: () => toast(at("toasts"), payload),
      setAttentionCount: () => this.desk.changed(),
      proposeInteractionMessage: () => this.desk.insert(frame.conversation, payload.message),
      showInteractionDetails: () => this.desk.open(payload.conversationId),
      showMyInteractionDetails: () => this.desk.open(payload.conversationId),
      openWindow: () => away(payload.targetUrl),
      bootstrapped: () => frame.element.classList.add("ready"),
      stopped: () => {},
    }[action];
    if (act) act();
    else toast(at("toasts"), { title: "Genesys Cloud would now do", message: described(payload) });
  }
}

/** In words: `showExternalContactProfile, contactId 4711`. */
function described({ action, protocol, protocolAgentName, protocolAgentVersion, ...more }) {
  return [action, ...Object.entries(more).filter(([name]) => name !== "conversation").map(([name, value]) => `${name} ${value}`)].join(", ");
}

function away(url) {
  if (/^https?:/.test(url)) open(url, "_blank", "noopener");
}
