// Whose data the pages are about: one tenant's, or for Xyper's administrators all. Found as one types.
import { html, nothing } from "../shared/vendor/lit.js";
import { t } from "../shared/core/base.js";
import { icon, openPopover, rove } from "../shared/kit/kit.js";

const PAUSE = 150;
const SHOWN = 20;

/** A list below a box: what is found for what stands in it. */
function finder(app, choose) {
  const found = { tenants: [], more: false, state: "loading", words: "" };
  let popover = null;
  let timer = null;

  async function look() {
    const words = found.words;
    try {
      const { tenants, next } = await app.api.get("tenants", { search: words, limit: SHOWN });
      if (words !== found.words) return;
      app.learn(tenants);
      Object.assign(found, { tenants, more: Boolean(next), state: "ready" });
    } catch (error) {
      Object.assign(found, { tenants: [], state: "error", error });
    }
    popover?.update();
  }

  function type(event) {
    found.words = event.target.value.trim();
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE);
  }

  const entry = (id, name, note) => html`<button type="button" role="option" aria-selected=${String((app.tenant.value ?? "") === id)} @click=${() => choose(id, popover)}>
    <span class="name"><bdi>${name}</bdi></span>${note ? html`<code>${note}</code>` : nothing}${(app.tenant.value ?? "") === id ? icon("check") : nothing}</button>`;

  /** Whoever is quicker than the answer is given the first of it. */
  async function take() {
    clearTimeout(timer);
    if (!found.words) return;
    await look();
    if (found.tenants.length && popover.popover.isConnected) choose(found.tenants[0].id, popover);
  }

  function keys(event) {
    if (event.key === "Enter" && event.target.matches("input")) {
      event.preventDefault();
      take();
    } else rove(event, '[role="option"]');
  }

  const content = () => html`<div class="finder" @keydown=${keys}>
    <label class="with-icon"><span class="visually-hidden">${t("admin.tenants.find")}</span>${icon("search")}<input type="search" class="input" placeholder=${t("admin.tenants.find")} autocomplete="off" @input=${type} /></label>
    <div role="listbox" aria-label=${t("admin.tenants.all")}>
      ${found.words ? nothing : entry("", t("admin.tenants.all"))}
      ${found.tenants.map((one) => entry(one.id, one.name || one.id, one.id))}
    </div>
    <p class="help" role="status">${found.state === "error" ? found.error.detail || t("admin.offline") : found.state === "ready" && !found.tenants.length ? t("admin.tenants.none") : found.more ? t("admin.tenants.more") : ""}</p>
  </div>`;

  return {
    open(anchor) {
      popover = openPopover(anchor, content, { kind: "finder-popover", label: t("admin.tenants.choose") });
      popover.popover.querySelector("input").focus();
      look();
    },
  };
}

/** In the bar. Who belongs to one tenant reads its name. */
export function switcher(app) {
  const { tenant: own } = app.me.value;
  if (own) return html`<span class="switcher own">${icon("building")}<bdi>${app.tenantName(own)}</bdi></span>`;
  const id = app.tenant.value;
  const choose = (chosen, popover) => {
    popover.close();
    // A row that was open belongs to the tenant before.
    const { name, parts } = app.route.value;
    if (name === "tenants" && parts.length) app.go(chosen ? `tenants/${encodeURIComponent(chosen)}` : "tenants", { tenant: chosen || null });
    else app.query({ tenant: chosen || null, cursor: null }, { push: true });
  };
  return html`<button type="button" class="switcher" aria-haspopup="dialog" @click=${(event) => finder(app, choose).open(event.currentTarget)}>
    ${icon("building")}<span class="visually-hidden">${t("admin.tenants.choose")}:</span><span class="chosen"><bdi>${id ? app.tenantName(id) : t("admin.tenants.all")}</bdi></span>${icon("down")}</button>`;
}
