// Who is told: a card for each channel, with a button that tries it.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { n, t } from "../../../shared/core/base.js";
import { alertBox, badge, button, empty, iconButton, openMenu } from "../../../shared/kit/kit.js";
import { say } from "../../kit/said.js";
import { either } from "../../kit/states.js";
import { moment } from "../../kit/time.js";
import { changeChannel, removeChannel, signAnew } from "./forms.js";

/** How it stands: off, failing, or taking what it is told. */
function standing(one) {
  if (!one.enabled) return badge(t("alerts.off"), "neutral");
  if (one.failure) return badge(t("alerts.failing"), "error");
  return badge(t("alerts.on"), "success");
}

const topics = (one) => (one.topics.length ? one.topics.map((topic) => badge(t(`alerts.topic.${topic}`))) : badge(t("alerts.everything")));

function menu(event, app, one, told, { base, again }) {
  openMenu(event.currentTarget, [
    { symbol: "settings", label: t("alerts.change"), run: () => changeChannel(app, base, one, told).then((done) => done && again()) },
    one.kind === "webhook" && { symbol: "key", label: t("alerts.sign"), run: () => signAnew(app, base, one).then((done) => done && again()) },
    { symbol: "trash", label: t("alerts.remove"), run: () => removeChannel(app, base, one).then((done) => done && again()) },
  ], { label: t("alerts.menu", { name: one.name }) });
}

function card(app, one, told, about) {
  const outcome = about.tried[one.id];
  const now = app.now();
  const mine = app.may("alerts:change");
  return html`<article class="card channel" aria-labelledby="channel-${one.id}">
    <header><h2 id="channel-${one.id}">${one.name}</h2>${standing(one)}${mine ? iconButton("more", t("alerts.menu", { name: one.name }), (event) => menu(event, app, one, told, about)) : nothing}</header>
    <dl class="facts">
      <dt>${t(`alerts.kind.${one.kind}`)}</dt><dd><code>${one.target}</code></dd>
      <dt>${t("alerts.topics")}</dt><dd class="topics">${topics(one)}</dd>
      <dt>${t("alerts.told")}</dt><dd>${moment(one.told_at, { now })}${one.waiting ? html` · ${n("alerts.waiting", one.waiting)}` : nothing}</dd>
    </dl>
    ${one.failure ? alertBox("warning", html`${say(one, "failure")} <small>${moment(one.failed_at, { now })}</small>`) : nothing}
    ${outcome ? alertBox(outcome.ok ? "success" : "error", html`<b>${t(outcome.ok ? "alerts.test.ok" : "alerts.test.failed")}</b> ${say(outcome, "words")}`) : nothing}
    ${mine ? html`<footer>${button(t("alerts.test"), () => about.test(one), { symbol: "send", busy: outcome === null })}</footer>` : nothing}
  </article>`;
}

export const channelCards = (app, reading, about) =>
  either(reading, () => {
    const told = reading.value;
    if (!told.channels) return nothing; // the other tab's answer, for a moment
    return html`
      ${told.email ? nothing : alertBox("info", t("alerts.no_mail"))}
      ${told.channels.length
        ? html`<div class="cards">${told.channels.map((one) => card(app, one, told, about))}</div>`
        : html`<section class="card">${empty("bell", t("alerts.channels.none"), t("alerts.channels.none.words"), about.add)}</section>`}`;
  }, { retry: reading.again });
