// Who is signed in at this page. The tokens stand in cookies that no script can read; all that is known here is who, and until when.
import { loadWords, signal } from "../shared/core/base.js";
import { asJson, ask } from "../shared/core/net.js";

const PAGE = "/api/v1/auth/page";
/** Renewed so long before the token ends, and warned so long before the session does: milliseconds. */
const AHEAD = 60_000;
export const WARN = 120_000;
const TURN = 5_000;
/** Other tabs are told of what somebody does here so often at most. */
const TOLD = 10_000;
const DOES = ["pointerdown", "keydown", "wheel", "touchstart"];

const here = { credentials: "same-origin" };
const request = (method, path, body, headers = {}) => {
  const json = body === undefined ? { headers } : asJson(body);
  return ask(new URL(`${PAGE}${path}`, location.origin), { ...here, method, ...json, headers: { ...json.headers, ...headers } });
};

export const signIn = (body) => request("POST", "", body);
export const signOn = (body) => request("POST", "/sign-on", body);

/** Who is signed in; null where nobody is, or where it takes a renewal to know. */
const look = async () => (await request("GET", "")).signed_in;
const renewal = async (idle) => (await request("POST", "/renew", { idle: Math.max(0, idle / 1000) })).signed_in;

/** One tab at a time. */
const alone = (turn) => navigator.locks.request("xyper-admin-session", turn);

/** Never settles: the page is being left. */
const leaving = () => new Promise(() => {});

export function makeSession(first) {
  const channel = new BroadcastChannel("xyper-admin-session");
  const me = signal(first);
  let ahead = 0;
  let acted = Date.now();
  let shared = 0;
  let renewing = null;
  let proving = null;
  let warned = null;
  let timer = null;

  const now = () => Date.now() + ahead;
  const left = (moment) => Date.parse(moment) - now();

  /** What the server says of the session. Somebody else's page would go on with forms that are not theirs. */
  function take(found, { tell = false } = {}) {
    if (found.id !== me.value.id) {
      location.reload();
      return leaving();
    }
    ahead = Date.parse(found.now) - Date.now();
    me.value = found;
    if (tell) channel.postMessage({ type: "changed" });
    return found;
  }

  /** A refresh token is good for one use, in whichever tab: what another one has just renewed is taken over. */
  async function turn() {
    const found = await look();
    if (found) {
      take(found);
      const idle = Date.now() - acted;
      if (left(found.token_until) > AHEAD && (left(found.idle_at) > WARN || idle > WARN)) return found;
    }
    const next = await renewal(Date.now() - acted);
    return next && take(next, { tell: true });
  }

  /** Null where it cannot go on. */
  const renew = () => (renewing ??= alone(turn).finally(() => (renewing = null)));

  /** The dialogs are needed seldom, and not before there is a session. `name`: one of `again`, `prove`. */
  const dialog = async (name, ...more) => (await import("./signing.js"))[name](session, ...more);

  function again() {
    proving ??= dialog("again").then((found) => take(found, { tell: true })).finally(() => (proving = null));
    return proving;
  }

  /** Resolves when the session holds again, with the help of whoever sits here if need be. */
  async function renewed() {
    if (!(await renew())) await again();
  }

  async function watched() {
    const ends = Math.min(left(me.value.idle_at), left(me.value.ends_at));
    if (proving || renewing) return;
    if (ends <= 0) return renewed();
    if (left(me.value.token_until) < AHEAD || (left(me.value.idle_at) < WARN && Date.now() - acted < left(me.value.idle_at))) await renewed();
    const end = left(me.value.idle_at) < left(me.value.ends_at) ? me.value.idle_at : me.value.ends_at;
    if (left(end) > WARN || end === warned) return;
    warned = end; // once: whoever puts it away knows
    await dialog("warn");
  }

  function does() {
    acted = Date.now();
    if (acted - shared < TOLD) return;
    shared = acted;
    channel.postMessage({ type: "acted", at: acted });
  }

  channel.onmessage = async ({ data }) => {
    if (data.type === "acted") acted = Math.max(acted, data.at);
    else if (data.type === "left") location.reload();
    else if (data.type === "changed") {
      const found = await look().catch(() => null);
      if (found) take(found);
    }
  };

  const session = {
    me,
    now,
    left,
    headers: () => ({ "X-Xyper-CSRF": me.value.csrf }),
    renewed,
    again,
    /** "Stay signed in". */
    stay() {
      acted = Date.now();
      return renewed();
    },
    /** Before what cannot be undone: whether somebody proved who they are. */
    async reauthenticated() {
      const found = await dialog("prove");
      if (found) take(found, { tell: true });
      return Boolean(found);
    },
    prove: (body) => request("POST", "/prove", body, session.headers()),
    /** How the session is elsewhere: another tab may have signed in. */
    look,
    /** Those of signing in, for what else needs them. */
    words: () => loadWords(null, "admin-login"),
    async refreshed() {
      const found = await renewal(0);
      return found && take(found, { tell: true });
    },
    watch() {
      for (const what of DOES) addEventListener(what, does, { capture: true, passive: true });
      clearInterval(timer);
      timer = setInterval(() => watched().catch(() => {}), TURN); // the next turn tries again
    },
    async end() {
      await renew().catch(() => {}); // so that it is known which one ends
      await request("DELETE", "", undefined, session.headers());
      channel.postMessage({ type: "left" });
    },
  };
  take(first);
  return session;
}

/** The session of whoever is signed in; null where nobody is, or where somebody comes with an invitation. */
export async function openSession() {
  if (location.hash.startsWith("#code=")) await (await import("./landing.js")).land();
  if (location.hash.startsWith("#invitation=")) return null;
  const found = await alone(async () => {
    const { signed_in: who, renewable } = await request("GET", "");
    // Whoever has just set up a second factor may do more with new tokens.
    return who?.actions.length > 1 || !renewable ? who : renewal(0);
  });
  return found && found.actions.length > 1 ? makeSession(found) : null;
}
