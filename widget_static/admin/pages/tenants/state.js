// To let a tenant's messages rest, and to let them go on.
import { t } from "../../../shared/core/base.js";
import { path } from "../../kit/api.js";

const named = (tenant) => ({ name: tenant.name || tenant.id });

/** Asks first. Resolves with the tenant as it is then, or null. */
export async function suspend(app, tenant) {
  const sure = await app.confirm({ title: t("tenants.suspend.ask", named(tenant)), words: t("tenants.suspend.words"), action: t("tenants.suspend"), danger: true });
  return sure ? turned(app, tenant, "suspend") : null;
}

export const resume = (app, tenant) => turned(app, tenant, "resume");

async function turned(app, tenant, what) {
  try {
    const now = await app.api.post(path("tenants", tenant.id, what));
    app.toast(t(`tenants.${what}.told`, named(tenant)), "success");
    return now;
  } catch (error) {
    app.fail(error);
    return null;
  }
}
