// How a page is before it has something to show: being read, with nothing in it, or failed.
import { html, nothing } from "../../shared/vendor/lit.js";
import { t } from "../../shared/core/base.js";
import { button, icon } from "../../shared/kit/kit.js";
import { copyable } from "./copyable.js";
import { told } from "./said.js";

const NEXT = { 0: "admin.next.offline", 401: "admin.next.sign_in", 403: "admin.next.ask", 404: "admin.next.gone", 412: "admin.next.changed", 429: "admin.next.wait", 503: "admin.next.wait", 504: "admin.next.look" };

/** What to do about it; nothing where the server's own words say it. */
const next = (error) => (error.status in NEXT ? t(NEXT[error.status]) : error.status >= 500 ? t("admin.next.report") : "");

/** An error in one piece: what happened, the next step, and the id by which its log line is found. */
export const explained = (error) => html`<span class="explained"><span>${told(error)}</span> <span>${next(error)}</span>${error.correlation
  ? html` <span class="correlation">${t("admin.correlation")} ${copyable(error.correlation)}</span>` : nothing}</span>`;

/** In the place of a page or of a part of it; `retry` tries again. */
export const failed = (error, retry) => html`<div class="empty failed" role="alert">
  ${icon(error.status === 0 ? "offline" : error.status === 403 ? "lock" : "alert")}
  <h2>${t(error.status === 403 ? "admin.forbidden" : error.status === 404 ? "admin.gone" : "admin.failed")}</h2>
  <p>${told(error)}</p>
  <p>${next(error)}</p>
  ${error.correlation ? html`<p class="correlation">${t("admin.correlation")} ${copyable(error.correlation)}</p>` : nothing}
  ${retry && error.status !== 403 ? button(t("retry"), retry, { kind: "primary", symbol: "retry" }) : nothing}
</div>`;

/** Grey lines of a card: no spinner, no jump. */
export const shapes = (rows = 4) => html`<div class="shapes" role="status" aria-label=${t("loading")}>${Array.from({ length: rows }, () => html`<i></i>`)}</div>`;

/**
 * One of three: `what` is `{state: "loading" | "ready" | "error", error}`; `content()` is drawn when it is ready. Loading again while
 * something is shown keeps it: nothing flickers.
 */
export function either(what, content, { retry, rows } = {}) {
  if (what.state === "error") return failed(what.error, retry);
  if (what.state === "loading") return shapes(rows);
  return content();
}

