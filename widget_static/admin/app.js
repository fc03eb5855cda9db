// What is handed to every page: the API, who one is, where one is, and a few words to say.
import { signal } from "../shared/core/base.js";
import { toast } from "../shared/kit/kit.js";
import { makeApi } from "./kit/api.js";
import { confirm } from "./kit/dialogs.js";
import { explained } from "./kit/states.js";
import { makeRouter } from "./router.js";

const AT_ONCE = 100;

/** Names of tenants, asked for once each, many in one call; whoever shows one follows `known`. */
function naming(api) {
  const known = signal(new Map());
  const asked = new Set();
  const wanted = [];
  const learn = (tenants) => (known.value = new Map([...known.value, ...tenants.map(({ id, name }) => [id, name])]));

  async function ask() {
    const ids = wanted.splice(0, AT_ONCE);
    if (wanted.length) queueMicrotask(ask);
    const told = await api.get("tenants", { ids: ids.join(","), limit: AT_ONCE }).catch(() => null);
    if (told) learn(told.tenants);
  }

  function name(id) {
    if (!id) return "";
    if (!known.value.has(id) && !asked.has(id)) {
      asked.add(id);
      if (wanted.push(id) === 1) queueMicrotask(ask);
    }
    return known.value.get(id) || id;
  }
  return { known, learn, name };
}

/** Called every few seconds, while the element is in the page and somebody can see it. */
function every(element, seconds, fn) {
  let due = Date.now() + seconds * 1_000;
  let timer = null;

  async function turn() {
    clearTimeout(timer);
    if (!element.isConnected) return stop();
    if (!document.hidden && Date.now() >= due) {
      await Promise.resolve(fn()).catch(() => {}); // the next turn tries again; the page shows what it has
      due = Date.now() + seconds * 1_000;
    }
    timer = setTimeout(turn, document.hidden ? 60_000 : Math.max(100, due - Date.now()));
  }

  function stop() {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", turn);
  }
  document.addEventListener("visibilitychange", turn);
  timer = setTimeout(turn, seconds * 1_000);
  return stop;
}

export function makeApp(session, { restart }) {
  const api = makeApi(session);
  const router = makeRouter();
  const { me } = session;
  const names = naming(api);
  const chosen = () => me.value.tenant ?? (router.route.value.query.get("tenant") || null);
  const tenant = signal(chosen());
  const settle = () => (tenant.value = chosen());
  router.route.subscribe(settle);
  me.subscribe(settle);

  return {
    api,
    session,
    me,
    /** What one may not do is not offered; the server would refuse it anyway. */
    may: (action) => me.value.actions.includes(action),
    route: router.route,
    tenant,
    tenants: names.known,
    tenantName: names.name,
    learn: names.learn,
    go: router.go,
    href: router.href,
    query: router.query,
    toast,
    /** What went wrong, in words, with what to do next and what to name to those who help. */
    fail: (error) => toast(explained(error), "error"),
    confirm,
    every,
    now: api.now,
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    environment: document.documentElement.dataset.environment ?? "",
    async leave() {
      await session.end().catch(() => {});
      restart();
    },
    stop: router.stop,
  };
}
