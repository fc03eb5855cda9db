// How somebody likes the dashboard: kept in this browser, and nothing else is.

const KEY = "xyper-admin";

function read() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY));
    return kept && typeof kept === "object" ? kept : {};
  } catch {
    return {};
  }
}

function keep(changes) {
  const next = { ...read(), ...changes };
  try {
    localStorage.setItem(KEY, JSON.stringify(next));
  } catch {
    // A browser that keeps nothing: it holds until the page is left.
  }
}

let theme = read().theme ?? "auto";

export const preferences = {
  /** `auto`, `light` or `dark`. */
  get theme() {
    return theme;
  },
  set theme(next) {
    theme = next;
    keep({ theme });
    this.apply();
  },
  get language() {
    return read().language ?? "";
  },
  set language(tag) {
    keep({ language: tag });
  },
  /** Which columns of a table are hidden: names. */
  hidden: (table) => read().hidden?.[table] ?? null,
  hide: (table, names) => keep({ hidden: { ...read().hidden, [table]: names } }),
  apply() {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  },
  /** What is seen now, whoever decided it. */
  get dark() {
    return theme === "dark" || (theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  },
};
