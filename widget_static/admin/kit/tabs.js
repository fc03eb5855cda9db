// Tabs, each of them an address: a link to one shows the same.
import { html, nothing, ref } from "../../shared/vendor/lit.js";
import { badge, rove } from "../../shared/kit/kit.js";

/** Where there are more than fit, the chosen one is in sight. */
const seen = ref((tab) => tab?.getAttribute("aria-selected") === "true" && requestAnimationFrame(() => tab.scrollIntoView({ block: "nearest", inline: "nearest" })));

/** `all` of `{name, label, href, count}`; the chosen one's panel is what `content` draws. */
export const tabs = (label, all, chosen, content) => {
  const turn = (event) => rove(event, '[role="tab"]')?.click();
  return html`<div class="tab-bar" role="tablist" aria-label=${label} @keydown=${turn}>
      ${all.filter(Boolean).map(({ name, label: words, href, count }) => html`<a
        role="tab"
        id="tab-${name}"
        href=${href}
        aria-selected=${String(name === chosen)}
        aria-controls="panel-${name}"
        tabindex=${name === chosen ? 0 : -1}
        ${name === chosen ? seen : nothing}
      >${words}${count ? badge(count) : nothing}</a>`)}
    </div>
    <div role="tabpanel" class="tab-panel" id="panel-${chosen}" aria-labelledby="tab-${chosen}" tabindex="-1">${content}</div>`;
};
