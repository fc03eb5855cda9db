// A panel at the side of the page, about one of its rows.
import { html, nothing } from "../../shared/vendor/lit.js";
import { t } from "../../shared/core/base.js";
import { iconButton } from "../../shared/kit/kit.js";

let before = null;

/** The row that it belongs to has the focus again when it closes. */
function closing(event, close) {
  if (event.key !== "Escape" || event.defaultPrevented || event.target.closest("dialog, [popover]")) return;
  event.preventDefault();
  leave(close);
}

function leave(close) {
  const back = before;
  before = null;
  close();
  requestAnimationFrame(() => back?.isConnected && back.focus());
}

/** `close()` is told when it is to go: by its cross, or by Esc. Nothing is drawn without `title`. */
export function panel(title, content, { close, actions = nothing } = {}) {
  if (!title) return nothing;
  const active = document.activeElement;
  if (active && active !== document.body && !active.closest(".side-panel")) before = active;
  return html`<aside class="side-panel card" aria-label=${title} @keydown=${(event) => closing(event, close)}>
    <header><h2 tabindex="-1">${title}</h2>${actions}${iconButton("close", t("close"), () => leave(close))}</header>
    <div class="side-body">${content}</div>
  </aside>`;
}
