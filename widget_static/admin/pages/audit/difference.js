// What changed, field by field: pure.
import { path } from "../../kit/api.js";

const plain = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** Everything in it by its path: `{"quota": {"keys": 3}}` → `quota.keys: "3"`. */
function flat(value, prefix = "", found = new Map()) {
  for (const [name, one] of Object.entries(value ?? {})) {
    if (plain(one) && Object.keys(one).length) flat(one, `${prefix}${name}.`, found);
    else found.set(`${prefix}${name}`, typeof one === "string" ? one : JSON.stringify(one));
  }
  return found;
}

/** `{path, before, after, kind: "added" | "removed" | "changed"}` for each field that differs, in its order. */
export function differences(before, after) {
  const [old, now] = [flat(before), flat(after)];
  const rows = [...new Set([...old.keys(), ...now.keys()])].map((name) => ({
    path: name,
    before: old.get(name),
    after: now.get(name),
    kind: !old.has(name) ? "added" : !now.has(name) ? "removed" : "changed",
  }));
  return rows.filter((row) => row.before !== row.after);
}

const PLACES = { message: (id) => path("trace", id), dead: (id) => path("dead", id), tenant: (id) => path("tenants", id) };

/** Where the thing is that a line is about, if a page shows it. */
export function leads(line, app) {
  const [kind, id] = line.subject.split("/");
  return id && PLACES[kind] ? app.href(PLACES[kind](id), line.tenant ? { tenant: line.tenant } : {}) : null;
}
