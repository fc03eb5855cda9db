// The form of a one-time code: Meta's words, and how the code gets into an app.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { fmt, t } from "../../../shared/core/base.js";
import { alertBox, button, iconButton } from "../../../shared/kit/kit.js";
import { control } from "../../kit/form.js";
import { blankApp, OTP_KINDS } from "./code.js";
import { MOST } from "./texts.js";

function app(form, all, at) {
  const [name, one, n] = [`otp.apps.${at}`, all[at], fmt.number(at + 1)];
  const wrong = form.wrong(name);
  const set = (key) => (value) => {
    form.touch(name);
    form.set("otp.apps", all.map((other, index) => (index === at ? { ...other, [key]: value } : other)));
  };
  const part = (key, spec) => control("template", { ...spec, name: `${name}.${key}`, ltr: true }, one[key], set(key), null);
  return html`<li class=${wrong ? "wrong" : ""}><fieldset><legend>${t("template.app.n", { n })}</legend>
    ${part("package", { label: t("template.app.package"), max: 224, placeholder: "com.example.shop" })}${part("hash", { label: t("template.app.hash"), max: 20, help: t("template.app.hash.help") })}
    ${wrong ? html`<p class="error" role="alert">${wrong}</p>` : nothing}</fieldset>
    <span class="moves">${iconButton("trash", t("template.app.remove", { n }), () => form.set("otp.apps", all.filter((_, index) => index !== at)), { disabled: all.length === 1 })}</span></li>`;
}

function apps(form) {
  const all = form.get("otp.apps");
  return html`<h2>${t("template.part.apps")}</h2><p class="help wide">${t("template.apps.help")}</p>
    <ol class="made-buttons">${all.map((_, at) => app(form, all, at))}</ol>
    ${all.length < MOST.apps ? html`<div>${button(t("template.app.add"), () => form.set("otp.apps", [...all, blankApp()]), { symbol: "plus" })}</div>` : nothing}`;
}

export function codeForm(form) {
  const tap = form.get("otp.kind") === "ONE_TAP";
  return html`<h2>${t("template.part.content")}</h2>${alertBox("info", t("template.code.help"))}
    ${form.field({ name: "otp.security", kind: "check", label: t("template.code.security") })}
    ${form.field({ name: "otp.minutes", kind: "number", optional: true, min: 1, max: MOST.minutes, step: 1, label: t("template.code.minutes"), help: t("template.code.minutes.help", { most: fmt.number(MOST.minutes) }) })}
    <h2>${t("template.part.button")}</h2>
    ${form.field({ name: "otp.kind", kind: "select", options: OTP_KINDS.map((kind) => [kind, t(`template.code.${kind}`)]), label: t("template.button.kind"), help: t(`template.code.${form.get("otp.kind")}.help`) })}
    ${form.field({ name: "otp.text", optional: true, max: 60, label: t("template.code.text"), placeholder: t("template.code.copy") })}
    ${tap ? form.field({ name: "otp.autofill", optional: true, max: 60, label: t("template.code.autofill.text"), placeholder: t("template.code.autofill") }) : nothing}
    ${tap ? apps(form) : nothing}`;
}
