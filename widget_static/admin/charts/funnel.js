// How far messages came: a step beside a step, and what was lost between them.
import { html, svg } from "../../shared/vendor/lit.js";
import { fmt } from "../../shared/core/base.js";
import { percent } from "./bars.js";

const HEIGHT = 64;

/** From the middle of one step to the middle of the next, as high as there are many. */
function shape(steps) {
  const most = Math.max(1, steps[0].many);
  const high = steps.map(({ many }) => (HEIGHT * Math.min(many, most)) / most);
  const end = (at) => at * 100 + (at === steps.length - 1 ? 100 : 70);
  const points = high.flatMap((one, at) => [[at * 100, HEIGHT - one], [end(at), HEIGHT - one]]);
  const path = [...points, [steps.length * 100, HEIGHT], [0, HEIGHT]].map(([x, y]) => `${x},${y.toFixed(1)}`).join(" ");
  return svg`<polygon points=${path} />`;
}

/** `steps` of `{label, many}`, the first one all of them. */
export const funnel = (name, steps) => html`<div class="funnel">
  <h3>${name}</h3>
  <ol>${steps.map(({ label, many }, at) => html`<li><span>${label}</span><b>${fmt.number(many)}</b><small>${at ? percent(steps[0].many ? many / steps[0].many : 0) : ""}</small></li>`)}</ol>
  <svg viewBox="0 0 ${steps.length * 100} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">${shape(steps)}</svg>
</div>`;
