// Other words for a letter that could not be delivered: of texts, choices and templates; everything else stays.
import { html } from "../../../shared/vendor/lit.js";
import { t } from "../../../shared/core/base.js";
import { alertBox } from "../../../shared/kit/kit.js";
import { conflict, formDialog } from "../../kit/dialogs.js";

/** What of a part may be changed, as paths: `body`, `options.0.title`. */
const WORDS = {
  text: () => ["text"],
  choices: (part) => ["header", "body", "footer", "button"].filter((name) => typeof part[name] === "string").concat((part.options ?? []).map((_, at) => `options.${at}.title`)),
  template: (part) => [...values(part, "header"), ...values(part, "body"), ...(part.buttons ?? []).map((_, at) => `buttons.${at}.value`)],
};
const LONG = new Set(["text", "body"]);

const values = (part, name) => (part[name] ?? []).flatMap((one, at) => (typeof one.text === "string" ? [`${name}.${at}.text`] : []));
const at = (value, path) => path.split(".").reduce((found, key) => found?.[key], value);

/** Every path of a message that may be changed: `parts.0.text`. */
export const paths = (parts) => (parts ?? []).flatMap((part, n) => (WORDS[part.type]?.(part) ?? []).map((path) => `parts.${n}.${path}`));
export const mendable = (parts) => paths(parts).length > 0;

/** The parts with these values at their paths. */
export function changed(parts, given) {
  const whole = structuredClone({ parts });
  for (const [path, value] of Object.entries(given)) {
    const keys = path.split(".");
    at(whole, keys.slice(0, -1).join("."))[keys.at(-1)] = value;
  }
  return whole.parts;
}

function labelled(path, parts) {
  const [, n, name, nth] = path.split(".");
  const words = t(`dead.field.${parts[n].type === "template" && name !== "buttons" ? `value_${name}` : name}`);
  return `${words}${nth === undefined ? "" : ` ${Number(nth) + 1}`}${parts.length > 1 ? ` (${t("dead.part", { number: Number(n) + 1 })})` : ""}`;
}

const specsOf = (parts) => paths(parts).map((path) => ({ name: path, label: labelled(path, parts), kind: LONG.has(path.split(".")[2]) && path.split(".").length === 3 ? "textarea" : "text", rows: 5 }));

/** What the server says of a part as a whole, or by its type, stands at a field of that part. */
export function placed(errors, parts) {
  const known = paths(parts);
  const place = (path) => {
    const [, n, type, ...rest] = path.split(".");
    const plain = type === parts[n]?.type ? ["parts", n, ...rest].join(".") : path;
    return known.find((one) => one === plain || one === path) ?? known.find((one) => one.startsWith(`parts.${n}.`)) ?? path;
  };
  return Object.fromEntries(Object.entries(errors).map(([path, words]) => [place(path), words]));
}

const start = (parts) => Object.fromEntries(paths(parts).map((path) => [path, at({ parts }, path)]));

/** Resolves with the letter as it is then, or null. What somebody else changed meanwhile is shown beside what was typed. */
export async function edit(app, path, told, typed = null) {
  const { parts } = told.value;
  const values = typed ?? start(parts);
  const template = parts.find((part) => part.type === "template");
  let kept = values;
  let outdated = false;
  const submit = async (given) => {
    kept = given;
    try {
      return await app.api.patch(path, { parts: changed(parts, given) }, { etag: told.etag });
    } catch (error) {
      if (error.status !== 412) throw Object.assign(error, { errors: placed(error.errors ?? {}, parts) });
      outdated = true;
      return true;
    }
  };
  const intro = html`${alertBox("info", t("dead.edit.words"))}${template ? html`<p>${t("dead.edit.template", { name: template.name, language: template.language })}</p>` : ""}`;
  const done = await formDialog({ title: t("dead.edit"), intro, specs: specsOf(parts), values, action: t("dead.edit.do"), wide: true, submit });
  return outdated ? again(app, path, kept) : done;
}

async function again(app, path, mine) {
  const theirs = await app.api.read(path);
  const rows = Object.entries(mine).map(([name, value]) => ({ label: labelled(name, theirs.value.parts), theirs: at(theirs.value, name) ?? "", mine: value }));
  const choice = await conflict(rows);
  if (choice === null) return null;
  return edit(app, path, theirs, choice === "mine" ? mine : null);
}
