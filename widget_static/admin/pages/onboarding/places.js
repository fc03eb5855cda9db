// The steps in which the vendors are told of us: the webhook, the Open Messaging integration, the agents' widget.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { t } from "../../../shared/core/base.js";
import { alertBox, button, icon } from "../../../shared/kit/kit.js";
import { path } from "../../kit/api.js";
import { copyable } from "../../kit/copyable.js";
import { say } from "../../kit/said.js";
import { failed, shapes } from "../../kit/states.js";
import { exactly } from "../../kit/time.js";
import { form, outcome } from "./forms.js";
import { adopt, madeUp, run, saveDesk, saveHook } from "./saving.js";
import { placeOf, summed, unborn, WAY, written } from "./way.js";

const stepsOf = (name) => WAY.find((one) => one.name === name).steps;
const first = (words) => alertBox("warning", words);

/** Lines of a vendor's own form, each to be copied. */
const copied = (lines) => html`<dl class="copied">${lines.filter(Boolean).map(([label, value, help]) => html`<div><dt>${label}</dt><dd>${copyable(value, { label, block: true })}</dd>${help ? html`<dd class="help">${help}</dd>` : nothing}</div>`)}</dl>`;

/** The way on is what stands out once a step is done. */
function act(page, label, name, work = () => page.test(name)) {
  if (!page.app.may("onboarding:run")) return nothing;
  return button(label, work, { kind: summed(page.rows(name)) === "done" ? "secondary" : "primary", busy: page.running, symbol: "play" });
}

// 4. Webhook

/** Meta calls by itself: what is awaited, and the moment at which it came. */
function awaited(page, place) {
  const at = place?.challenged_at;
  return html`<p class="awaited ${at ? "done" : "waiting"}" role="status"><span class="mark" aria-hidden="true">${icon(at ? "check" : "clock")}</span>
    <span>${at ? t("onboarding.webhook.called", { at: exactly(at) }) : t("onboarding.webhook.waiting")}</span></p>`;
}

export function webhook(page) {
  const account = page.account("whatsapp");
  if (!account) return first(t("onboarding.first.whatsapp"));
  const place = placeOf(page.state.guide, "whatsapp", account.account);
  if (!place || page.ownApp) return html`${place ? back(page) : nothing}${ownApp(page)}`;
  const token = page.shownToken?.tenant === page.tenant ? page.shownToken.value : null;
  return html`<p>${t(place.own ? "onboarding.webhook.own" : "onboarding.webhook.shared")}</p>
    ${copied([[t("onboarding.webhook.url"), place.url, t("onboarding.webhook.url.help")], token && [t("onboarding.verify_token"), token, t("onboarding.verify_token.once")]])}
    ${token ? nothing : html`<p class="help">${t("onboarding.verify_token.kept")}</p>`}
    ${awaited(page, place)}
    ${outcome(page, "webhook")}
    ${page.foot("webhook", html`${act(page, t("onboarding.webhook.do"), "webhook")}${place.own || !page.app.may("tenants:change") ? nothing : button(t("onboarding.webhook.own_app"), () => toOwn(page, true))}`)}`;
}

function toOwn(page, own) {
  page.ownApp = own;
  page.requestUpdate();
}

const back = (page) => button(t("onboarding.webhook.shared_app"), () => toOwn(page, false), { kind: "quiet", symbol: "back" });

/** The tenant's own Meta app: its secret is typed, the verify token is made here and shown until one leaves. */
function ownApp(page) {
  const specs = [{ name: "secret", label: t("onboarding.app_secret"), kind: "secret", ltr: true, required: true, help: t("onboarding.app_secret.help") }];
  const work = async ({ secret }) => {
    const value = madeUp();
    await saveHook(page.app.api, page.tenant, secret, value);
    page.shownToken = { tenant: page.tenant, value };
    page.ownApp = false;
  };
  return form(page, "webhook", { specs, values: () => ({ secret: "" }), action: t("onboarding.webhook.make"), work, done: () => page.test("webhook") });
}

// 5. Open Messaging integration

