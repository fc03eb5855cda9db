// The causes of what waits, the most frequent first; a press narrows the list to one of them.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { fmt, t } from "../../../shared/core/base.js";
import { button, styled } from "../../../shared/kit/kit.js";
import { channel } from "../../kit/direction.js";
import { either } from "../../kit/states.js";
import { moment } from "../../kit/time.js";
import { reasonOf } from "./words.js";

const FEW = 5;

/** Of a tenant's cause the list is that tenant's from then on. */
function choose(app, { tenant, reason, code, direction }) {
  const cause = { reason, code, direction, cursor: null };
  app.query(!app.tenant.value && tenant ? { tenant, ...cause } : cause, { push: true });
}

function row(app, group, most) {
  const way = group.direction ? t(`trace.direction.${group.direction}`) : group.adapter ? channel(group.adapter) : "";
  const whose = !app.tenant.value && group.tenant ? app.tenantName(group.tenant) : "";
  const now = app.now();
  return html`<tr>
    <th scope="row"><button type="button" class="row-link" @click=${() => choose(app, group)}>${reasonOf(group)}</button><span class="under">${[way, whose].filter(Boolean).join(" · ")}</span></th>
    <td class="share" aria-hidden="true"><i ${styled({ inlineSize: `${Math.max(1.5, (group.letters / most) * 100)}%` })}></i></td>
    <td class="end">${fmt.number(group.letters)}</td><td class="end">${moment(group.first, { now })}</td><td class="end">${moment(group.last, { now })}</td>
  </tr>`;
}

function table(host) {
  const groups = [...host.causes.value.groups].sort((one, other) => other.letters - one.letters);
  const shown = host.wide ? groups : groups.slice(0, FEW);
  const turn = () => {
    host.wide = !host.wide;
    host.requestUpdate();
  };
  return html`<div class="scroll-x"><table class="plain-table causes"><caption class="visually-hidden">${t("dead.causes.title")}</caption>
      <thead><tr><th scope="col">${t("dead.reason")}</th><td></td><th scope="col" class="end">${t("dead.letters")}</th><th scope="col" class="end">${t("dead.first")}</th><th scope="col" class="end">${t("dead.last")}</th></tr></thead>
      <tbody>${shown.map((group) => row(host.app, group, groups[0].letters))}</tbody></table></div>
    ${groups.length > FEW ? button(t(host.wide ? "dead.causes.fewer" : "dead.causes.all"), turn, { kind: "quiet" }) : nothing}`;
}

/** `host`: the page, with its reading `causes`. Where nothing waits there is nothing to show. */
export function causes(host) {
  const { state, value, again } = host.causes;
  if (state === "ready" && !value.groups.length) return nothing;
  return html`<section class="card"><h2>${t("dead.causes.title")}</h2>${either(host.causes, () => table(host), { retry: again, rows: 3 })}</section>`;
}
