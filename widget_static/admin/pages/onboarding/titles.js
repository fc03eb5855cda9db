// What is proved of an account, step by step, in words.
import { knows, t } from "../../../shared/core/base.js";

/** Our own words for a step that is known; its adapter's for any other. */
export const titled = (row) => {
  const key = `onboarding.does.${row.account.split("/")[0]}.${row.step}`;
  const trip = `onboarding.does.trip.${row.step}`;
  return knows(trip) ? t(trip) : knows(key) ? t(key) : (row.title ?? row.step);
};
