// The steps that prove it: a message there and an answer back, and then all of it in one look.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { t } from "../../../shared/core/base.js";
import { alertBox, badge, button, icon } from "../../../shared/kit/kit.js";
import { path } from "../../kit/api.js";
import { explained } from "../../kit/states.js";
import { exactly } from "../../kit/time.js";
import { PAGES } from "../../router.js";
import { run } from "./saving.js";
import { ticks } from "./ticks.js";
import { states, WAY } from "./way.js";

const KINDS = { done: "success", failed: "error", waiting: "warning", running: "warning", pending: "neutral" };

// 7. Round trip

/** What a person has to do now, in a word: not before it is waited for, since what came earlier proves nothing. */
function asked(page, [heard, answered]) {
  if (!page.running) return nothing;
  if (heard?.state === "running") return t("onboarding.trip.write");
  return answered?.state === "running" ? t("onboarding.trip.answer") : nothing;
}

export function trip(page) {
  const found = states(page.state);
  const open = WAY.slice(0, -2).filter(({ name }) => !["done", "waiting"].includes(found[name]));
  if (!page.account("whatsapp") || !page.account("genesys")) return alertBox("warning", t("onboarding.first.both"));
  const rows = page.rows("trip");
  const now = asked(page, rows);
  const again = found.trip === "done";
  const start = () => page.act(() => run(page.app.api, page.tenant, page.account("whatsapp"), ["heard", "answered"], again));
  return html`<ol class="to-do"><li>${t("onboarding.trip.first")}</li><li>${t("onboarding.trip.second")}</li><li>${t("onboarding.trip.third")}</li></ol>
    ${open.length ? alertBox("warning", t("onboarding.trip.open", { steps: open.map(({ name }) => t(`onboarding.step.${name}`)).join(", ") })) : nothing}
    ${now === nothing ? nothing : html`<p class="awaited waiting" role="status"><span class="mark" aria-hidden="true">${icon("clock")}</span><span><b>${now}</b></span></p>`}
    ${page.problem ? alertBox("error", explained(page.problem)) : nothing}
    ${ticks(rows, page.now)}
    ${page.foot("trip", page.app.may("onboarding:run") ? button(t(again ? "onboarding.trip.again" : "onboarding.trip.start"), start, { kind: again ? "secondary" : "primary", busy: page.running, symbol: "play" }) : nothing)}`;
}

// 8. Go live

const line = (page, name, state) => html`<li><a href=${page.app.href(path("onboarding", page.tenant), { step: name })}>${t(`onboarding.step.${name}`)}</a>${badge(t(`admin.step.${state}`), KINDS[state])}</li>`;

export function live(page) {
  const { app, tenant } = page;
  const { onboarding, tenant: told } = page.state;
  const found = states(page.state);
  const proved = onboarding.state === "done";
  const rests = told.state === "suspended";
  const resume = () => page.act(() => app.api.post(path("tenants", tenant, "resume")));
  const finish = () => page.act(() => run(app.api, tenant, null, [], false));
  const doIt = rests && app.may("tenants:end") ? button(t("onboarding.live.resume"), resume, { kind: "primary" })
    : proved || !app.may("onboarding:run") ? nothing : button(t("onboarding.live.check"), finish, { kind: "primary", busy: page.running, symbol: "play" });
  return html`${page.problem ? alertBox("error", explained(page.problem)) : nothing}
    ${proved && !rests ? html`<div class="is-live" role="status"><span class="mark" aria-hidden="true">${icon("check")}</span><div><h3>${t("onboarding.live.done", { tenant: told.name })}</h3><p>${t("onboarding.live.since", { at: exactly(onboarding.ended_at) })}</p></div></div>` : alertBox("warning", t(rests ? "onboarding.live.rests" : "onboarding.live.open"))}
    <ul class="sums">${WAY.slice(0, -1).map(({ name }) => line(page, name, found[name]))}</ul>
    <footer class="wizard-foot">${doIt}${proved ? onwards(app, tenant) : nothing}</footer>`;
}

const onwards = (app, tenant) => [["tenants", path("tenants", tenant)], ["trace", "trace"], ["statistics", "statistics"]]
  .filter(([name]) => PAGES[name]?.load && app.may(PAGES[name].may))
  .map(([name, to]) => button(t(`admin.nav.${name}`), () => app.go(to, { tenant }), { symbol: "open" }));
