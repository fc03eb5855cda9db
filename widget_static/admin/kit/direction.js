// Which way a message goes, in words.
import { html } from "../../shared/vendor/lit.js";
import { t } from "../../shared/core/base.js";
import { icon } from "../../shared/kit/kit.js";

const NAMES = { whatsapp: "WhatsApp", genesys: "Genesys" };

/** `whatsapp/123` → `WhatsApp`. */
export const channel = (account) => {
  const name = String(account ?? "").split("/")[0];
  return NAMES[name] ?? (name ? name[0].toUpperCase() + name.slice(1) : "?");
};

/** From one channel to another. */
export const way = (from, to) => html`<span class="way">${channel(from)} ${icon("next", t("direction.to"))} ${channel(to)}</span>`;
