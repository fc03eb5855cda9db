// To have letters handled once more, or to give them up: what would be touched is told first.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { fmt, n, t } from "../../../shared/core/base.js";
import { alertBox, button, iconButton, openDialog } from "../../../shared/kit/kit.js";
import { Draft, fields, focusWrong } from "../../kit/form.js";
import { explained, shapes } from "../../kit/states.js";
import { span } from "../../kit/time.js";
import { reasonOf } from "./words.js";

const RATES = [1, 5, 20, 100, 500];
const RATE = 20;
const SHOWN = 6;

/** What the dry run found: how many, and of which causes. */
function touched(found) {
  if (!found) return shapes(2);
  if (!found.letters) return alertBox("info", t("dead.dry.none"));
  const { groups } = found;
  return html`<p><b>${n("dead.dry", found.letters)}</b></p>
    <table class="plain-table dry"><caption class="visually-hidden">${t("dead.causes.title")}</caption><tbody>
      ${groups.slice(0, SHOWN).map((one) => html`<tr><th scope="row">${reasonOf(one)}</th><td>${one.tenant ?? "–"}</td><td class="end">${fmt.number(one.letters)}</td></tr>`)}
    </tbody></table>${groups.length > SHOWN ? html`<p class="help">${n("dead.dry.more", groups.length - SHOWN)}</p>` : nothing}`;
}

/**
 * `ask(body)` does it; with `dry_run` it only tells. Resolves with what was done, or null where somebody thought better of it.
 */
function sure({ title, words, action, danger, selection, specs, values, ask, after = () => nothing }) {
  return new Promise((resolve) => {
    let found = null;
    let failed = null;
    let done = null;
    const draft = new Draft(values, () => shown?.update());
    const ready = () => found?.letters && !draft.busy && specs.every((spec) => !spec.required || String(draft.get(spec.name) ?? "").trim());

    async function send(event, close) {
      event.preventDefault();
      if (!ready()) return;
      if (await draft.send(async (all) => (done = await ask({ ...selection, ...all })))) close();
      else focusWrong(shown.dialog);
    }

    const content = (close) => html`<form class="dialog-form" @submit=${(event) => send(event, close)}>
      <header class="dialog-head"><h2>${title}</h2>${iconButton("close", t("close"), close)}</header>
      <div class="dialog-body">${failed ? alertBox("error", explained(failed)) : touched(found)}${fields("act", specs, draft)}${found ? after(found, draft) : nothing}<p class="help">${words}</p></div>
      <footer class="dialog-foot">${button(t("cancel"), close)}${button(action, undefined, { kind: danger ? "danger" : "primary", type: "submit", busy: draft.busy, disabled: !ready() })}</footer>
    </form>`;
    const shown = openDialog(content, { label: title, onClose: () => resolve(done) });
    ask({ ...selection, ...values, dry_run: true }).then((told) => (found = told), (error) => (failed = error)).finally(() => shown.dialog.isConnected && shown.update());
  });
}

/** The rate and how long that takes at most: replays of different tenants go side by side. */
const lasts = (found, draft) => html`<p class="help">${t("dead.replay.lasts", { time: span((found.letters / Number(draft.get("rate"))) * 1_000) })}</p>`;

export async function replay(app, base, selection) {
  const specs = [{ name: "rate", kind: "select", label: t("dead.rate"), help: t("dead.rate.help"), options: RATES.map((one) => [String(one), t("dead.rate.each", { count: fmt.number(one) })]) }];
  const ask = ({ rate, ...body }) => app.api.post(base("replays"), { ...body, rate: Number(rate) });
  const done = await sure({ title: t("dead.replay"), words: t("dead.replay.twice"), action: t("dead.replay.do"), selection, specs, values: { rate: String(RATE) }, ask, after: lasts });
  if (done) app.toast(t("dead.replay.asked"), "success");
  return done;
}

export async function discard(app, base, selection) {
  const specs = [{ name: "why", kind: "textarea", label: t("admin.reason"), help: t("dead.discard.why"), required: true, max: 1000 }];
  const ask = ({ why, ...body }) => app.api.post(base("discards"), { ...body, why: why || "-" });
  const done = await sure({ title: t("dead.discard"), words: t("dead.discard.words"), action: t("dead.discard.do"), danger: true, selection, specs, values: { why: "" }, ask });
  if (done) app.toast(n("dead.discarded", done.letters), "success");
  return done;
}
