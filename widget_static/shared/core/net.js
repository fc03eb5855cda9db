// Asking the server, and being told by it.

/** What the server refused, as it says it (RFC 9457). Status 0: it could not be reached. */
export class ApiError extends Error {
  constructor(status, problem = {}, { retryAfter = null, correlation = null } = {}) {
    super(problem.detail ?? problem.title ?? `HTTP ${status}`);
    this.status = status;
    this.code = problem.code ?? null;
    this.field = problem.field ?? null;
    /** What is wrong with each field, by its path: `{"config.region": "…"}`. */
    this.errors = problem.errors ?? {};
    this.title = problem.title ?? "";
    this.detail = problem.detail ?? "";
    /** Both for other languages, by their name. */
    this.said = problem.said ?? {};
    this.correlation = correlation;
    this.retryAfter = retryAfter;
  }

  /** From an answer's headers: `get(name)`. */
  static told(status, problem, get) {
    return new ApiError(status, problem ?? {}, { retryAfter: Number(get("Retry-After")) || null, correlation: get("X-Correlation-Id") });
  }
}

export const json = async (answer) => {
  const text = await answer.text();
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
};

/** One request, without a token, to the answer itself: what is no success is an `ApiError`, and so is a network that is away. */
export async function answerTo(url, options = {}) {
  let answer;
  try {
    answer = await fetch(url, { credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, { title: "offline" });
  }
  if (!answer.ok) throw ApiError.told(answer.status, await json(answer), (name) => answer.headers.get(name));
  return answer;
}

/** The same, to what the answer says. */
export const ask = async (url, options) => json(await answerTo(url, options));

export const asJson = (body) => ({ headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

/** The tokens of somebody who has signed in. They are kept in this closure and nowhere else. */
export function makeSession(refreshUrl, granted, ended) {
  let tokens = granted;
  let until = Date.now() + granted.expires_in * 1000;
  let renewing = null;

  async function refresh() {
    try {
      const body = { refresh_token: tokens.refresh_token };
      tokens = await ask(refreshUrl, { method: "POST", ...asJson(body) });
      until = Date.now() + tokens.expires_in * 1000;
    } catch (error) {
      if (error.status >= 400 && error.status < 500 && error.status !== 429) ended();
      throw error;
    } finally {
      renewing = null;
    }
  }

  return {
    /** A refresh token is good for one use: whoever asks meanwhile waits for the same answer. */
    renew: () => (renewing ??= refresh()),
    async token() {
      if (Date.now() > until - 30_000) await this.renew();
      return tokens.access_token;
    },
    expiresIn: () => until - Date.now(),
  };
}

export const address = (base, path, query) => {
  const url = new URL(path, base);
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== null && value !== undefined && value !== "") url.searchParams.set(name, value);
  }
  return url;
};

/** A file's bytes, posted. By XMLHttpRequest, because `fetch` does not tell how far an upload is. */
export function sent(url, blob, headers, { onProgress, signal } = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    for (const [name, value] of Object.entries({ "Content-Type": blob.type || "application/octet-stream", ...headers })) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => event.lengthComputable && onProgress?.(event.loaded / event.total);
    request.onerror = () => reject(new ApiError(0, { title: "offline" }));
    request.onabort = () => reject(new DOMException("taken back", "AbortError"));
    request.onload = () => settle(request, resolve, reject);
    signal?.addEventListener("abort", () => request.abort(), { once: true });
    request.send(blob);
  });
}

/** The API below `base` (ending in `/`), in the name of a session. */
export function makeApi({ base, session }) {
  async function call(method, path, { query, body, key, signal } = {}, again = true) {
    const headers = { Authorization: `Bearer ${await session.token()}`, Accept: "application/json" };
    if (key) headers["Idempotency-Key"] = key;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const text = body === undefined ? undefined : JSON.stringify(body);
    try {
      return await ask(address(base, path, query), { method, headers, body: text, signal });
    } catch (error) {
      if (error.status !== 401 || !again) throw error;
      await session.renew();
      return call(method, path, { query, body, key, signal }, false);
    }
  }

  async function upload(path, blob, { query, ...options } = {}) {
    return sent(address(base, path, query), blob, { Authorization: `Bearer ${await session.token()}` }, options);
  }

  return {
    get: (path, query, options) => call("GET", path, { query, ...options }),
    post: (path, body, options) => call("POST", path, { body: body ?? {}, ...options }),
    patch: (path, body, options) => call("PATCH", path, { body, ...options }),
    del: (path, options) => call("DELETE", path, options),
    upload,
    base,
    /** An address of the API, for whoever makes a request otherwise. */
    url: (path, query) => address(base, path, query),
  };
}

