/**
 * A page of another origin that calls the API: the preflight and the checks that a browser makes (Fetch standard, "CORS
 * protocol"). Node's fetch makes none of its own.
 */
import assert from "node:assert/strict";
import { apiKey, appId, baseUrl, photo } from "./settings.js";

const origin = "https://onboarding.example";

function listed(response: Response, header: string): string[] {
  return (response.headers.get(header) ?? "").split(",").map((name) => name.trim().toLowerCase());
}

function assertShared(response: Response): void {
  const allowed = response.headers.get("access-control-allow-origin");
  assert.ok(allowed === "*" || allowed === origin, `the page may read this answer (${allowed})`);
}

/** Throws where a browser would not send the request. */
async function preflight(method: string, path: string, headers: string[]): Promise<void> {
  const asked = { "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers.sort().join(",") };
  // No credentials: browsers send none with a preflight.
  const response = await fetch(`${baseUrl}${path}`, { method: "OPTIONS", headers: { Origin: origin, ...asked } });
  assert.ok(response.ok, `preflight of ${method} ${path}: ${response.status}`);
  assertShared(response);
  // GET and POST need no permission.
  assert.ok(["GET", "POST"].includes(method) || listed(response, "access-control-allow-methods").includes(method.toLowerCase()));
  const allowed = listed(response, "access-control-allow-headers");
  for (const header of headers) {
    assert.ok(allowed.includes(header), `${header} may be sent`);
  }
}

async function fromPage(method: string, path: string, body: object | undefined, key = apiKey): Promise<Response> {
  const headers = { "App-ID": appId, "API-Key": key, Accept: "application/json" };
  const typed = body === undefined ? headers : { ...headers, "Content-Type": "application/json" };
  await preflight(method, path, Object.keys(typed).map((name) => name.toLowerCase()));
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(`${baseUrl}${path}`, { method, headers: { ...typed, Origin: origin }, ...sent });
  assertShared(response);
  return response;
}

const enroll = { image: photo("face_recognition/obama.jpg"), subject_id: "page" };
const enrolled = await fromPage("POST", "/v1/face/enroll", enroll);
assert.equal(((await enrolled.json()) as { message: string }).message, "Request Success");
assert.ok(listed(enrolled, "access-control-expose-headers").includes("x-request-id"));
assert.equal((await fromPage("GET", "/v1/face/subjects?limit=1", undefined)).status, 200);
assert.equal((await fromPage("DELETE", "/v1/face/enroll?subject_id=page", {})).status, 200);

// The page can read refusals too, and tell them apart.
assert.equal((await fromPage("POST", "/v1/face/enroll", {})).status, 400);
assert.equal((await fromPage("POST", "/v1/face/enroll", enroll, "wrong")).status, 401);
