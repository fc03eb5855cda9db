// The API below /api/v1/ in the name of who is signed in: a cookie goes along, and what proves that it is this page.
import { address, answerTo, json, sent } from "../../shared/core/net.js";

const BASE = new URL("/api/v1/", location.origin);
const SECOND = 1_000;

/** How far the server's clock is ahead, as its answers say it: to the second. */
function clock() {
  let ahead = 0;
  return {
    heard(date) {
      const theirs = Date.parse(date ?? "");
      if (!Number.isNaN(theirs) && Math.abs(theirs + SECOND / 2 - Date.now() - ahead) > 2 * SECOND) ahead = theirs + SECOND / 2 - Date.now();
    },
    now: () => new Date(Date.now() + ahead),
  };
}

const tag = (etag) => (etag === undefined || etag === null ? {} : { "If-Match": etag === "*" ? "*" : `"${String(etag).replaceAll('"', "")}"` });

export function makeApi(session) {
  const time = clock();

  async function once(method, path, { query, body, headers, signal }) {
    const told = { Accept: "application/json", ...session.headers(), ...headers };
    if (body !== undefined) told["Content-Type"] = "application/json";
    const answer = await answerTo(address(BASE, path, query), {
      method,
      headers: told,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
      credentials: "same-origin",
    });
    time.heard(answer.headers.get("Date"));
    return { value: await json(answer), etag: answer.headers.get("ETag")?.replace(/^W\/|"/g, "") ?? null };
  }

  /** Made once more after a renewed session (401), and after somebody has proved themselves again. */
  async function patiently(made) {
    for (let renewed = false; ; ) {
      try {
        return await made();
      } catch (error) {
        if ((error.status === 401 || error.code === "csrf") && !renewed) {
          renewed = true;
          await session.renewed();
        } else if (error.code !== "reauthenticate" || !(await session.reauthenticated(error))) throw error;
      }
    }
  }

  const call = (method, path, options = {}) => patiently(() => once(method, path, options));
  const value = async (promise) => (await promise).value;
  const keyed = ({ key, ...rest } = {}) => ({ ...rest, headers: { "Idempotency-Key": key ?? crypto.randomUUID() } });

  return {
    now: time.now,
    /** Where it is: for downloads, which are plain links. */
    url: (path, query) => address(BASE, path, query).href,
    get: (path, query, options) => value(call("GET", path, { query, ...options })),
    /** What it says, with the version that a change must name. */
    read: (path, query, options) => call("GET", path, { query, ...options }),
    /** With a key of its own, so that a second try does nothing twice. */
    post: (path, body, options) => value(call("POST", path, { body: body ?? {}, ...keyed(options) })),
    /** A file's bytes alone; `onProgress` is told the share that has gone. */
    upload: (path, blob, { query, ...options } = {}) => patiently(() => sent(address(BASE, path, query), blob, { Accept: "application/json", ...session.headers() }, options)),
    put: (path, body, { etag, ...options } = {}) => value(call("PUT", path, { body, headers: tag(etag), ...options })),
    patch: (path, body, { etag, ...options } = {}) => value(call("PATCH", path, { body, headers: tag(etag), ...options })),
    del: (path, { etag, ...options } = {}) => value(call("DELETE", path, { headers: tag(etag), ...options })),
  };
}

/** A path of the API from its parts, each of them whatever it may be. */
export const path = (...parts) => parts.map((one) => encodeURIComponent(one)).join("/");