function settle(request, resolve, reject) {
  let told = null;
  try {
    told = JSON.parse(request.responseText);
  } catch {
    // An answer of a proxy in between is no JSON; the status says enough.
  }
  if (request.status < 300) resolve(told);
  else reject(ApiError.told(request.status, told, (name) => request.getResponseHeader(name)));
}

// What happens meanwhile: a socket, and questions every few seconds while there is none.

const FIRST = 1_000;
const LONGEST = 30_000;
const POLL = 4_000;
const FINAL = new Set([4401, 4403, 4404]);

/** Up to `LONGEST`, doubled with each failure, and never the same for two widgets. */
export const backOff = (failures, random = Math.random()) =>
  Math.min(LONGEST, FIRST * 2 ** Math.min(failures, 10)) * (0.5 + random / 2);

/**
 * `hello()` tells what we have: `{thread, after, watching}`. `on(event)` is given each event in its order; `status(word)`
 * one of `live`, `polling`, `offline`; `time(now, cursor)` the server's clock, and after a question how far it has told; `refused(code)` that the server will not have us.
 */
export function makeLive({ url, session, events, hello, on, status, time, refused }) {
  let socket = null;
  let failures = 0;
  let timer = null;
  let polling = null;
  let running = false;

  async function connect() {
    if (!running || socket) return;
    let token;
    try {
      token = await session.token();
    } catch {
      return again();
    }
    if (!running || socket) return;
    const mine = (socket = new WebSocket(url));
    mine.onopen = () => mine.send(JSON.stringify({ type: "hello", token, ...hello() }));
    mine.onmessage = (event) => take(JSON.parse(event.data));
    mine.onclose = (event) => closed(mine, event.code);
  }

  function take(frame) {
    if (frame.type === "ready") {
      failures = 0;
      time(frame.now);
      rest();
      status("live");
      renewLater();
    } else if (frame.type === "event") on(frame);
    else if (frame.type === "resync") on({ kind: "resync" });
  }

  async function closed(mine, code) {
    if (socket !== mine) return;
    socket = null;
    if (!running) return;
    if (code === 4401) await session.renew().catch(() => {});
    else if (FINAL.has(code)) return refused(code);
    again();
  }

  function again() {
    clearTimeout(timer);
    timer = setTimeout(connect, backOff(failures++));
    if (failures > 1 || !navigator.onLine) status(navigator.onLine && polling ? "polling" : "offline");
    polling ??= setTimeout(poll, POLL);
  }

  /** While there is no socket, the same events by asking. */
  async function poll() {
    if (!running || socket?.readyState === WebSocket.OPEN) return rest();
    try {
      const told = await events(hello());
      for (const event of told.events) on(event);
      time(told.now, told.cursor);
      status("polling");
    } catch (error) {
      status("offline");
      if (error.status === 403 || error.status === 404) return refused(error.status + 4000);
    }
    polling = running ? setTimeout(poll, POLL * (0.75 + Math.random() / 2)) : null;
  }

  function rest() {
    clearTimeout(polling);
    polling = null;
  }

  let renewal = null;
  function renewLater() {
    clearTimeout(renewal);
    renewal = setTimeout(async () => {
      try {
        await session.renew();
        say({ type: "token", token: await session.token() });
      } catch {
        // The socket ends with its token; what follows is the way back.
      }
      if (running) renewLater();
    }, Math.max(5_000, session.expiresIn() - 60_000));
  }

  function say(frame) {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
  }

  return {
    start() {
      if (running) return;
      running = true;
      failures = 0;
      connect();
    },
    stop() {
      running = false;
      clearTimeout(timer);
      clearTimeout(renewal);
      rest();
      socket?.close(1000);
      socket = null;
    },
    /** Try now: the network is back, or somebody asks for it. A socket from before may have lost its other end. */
    retry() {
      if (!running) return;
      const old = socket;
      socket = null;
      old?.close();
      failures = 0;
      clearTimeout(timer);
      connect();
    },
    say,
  };
}
