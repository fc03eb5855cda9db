// What can be sent besides words: the menu behind the plus.
import { html } from "../../shared/vendor/lit.js";
import { fmt, t } from "../../shared/core/base.js";
import { openMenu } from "../../shared/kit/kit.js";
import { offers, rounded } from "./files.js";

/** The host may have withheld the microphone, and old browsers cannot record. */
function records() {
  const policy = document.permissionsPolicy ?? document.featurePolicy;
  return Boolean(globalThis.MediaRecorder && navigator.mediaDevices) && (policy?.allowsFeature("microphone") ?? true);
}

/** What files may weigh, before anybody has chosen one: kinds of the same limit together. */
function limits(media) {
  const bySize = Map.groupBy(offers(media), ({ size }) => size);
  const one = ([size, kinds]) => `${kinds.map(({ kind }) => t(`kind.${kind}`)).join(", ")} ${t("attach.most", { limit: fmt.size(rounded(size)) })}`;
  return html`<p class="menu-limits">${[...bySize].map(one).join(" · ")}</p>`;
}

export function openAdd(anchor, app, composer) {
  const { parts, choices, media } = app.state.capabilities.value;
  const takes = (part) => parts.includes(part);
  const item = (symbol, key, run) => ({ symbol, label: t(`compose.${key}`), run });
  const items = [
    takes("media") && item("image", "attach", () => composer.attach()),
    takes("media") && records() && item("mic", "voice", () => composer.run("voice", (one) => one.openVoice(app, composer))),
    takes("location") && item("pin", "location", () => composer.run("location", (one) => one.openLocation(app))),
    takes("contact") && item("person", "contact", () => composer.run("contact", (one) => one.openContact(app))),
    takes("choices") && choices && item("list", "interactive", () => composer.run("interactive", (one) => one.openInteractive(app))),
    takes("template") && item("template", "template", () => composer.templates()),
  ];
  return openMenu(anchor, items, { label: t("compose.add"), head: () => (takes("media") ? limits(media) : "") });
}
