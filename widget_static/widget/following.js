// What the server tells while the conversation is open, and what of it the agent is told besides.
import { language, n, t } from "../shared/core/base.js";
import { makeLive } from "../shared/core/net.js";
import { authorOf } from "./thread/bubble.js";
import { textOf } from "./thread/menu.js";

/** A widget that nobody looks at for so long lets go of its socket. */
const BLURRED = 60_000;
/** So long what was missed is shown as unread to somebody who has come back. */
const SEEN = 2_000;

const UNSENT = new Set(["waiting", "pending"]);

const socketUrl = (tenants) => {
  const url = new URL("live", tenants);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url;
};

/** Puts `live`, `load`, `reload` and `seen` into the app. How to end it all. */
export function follow(app) {
  const { state, api, host, tenants, thread, session } = app;
  let focused = true;
  let since = 0;
  let letGo = null;

  function say(words) {
    const place = document.getElementById("said");
    if (place) place.textContent = words;
  }

  const watched = () => focused && document.visibilityState === "visible" && state.tab.value === "chat" && app.atEnd?.();

  function heard(bubble) {
    if (state.bubbles.value.byId.has(bubble.id)) return state.put(bubble);
    const { first, count, ahead } = state.unread.value;
    // What came while nobody looked is unread, even if the thread is open again.
    const missed = Date.parse(bubble.at) < since;
    const counts = bubble.direction === "in" && (missed || !watched());
    if (missed && watched()) setTimeout(app.seen, SEEN);
    // What was seen already does not count again.
    if (counts) state.unread.value = ahead ? { first, count: count + 1, ahead: ahead + 1 } : { first: bubble.id, count: 1, ahead: 1 };
    // Where a page of long ago is shown, it comes with the way back to the end.
    if (!state.newer.value) state.put(bubble);
    if (bubble.direction === "in") tell(bubble, counts);
  }

  function tell(bubble, counts) {
    state.typing.value = null;
    const who = authorOf("in", bubble.author, state.conversation.value.name);
    say(t("said", { who, words: textOf(bubble).slice(0, 200) }));
    if (counts) host.attention(state.unread.value.ahead);
    if (counts && !focused) host.toast(who, textOf(bubble).slice(0, 120) || n("unread", 1), "info");
    if (counts && state.settings.value.sound) chime();
  }

  function reacted({ id, reactions }) {
    const before = state.bubbles.value.byId.get(id);
    state.patch(id, { reactions });
    const fresh = reactions.find((one) => one.direction === "in" && !before?.reactions.some((old) => old.emoji === one.emoji && old.direction === "in"));
    if (fresh) say(t("reacted", { who: state.conversation.value.name || t("customer"), emoji: fresh.emoji }));
  }

  function failed({ id, status, failure }) {
    if (status !== "failed" || state.bubbles.value.byId.get(id)?.status === "failed") return;
    say(failure?.words ?? t("failed.unknown"));
    if (!focused) host.toast(t("status.failed"), failure?.words ?? t("failed.unknown"), "error");
  }

  /**
   * How far the server has told, also of what is not shown. What was sent from here does not count: what the customer wrote before it may not
   * have come yet.
   */
  let cursor = null;
  let typing = null;
  const on = {
    message: heard,
    changed: (bubble) => state.bubbles.value.byId.has(bubble.id) && state.put(bubble),
    status: (data) => {
      failed(data);
      state.patch(data.id, { status: data.status, status_at: data.status_at, failure: data.failure });
    },
    reactions: reacted,
    window: (data) => (state.window.value = data),
    conversation: (data) => (state.conversation.value = data),
    typing(data) {
      clearTimeout(typing);
      state.typing.value = data;
      typing = setTimeout(() => (state.typing.value = null), Math.max(1_000, Date.parse(data.until) - state.now()));
    },
    send: (data) => app.outbox?.heard?.(data),
    resync: () => app.reload(),
  };

  /** With what the server adds in the reader's words. */
  app.read = (path, query) => api.get(path, { language: language.value, ...query });
  app.load = async () => {
    try {
      const page = await app.read("messages", { limit: 50 });
      cursor = page.messages.findLast((one) => !UNSENT.has(one.status))?.id ?? null;
      state.fill(page);
    } catch (error) {
      state.loading.value = false;
      app.failed(error);
    }
  };
  app.reload = async () => {
    const opening = await api.get(api.base.href.slice(0, -1)).catch(app.failed);
    if (!opening) return;
    state.time(opening.now);
    for (const name of ["me", "conversation", "window", "capabilities"]) state[name].value = opening[name];
    await app.load();
  };
  app.seen = () => {
    if (!state.unread.value.ahead) return;
    state.unread.value = { ...state.unread.value, ahead: 0 };
    host.attention(0);
  };

  app.live = makeLive({
    url: socketUrl(tenants),
    session,
    events: ({ after, watching }) => app.read("events", { after, watching: watching.join(",") }),
    hello: () => ({ thread, language: language.value, after: cursor, watching: state.unsettled() }),
    on(event) {
      if (event.kind === "message") cursor = event.data.id;
      on[event.kind]?.(event.data);
    },
    status: (word) => (state.connection.value = word),
    time(now, told) {
      state.time(now);
      cursor = told ?? cursor;
    },
    refused: (code) => (code === 4401 ? app.restart() : app.again()),
  });

  const focus = () => {
    since = state.now().getTime();
    focused = true;
    clearTimeout(letGo);
    app.live.start();
    if (watched()) app.seen();
  };
  const blur = () => {
    focused = false;
    clearTimeout(letGo);
    letGo = setTimeout(() => app.live.stop(), BLURRED);
  };
  const online = () => app.live.retry();
  const offline = () => (state.connection.value = "offline");
  const offs = [host.on("focus", focus), host.on("blur", blur), language.subscribe(() => app.reload())];
  addEventListener("online", online);
  addEventListener("offline", offline);

  return () => {
    app.live.stop();
    clearTimeout(letGo);
    for (const off of offs) off();
    removeEventListener("online", online);
    removeEventListener("offline", offline);
  };
}

/** A short tone, made here: no file. */
function chime() {
  const sound = new AudioContext();
  const tone = sound.createOscillator();
  const loudness = sound.createGain();
  tone.frequency.value = 660;
  loudness.gain.setValueAtTime(0.08, sound.currentTime);
  loudness.gain.exponentialRampToValueAtTime(0.001, sound.currentTime + 0.25);
  tone.connect(loudness).connect(sound.destination);
  tone.start();
  tone.stop(sound.currentTime + 0.25);
  tone.onended = () => sound.close();
}
