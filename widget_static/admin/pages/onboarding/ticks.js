// What is tried at a vendor, line by line while it happens: a tick, what was found, what to do next, and the calls behind it.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { n, t } from "../../../shared/core/base.js";
import { icon } from "../../../shared/kit/kit.js";
import { copyable } from "../../kit/copyable.js";
import { say } from "../../kit/said.js";
import { moment } from "../../kit/time.js";
import { titled } from "./titles.js";

const SIGNS = { done: "check", failed: "close", waiting: "clock", unknown: "info", running: "retry", pending: "" };

const call = (one) => html`<tr><td><code dir="ltr">${one.what}</code></td><td>${one.answer}</td><td>${one.correlation ? copyable(one.correlation, { label: t("onboarding.request_id") }) : "–"}</td></tr>`;

const calls = (row) => html`<details class="calls">
  <summary>${n("onboarding.calls", row.calls.length)}</summary>
  <div class="scroll-x" tabindex="0" role="region" aria-label=${t("onboarding.calls.of", { step: titled(row) })}><table class="plain-table">
    <thead><tr><th scope="col">${t("onboarding.call")}</th><th scope="col">${t("onboarding.answer")}</th><th scope="col">${t("onboarding.request_id")}</th></tr></thead>
    <tbody>${row.calls.map(call)}</tbody>
  </table></div>
</details>`;

/** The last call where something is wrong stands in sight: the vendor's support asks for it. */
function reference(row) {
  const last = row.calls.at(-1);
  if (!["failed", "unknown"].includes(row.state) || !last?.correlation) return nothing;
  return html`<p class="reference">${t("onboarding.request_id")} ${copyable(last.correlation, { label: t("onboarding.request_id") })}</p>`;
}

const line = (row, now) => html`<li class="tick ${row.state}">
  <span class="mark" aria-hidden="true">${SIGNS[row.state] ? icon(SIGNS[row.state]) : nothing}</span>
  <div class="about">
    <p class="what"><b>${titled(row)}</b><span class="visually-hidden">: ${t(`onboarding.state.${row.state}`)}</span>
      ${row.ended_at ? html`<small>${moment(row.ended_at, { now })}</small>` : row.state === "running" ? html`<small>${t("onboarding.state.running")}</small>` : nothing}</p>
    ${row.detail ? html`<p class="found">${say(row, "detail")}</p>` : nothing}
    ${row.todo ? html`<p class="todo">${icon("next")} <span>${say(row, "todo")}</span></p>` : nothing}
    ${reference(row)}
    ${row.calls.length ? calls(row) : nothing}
  </div>
</li>`;

/** Nothing before there is something to try. */
export const ticks = (rows, now) => (rows.length ? html`<ol class="ticks" aria-live="polite">${rows.map((row) => line(row, now))}</ol>` : nothing);