function offers(page, account) {
  const key = written(account);
  if (page.offered === key) return;
  page.offered = key;
  page.offers.load(async () => (await page.app.api.get(path("tenants", page.tenant, "onboarding", "offers"), { account: key })).offers);
}

export function integration(page) {
  const account = page.account("genesys");
  if (!account) return first(t("onboarding.first.genesys"));
  if (!unborn(account)) return made(page, account);
  if (!page.app.may("onboarding:run")) return outcome(page, "integration");
  queueMicrotask(() => offers(page, account));
  const picked = page.picked ?? "";
  const pick = (value) => {
    page.picked = value;
    page.requestUpdate();
  };
  const connect = () => page.act(async () => {
    const now = picked ? (await adopt(page.app.api, page.tenant, account, picked)).account : written(account);
    const [adapter, ...rest] = now.split("/");
    page.picked = "";
    await run(page.app.api, page.tenant, { adapter, account: rest.join("/") }, stepsOf("integration"));
  });
  return html`<fieldset class="picks"><legend>${t("onboarding.integration.which")}</legend>
      ${option("", picked, pick, t("onboarding.integration.make"), t("onboarding.integration.make.help"))}
      ${listed(page, picked, pick)}
    </fieldset>
    ${outcome(page, "integration")}
    ${page.foot("integration", act(page, t(picked ? "onboarding.integration.take" : "onboarding.integration.create"), "integration", connect))}`;
}

function listed(page, picked, pick) {
  const { offers: found } = page;
  if (found.state === "error") return failed(found.error, found.again);
  if (found.state === "loading") return shapes(2);
  if (!found.value.length) return html`<p class="help">${t("onboarding.integration.none")}</p>`;
  return found.value.map((one) => option(one.id, picked, pick, html`<bdi>${one.name || one.id}</bdi>`, html`<code dir="ltr">${one.id}</code> ${say(one, "detail")}`));
}

const option = (value, picked, pick, label, help) => html`<label class="pick ${value === picked ? "on" : ""}"><input type="radio" name="integration" .value=${value} .checked=${value === picked} @change=${() => pick(value)} />
  <span><b>${label}</b><small>${help}</small></span></label>`;

const made = (page, account) => html`${copied([[t("onboarding.integration.id"), account.account]])}
  ${outcome(page, "integration")}
  ${page.foot("integration", act(page, t("onboarding.again"), "integration"))}`;

// 6. Widget

export function widget(page) {
  const account = page.account("genesys");
  const { page: told } = page.state.guide;
  if (!account || unborn(account)) return first(t("onboarding.first.integration"));
  return html`${told ? copied([
      [t("onboarding.widget.url"), told.url, t("onboarding.widget.url.help")],
      [t("onboarding.widget.sandbox"), told.sandbox],
      [t("onboarding.widget.permissions"), told.permissions],
    ]) : nothing}
    <p>${t("onboarding.widget.words")}</p>
    ${outcome(page, "widget")}
    ${page.foot("widget", act(page, t("onboarding.widget.do"), "widget"))}
    <details class="more-about" ?open=${Boolean(account.config.login_client_id)}><summary>${t("onboarding.sign_in")}</summary>
      <p>${t("onboarding.sign_in.words")}</p>
      ${told ? copied([[t("onboarding.sign_in.redirect"), told.redirect_uri, t("onboarding.sign_in.redirect.help")]]) : nothing}
      ${signIn(page, account)}
    </details>`;
}

function signIn(page, account) {
  const specs = [
    { name: "config.organization_id", label: t("onboarding.organization"), ltr: true, required: true, max: 200, help: t("onboarding.organization.help") },
    { name: "config.login_client_id", label: t("onboarding.login_client"), ltr: true, required: true, max: 200, help: t("onboarding.login_client.help") },
  ];
  const values = () => ({ "config.organization_id": account.config.organization_id ?? "", "config.login_client_id": account.config.login_client_id ?? "" });
  const work = (all) => saveDesk(page.app.api, page.tenant, account, all, "");
  return form(page, "sign_in", { specs, values, action: t("onboarding.save"), work, done: () => page.test("widget") });
}
