// From bubbles to rows: dates between them, groups of one sender, albums. Pure: the same rows for the same bubbles.

const TOGETHER = 5 * 60_000;
const ALBUM = 60_000;
const ALBUM_FROM = 4;
const SHOWN = new Set(["image", "video"]);

const failed = (bubble) => bubble.status === "failed";
const facts = new WeakMap();

/** What is asked of each bubble every time anything changes: found out once. */
function about(bubble) {
  let known = facts.get(bubble);
  if (known) return known;
  const date = new Date(bubble.at);
  const { kind, id, name } = bubble.author ?? {};
  known = {
    time: date.getTime(),
    day: `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`,
    sender: `${bubble.direction} ${kind} ${id ?? name ?? ""}`,
  };
  facts.set(bubble, known);
  return known;
}
const time = (bubble) => about(bubble).time;
const sender = (bubble) => about(bubble).sender;
const day = (bubble) => about(bubble).day;

/** What happened, rather than what somebody said: it stands in the middle. Other notices stand in for a message. */
const HAPPENED = new Set(["number_changed", "user_id_changed", "identity_changed", "missed_call", "call_permission", "welcome", "handover", "system", "opted_out", "opted_out_of_all", "opted_in"]);
export const isNotice = (bubble) => bubble.parts.length > 0 && bubble.parts.every((part) => part.type === "notice" && HAPPENED.has(part.code));

/** A single picture or film without words that may stand in an album. */
function pictured(bubble) {
  const [part] = bubble.parts;
  const plain = !bubble.quote && !bubble.deleted && !bubble.forwarded && !bubble.reactions?.length && !failed(bubble);
  return plain && bubble.parts.length === 1 && part.type === "media" && SHOWN.has(part.kind) && !part.caption && part.state === "stored";
}

/** How many bubbles from `at` on make an album: 0 where they do not. */
function albumLength(list, at) {
  const first = list[at];
  if (!pictured(first)) return 0;
  let end = at + 1;
  while (end < list.length && pictured(list[end]) && sender(list[end]) === sender(first) && time(list[end]) - time(first) <= ALBUM) end += 1;
  return end - at >= ALBUM_FROM ? end - at : 0;
}

/** Does `next` go on what the same person was just saying? */
export function grouped(previous, next) {
  if (!previous || isNotice(previous) || isNotice(next) || failed(previous) || failed(next)) return false;
  return sender(previous) === sender(next) && previous.thread === next.thread && time(next) - time(previous) <= TOGETHER;
}

/**
 * Rows in their order: `{type: "day", key, at}`, `{type: "unread", key, count}`, `{type: "thread", key, at}` where another conversation began, and
 * `{type: "bubble", key, bubble, first, album}`. `kept` is the last answer's map: a row that is as it was is the same object,
 * so that nothing of it is rendered again.
 */
export function rowsOf(list, { unread = { first: null, count: 0 }, kept = new Map() } = {}) {
  const rows = [];
  const next = new Map();
  let previous = null;
  let started = true;

  const keep = (row) => {
    const known = kept.get(row.key);
    const same = known && known.bubble === row.bubble && known.first === row.first && known.count === row.count && alike(known.album, row.album);
    next.set(row.key, same ? known : row);
    rows.push(same ? known : row);
  };

  for (let at = 0; at < list.length; at += 1) {
    const bubble = list[at];
    started = false;
    if (!previous || day(previous) !== day(bubble)) {
      keep({ type: "day", key: `day ${day(bubble)}`, at: bubble.at });
      started = true;
    }
    if (previous && bubble.thread && previous.thread && bubble.thread !== previous.thread) {
      keep({ type: "thread", key: `thread ${bubble.thread} ${bubble.id}`, at: bubble.at });
      started = true;
    }
    if (bubble.id === unread.first) {
      keep({ type: "unread", key: "unread", count: unread.count });
      started = true;
    }
    const many = albumLength(list, at);
    const first = started || !grouped(previous, bubble);
    const album = many ? list.slice(at, at + many) : null;
    // The album's status is its last picture's: what came before has gone the same way.
    keep({ type: "bubble", key: bubble.key ? `key ${bubble.key}` : bubble.id, bubble: album ? album.at(-1) : bubble, first, album });
    if (many) at += many - 1;
    previous = list[at];
  }
  return { rows, kept: next };
}

const alike = (one, other) => one === other || (one && other && one.length === other.length && one.every((bubble, at) => bubble === other[at]));
