// The template of a one-time code: Meta writes its words, here one says what goes along. Pure.
import { MOST, partOf, size } from "./texts.js";

export const OTP_KINDS = ["COPY_CODE", "ONE_TAP"];
const COMPONENTS = new Set(["BODY", "FOOTER", "BUTTONS"]);
const PACKAGE = /^[A-Za-z]\w*(\.[A-Za-z]\w*)+$/;
const HASH = 11;

export const blankApp = () => ({ package: "", hash: "" });
export const blankCode = () => ({ "otp.security": true, "otp.minutes": 10, "otp.kind": "COPY_CODE", "otp.text": "", "otp.autofill": "", "otp.apps": [blankApp()] });

/** The button as it was handed in, or, as Meta lists it, from its address. */
function button(components) {
  const one = partOf(components, "BUTTONS")?.buttons?.[0] ?? {};
  const listed = URL.canParse(one.url ?? "") ? new URL(one.url).searchParams : new URLSearchParams();
  const apps = one.supported_apps ?? (listed.has("package_name") ? [{ package_name: listed.get("package_name"), signature_hash: listed.get("signature_hash") }] : []);
  return {
    kind: one.otp_type ?? listed.get("otp_type") ?? "", text: one.text ?? "", autofill: one.autofill_text ?? listed.get("cta_display_name") ?? "",
    apps: apps.map((app) => ({ package: app.package_name ?? "", hash: app.signature_hash ?? "" })),
  };
}

export function readCode({ components }) {
  const { kind, text, autofill, apps } = button(components);
  return {
    ...blankCode(), "otp.security": Boolean(partOf(components, "BODY")?.add_security_recommendation),
    "otp.minutes": partOf(components, "FOOTER")?.code_expiration_minutes ?? null, "otp.kind": kind, "otp.text": text, "otp.autofill": autofill,
    "otp.apps": apps.length ? apps : [blankApp()],
  };
}

export const writtenCode = ({ components }) => components.every((one) => COMPONENTS.has(String(one.type).toUpperCase())) && OTP_KINDS.includes(button(components).kind);

function ofApp(one) {
  if (!PACKAGE.test(one.package.trim()) || size(one.package) > 224) return { key: "package" };
  return size(one.hash.trim()) === HASH ? null : { key: "hash", most: HASH };
}

export function ofCode(values, note) {
  const minutes = values["otp.minutes"];
  note("otp.minutes", minutes === null || (Number.isInteger(minutes) && minutes >= 1 && minutes <= MOST.minutes) ? null : { key: "minutes", most: MOST.minutes });
  for (const name of ["otp.text", "otp.autofill"]) note(name, size(values[name]) > MOST.button ? { key: "long", most: MOST.button } : null);
  if (values["otp.kind"] === "ONE_TAP") values["otp.apps"].forEach((one, at) => note(`otp.apps.${at}`, ofApp(one)));
}

/** Its components, and which field each of their paths is. */
export function builtCode(values) {
  const tap = values["otp.kind"] === "ONE_TAP";
  const words = (name, key) => (values[name].trim() ? { [key]: values[name].trim() } : {});
  const apps = values["otp.apps"].map((one) => ({ package_name: one.package.trim(), signature_hash: one.hash.trim() }));
  const otp = { type: "OTP", otp_type: values["otp.kind"], ...words("otp.text", "text"), ...(tap ? { ...words("otp.autofill", "autofill_text"), supported_apps: apps } : {}) };
  const footer = values["otp.minutes"] === null ? [] : [{ type: "FOOTER", code_expiration_minutes: values["otp.minutes"] }];
  const components = [{ type: "BODY", add_security_recommendation: values["otp.security"] }, ...footer, { type: "BUTTONS", buttons: [otp] }];
  const at = `components.${components.length - 1}.buttons.0`;
  const places = [
    ["components.0", "otp.security"], ...(footer.length ? [["components.1", "otp.minutes"]] : []), [at, "otp.kind"], [`${at}.text`, "otp.text"],
    [`${at}.autofill_text`, "otp.autofill"], ...apps.map((_, n) => [`${at}.supported_apps.${n}`, `otp.apps.${n}`]),
  ];
  return { components, places };
}
