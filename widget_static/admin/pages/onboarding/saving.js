// What is stored for a step, through the API. A secret that is there already is changed by proving the new one.
import { t } from "../../../shared/core/base.js";
import { ApiError } from "../../../shared/core/net.js";
import { path } from "../../kit/api.js";
import { say } from "../../kit/said.js";
import { written } from "./way.js";

const tenants = (tenant, ...rest) => path("tenants", tenant, ...rest);
const at = (tenant, account) => tenants(tenant, "accounts", account.adapter, account.account);

/** A fault of the API, at the field where it was typed. */
export function moved(error, field) {
  error.errors = { ...error.errors, [field]: say(error, "detail") };
  return error;
}

/** The vendor proves it; the same value once more is no change. */
async function prove(api, tenant, account, name, value) {
  if (!value) return;
  try {
    await api.post(tenants(tenant, "secrets", "rotate"), { owner: `account:${written(account)}`, name, value, overlap: 0 });
  } catch (error) {
    if (error.status !== 409) throw moved(error, `secrets.${name}`);
  }
}

/** Whoever writes on this number is answered from this desk. */
export async function link(api, tenant, state) {
  const { customer, agent } = state;
  if (!customer || !agent) return;
  const { links } = await api.get(tenants(tenant, "links"));
  if (links.some((one) => one.customer === written(customer))) return;
  await api.post(tenants(tenant, "links"), { customer: written(customer), agent: written(agent) });
}

async function change(api, tenant, account, values) {
  const { value, etag } = await api.read(at(tenant, account));
  const same = Object.entries(values).every(([name, one]) => JSON.stringify(value[name] ?? null) === JSON.stringify(one ?? null));
  if (!same) await api.patch(at(tenant, account), values, { etag });
}

/** The values of a form whose fields are called `config.region`, `secrets.client_secret`: those below one of these words. */
const below = (values, word) => Object.fromEntries(Object.entries(values).filter(([name]) => name.startsWith(`${word}.`)).map(([name, value]) => [name.slice(word.length + 1), value]));
const filled = (values) => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== "" && value !== null && value !== undefined));

/** The agents' side. `name`: what its integration is to be called. */
export async function saveDesk(api, tenant, account, values, name) {
  const config = filled({ ...account?.config, ...below(values, "config") });
  const secrets = filled(below(values, "secrets"));
  if (!account) return api.post(tenants(tenant, "accounts"), { adapter: "genesys", account: `new-${tenant}`, name, config, secrets });
  await change(api, tenant, account, { config });
  await prove(api, tenant, account, "client_secret", secrets.client_secret);
  return account;
}

/** The customers' side: a number. Another id, or a PIN for one that has none, is stored as a new account in its place. */
export async function saveNumber(api, tenant, account, values) {
  const { account: id, parent, name } = values;
  const secrets = filled(below(values, "secrets"));
  if (account && account.account === id && !secrets.pin) {
    await change(api, tenant, account, { name, parent });
    await prove(api, tenant, account, "access_token", secrets.access_token);
    return account;
  }
  if (account && !secrets.access_token) throw new ApiError(422, { errors: { "secrets.access_token": t("onboarding.token.again") } });
  if (account) await remove(api, tenant, account);
  return api.post(tenants(tenant, "accounts"), { adapter: "whatsapp", account: id, name, parent, secrets });
}

async function remove(api, tenant, account) {
  const { links } = await api.get(tenants(tenant, "links"));
  for (const one of links.filter(({ customer }) => customer === written(account))) await api.del(tenants(tenant, "links", one.id), { etag: "*" });
  await api.del(at(tenant, account), { etag: "*" });
}

/** A token that nobody can guess: made here, so that it can be copied; the server never tells it. */
export function madeUp() {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
}

export const saveHook = (api, tenant, secret, token) =>
  api.post(tenants(tenant, "hooks"), { adapter: "whatsapp", secrets: [secret], verify_tokens: [token] });

export const adopt = (api, tenant, account, id) => api.post(tenants(tenant, "onboarding", "adoption"), { account: written(account), id });

export const run = (api, tenant, account, steps, again = true) =>
  api.post(tenants(tenant, "onboarding", "run"), { account: account ? written(account) : "", step: steps.join(" "), again });

/** All that the wizard shows, read at once. */
export async function readAll(api, tenant) {
  const parts = ["onboarding", "onboarding/guide", "accounts", "links"];
  const [one, ...rest] = await Promise.all([api.read(tenants(tenant)), ...parts.map((part) => api.get(`${tenants(tenant)}/${part}`))]);
  const [onboarding, guide, { accounts }, { links }] = rest;
  return { tenant: one.value, etag: one.etag, onboarding, guide, accounts, links };
}
