// A channel is made, changed, signed anew, and removed.
import { html } from "../../../shared/vendor/lit.js";
import { t } from "../../../shared/core/base.js";
import { alertBox } from "../../../shared/kit/kit.js";
import { copyable } from "../../kit/copyable.js";
import { conflict, formDialog, show } from "../../kit/dialogs.js";

const topicField = (told) => ({ name: "topics", kind: "several", label: t("alerts.topics"), help: t("alerts.topics.help"), options: told.topics.map((one) => [one, t(`alerts.topic.${one}`)]) });
const nameField = () => ({ name: "name", label: t("alerts.name"), required: true, max: 100 });
const toField = (kind, { optional = false } = {}) => ({ name: "to", label: t(`alerts.to.${kind}`), help: t(`alerts.to.${kind}.help`), required: !optional, optional, ltr: true, max: 2000 });

/** What webhooks are signed with: shown once. */
const told = (secret) =>
  show(t("alerts.secret"), html`${alertBox("warning", t("alerts.secret.words"))}${copyable(secret, { block: true })}
    <p>${t("alerts.secret.how")} <a href="https://www.standardwebhooks.com" target="_blank" rel="noreferrer noopener">standardwebhooks.com</a></p>`, { action: t("alerts.secret.kept") });

/** Resolves with the channel, or null. `known`: what `GET channels` told. */
export async function addChannel(app, base, known) {
  const list = known.topics ? known : await app.api.get(`${base}/channels`);
  const kinds = [list.email && ["email", t("alerts.kind.email")], ["webhook", t("alerts.kind.webhook")]].filter(Boolean);
  const specs = (draft) => [
    { name: "kind", kind: "select", label: t("alerts.kind"), options: kinds, help: list.email ? undefined : t("alerts.no_mail") },
    nameField(),
    toField(draft.get("kind")),
    topicField(list),
  ];
  const made = await formDialog({
    title: t("alerts.add"), specs, values: { kind: kinds[0][0], name: "", to: "", topics: [] }, action: t("alerts.add.do"), wide: true,
    submit: (values) => app.api.post(`${base}/channels`, values),
  });
  if (made?.secret) await told(made.secret);
  return made;
}

/** Somebody else may change it meanwhile: then both versions are shown, and nothing is overwritten unasked. */
export async function changeChannel(app, base, channel, list) {
  const where = `${base}/channels/${channel.id}`;
  const values = { name: channel.name, to: "", topics: [...channel.topics], enabled: channel.enabled };
  const specs = [nameField(), toField(channel.kind, { optional: true }), topicField(list), { name: "enabled", kind: "check", label: t("alerts.enabled") }];
  let { version } = channel;
  const submit = async ({ to, ...rest }) => {
    const body = to.trim() ? { ...rest, to } : rest;
    try {
      return await app.api.patch(where, body, { etag: String(version) });
    } catch (error) {
      if (error.status !== 412) throw error;
      const theirs = await app.api.get(where);
      const row = (name, label, say) => ({ label, theirs: say(theirs[name]), mine: say(rest[name]) });
      const listed = (all) => all.map((one) => t(`alerts.topic.${one}`)).join(", ") || t("alerts.everything");
      const chosen = await conflict([
        row("name", t("alerts.name"), String), row("topics", t("alerts.topics"), listed), row("enabled", t("alerts.enabled"), (on) => t(on ? "alerts.on" : "alerts.off")),
      ]);
      if (chosen === "theirs") return theirs;
      if (chosen !== "mine") throw error;
      ({ version } = theirs);
      return app.api.patch(where, body, { etag: String(version) });
    }
  };
  return formDialog({ title: t("alerts.change"), intro: html`<p><code>${channel.target}</code></p>`, specs, values, action: t("save"), wide: true, submit });
}

export async function signAnew(app, base, channel) {
  const sure = await app.confirm({ title: t("alerts.sign"), words: t("alerts.sign.words"), action: t("alerts.sign"), danger: true });
  if (!sure) return false;
  try {
    await told((await app.api.post(`${base}/channels/${channel.id}/secret`)).secret);
    return true;
  } catch (error) {
    app.fail(error);
    return false;
  }
}

export async function removeChannel(app, base, channel) {
  const sure = await app.confirm({ title: t("alerts.remove.ask", { name: channel.name }), words: t("alerts.remove.words"), action: t("alerts.remove"), danger: true });
  if (!sure) return false;
  try {
    await app.api.del(`${base}/channels/${channel.id}`, { etag: String(channel.version) });
    return true;
  } catch (error) {
    app.fail(error);
    return false;
  }
}
