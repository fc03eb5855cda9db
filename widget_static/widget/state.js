// What the widget knows of the conversation, as signals, and the few ways in which it changes.
import { signal } from "../shared/core/base.js";

/** The order in which a status may rise. What came late is ignored; a failure is the last word. */
const RANK = { waiting: 0, pending: 1, unknown: 1, sent: 2, delivered: 3, read: 4, played: 5, failed: 9 };

const ANEW = new Set(["waiting", "pending"]);

/** A bubble's status with what was just heard of it: it only ever moves forward, unless a failed one is tried again. */
export function risen(bubble, { status, status_at: at, failure }) {
  const times = { ...bubble.status_at, ...at };
  const anew = bubble.status === "failed" && ANEW.has(status);
  if (!status || (RANK[status] < RANK[bubble.status] && !anew)) return { ...bubble, status_at: times };
  return { ...bubble, status, status_at: times, failure: failure ?? null };
}

const LOCAL = "key:";
const isLocal = (one) => one.id.startsWith(LOCAL);

/** The server's order is that of its ids, in pages and here; what has no id of its yet comes last. */
function before(one, other) {
  if (isLocal(one) !== isLocal(other)) return isLocal(other);
  return isLocal(one) ? one.at < other.at : one.id < other.id;
}

/** `opening` is the answer to `GET B`; `kept` are signals that were there before it. */
export function makeState(opening, kept = {}) {
  const offset = signal(Date.parse(opening.now) - Date.now());
  const state = {
    me: signal(opening.me),
    conversation: signal(opening.conversation),
    window: signal(opening.window),
    capabilities: signal(opening.capabilities),
    threads: signal(opening.threads ?? []),
    bubbles: signal({ list: [], byId: new Map(), byKey: new Map() }),
    older: signal(null),
    newer: signal(null),
    loading: signal(true),
    unread: signal({ first: null, count: 0, ahead: 0 }),
    typing: signal(null),
    quote: signal(null),
    connection: signal("live"),
    tab: signal("chat"),
    found: signal(false),
    composed: signal(false),
    ...kept,
    /** The server's clock: what the window is measured by, and never the PC's. */
    now: () => new Date(Date.now() + offset.value),
    time: (now) => (offset.value = Date.parse(now) - Date.now()),
    put,
    patch,
    remove,
    fill,
    unsettled: () => state.bubbles.value.list.filter((one) => one.direction === "out" && !isLocal(one) && !settled(one)).slice(-200).map((one) => one.id),
  };

  function become(list) {
    const byId = new Map(list.map((one) => [one.id, one]));
    state.bubbles.value = { list, byId, byKey: new Map(list.filter((one) => one.key).map((one) => [one.key, one])) };
  }

  /** A bubble at its place. One with the same key gives way to it: it is ours of the outbox, or what was accepted and is now sent. */
  function put(bubble) {
    const { list, byId, byKey } = state.bubbles.value;
    const known = byId.get(bubble.id) ?? byKey.get(bubble.key);
    if (known?.id === bubble.id && known.direction === "out") bubble = { ...risen(known, bubble), ...unlike(bubble) };
    // Whoever answers has read what came before.
    if (!known && bubble.direction === "out" && state.unread.value.first) state.unread.value = { first: null, count: 0, ahead: 0 };
    const rest = known ? list.filter((one) => one !== known) : [...list];
    let at = rest.length;
    while (at > 0 && before(bubble, rest[at - 1])) at -= 1;
    rest.splice(at, 0, bubble);
    become(rest);
  }

  function patch(id, fields) {
    const known = state.bubbles.value.byId.get(id);
    if (!known) return;
    const changed = "status" in fields ? { ...risen(known, fields), ...unlike(fields) } : { ...known, ...fields };
    become(state.bubbles.value.list.map((one) => (one === known ? changed : one)));
  }

  function remove(id) {
    const { list, byId } = state.bubbles.value;
    if (byId.has(id)) become(list.filter((one) => one.id !== id));
  }

  /** A page of the history: in the place of what is there, or before or after it. */
  function fill(page, where = "instead") {
    const { list } = state.bubbles.value;
    const ids = new Set(page.messages.map((one) => one.id));
    const keys = new Set(page.messages.map((one) => one.key).filter(Boolean));
    const kept = list.filter((one) => !ids.has(one.id) && !keys.has(one.key));
    const own = kept.filter(isLocal);
    if (where === "before") become([...page.messages, ...kept]);
    else if (where === "after") become([...kept.filter((one) => !own.includes(one)), ...page.messages, ...own]);
    else become([...page.messages, ...own]);
    if (where !== "after") state.older.value = page.older;
    if (where !== "before") state.newer.value = page.newer;
    state.loading.value = false;
  }

  return state;
}

const settled = (bubble) => bubble.status === "failed" || bubble.status === "played" || (bubble.status === "read" && !bubble.parts.some((part) => part.kind === "voice"));

/** All fields but those of its status, which `risen` has decided. */
function unlike({ status: _, status_at: _at, failure: _failure, ...rest }) {
  return rest;
}
