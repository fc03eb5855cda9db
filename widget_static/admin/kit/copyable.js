// A value that one copies: an id, an address, a key.
import { html, nothing } from "../../shared/vendor/lit.js";
import { t } from "../../shared/core/base.js";
import { copy, icon } from "../../shared/kit/kit.js";

async function take(event, value) {
  const button = event.currentTarget;
  await copy(value, { quiet: true });
  button.classList.add("done");
  button.querySelector(".told").textContent = t("copied");
  setTimeout(() => {
    button.classList.remove("done");
    button.querySelector(".told").textContent = "";
  }, 2_000);
}

/** `shown`: what is seen of it, where it is long; `label`: what it is, for who cannot see it; `block`: on a line of its own. */
export const copyable = (value, { shown, label, block = false } = {}) => html`<span class="copyable ${block ? "block" : ""}">
  <code title=${shown ? value : nothing} dir="ltr">${shown ?? value}</code><button
    type="button"
    class="icon-button"
    aria-label=${label ? t("admin.copy_of", { what: label }) : t("copy")}
    title=${t("copy")}
    @click=${(event) => take(event, value)}
  >${icon("copy")}${icon("check")}<span class="told visually-hidden" role="status"></span></button>
</span>`;
