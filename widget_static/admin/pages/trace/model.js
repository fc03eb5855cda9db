// A trace, worked out: pure, so that it is tested by itself.
import { fmt, knows, language, t } from "../../../shared/core/base.js";
import { channel } from "../../kit/direction.js";
import { span } from "../../kit/time.js";

const slug = (text) => text.replaceAll(" ", "_");

/** The words of a step; the engine's own where we have none. */
export const named = (what) => (knows(`trace.step.${slug(what)}`) ? t(`trace.step.${slug(what)}`) : what);

export const factNamed = (name) => (knows(`trace.fact.${name}`) ? t(`trace.fact.${name}`) : name);

/** `12:03:04.123` in the reader's zone; of a clock that tells `whole` seconds no more than it said. */
export const clock = (at, whole = false) =>
  new Intl.DateTimeFormat(language.value, { hour: "2-digit", minute: "2-digit", second: "2-digit", ...(whole ? {} : { fractionalSecondDigits: 3 }), hourCycle: "h23" }).format(new Date(at));

/** Vendors tell whole seconds: a status that seems to be older than what it is about comes right after it. */
export function ordered({ id, steps }) {
  const sent = Date.parse(steps.find((step) => step.event === id && step.what === "noted as sent")?.at ?? "");
  const moment = (step) => (step.what === "status" && Date.parse(step.at) < sent ? sent + 0.5 : Date.parse(step.at));
  return [...steps].sort((one, other) => moment(one) - moment(other));
}

/** Steps with `delta`, the milliseconds since the one before. */
export function timed(steps) {
  let before = null;
  return steps.map((step) => {
    const at = Date.parse(step.at);
    const delta = before === null ? null : Math.max(0, at - before);
    before = Math.max(at, before ?? at);
    return { ...step, delta };
  });
}

const WAITS = /^waited/;
const BAD = new Set(["given up", "transformer failed", "to be repeated", "unclear send settled"]);
const GOOD = new Set(["noted as sent", "ended", "status"]);

/** How a step is marked: `good`, `bad`, `wait` or plain. */
export function kindOf({ what, facts }) {
  if (WAITS.test(what)) return "wait";
  if (what === "called") return facts.error || facts.status >= 400 ? "bad" : "";
  if (what === "status") return facts.status === "failed" ? "bad" : "good";
  if (what === "ended") return facts.outcome === "dead" ? "bad" : "good";
  return BAD.has(what) ? "bad" : GOOD.has(what) ? "good" : "";
}

const HOPS = [
  ["received", (step) => step.what === "received"],
  ["stored", (step) => step.what === "stored"],
  ["taken", (step) => step.what === "taken"],
  ["called", (step) => step.what === "called"],
  ["sent", (step) => step.what === "noted as sent"],
  ["delivered", (step) => step.what === "status" && step.facts.status === "delivered"],
  ["read", (step) => step.what === "status" && (step.facts.status === "read" || step.facts.status === "played")],
  ["failed", (step) => step.what === "status" && step.facts.status === "failed"],
  ["dead", (step) => step.what === "ended" && step.facts.outcome === "dead"],
  ["filtered", (step) => step.what === "ended" && step.facts.outcome === "filtered"],
];

/** The message's way in a few stations, each with the time since the one before. Vendors' clocks tell whole seconds: none is before its time. */
export function hops(trace) {
  const own = trace.steps.filter((step) => step.event === trace.id);
  let before = null;
  return HOPS.flatMap(([name, is]) => {
    const step = own.find(is);
    if (!step) return [];
    const at = Math.max(Date.parse(step.at), before ?? 0);
    const hop = { name, at: step.at, whole: step.what === "status", delta: before === null ? null : at - before };
    before = at;
    return [hop];
  });
}

/** All stations together, but for how long a person took to read it. */
export const took = (trace) => hops(trace).filter((hop) => hop.name !== "read").reduce((sum, hop) => sum + (hop.delta ?? 0), 0);

const said = (value) => (typeof value === "object" && value !== null ? JSON.stringify(value) : String(value));

/** All of it as text, for a ticket. */
export function asText(trace, message) {
  const head = [
    [t("trace.id"), trace.id],
    [t("trace.conversation"), trace.conversation],
    [t("trace.way"), message ? `${channel(message.origin)} → ${channel(message.to)}` : ""],
    [t("trace.outcome"), trace.outcome ?? t("trace.outcome.open")],
  ].filter(([, value]) => value);
  const lines = timed(ordered(trace)).map((step) => {
    const facts = Object.entries(step.facts).map(([name, value]) => `${name}=${said(value)}`);
    return [step.at, step.delta === null ? "" : `+${span(step.delta)}`, step.what, ...facts].filter(Boolean).join("  ");
  });
  return [...head.map(([name, value]) => `${name}: ${value}`), "", ...lines].join("\n");
}

/** All of it as JSON. */
export const asJson = (trace, message, letter) => JSON.stringify({ trace, message, dead_letter: letter ?? null }, null, 2);

export const lasting = (ms) => (ms < 1 ? fmt.number(ms, { style: "unit", unit: "millisecond", maximumFractionDigits: 1 }) : span(ms));
