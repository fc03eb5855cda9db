// The health of one tenant: what of its messages waits and why, and what its vendors say of its accounts.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { fmt, t } from "../../../shared/core/base.js";
import { badge } from "../../../shared/kit/kit.js";
import { say } from "../../kit/said.js";
import { tiles } from "../../kit/tiles.js";
import { moment } from "../../kit/time.js";
import { titled } from "../onboarding/titles.js";
import { ageKind, breakers, expiring, oldest, queues, seconds, sheet } from "./parts.js";

const KINDS = { ok: "success", wrong: "error", unknown: "neutral" };

function checked(app, checks) {
  const now = app.now();
  const account = (one) => html`<code>${one.account}</code><span class="under">${titled(one)}</span>`;
  const said = (one) => html`${say(one, "detail")}${one.todo ? html`<p class="todo">${say(one, "todo")}</p>` : nothing}`;
  return sheet(
    t("health.checks"),
    [t("health.account"), t("health.check.state"), t("health.check.said"), t("health.check.since")],
    checks.checks.map((one) => [account(one), badge(t(`health.check.${one.state}`), KINDS[one.state]), said(one), moment(one.since, { now })]),
    t("health.checks.none"),
    { wide: true },
  );
}

export function traffic(app, told) {
  const age = oldest(told.queues);
  return html`
    ${tiles([
      { label: t("health.oldest"), value: age ? seconds(age) : "0", note: age ? nothing : t("health.nothing_waits"), kind: ageKind(age) },
      { label: t("health.breakers"), value: fmt.number(told.breakers.length), kind: told.breakers.length ? "error" : "" },
      told.checks && { label: t("health.checks"), value: t(`health.check.${told.checks.state}`), note: told.checks.checked_at ? moment(told.checks.checked_at, { now: app.now() }) : nothing, kind: told.checks.state === "wrong" ? "error" : "" },
    ])}
    ${told.breakers.length ? breakers(app, told.breakers, { named: false }) : nothing}
    ${queues(app, told.queues, { named: false })}
    ${told.checks ? checked(app, told.checks) : nothing}
    ${expiring(app, told.tokens, null, { named: false })}`;
}
