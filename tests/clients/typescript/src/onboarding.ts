/**
 * Onboarding of users as an integrator of the original API wrote it: plain fetch, flat answers, and a user is stored only
 * on the exact message.
 */
import assert from "node:assert/strict";
import { apiKey, appId, baseUrl, photo } from "./settings.js";

interface ApiResponse {
  message: string;
  error_code?: string;
  timestamp?: number;
  subject_id?: string;
  nface?: number;
  similarity_status?: boolean;
  matches?: { subject_id: string; similarity: number; similarity_status: boolean }[];
  liveness?: { status: boolean; probability: number };
}

const users = new Map<string, string>();

async function call(method: string, path: string, body: object): Promise<{ status: number; data: ApiResponse }> {
  const response = await fetch(`${baseUrl}${path}`, {
    method,
    headers: { Accept: "application/json", "Content-Type": "application/json", "App-ID": appId, "API-Key": apiKey },
    body: JSON.stringify(body),
  });
  return { status: response.status, data: (await response.json()) as ApiResponse };
}

async function register(name: string, image: string, options: object = {}): Promise<boolean> {
  const { data } = await call("POST", "/v1/face/enroll", { image, subject_id: name, ...options });
  if (data.message === "Request Success" && data.subject_id) {
    users.set(name, data.subject_id);
    return true;
  }
  return false;
}

async function login(image: string): Promise<string | undefined> {
  const { data } = await call("POST", "/v1/face/search", { image, limit: 1 });
  assert.ok(Array.isArray(data.matches), "matches is at the root, also when it is empty");
  return data.matches[0]?.subject_id;
}

async function samePerson(image_1: string, image_2: string): Promise<boolean> {
  const { status, data } = await call("POST", "/v1/face/compare", { image_1, image_2 });
  assert.equal(status, 200, "a mismatch is no HTTP error");
  return data.similarity_status === true;
}

async function forget(name: string): Promise<boolean> {
  const { data } = await call("DELETE", `/v1/face/enroll?subject_id=${encodeURIComponent(name)}`, {});
  if (data.timestamp) {
    users.delete(name);
    return true;
  }
  assert.equal(data.message, "Subject id is not found");
  return false;
}

const [obama, obama2, biden, group] = [
  photo("face_recognition/obama.jpg"),
  photo("face_recognition/obama2.jpg"),
  photo("face_recognition/biden.jpg"),
  photo("faceapi/sample1.jpg"),
];
const strict = { is_quality: true, is_attribute: true, validate_quality: true, validate_attribute: true, validate_nface: true };

assert.equal(await login(obama2), undefined, "nobody is enrolled yet");
assert.ok(await register("barack o'bama/44", obama, strict));
assert.ok(!(await register("the cabinet", group, { validate_nface: true })), "several faces are refused");
assert.ok(!(await register("nobody", "aGVsbG8=")), "what is no picture is refused");
assert.deepEqual([...users.values()], ["barack o'bama/44"]);

assert.equal(await login(obama2), "barack o'bama/44");
assert.equal(await login(biden), undefined);
assert.ok(await samePerson(obama, obama2));
assert.ok(!(await samePerson(obama, biden)));

const verify = { image: obama2, subject_id: "barack o'bama/44" };
const verified = (await call("POST", "/v1/face/verify", verify)).data;
assert.equal(verified.similarity_status, true);
assert.equal(verified.message, "Request Success");
const liveness = (await call("POST", "/v1/face/liveness", { image: obama })).data.liveness;
assert.equal(typeof liveness?.status, "boolean");
assert.ok(liveness !== undefined && liveness.probability >= 0 && liveness.probability <= 100);

assert.ok(await forget("barack o'bama/44"));
assert.ok(!(await forget("barack o'bama/44")), "it is gone");
assert.equal(await login(obama2), undefined);
assert.equal(users.size, 0);
