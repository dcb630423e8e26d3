/**
 * A client generated from types in which everything is nullable: it sends every optional parameter as null, photos as
 * data URIs, and spells the header names in its own way.
 */
import assert from "node:assert/strict";
import { request } from "node:http";
import { apiKey, appId, baseUrl, photo } from "./settings.js";

type Json = Record<string, unknown>;
type HeaderNames = readonly [id: string, key: string];

// node:http sends header names as they are written; fetch might not.
function call(names: HeaderNames, method: string, path: string, payload: Json): Promise<Json & { status: number }> {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify(payload);
    const headers = {
      [names[0]]: appId,
      [names[1]]: apiKey,
      "content-type": "application/json; charset=utf-8",
      "content-length": Buffer.byteLength(body),
    };
    const sent = request(`${baseUrl}${path}`, { method, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => {
        const answer = JSON.parse(Buffer.concat(parts).toString()) as Json;
        resolve({ ...answer, status: response.statusCode ?? 0 });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

const flags = {
  is_quality: null,
  is_attribute: null,
  is_liveness: null,
  validate_quality: null,
  validate_attribute: null,
  validate_liveness: null,
  validate_nface: null,
};
const jpeg = (name: string): string => `data:image/jpeg;base64,${photo(name)}`;
const [obama, obama2] = [jpeg("face_recognition/obama.jpg"), jpeg("face_recognition/obama2.jpg")];
const png = `data:image/png;base64,${photo("face_recognition/32bit.png")}`;

const spellings: HeaderNames[] = [
  ["app-id", "api-key"],
  ["App-Id", "Api-Key"],
  ["APP-ID", "API-KEY"],
];
for (const names of spellings) {
  const enrolled = await call(names, "POST", "/v1/face/enroll", { ...flags, image: obama, subject_id: null });
  assert.equal(enrolled.message, "Request Success");
  assert.match(String(enrolled["subject_id"]), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, "a null id is generated");
  assert.ok(enrolled["image_quality"] && enrolled["attributes"], "a null flag has its default, true");
  assert.equal(enrolled["liveness"], undefined, "a null flag has its default, false");

  const subject_id = enrolled["subject_id"];
  const matching = { ...flags, threshold: null };
  const verified = await call(names, "POST", "/v1/face/verify", { ...matching, image: obama2, subject_id });
  assert.equal(verified["similarity_status"], true);
  assert.ok(verified["liveness"], "is_liveness is true by default here");

  const compared = await call(names, "POST", "/v1/face/compare", { ...matching, image_1: png, image_2: obama });
  assert.equal(compared.status, 200);
  assert.equal(typeof compared["similarity_status"], "boolean");

  const wide = { ...matching, limit: null, return_image: null };
  const found = await call(names, "POST", "/v1/face/search", { ...wide, image: obama2 });
  const matches = found["matches"] as { subject_id: string; image?: string }[];
  assert.equal(matches.length, 1, "a null limit is 1");
  assert.equal(matches[0]?.subject_id, subject_id);
  assert.equal(matches[0]?.image, undefined);

  for (const path of ["/v1/face/liveness", "/v1/face/detect"]) {
    assert.equal((await call(names, "POST", path, { ...flags, image: png })).message, "Request Success", path);
  }
  assert.ok((await call(names, "DELETE", "/v1/face/enroll", { subject_id }))["timestamp"]);
}

const nothing = await call(["app-id", "api-key"], "POST", "/v1/face/enroll", { ...flags, image: null, subject_id: null });
assert.deepEqual([nothing.status, nothing["error_code"]], [400, "INVALID_PAYLOAD"]);
