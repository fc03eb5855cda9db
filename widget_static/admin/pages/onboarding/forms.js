// The steps in which something is typed: the organisation, its Genesys account, its WhatsApp number.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { fmt, LANGUAGES, t } from "../../../shared/core/base.js";
import { alertBox, button } from "../../../shared/kit/kit.js";
import { path } from "../../kit/api.js";
import { fields, focusWrong } from "../../kit/form.js";
import { explained } from "../../kit/states.js";
import { link, run, saveDesk, saveNumber } from "./saving.js";
import { ticks } from "./ticks.js";
import { accountOf, choicesOf, summed, WAY } from "./way.js";

const slug = (name) => name.normalize("NFKD").toLowerCase().replace(/\p{M}/gu, "").replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 63);
const zones = () => ["UTC", ...Intl.supportedValuesOf("timeZone").filter((one) => one.includes("/"))].map((one) => [one, one.replaceAll("_", " ")]);
/** The languages in which Xyper itself speaks to agents. */
const SPOKEN = LANGUAGES.filter((one) => one !== "ar").map((one) => one.split("-")[0]);

/** A form of a step: what is typed stays until it is stored, and `proved()` where a vendor has to say so. `work(values)` stores it. */
export function form(page, name, { specs, values, action, work, done, proved = () => true }) {
  if (page.stored.has(name) && proved()) page.forget(name);
  const draft = page.draft(name, values);
  const allowed = page.app.may("tenants:change") && page.app.may("onboarding:run");
  const shown = typeof specs === "function" ? specs(draft) : specs;
  async function send(event) {
    event.preventDefault();
    if (draft.busy) return;
    page.problem = null;
    if (await draft.send(work)) {
      page.stored.add(name);
      await page.refresh();
      await done?.();
    } else {
      await page.refresh();
      await page.updateComplete;
      focusWrong(page.querySelector(".wizard-step"));
    }
  }
  return html`<form class="form two" @submit=${send}>
    ${fields("onboarding", shown.map((one) => ({ ...one, disabled: one.disabled || !allowed })), draft)}
    ${allowed ? html`<div class="form-foot">${button(action, undefined, { kind: "primary", type: "submit", busy: draft.busy || page.running })}</div>` : nothing}
  </form>`;
}

/** What a step has found, and what went wrong in asking for it. */
export const outcome = (page, name) => html`${page.problem ? alertBox("error", explained(page.problem)) : nothing}${ticks(page.rows(name), page.now)}`;

// 1. The organisation

export function organisation(page) {
  const { app, tenant } = page;
  if (tenant) return known(page);
  const specs = (draft) => [
    { name: "name", label: t("onboarding.name"), required: true, max: 200, help: t("onboarding.name.help") },
    { name: "id", label: t("onboarding.id"), ltr: true, max: 63, pattern: "[a-z0-9][a-z0-9\\-]*", placeholder: slug(draft.get("name")), optional: true, help: t("onboarding.id.help") },
    ...policy(),
  ];
  const values = () => ({ name: "", id: "", "policy.language": "en", "policy.timezone": app.zone.includes("/") ? app.zone : "UTC" });
  let made = null;
  const work = async (all) => {
    made = await app.api.post("tenants", { id: all.id || slug(all.name), name: all.name.trim(), policy: { language: all["policy.language"], timezone: all["policy.timezone"] } });
    app.learn?.([made]);
  };
  const done = () => app.go(path("onboarding", made.id), { tenant: made.id, step: "genesys" });
  return form(page, "organisation", { specs, values, action: t("onboarding.create"), work, done });
}

const policy = () => [
  { name: "policy.language", label: t("onboarding.language"), kind: "select", options: SPOKEN.map((one) => [one, fmt.language(one)]), help: t("onboarding.language.help") },
  { name: "policy.timezone", label: t("onboarding.timezone"), kind: "select", options: zones(), help: t("onboarding.timezone.help") },
];

