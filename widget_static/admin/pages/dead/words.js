// What killed a letter, in words.
import { knows, t } from "../../../shared/core/base.js";

/** The router's reason, with the vendor's code where there is one; a reason that we have no words for says itself. */
export function reasonOf({ reason, code }) {
  const key = `dead.why.${reason.toLowerCase().replaceAll(" ", "_")}`;
  return [knows(key) ? t(key) : reason, code].filter(Boolean).join(" ");
}
