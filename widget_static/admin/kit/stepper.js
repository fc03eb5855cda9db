// Steps of a longer way, and how far one is.
import { html, nothing } from "../../shared/vendor/lit.js";
import { t } from "../../shared/core/base.js";
import { icon } from "../../shared/kit/kit.js";

const SIGNS = { done: "check", failed: "alert", waiting: "clock", running: "retry" };

/** `steps` of `{name, label, note, state: "pending" | "running" | "waiting" | "failed" | "done", href}`; `current` is a name. */
export const stepper = (label, steps, current) => html`<ol class="stepper" aria-label=${label}>
  ${steps.map(({ name, label: words, note, state = "pending", href }, at) => {
    const inner = html`<span class="mark" aria-hidden="true">${SIGNS[state] ? icon(SIGNS[state]) : at + 1}</span>
      <span class="about"><b>${words}</b>${note ? html`<small>${note}</small>` : nothing}<span class="visually-hidden">${t(`admin.step.${state}`)}</span></span>`;
    return html`<li class=${state} aria-current=${name === current ? "step" : nothing}>${href ? html`<a href=${href}>${inner}</a>` : html`<span>${inner}</span>`}</li>`;
  })}
</ol>`;
