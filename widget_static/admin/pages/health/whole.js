// The health of everything: what a person should look at, servers, engines, and what waits of which tenant.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { fmt, t } from "../../../shared/core/base.js";
import { alertBox, badge } from "../../../shared/kit/kit.js";
import { say } from "../../kit/said.js";
import { tiles } from "../../kit/tiles.js";
import { moment } from "../../kit/time.js";
import { ageKind, breakers, expiring, oldest, percent, queues, seconds, sheet } from "./parts.js";

const PARTS = ["broker", "database", "cache", "media"];
const SKEWED = 30;
const LATE = 60;

/** Of several engines one works on each queue, and knows its age; a breaker may be open in each. */
function merged(engines) {
  const waits = new Map();
  const paused = new Map();
  for (const one of engines.flatMap((engine) => engine.queues)) {
    const key = `${one.tenant} ${one.queue}`;
    const known = waits.get(key);
    const counts = [known?.consumers, one.consumers].filter((count) => count !== null && count !== undefined);
    waits.set(key, known ? { ...known, age: Math.max(known.age, one.age), waiting: Math.max(known.waiting, one.waiting), consumers: counts.length ? Math.max(...counts) : null } : one);
  }
  for (const one of engines.flatMap((engine) => engine.breakers)) paused.set(one.account, one);
  const by = (list) => Object.assign({}, ...engines.map((engine) => engine[list]));
  return {
    queues: [...waits.values()].sort((a, b) => b.age - a.age),
    breakers: [...paused.values()].sort((a, b) => b.seconds - a.seconds),
    clocks: by("clocks"),
    lags: by("lags"),
    canary: engines.map((engine) => engine.canary).find(Boolean) ?? null,
    certificate: engines.map((engine) => engine.certificate).find(Boolean) ?? null,
    dead: Math.max(0, ...engines.map((engine) => engine.dead_letters)),
  };
}

/** A server is as the engine finds it that has most to complain about. */
const servers = (engines) => html`<section class="card servers"><h2>${t("health.servers")}</h2><ul>
  ${PARTS.map((part) => {
    const wrong = engines.filter((engine) => (engine.parts[part] ?? "ok") !== "ok");
    const version = (part === "database" && engines.map((engine) => engine.versions.postgresql).find(Boolean)) || "";
    return html`<li><span class="dot ${wrong.length ? "error" : "success"}" aria-hidden="true"></span>
      <b>${t(`health.part.${part}`)}</b><code>${engines[0]?.kinds[part]} ${version}</code>
      <span class="how">${wrong.length ? html`<span class="error">${wrong.map((engine, at) => html`${at ? " · " : nothing}<bdi>${engine.host}</bdi>: ${say(engine, `parts.${part}`)}`)}</span>` : t("health.part.ok")}</span></li>`;
  })}
</ul></section>`;

const engineTable = (app, engines) => {
  const now = app.now();
  const spool = (one) => (one.spool.messages ? html`${fmt.number(one.spool.messages)} · ${percent(one.spool.used / Math.max(one.spool.limit, 1))}` : "–");
  return sheet(
    t("health.engines"),
    ["host", "version", "runs_on", "started", "heard", "spool"].map((name) => t(`health.engine.${name}`)),
    engines.map((one) => [
      html`<b>${one.host}</b><span class="under"><code>${one.engine}</code></span>`,
      one.version,
      Object.entries(one.versions).map(([name, version]) => `${name} ${version}`).join(", "),
      moment(one.started_at, { now }),
      moment(one.at, { now }),
      spool(one),
    ]),
    t("health.silent.words"),
    { wide: true },
  );
};

const way = (label, value) => html`<dt>${label}</dt><dd>${value === null ? "–" : seconds(value)}</dd>`;

const canaryCard = (canary, now) => html`<section class="card"><h2>${t("health.canary")}</h2>
  ${canary
    ? html`<dl class="facts">
        <dt>${t("health.canary.state")}</dt><dd>${canary.failing ? badge(t("health.canary.failing"), "error") : badge(t("health.canary.flies"), "success")}</dd>
        <dt>${t("health.canary.loss")}</dt><dd>${t("health.canary.lost", { lost: fmt.number(canary.lost), sent: fmt.number(canary.sent) })} · ${percent(canary.lost / Math.max(canary.sent, 1))}</dd>
        ${way(t("health.queue.inbound"), canary.inbound)}${way(t("health.queue.outbound"), canary.outbound)}
        <dt>${t("health.canary.last")}</dt><dd>${moment(canary.last_at, { now })}</dd>
      </dl>`
    : html`<p class="quiet">${t("health.canary.off")}</p>`}
</section>`;

const clocks = (found) =>
  sheet(
    t("health.clocks"),
    [t("health.host"), t("health.ahead")],
    Object.entries(found).map(([host, skew]) => [html`<code>${host}</code>`, Math.abs(skew) > SKEWED ? badge(seconds(skew), "error") : seconds(skew)]),
    t("health.clocks.none"),
  );

const lags = (found) =>
  sheet(
    t("health.lag"),
    [t("health.vendor"), t("health.late")],
    Object.entries(found).map(([name, late]) => [name, late > LATE ? badge(seconds(late), "warning") : seconds(late)]),
    t("health.lag.none"),
  );

export function whole(app, told) {
  const { engines, troubles, state } = told;
  const all = merged(engines);
  const age = oldest(all.queues);
  const late = Math.max(0, ...Object.values(all.lags));
  const spooled = engines.reduce((sum, one) => sum + one.spool.messages, 0);
  const spooledFor = Math.max(0, ...engines.map((one) => one.spool.age));
  if (state === "silent") return alertBox("error", t("health.silent.words"));
  return html`
    ${troubles.length
      ? html`<section class="card troubles" aria-live="polite"><h2>${t("health.troubles")}</h2><ul>${troubles.map((_, at) => html`<li>${say(told, `troubles.${at}`)}</li>`)}</ul></section>`
      : alertBox("success", t("health.fine"))}
    ${tiles([
      { label: t("health.oldest"), value: age ? seconds(age) : "0", note: age ? nothing : t("health.nothing_waits"), kind: ageKind(age) },
      { label: t("health.breakers"), value: fmt.number(all.breakers.length), kind: all.breakers.length ? "error" : "" },
      { label: t("health.dead"), value: fmt.number(all.dead), kind: all.dead ? "warning" : "", href: app.href("dead") },
      { label: t("health.lag"), value: Object.keys(all.lags).length ? seconds(late) : "–", kind: late > LATE ? "warning" : "" },
      { label: t("health.spool"), value: fmt.number(spooled), note: spooledFor ? seconds(spooledFor) : nothing, kind: ageKind(spooledFor) },
    ])}
    ${all.breakers.length ? breakers(app, all.breakers, { named: true }) : nothing}
    <div class="cards">${servers(engines)}<div class="stack">${expiring(app, engines[0]?.tokens ?? [], all.certificate, { named: true })}${canaryCard(all.canary, app.now())}</div></div>
    <div class="cards">${queues(app, all.queues, { named: true })}<div class="stack">${lags(all.lags)}${clocks(all.clocks)}</div></div>
    ${engineTable(app, engines)}`;
}
