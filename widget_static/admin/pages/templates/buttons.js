// The buttons of a template, of a carousel's card too. Pure.
import { MOST, size } from "./texts.js";

export const KINDS = ["quick_reply", "url", "phone_number", "copy_code", "flow"];
export const CARD_KINDS = ["quick_reply", "url", "phone_number"];
export const ACTIONS = ["navigate", "data_exchange"];

export const blankButton = (kind = "quick_reply") => ({ kind, text: "", url: "", phone: "", example: "", flow: "", action: "navigate", screen: "" });

const digits = (phone) => phone.replace(/[\s()-]/g, "");

export const readButton = (one) => ({
  kind: String(one.type).toLowerCase(), text: one.text ?? "", url: one.url ?? "", phone: one.phone_number ?? "", example: [one.example].flat()[0] ?? "",
  flow: String(one.flow_id ?? ""), action: String(one.flow_action ?? "navigate").toLowerCase(), screen: one.navigate_screen ?? "",
});

/** What Meta would refuse of it: `{key, most?}` or null. */
export function ofButton(one) {
  if (one.kind !== "copy_code" && !one.text.trim()) return { key: "button_text" };
  if (size(one.text) > MOST.button) return { key: "long", most: MOST.button };
  if (one.kind === "url" && !/^https?:\/\/\S+$/.test(one.url)) return { key: "url" };
  if (one.kind === "url" && /\{\{/.test(one.url) && (!/\{\{1\}\}$/.test(one.url) || !one.example.trim())) return { key: "url_variable" };
  if (one.kind === "phone_number" && !/^\+?\d{6,20}$/.test(digits(one.phone))) return { key: "phone" };
  if (one.kind === "copy_code" && (!one.example.trim() || size(one.example) > MOST.code)) return { key: "code", most: MOST.code };
  if (one.kind === "flow" && !/^\d{1,32}$/.test(one.flow.trim())) return { key: "flow" };
  if (one.kind === "flow" && one.action === "navigate" && !/^\w{1,100}$/.test(one.screen.trim())) return { key: "screen" };
  return null;
}

/** All of them: the list itself, and each. */
export function ofButtons(all, note, area = "buttons", most = MOST.buttons) {
  all.forEach((one, at) => note(`${area}.${at}`, ofButton(one)));
  if (all.length > most) note(area, { key: "buttons", most });
  if (all.filter((one) => one.kind === "flow").length > 1) note(area, { key: "one_flow" });
}

const MADE = {
  quick_reply: (one) => ({ type: "QUICK_REPLY", text: one.text.trim() }),
  url: (one) => ({ type: "URL", text: one.text.trim(), url: one.url.trim(), ...(/\{\{/.test(one.url) ? { example: [one.example.trim()] } : {}) }),
  phone_number: (one) => ({ type: "PHONE_NUMBER", text: one.text.trim(), phone_number: digits(one.phone) }),
  copy_code: (one) => ({ type: "COPY_CODE", example: one.example.trim() }),
  flow: (one) => ({
    type: "FLOW", text: one.text.trim(), flow_id: one.flow.trim(), flow_action: one.action,
    ...(one.action === "navigate" ? { navigate_screen: one.screen.trim() } : {}),
  }),
};

/** As the vendor documents them. */
export const buttonsOf = (all) => ({ type: "BUTTONS", buttons: all.map((one) => MADE[one.kind](one)) });
