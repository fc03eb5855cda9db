// One template at the side: each of its languages as the customer sees it, what the vendor says of it, and what can be done.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { fmt, t } from "../../../shared/core/base.js";
import { alertBox, button } from "../../../shared/kit/kit.js";
import { label } from "../../../shared/templates/model.js";
import { path } from "../../kit/api.js";
import { copyable } from "../../kit/copyable.js";
import { panel } from "../../kit/panel.js";
import { tabs } from "../../kit/tabs.js";
import { categoryOf, qualityOf, statusOf } from "../templates.js";
import { written } from "./draft.js";
import { preview } from "./preview.js";

export function about(page, group) {
  const { app } = page;
  const asked = page.route.query.get("language_of");
  const one = group.languages.find(({ language }) => language === asked) ?? group.languages[0];
  const search = (language) => {
    const query = new URLSearchParams(page.route.query);
    query.set("language_of", language);
    return app.href("templates", Object.fromEntries(query));
  };
  const all = group.languages.map(({ language }) => ({ name: language, label: fmt.language(language), href: search(language) }));
  const content = html`${tabs(t("template.languages"), all, one.language, shown(page, one))}
    ${app.may("templates:change") ? html`<div class="template-acts">${acts(page, group, one)}</div>` : nothing}`;
  return panel(label(group), content, { close: () => app.query({ name: null, language_of: null }) });
}

function shown(page, one) {
  const facts = [
    [t("template.status"), statusOf(one)],
    [t("template.quality"), qualityOf(one)],
    [t("template.category"), categoryOf(one)],
    [t("template.id"), copyable(one.id)],
  ];
  return html`${preview(one)}
    ${one.reason ? alertBox("error", t("template.reason", { reason: `\u2068${one.reason}\u2069` })) : nothing}
    <dl class="facts">${facts.map(([words, value]) => html`<dt>${words}</dt><dd>${value}</dd>`)}</dl>
    ${written(one) ? nothing : html`<p class="help">${t("template.only_shown")}</p>`}`;
}

const acts = (page, group, one) => html`
  ${written(one) ? html`${button(t("template.edit"), () => page.app.go(path("templates", one.id, "edit")), { kind: "primary" })}
    ${button(t("template.language.add"), () => page.app.go("templates/new", { from: one.id }), { symbol: "plus" })}` : nothing}
  ${button(t("template.delete"), () => remove(page, group, one), { kind: "danger" })}`;

/** One language, or, where there is no other, the name. */
async function remove(page, group, one) {
  const { app, tenant } = page;
  const words = t("template.delete.words", { language: fmt.language(one.language) });
  const sure = await app.confirm({ title: t("template.delete.of", { name: one.name }), words, action: t("template.delete"), danger: true, typed: one.name });
  if (!sure) return;
  try {
    await app.api.del(path("tenants", tenant, "templates"), { query: { name: one.name, id: one.id } });
  } catch (error) {
    return void app.fail(error);
  }
  app.toast(t("template.deleted", { name: one.name, language: fmt.language(one.language) }), "success");
  app.query({ language_of: null, ...(group.languages.length === 1 ? { name: null } : {}) });
  await page.read(true);
}
