// The steps of a trace, one below the other, with what each of them knows.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { fmt, t } from "../../../shared/core/base.js";
import { badge, icon } from "../../../shared/kit/kit.js";
import { copyable } from "../../kit/copyable.js";
import { code } from "../../kit/payload.js";
import { exactly } from "../../kit/time.js";
import { clock, factNamed, hops, kindOf, lasting, named, ordered, timed } from "./model.js";

const SYMBOLS = {
  received: "download", stored: "box", taken: "play", transformer: "settings", "made to measure": "settings", rendered: "form", called: "send",
  "files claimed": "attach", "files handed over": "attach", "noted as sending": "clock", "noted as sent": "check", status: "check",
  "to be repeated": "retry", "given up": "alert", "transformer failed": "alert", "unclear send settled": "search", paired: "link", ended: "check",
};
const SIGNS = { bad: "alert", wait: "pause" };
const IDS = new Set(["correlation", "request", "far_id", "send"]);
const BODIES = ["sent", "answer"];
/** Shown beside the step's name. */
const BESIDE = new Set(["ms", "method", "route", "status", "name", "outcome", ...BODIES]);

const delta = (ms) => (ms === null ? "" : `+${lasting(ms)}`);

function value(name, given) {
  if (IDS.has(name)) return copyable(String(given), { label: factNamed(name) });
  if (name === "after") return lasting(given * 1_000);
  if (typeof given === "number") return fmt.number(given);
  return html`<bdi>${typeof given === "object" ? JSON.stringify(given) : String(given)}</bdi>`;
}

function beside({ what, facts }) {
  const bad = facts.error || facts.status >= 400 || facts.status === "failed";
  return html`${facts.method ? html`<code dir="ltr">${facts.method} ${facts.route}</code>` : nothing}${facts.name ? html`<code>${facts.name}</code>` : nothing}
    ${facts.status === undefined || what === "taken" ? nothing : badge(what === "status" ? t(`trace.status.${facts.status}`) : String(facts.status), bad ? "error" : "success")}
    ${facts.outcome ? badge(t(`trace.outcome.${facts.outcome}`), facts.outcome === "dead" ? "error" : "success") : nothing}
    ${facts.ms === undefined ? nothing : html`<span class="took">${t("trace.took", { time: lasting(facts.ms) })}</span>`}`;
}

function body(name, facts) {
  if (facts[name] === undefined) return nothing;
  return html`<details><summary>${factNamed(name)}</summary>${code(facts[name], factNamed(name))}</details>`;
}

function entry(step, own) {
  const kind = kindOf(step);
  const facts = Object.entries(step.facts).filter(([name]) => !BESIDE.has(name));
  const symbol = SIGNS[kind] ?? SYMBOLS[step.what] ?? "next";
  return html`<li class="step ${kind} ${step.event === own ? "" : "receipt"}">
    <span class="sign" aria-hidden="true">${icon(symbol)}</span>
    <span class="when"><time datetime=${step.at} title=${exactly(step.at)}>${clock(step.at, step.what === "status")}</time><small>${delta(step.delta)}</small></span>
    <div class="what"><p><b>${named(step.what)}</b>${beside(step)}${step.event === own ? nothing : badge(t("trace.of_receipt"))}</p>
      ${facts.length ? html`<dl>${facts.map(([name, given]) => html`<div><dt>${factNamed(name)}</dt><dd>${value(name, given)}</dd></div>`)}</dl>` : nothing}
      ${BODIES.map((name) => body(name, step.facts))}</div>
  </li>`;
}

export const timeline = (trace) => html`<ol class="timeline" aria-label=${t("trace.timeline")}>${timed(ordered(trace)).map((step) => entry(step, trace.id))}</ol>`;

const ENDS = { failed: "bad", dead: "bad" };

/** The way in a few stations, side by side. */
export const stations = (trace) => html`<ol class="stations" aria-label=${t("trace.stations")}>${hops(trace).map(
  (hop) => html`<li class=${ENDS[hop.name] ?? ""}><small>${delta(hop.delta)}</small><i aria-hidden="true"></i><b>${t(`trace.hop.${hop.name}`)}</b><time datetime=${hop.at} title=${exactly(hop.at)}>${clock(hop.at, hop.whole)}</time></li>`,
)}</ol>`;
