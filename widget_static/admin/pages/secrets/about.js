// One secret at the side: what is known of it, its history, and what can be done: change it in peace, or end it at once.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { knows, t } from "../../../shared/core/base.js";
import { button } from "../../../shared/kit/kit.js";
import { path } from "../../kit/api.js";
import { formDialog } from "../../kit/dialogs.js";
import { panel } from "../../kit/panel.js";
import { either } from "../../kit/states.js";
import { moment } from "../../kit/time.js";
import { due, named, ownerOf, stateOf } from "../secrets.js";

const HOUR = 3_600;
const OVERLAPS = [0, 1, 24, 168].map((hours) => hours * HOUR);
const LINES = 20;

const base = (one) => (one.tenant ? path("tenants", one.tenant, "secrets") : "hooks/secrets");
const may = (page, one) => page.app.may(one.tenant ? "secrets:rotate" : "hooks:rotate");

/** Its other values, and what was done to them; read when it is opened. */
function read(page, one) {
  if (page.opened === one.id) return;
  page.opened = one.id;
  again(page, one);
}

function again(page, one) {
  const { api } = page.app;
  page.values.load(async () => (await api.get(base(one), { owner: one.owner })).secrets.filter(({ name }) => name === one.name));
  if (!page.app.may("audit:read")) return;
  const audit = one.tenant ? path("tenants", one.tenant, "audit") : "audit";
  page.history.load(async () => (await api.get(audit, { subject: `secret/${one.owner}/${one.name}`, limit: LINES })).lines);
}

/** Nothing is open: what comes next is read anew. */
export function close(page) {
  page.opened = null;
  return nothing;
}

export function about(page, one) {
  queueMicrotask(() => read(page, one));
  const now = page.app.now();
  const facts = [
    [t("secrets.tenant"), one.tenant ? page.app.tenantName(one.tenant) : t("secrets.operator")],
    [t("secrets.owner"), html`<code dir="ltr">${ownerOf(one)}</code>`],
    [t("secrets.fingerprint"), html`<code>${one.fingerprint || "–"}</code>`],
    [t("secrets.state"), stateOf(one)],
    [t("secrets.age"), moment(one.created_at, { now, exact: true })],
    [t("secrets.used"), moment(one.used_at, { now })],
    [t("secrets.due"), due(one, now)],
    one.expires_at && [t("secrets.expires"), moment(one.expires_at, { now, exact: true })],
  ].filter(Boolean);
  const content = html`<dl class="facts">${facts.map(([label, value]) => html`<dt>${label}</dt><dd>${value}</dd>`)}</dl>
    ${may(page, one) ? html`<div class="secret-acts">${one.state === "current" && one.name !== "pin" ? button(t("secrets.rotate"), () => rotate(page, one), { kind: "primary", symbol: "retry" }) : nothing}
      ${button(t("secrets.revoke"), () => revoke(page, one), { kind: "danger" })}</div>` : nothing}
    <section><h3>${t("secrets.values")}</h3>${either(page.values, () => values(page, one, now), { retry: page.values.again, rows: 2 })}</section>
    ${page.app.may("audit:read") ? html`<section><h3>${t("secrets.history")}</h3>${either(page.history, () => history(page.history.value, now), { retry: page.history.again, rows: 3 })}</section>` : nothing}`;
  return panel(named(one), content, { close: () => page.app.query({ secret: null }) });
}

const values = (page, one, now) => html`<ul class="secret-values">${page.values.value.map((value) => html`<li class=${value.id === one.id ? "this" : ""}><code>${value.fingerprint || "–"}</code>${stateOf(value)}
  <small>${value.state === "retiring" ? html`${t("secrets.retires")} ${moment(value.retires_at, { now })}` : moment(value.created_at, { now })}</small></li>`)}</ul>`;

const did = (line) => (knows(`secrets.did.${line.action}`) ? t(`secrets.did.${line.action}`) : line.action);

const history = (lines, now) => (lines.length ? html`<ol class="secret-history">${lines.map((line) => html`<li><b>${did(line)}</b> <code>${(line.after ?? line.before)?.fingerprint ?? ""}</code>
  <small><bdi>${line.name || line.kind}</bdi> · ${moment(line.at, { now })}</small></li>`)}</ol>` : html`<p class="help">${t("secrets.history.none")}</p>`);

/** The new value is proved by the vendor before anything relies on it; then both hold until the overlap ends. */
async function rotate(page, one) {
  const specs = [
    one.made ? null : { name: "value", label: t("secrets.value"), kind: "secret", ltr: true, required: true, max: 4096, help: t("secrets.value.help") },
    { name: "overlap", label: t("secrets.overlap"), kind: "select", options: OVERLAPS.map((one) => [String(one), t(`secrets.overlap.${one / HOUR}`)]), help: t("secrets.overlap.help") },
  ].filter(Boolean);
  const intro = html`<ol class="secret-way">${["new", "proved", "both", "retired"].map((step) => html`<li>${t(`secrets.way.${step}`)}</li>`)}</ol>${one.made ? html`<p>${t("secrets.made")}</p>` : nothing}`;
  const submit = async ({ value, overlap }) => {
    const given = one.made ? { generate: true } : { value };
    const body = { owner: one.owner, name: one.name, overlap: Number(overlap), ...given };
    try {
      return await page.app.api.post(`${base(one)}/rotate`, body);
    } catch (error) {
      if (!one.made && !Object.keys(error.errors).length) error.field ??= "/value";
      throw error;
    }
  };
  const made = await formDialog({ title: t("secrets.rotate.of", { name: named(one) }), intro, specs, values: { value: "", overlap: String(24 * HOUR) }, action: t("secrets.rotate.do"), submit });
  if (!made) return;
  page.app.toast(t("secrets.rotated", { fingerprint: made.fingerprint }), "success");
  await after(page, { ...one, id: made.id });
}

/** At once, on every process: what still uses it fails from now on. */
async function revoke(page, one) {
  const { app } = page;
  const others = (page.values.value ?? []).filter(({ id }) => id !== one.id);
  const words = t(others.length ? "secrets.revoke.words" : "secrets.revoke.last");
  const sure = await app.confirm({ title: t("secrets.revoke.of", { name: named(one) }), words, action: t("secrets.revoke.do"), danger: true, typed: one.fingerprint || one.name });
  if (!sure) return;
  try {
    await app.api.del(`${base(one)}/${encodeURIComponent(one.id)}`, { query: { last: others.length === 0 } });
  } catch (error) {
    return void app.fail(error);
  }
  app.toast(t("secrets.revoked"), "success");
  app.query({ secret: null });
  await page.read(true);
}

async function after(page, one) {
  await page.read(true);
  page.app.query({ secret: one.id });
  again(page, one);
}
