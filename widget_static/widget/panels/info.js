// What became of one message: its times, its ids, its way through the house.
import { html, nothing } from "../../shared/vendor/lit.js";
import { fmt, t } from "../../shared/core/base.js";
import { alertBox, copy, iconButton, openDialog, skeleton } from "../../shared/kit/kit.js";
import { ticks } from "../thread/bubble.js";

const ORDER = ["waiting", "pending", "sent", "delivered", "read", "played", "failed", "unknown"];

const statuses = (times) => {
  const known = ORDER.filter((status) => times?.[status]);
  return known.length
    ? html`<ol class="timeline">${known.map((status) => html`<li>${ticks(status)}<span>${t(`status.${status}`)}</span><time datetime=${times[status]}>${fmt.stamp(times[status])}</time></li>`)}</ol>`
    : nothing;
};

const fact = (name, value, copied) => (value ? html`<dt>${t(`info.${name}`)}</dt><dd><bdi>${value}</bdi>${copied ? iconButton("copy", t("copy"), () => copy(value)) : nothing}</dd>` : nothing);

function price(given) {
  if (!given || typeof given === "string") return given;
  const words = [given.category, given.type, given.billable === false ? t("info.free") : given.amount && `${given.amount} ${given.currency ?? ""}`];
  return words.filter(Boolean).join(" · ");
}

function body(told, bubble) {
  const { template, failure } = told;
  return html`${failure ? alertBox("error", failure.words ?? failure.code) : nothing}
    ${statuses(told.status_at ?? bubble.status_at)}
    <dl class="facts">
      ${fact("id", told.id, true)}${fact("far_id", told.far_id, true)}
      ${fact("template", template && [template.name, template.language, template.category].filter(Boolean).join(" · "))}
      ${fact("price", price(told.price))}${fact("failure", failure?.code)}
    </dl>
    ${told.steps?.length
      ? html`<details><summary>${t("info.steps")}</summary><ol class="steps">${told.steps.map((step) => html`<li><time datetime=${step.at} title=${fmt.stamp(step.at)}>${fmt.time(step.at)}</time><span dir="auto">${step.words || step.step}</span><small>${step.ms == null ? "" : fmt.number(step.ms, { style: "unit", unit: "millisecond" })}</small></li>`)}</ol></details>`
      : nothing}`;
}

export async function open(app, { bubble }) {
  let told = null;
  let error = null;
  const inside = () => {
    if (error) return alertBox("error", error.status === 0 ? t("start.offline.words") : error.detail || error.message);
    return told ? body(told, bubble) : skeleton(2);
  };
  const { update, dialog } = openDialog((close) => html`<div class="dialog-head"><h2>${t("info.title")}</h2>${iconButton("close", t("close"), close)}</div>
    <div class="dialog-body info">${inside()}</div>`, { label: t("info.title") });
  try {
    told = await app.read(`messages/${encodeURIComponent(bubble.id)}/info`);
  } catch (raised) {
    error = raised;
  }
  if (dialog.isConnected) update();
}
