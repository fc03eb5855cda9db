// Which page an address means, and the way from one to another without leaving.
import { loadWords, signal } from "../shared/core/base.js";

export const HOME = "/admin/";

/**
 * Every page by its name, in the order of the navigation. `may`: the action that one must be allowed to see it;
 * `load`: its module, null while there is none. A page of no group is in the navigation only by somebody's name.
 */
export const PAGES = {
  overview: {
    symbol: "home",
    group: "watch",
    may: "statistics:read",
    load: () => import("./pages/overview.js"),
  },
  tenants: {
    symbol: "building",
    group: "set_up",
    may: "tenants:list",
    load: () => import("./pages/tenants.js"),
  },
  users: {
    symbol: "people",
    group: "set_up",
    may: "users:read",
    load: () => import("./pages/users.js"),
  },
  onboarding: {
    symbol: "steps",
    group: "set_up",
    may: "onboarding:read",
    load: () => import("./pages/onboarding.js"),
  },
  secrets: {
    symbol: "key",
    group: "set_up",
    may: "secrets:read",
    load: () => import("./pages/secrets.js"),
  },
  templates: {
    symbol: "template",
    group: "set_up",
    may: "templates:read",
    load: () => import("./pages/templates.js"),
  },
  trace: {
    symbol: "route",
    group: "watch",
    may: "traces:read",
    load: () => import("./pages/trace.js"),
  },
  dead: {
    symbol: "dead",
    group: "watch",
    may: "dead:read",
    load: () => import("./pages/dead.js"),
  },
  statistics: {
    symbol: "chart",
    group: "watch",
    may: "statistics:read",
    load: () => import("./pages/statistics.js"),
  },
  health: {
    symbol: "pulse",
    group: "watch",
    may: "traffic:read",
    load: () => import("./pages/health.js"),
  },
  alerts: {
    symbol: "bell",
    group: "watch",
    may: "alerts:read",
    load: () => import("./pages/alerts.js"),
  },
  privacy: {
    symbol: "shield",
    group: "answer_for",
    may: "people:read",
    load: () => import("./pages/privacy.js"),
  },
  audit: {
    symbol: "list",
    group: "answer_for",
    may: "audit:read",
    load: () => import("./pages/audit.js"),
  },
  account: {
    symbol: "person",
    group: null,
    may: "self:manage",
    load: () => import("./pages/account.js"),
  },
};

/** `{name, parts, query}` of an address. */
export function parse(url) {
  const [name, ...parts] = url.pathname.slice(HOME.length).split("/").filter(Boolean).map(decodeURIComponent);
  return { name: name ?? "overview", parts, query: url.searchParams };
}

const filled = (query) => Object.entries(query ?? {}).filter(([, value]) => value !== null && value !== undefined && value !== "");

export function makeRouter() {
  const route = signal(parse(new URL(location.href)));
  const read = () => (route.value = parse(new URL(location.href)));

  /** An address of a page; the chosen tenant goes along unless `query` says otherwise. */
  function href(path = "", query = {}) {
    const kept = new URLSearchParams(location.search).get("tenant");
    const search = new URLSearchParams(filled({ tenant: kept, ...query }));
    return `${HOME}${path}${search.size ? `?${search}` : ""}`;
  }

  function move(address, replace) {
    if (address === location.pathname + location.search) return;
    history[replace ? "replaceState" : "pushState"](null, "", address);
    read();
  }

  /** A link within the dashboard is followed without loading it anew, unless somebody wants another window. */
  function follow(event) {
    const link = event.target.closest?.("a[href]");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    if (link.target || link.hasAttribute("download") || link.origin !== location.origin || !link.pathname.startsWith(HOME)) return;
    event.preventDefault();
    move(link.pathname + link.search, false);
  }

  addEventListener("popstate", read);
  document.addEventListener("click", follow);
  return {
    route,
    href,
    go: (path, query, { replace = false } = {}) => move(href(path, query), replace),
    /** Change the query in place. `push`: so that one can go back to what was. */
    query(changes, { push = false } = {}) {
      const search = new URLSearchParams(location.search);
      for (const [name, value] of Object.entries(changes)) search.delete(name);
      for (const [name, value] of filled(changes)) search.set(name, value);
      move(location.pathname + (search.size ? `?${search}` : ""), !push);
    },
    stop() {
      removeEventListener("popstate", read);
      document.removeEventListener("click", follow);
    },
  };
}

/** A sheet of styles that is loaded with what needs it; resolves when it holds. */
export function linked(name) {
  const url = new URL(name, import.meta.url).href;
  if (document.querySelector(`link[href="${url}"]`)) return Promise.resolve();
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: url });
  const done = new Promise((resolve) => (link.onload = link.onerror = resolve));
  document.head.append(link);
  return done;
}

const loaded = new Map();

async function bring(name, page) {
  const found = await page.load();
  await Promise.all([...[found.words ?? []].flat().map((area) => loadWords(null, area)), found.css && linked(`pages/${name}.css`)]);
  return found;
}

/** A page's module with its words and styles; once each. What failed is tried anew. */
export function open(name) {
  const page = PAGES[name];
  if (!page?.load) return Promise.resolve(null);
  if (!loaded.has(name)) loaded.set(name, bring(name, page));
  const coming = loaded.get(name);
  coming.catch(() => loaded.delete(name));
  return coming;
}