function known(page) {
  const { tenant, etag } = page.state;
  const specs = [
    { name: "name", label: t("onboarding.name"), required: true, max: 200, help: t("onboarding.name.help") },
    { name: "id", label: t("onboarding.id"), ltr: true, disabled: true, help: t("onboarding.id.fixed") },
  ];
  const work = ({ name }) => name !== tenant.name && page.app.api.patch(path("tenants", tenant.id), { name }, { etag });
  return form(page, "organisation", { specs, values: () => ({ name: tenant.name, id: tenant.id }), action: t("onboarding.save"), work, done: () => page.next() });
}

const proved = (page, name) => summed(page.rows(name)) === "done";
const step = (name) => WAY.find((one) => one.name === name);

/** Both accounts are there: whoever writes on this number is answered from this desk. */
async function tried(page, name) {
  await page.refresh();
  const { api } = page.app;
  await link(api, page.tenant, { customer: accountOf(page.state, step("whatsapp")), agent: accountOf(page.state, step("genesys")) });
  await run(api, page.tenant, accountOf(page.state, step(name)), step(name).steps);
}

// 2. Genesys

export function desk(page) {
  const account = page.account("genesys");
  const regions = choicesOf(page.state.guide, "genesys", "region");
  const secret = account?.secrets.includes("client_secret");
  const specs = [
    { name: "config.region", label: t("onboarding.region"), kind: "select", options: [["", t("onboarding.region.choose")], ...regions], required: true, help: t("onboarding.region.help") },
    { name: "config.organization_id", label: t("onboarding.organization"), ltr: true, optional: true, max: 200, help: t("onboarding.organization.help") },
    { name: "config.client_id", label: t("onboarding.client"), ltr: true, required: true, max: 200, help: t("onboarding.client.help") },
    { name: "secrets.client_secret", label: t("onboarding.client_secret"), kind: "secret", ltr: true, required: !secret, placeholder: secret ? t("onboarding.stored") : "", help: t(secret ? "onboarding.stored.help" : "onboarding.client_secret.help") },
  ];
  const values = () => ({
    "config.region": account?.config.region ?? "", "config.organization_id": account?.config.organization_id ?? "",
    "config.client_id": account?.config.client_id ?? "", "secrets.client_secret": "",
  });
  const work = async (all) => {
    await saveDesk(page.app.api, page.tenant, account, all, t("onboarding.desk.name", { tenant: page.state.tenant.name }));
    await tried(page, "genesys");
  };
  return html`${form(page, "genesys", { specs, values, action: t("onboarding.test"), work, proved: () => proved(page, "genesys") })}${outcome(page, "genesys")}${account ? page.foot("genesys", nothing) : nothing}`;
}

// 3. WhatsApp

export function number(page) {
  const account = page.account("whatsapp");
  const has = (name) => account?.secrets.includes(name);
  const specs = [
    { name: "account", label: t("onboarding.number"), ltr: true, required: true, pattern: "[0-9]{5,20}", help: t("onboarding.number.help") },
    { name: "parent", label: t("onboarding.waba"), ltr: true, required: true, pattern: "[0-9]{5,20}", help: t("onboarding.waba.help") },
    { name: "name", label: t("onboarding.label"), optional: true, max: 200, help: t("onboarding.label.help") },
    { name: "secrets.access_token", label: t("onboarding.token"), kind: "secret", ltr: true, required: !has("access_token"), placeholder: has("access_token") ? t("onboarding.stored") : "", help: t(has("access_token") ? "onboarding.stored.help" : "onboarding.token.help") },
    { name: "secrets.pin", label: t("onboarding.pin"), kind: "secret", ltr: true, optional: true, pattern: "[0-9]{6}", max: 6, placeholder: has("pin") ? t("onboarding.stored") : "", help: t("onboarding.pin.help") },
  ];
  const values = () => ({ account: account?.account ?? "", parent: account?.parent ?? "", name: account?.name ?? page.state.tenant.name, "secrets.access_token": "", "secrets.pin": "" });
  const work = async (all) => {
    await saveNumber(page.app.api, page.tenant, account, all);
    await tried(page, "whatsapp");
  };
  return html`${form(page, "whatsapp", { specs, values, action: t("onboarding.test"), work, proved: () => proved(page, "whatsapp") })}${outcome(page, "whatsapp")}${account ? page.foot("whatsapp", nothing) : nothing}`;
}
