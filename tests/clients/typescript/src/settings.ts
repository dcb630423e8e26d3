/** What the test run hands to every program: where the API is, an app, photographs. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

function setting(name: string): string {
  const value = process.env[name];
  if (!value) {
    throw new Error(`${name} is not set`);
  }
  return value;
}

export const baseUrl = setting("FACE_API_URL");
export const appId = setting("FACE_API_APP_ID");
export const apiKey = setting("FACE_API_KEY");

/** A photograph as plain base64. */
export function photo(name: string): string {
  return readFileSync(join(setting("FACE_TEST_PHOTOS"), name)).toString("base64");
}
