// What is on its way from here to the server: shown at once, sent in order, kept while the network is away.
import { signal, t } from "../../shared/core/base.js";
import { backOff } from "../../shared/core/net.js";

/** Answers that say nothing about the message itself: the same key is tried again. */
const passing = (error) => error.status === 0 || error.status === 429 || error.status >= 500;

/** How often a server that answers, but not with an answer, is asked; a network that is away may stay away. */
const MOST_TRIES = 5;

/** What the agent can do about a refusal, where that is not to try again: what is wrong in itself stays so. */
const NEXT = { window_closed: "template", not_yours: null, ended: null, suspended: null };
const next = (error) => (error.code in NEXT ? NEXT[error.code] : error.status === 422 ? null : "retry");

export class Outbox {
  /** How many have not reached the server yet. */
  waiting = signal(0);

  #app;
  #queue = [];
  #refused = new Map();
  #sending = null;
  #failures = 0;
  #timer = null;

  constructor(app) {
    this.#app = app;
    app.state.connection.subscribe((word) => word !== "offline" && this.#again());
    addEventListener("online", () => this.#again());
  }

  /** `shown`: the parts with what a bubble needs besides (addresses of files, a template's words). The bubble's id. */
  send({ parts, shown = parts, reply_to = null, when = "now" }) {
    const key = crypto.randomUUID();
    const bubble = this.#optimistic(key, shown, reply_to, when);
    this.#app.state.put(bubble);
    this.#app.toEnd();
    this.#enqueue({ key, id: bubble.id, body: { parts, reply_to, when }, tries: 0 });
    return bubble.id;
  }

  /** One that its sender waits for, since a refusal is for the form it was made in. Throws `ApiError`. */
  async submit({ parts, reply_to = null, key }) {
    this.#settle(null, await this.#app.api.post("messages", { parts, reply_to, when: "now" }, { key }));
    this.#app.toEnd();
  }

  /** The same emoji again, or null, takes it back. */
  react(bubble, emoji) {
    const others = bubble.reactions.filter((one) => one.direction !== "out");
    const before = bubble.reactions.find((one) => one.direction === "out");
    const chosen = before?.emoji === emoji ? null : emoji;
    const mine = { emoji: chosen, direction: "out", author: this.#me(), at: this.#now() };
    const show = (one) => this.#app.state.patch(bubble.id, { reactions: one ? [...others, one] : others });
    show(chosen && mine);
    const failed = (error) => {
      show(before);
      this.#app.toast(error.detail || t("compose.not_sent"), "error");
    };
    const parts = [{ type: "reaction", about: bubble.id, emoji: chosen }];
    this.#enqueue({ key: crypto.randomUUID(), body: { parts, reply_to: null, when: "now" }, tries: 0, failed });
  }

  /** A refused one goes under a new key, because the old one's answer is known; one of unknown fate under its own. */
  async retry(id) {
    const item = this.#refused.get(id);
    if (!item) return this.#far("post", `messages/${encodeURIComponent(id)}/retry`, (answer) => this.#settle(null, answer));
    const { state } = this.#app;
    const key = item.known ? crypto.randomUUID() : item.key;
    const bubble = { ...state.bubbles.value.byId.get(id), id: `key:${key}`, key, at: this.#now() };
    this.#refused.delete(id);
    state.remove(id);
    state.put({ ...bubble, status: "pending", failure: null });
    this.#enqueue({ ...item, key, id: bubble.id, tries: 0 });
  }

  /** Take back what has not gone: out of the queue, or a waiting one at the server. */
  async discard(id) {
    const item = this.#queue.find((one) => one.id === id) ?? this.#refused.get(id);
    if (!item) return this.#far("del", `messages/${encodeURIComponent(id)}`, () => this.#app.state.remove(id));
    if (item === this.#sending) return; // too late: the answer says what became of it
    this.#drop(item);
    this.#refused.delete(id);
    this.#app.state.remove(id);
  }

  /** What became of one after the server had taken it. */
  heard({ key, state: outcome, words }) {
    const bubble = this.#app.state.bubbles.value.list.find((one) => one.key === key);
    if (!bubble || outcome !== "refused") return;
    this.#app.state.patch(bubble.id, { status: "failed", failure: { code: null, words: words || t("compose.not_sent"), next: "retry" } });
  }

  #optimistic(key, parts, replyTo, when) {
    return {
      id: `key:${key}`, key, direction: "out", at: this.#now(), author: this.#me(), thread: this.#app.thread, parts,
      quote: quoteOf(this.#app.state.bubbles.value.byId.get(replyTo)), reactions: [],
      status: when === "window" ? "waiting" : "pending", status_at: {}, failure: null,
      forwarded: null, edited: false, deleted: false,
    };
  }

  #me() {
    const me = this.#app.state.me.value;
    return { kind: "agent", id: me?.id ?? null, name: me?.name ?? "" };
  }

  #now() {
    return new Date(this.#app.state.now()).toISOString();
  }

  #enqueue(item) {
    this.#queue.push(item);
    this.waiting.value = this.#queue.length;
    this.#work();
  }

  #drop(item) {
    this.#queue = this.#queue.filter((one) => one !== item);
    this.waiting.value = this.#queue.length;
  }

  #again() {
    this.#failures = 0;
    this.#work();
  }

  /** One after the other: the customer reads them in the order in which they were written. */
  async #work() {
    if (this.#sending) return;
    clearTimeout(this.#timer);
    let wait = 0;
    while (this.#queue.length && !wait) wait = await this.#attempt(this.#queue[0]);
    if (wait) this.#timer = setTimeout(() => this.#work(), wait);
  }

  /** Milliseconds after which to try again; 0 where its fate is known. */
  async #attempt(item) {
    this.#sending = item;
    try {
      const answer = await this.#app.api.post("messages", item.body, { key: item.key });
      this.#failures = 0;
      this.#drop(item);
      if (item.id) this.#settle(item.id, answer);
    } catch (error) {
      if (passing(error) && (error.status === 0 || ++item.tries < MOST_TRIES)) {
        return error.retryAfter * 1000 || backOff(this.#failures++);
      }
      this.#drop(item);
      this.#refuse({ ...item, known: !passing(error) }, error);
    } finally {
      this.#sending = null;
    }
    return 0;
  }

  /** The answer takes the place of our own bubble; where news of the same message came first, they are later than it. */
  #settle(id, answer) {
    const { state } = this.#app;
    const there = state.bubbles.value.byKey.get(answer.key);
    if (!there || there.id === id) state.put(answer);
    else state.remove(id);
  }

  #refuse(item, error) {
    if (item.failed) return item.failed(error);
    const words = error.detail || t("compose.not_sent");
    if (signedOut(error) && spoken(item)) return this.#unsay(item, error, words);
    this.#refused.set(item.id, item);
    this.#app.state.patch(item.id, { status: "failed", failure: { code: error.code, words, next: next(error) } });
  }

  /** The agent must sign in anew: what could not be said is the draft again, which outlives that. */
  #unsay(item, error, words) {
    const { state, toast, restart } = this.#app;
    const unsaid = [item, ...this.#queue].flatMap(({ body }) => body.parts).map((part) => part.text);
    this.#queue = [];
    state.draft.value = [...unsaid, state.draft.value].filter(Boolean).join("\n");
    if (error.status === 401) return; // our own session is over, and the page knows
    toast(words, "error");
    restart();
  }

  async #far(method, path, done) {
    try {
      done(await this.#app.api[method](path));
    } catch (error) {
      this.#app.toast(error.detail || t("compose.unreachable"), "error");
    }
  }
}

const signedOut = (error) => error.status === 401 || error.code === "sign_in";
const spoken = ({ body }) => body.parts.every((part) => part.type === "text");

/** What a reply shows of the message that it answers. */
function quoteOf(bubble) {
  if (!bubble) return null;
  const part = bubble.parts[0] ?? {};
  const image = part.kind === "image" || part.kind === "sticker" ? (part.url ?? null) : null;
  const { id, direction, author } = bubble;
  return { id, direction, author, kind: part.kind ?? part.type ?? "text", text: excerpt(part), image };
}

/** The first words of a part: at most 200 characters. */
export function excerpt(part) {
  const words = part?.text ?? part?.caption ?? part?.shown?.body ?? part?.body ?? part?.title ?? part?.name ?? part?.words;
  return [...String(words ?? "")].slice(0, 200).join("");
}
