// What each role may do: the table that the gateway asks, as the API tells it.
import { html, nothing } from "../../../shared/vendor/lit.js";
import { knows, t } from "../../../shared/core/base.js";
import { icon } from "../../../shared/kit/kit.js";
import { Reader } from "../../kit/reading.js";
import { english } from "../../kit/said.js";
import { either } from "../../kit/states.js";

const does = (action) => (knows(`users.does.${action.name}`) ? t(`users.does.${action.name}`) : english(action.words));

class XyRoles extends Reader {
  static properties = { app: { attribute: false } };

  connectedCallback() {
    super.connectedCallback();
    this.reading.load(() => this.app.api.get("roles"));
  }

  table({ roles, actions }) {
    const areas = [...new Set(actions.map((one) => one.area))];
    const mark = (action, role) => (action.roles.includes(role) ? html`<td class="yes">${icon("check", t("users.may"))}</td>` : html`<td class="no"><span aria-hidden="true">–</span><span class="visually-hidden">${t("users.may_not")}</span></td>`);
    const row = (action) => html`<tr><th scope="row"><code>${action.name}</code><small>${does(action)}</small></th>${roles.map((role) => mark(action, role))}</tr>`;
    return html`<p class="help">${t("users.roles.words")}</p><div class="table-scroll roles" tabindex="0" role="region" aria-label=${t("users.tab.roles")}><table class="matrix"><caption class="visually-hidden">${t("users.tab.roles")}</caption>
      <thead><tr><th scope="col">${t("users.action")}</th>${roles.map((role) => html`<th scope="col">${t(`admin.role.${role}`)}</th>`)}</tr></thead>
      ${areas.map((area) => html`<tbody>${actions.filter((one) => one.area === area).map(row)}</tbody>`)}</table></div>`;
  }

  render() {
    const { reading } = this;
    return html`<section class="card">${either(reading, () => this.table(reading.value), { retry: reading.again, rows: 8 })}</section>`;
  }
}

customElements.define("xy-user-roles", XyRoles);
