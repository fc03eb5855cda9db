// What both views of the health page are made of.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { fmt, t } from "../../../shared/core/base.js";
import { badge } from "../../../shared/kit/kit.js";
import { say } from "../../kit/said.js";
import { moment, span } from "../../kit/time.js";

const OLD = 300;
const SOON = 14 * 86_400_000;
const SHOWN = 50;

export const seconds = (value) => span(Math.round(value * 1_000));
export const percent = (value, digits = 1) => fmt.number(value, { style: "percent", maximumFractionDigits: digits });

/** A small table in a card; `rows` of lists of cells. */
export const sheet = (title, heads, rows, none, { wide = false } = {}) => html`<section class="card ${wide ? "wide" : ""}">
  <h2>${title}</h2>
  ${rows.length
    ? html`<div class="scroll-x"><table class="plain-table">
        <thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
        <tbody>${rows.slice(0, SHOWN).map((cells) => html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody>
      </table></div>${rows.length > SHOWN ? html`<p class="help">${t("health.more", { count: fmt.number(rows.length - SHOWN) })}</p>` : nothing}`
    : html`<p class="quiet">${none}</p>`}
</section>`;

export const tenantLink = (app, id) => (id ? html`<a href=${app.href(`tenants/${encodeURIComponent(id)}`, { tenant: id })}><bdi>${app.tenantName(id)}</bdi></a>` : html`<span class="none">–</span>`);
export const oldest = (queues) => queues.reduce((most, one) => Math.max(most, one.age), 0);
export const ageKind = (age) => (age > OLD ? "error" : "");

const aged = (age) => (age > OLD ? badge(seconds(age), "error") : seconds(age));

/** What waits, the oldest first; with whose it is where that is not plain. */
export const queues = (app, all, { named }) =>
  sheet(
    t("health.queues"),
    [named && t("health.tenant"), t("health.queue"), t("health.age"), t("health.waiting"), t("health.consumers")].filter(Boolean),
    all.map((one) => [
      ...(named ? [tenantLink(app, one.tenant)] : []),
      t(`health.queue.${one.queue}`),
      aged(one.age),
      fmt.number(one.waiting),
      one.consumers === 0 ? badge("0", "error") : one.consumers ?? "–",
    ]),
    t("health.queues.none"),
  );

export const breakers = (app, all, { named }) =>
  sheet(
    t("health.breakers"),
    [t("health.account"), named && t("health.tenant"), t("health.breaker.since"), t("health.breaker.failures"), t("health.breaker.reason")].filter(Boolean),
    all.map((one) => [
      html`<code>${one.account}</code>`,
      ...(named ? [tenantLink(app, one.tenant)] : []),
      seconds(one.seconds),
      fmt.number(one.failures),
      html`<code>${one.reason}</code>`,
    ]),
    t("health.breakers.none"),
    { wide: true },
  );

/** Tokens, and the certificate of our public address where there is one to see. */
export function expiring(app, tokens, certificate, { named }) {
  const now = app.now();
  const until = (at) => (Date.parse(at) - now < SOON ? badge(moment(at, { now }), Date.parse(at) < now ? "error" : "warning") : moment(at, { now }));
  const rows = tokens.map((one) => [t("health.token"), html`<code>${one.account}</code>`, ...(named ? [tenantLink(app, one.tenant)] : []), until(one.expires_at)]);
  if (certificate) {
    const fault = certificate.fault ? html`<p class="error">${say(certificate, "fault")}</p>` : nothing;
    rows.unshift([t("health.certificate"), html`<code>${certificate.host}</code>${fault}`, ...(named ? ["–"] : []), certificate.expires_at ? until(certificate.expires_at) : "–"]);
  }
  const heads = [t("health.what"), t("health.of"), named && t("health.tenant"), t("health.expires")].filter(Boolean);
  return sheet(t("health.expiring"), heads, rows, t("health.expiring.none"));
}
