// The way through an onboarding: which of the engine's steps belong to each of the wizard's, and how far one is. Pure.

const DESK = "genesys";
const PHONE = "whatsapp";

/** In their order. `adapter` and `steps`: what is run at the vendor for it. */
export const WAY = [
  { name: "organisation", steps: [] },
  { name: "genesys", adapter: DESK, steps: ["token", "permissions"] },
  { name: "whatsapp", adapter: PHONE, steps: ["token", "number"] },
  { name: "webhook", adapter: PHONE, steps: ["subscription", "challenge"] },
  { name: "integration", adapter: DESK, steps: ["integration", "created", "content", "typing", "flow"] },
  { name: "widget", adapter: DESK, steps: ["widget", "sign_in"] },
  { name: "trip", adapter: PHONE, steps: ["heard", "answered"] },
  { name: "live", steps: [] },
];

export const adapterOf = (account) => account.slice(0, account.indexOf("/"));
export const written = (one) => `${one.adapter}/${one.account}`;

/** The tenant's account on the channel of a step: the one that was chosen, else its oldest. */
export function accountOf(state, step, chosen = null) {
  const all = state.accounts.filter((one) => one.adapter === step.adapter);
  return all.find((one) => one.account === chosen) ?? all[0] ?? null;
}

/** The engine's rows that belong to a step of the wizard, in their order. */
export function rowsOf(state, step, chosen = null) {
  const account = accountOf(state, step, chosen);
  if (!account) return [];
  const rows = state.onboarding.steps.filter((one) => one.account === written(account) && step.steps.includes(one.step));
  return step.steps.map((name) => rows.find((one) => one.step === name)).filter(Boolean);
}

/** `pending`, `running`, `waiting`, `failed` or `done`, of several rows together. */
export function summed(rows) {
  const states = new Set(rows.map((one) => one.state));
  if (!rows.length) return "pending";
  if (states.has("failed")) return "failed";
  if (states.has("running")) return "running";
  if (states.has("waiting") || states.has("unknown")) return "waiting";
  if (states.size === 1 && states.has("done")) return "done";
  return "pending";
}

/** How each step of the wizard is, by its name. */
export function states(state) {
  const found = Object.fromEntries(WAY.map((step) => [step.name, summed(rowsOf(state, step))]));
  found.organisation = state.tenant ? "done" : "pending";
  found.live = state.onboarding.state === "done" ? "done" : "pending";
  return found;
}

/** Where to go on: the first step that is not done. */
export const nextOf = (found) => WAY.find(({ name }) => found[name] !== "done")?.name ?? "live";

/** The step after this one. */
export const after = (name) => WAY[WAY.findIndex((one) => one.name === name) + 1]?.name ?? null;

/** An account at the agents' vendor that has yet to be made there. */
export const unborn = (account) => Boolean(account?.account.startsWith("new-"));

/** The choices of a field, as the schema of an account's `config` lists them: `[[value, words]]`. */
export function choicesOf(guide, adapter, name) {
  const schema = guide.channels.find((one) => one.adapter === adapter)?.config.properties?.[name];
  return (schema?.anyOf ?? []).filter((one) => "const" in one).map((one) => [one.const, one.title ? `${one.const} · ${one.title}` : one.const]);
}

/** The webhook address that counts for a channel: the tenant's own before the operator's. */
export const placeOf = (guide, adapter, account) => guide.places.find((one) => one.adapter === adapter && (!one.account || one.account === account)) ?? null;
