// Quotas as text, and text as quotas.

import type { App, Quota } from "../lib/types";

/** `37 of 100`. */
export function left(app: App, quota: Quota): string {
  if (!app.metered) return "no quota";
  return quota.limit === null ? `unlimited (${quota.used} used)` : `${quota.left} of ${quota.limit}`;
}

/** A limit as typed; empty is none. */
export function limit(text: string): number | null {
  const number = text.trim() === "" ? null : Number(text);
  if (number !== null && (!Number.isSafeInteger(number) || number < 0)) throw new Error("A quota is a whole number, or empty.");
  return number;
}
