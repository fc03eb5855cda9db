// What needs attention, in words, each with the way to where something can be done about it.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { fmt, n, t } from "../../../shared/core/base.js";
import { badge, icon } from "../../../shared/kit/kit.js";
import { say } from "../../kit/said.js";
import { exactly, moment, relative, span } from "../../kit/time.js";
import { PAGES } from "../../router.js";
import { percent } from "../../charts/bars.js";
import { code } from "../statistics/words.js";

/** Of what kind leads where: a page with its path and query. */
const WHERE = {
  check: (one) => ["onboarding", `onboarding/${one.tenant}`],
  token: (one) => ["secrets", "secrets", { tenant: one.tenant }],
  dead: (one) => ["dead", "dead", { tenant: one.tenant, reason: one.subject, code: one.code }],
  template: (one) => ["templates", "templates", { tenant: one.tenant }],
  number: (one) => ["tenants", `tenants/${one.tenant}/whatsapp`, { tenant: one.tenant }],
};
const health = (one) => ["health", "health", { tenant: one.tenant }];

/** Where one can do something about it; null where one may not go, or there is nothing. */
export function way(app, one) {
  const [page, path, query] = (WHERE[one.kind] ?? health)(one);
  return PAGES[page].load && app.may(PAGES[page].may) ? app.href(path, query) : null;
}

/** A sentence of it. */
export function sentence(one, now = new Date()) {
  const known = { subject: one.subject, count: fmt.number(one.count), code: one.code, time: span(Math.abs(one.seconds) * 1_000), until: one.until ? relative(new Date(one.until) - now) : "" };
  if (one.kind === "dead") return n("attention.dead", one.count, { cause: code(one.code || one.subject) });
  if (one.kind === "queue" || one.kind === "unattended") return t(`attention.${one.kind}`, { ...known, subject: t(`attention.queue.${one.subject}`) });
  if (one.kind === "number") return t(`attention.number.${one.code}`, known);
  if (one.kind === "template") return t(`attention.template.${one.code in STATUS ? one.code : "RED"}`, known);
  if (one.kind === "part") return t("attention.part", { ...known, subject: t(`system.${one.subject}`) });
  if (one.kind === "budget") return t(one.count ? "attention.budget" : "attention.budget.none", { share: percent(Number(one.subject) / 100, 2), left: percent(one.count / 100, 0) });
  return t(`attention.${one.kind}`, known);
}

const STATUS = { REJECTED: 1, PAUSED: 1, DISABLED: 1 };
const spoken = (one) => (one.kind === "dead" || one.kind === "check" ? one.since : null);

const entry = (app, one, now) => {
  const link = way(app, one);
  const more = one.detail || one.todo;
  return html`<li class="is-${one.level}">
    <span class="mark">${icon("alert", t(`attention.level.${one.level}`))}</span>
    <div class="about"><b>${sentence(one, now)}</b>
      <p>${one.tenant ? html`<bdi>${one.name || one.tenant}</bdi>` : nothing}${more ? html`<span>${say(one, "detail")} ${say(one, "todo")}</span>` : nothing}
        ${one.until ? html`<span>${exactly(one.until)}</span>` : spoken(one) ? html`<span>${moment(spoken(one), { now })}</span>` : nothing}</p></div>
    ${link ? html`<a class="button" href=${link}>${t(`attention.do.${one.kind in WHERE ? one.kind : "health"}`)}<span class="visually-hidden">: ${sentence(one, now)}</span></a>` : nothing}
  </li>`;
};

const SHOWN = 8;

/** The list, the worst first; a few of them until somebody wants all. */
export function attention(app, told, { all, more }) {
  const now = app.now();
  if (!told.items.length) return html`<p class="well">${icon("check")} ${t("attention.none")}</p>`;
  const shown = all ? told.items : told.items.slice(0, SHOWN);
  const left = told.items.length - shown.length + told.more;
  return html`<ul class="attention">${shown.map((one) => entry(app, one, now))}</ul>
    ${left ? html`<p class="rest">${n("attention.left", left)} ${all ? nothing : html`<button type="button" class="text-button" @click=${more}>${t("attention.all")}</button>`}</p>` : nothing}`;
}

const KIND = { ok: "success", trouble: "error", unknown: "neutral" };

function why(one) {
  if (one.state !== "trouble") return "";
  const parts = [one.paused && n("system.paused", one.paused), one.wrong && one.name in CHANNELS && n("system.wrong", one.wrong), one.detail && say(one, "detail")];
  const some = parts.filter(Boolean);
  return some.length ? some.map((part, at) => html`${at ? " · " : nothing}${part}`) : "";
}

const CHANNELS = { whatsapp: 1, genesys: 1 };

/** Both vendors, the queue and the servers, each in words. */
export const systems = (told) => html`<ul class="systems">
  ${told.systems.map((one) => html`<li><span class="about"><b>${t(`system.${one.name}`)}</b>${why(one) ? html`<small>${why(one)}</small>` : nothing}</span>${badge(t(`system.state.${one.state}`), KIND[one.state])}</li>`)}
  <li><span class="about"><b>${t("system.queue")}</b><small>${told.oldest >= 1 ? t("system.queue.oldest", { time: span(told.oldest * 1_000) }) : t("system.queue.empty")}</small></span>${badge(t(`system.state.${told.oldest > 300 ? "trouble" : "ok"}`), told.oldest > 300 ? "error" : "success")}</li>
</ul>`;
