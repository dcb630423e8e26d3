// The request that the form stands for, and the same for a command line.

export type Endpoint = "enroll" | "verify" | "compare" | "search" | "liveness" | "detect";

export type Form = {
  endpoint: Endpoint;
  subject: string;
  threshold: string;
  limit: string;
  scenarios: string[];
  flags: Record<string, boolean>;
};

export const FLAGS: [name: string, text: string][] = [
  ["is_quality", "measure quality"],
  ["validate_quality", "refuse poor quality"],
  ["is_attribute", "measure attributes"],
  ["validate_attribute", "refuse sunglasses and masks"],
  ["is_liveness", "measure liveness"],
  ["validate_liveness", "refuse what is not live"],
  ["validate_nface", "refuse several faces"],
];

/** The form for an endpoint, with what was typed before. */
export function fresh(endpoint: Endpoint = "enroll", before?: Form): Form {
  const all = Object.fromEntries(FLAGS.map(([name]) => [name, name.startsWith("is_")]));
  return {
    endpoint,
    subject: before?.subject ?? "",
    threshold: before?.threshold ?? "82",
    limit: before?.limit ?? "3",
    scenarios: before?.scenarios ?? ["LIVE_PERSON_A_1", "LIVE_PERSON_A_1"],
    flags: before?.flags ?? all,
  };
}

/** The body of the request. */
export function request(form: Form, images: string[]): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  if (["enroll", "verify"].includes(form.endpoint) && form.subject.trim()) body.subject_id = form.subject.trim();
  if (["verify", "compare", "search"].includes(form.endpoint)) body.threshold = Number(form.threshold);
  if (form.endpoint === "search") body.limit = Number(form.limit);
  Object.assign(body, form.flags);
  const names = form.endpoint === "compare" ? ["image_1", "image_2"] : ["image"];
  names.forEach((name, index) => (body[name] = images[index] ?? ""));
  return body;
}

/** The request for a POSIX shell; photos are read from files, the key from a variable. */
export function curl(appId: string, form: Form, images: string[], sandbox: boolean): string {
  const files = form.endpoint === "compare" ? ["photo1.jpg", "photo2.jpg"] : ["photo.jpg"];
  const shown = sandbox ? images : files.map((file) => `$(base64 < ${file} | tr -d '\\n')`);
  // Within the here-document the shell reads $ and `: what was typed must not be read so.
  const body = request(form, shown.map((_, index) => `@${index}@`));
  const json = JSON.stringify(body).replace(/[\\$`]/g, "\\$&");
  const filled = shown.reduce((text, image, index) => text.replace(`@${index}@`, () => image), json);
  return `curl -sS ${location.origin}/v1/face/${form.endpoint} \\
  -H "App-ID: ${appId}" -H "API-Key: $API_KEY" \\
  -H "Content-Type: application/json" --data-binary @- <<JSON
${filled}
JSON`;
}

/** The body with images that people can look past. */
export function shortened(body: Record<string, unknown>): string {
  const short = (value: unknown) => (typeof value === "string" && value.length > 100 ? `${value.slice(0, 40)}… (${value.length} characters)` : value);
  return JSON.stringify(Object.fromEntries(Object.entries(body).map(([name, value]) => [name, short(value)])), null, 2);
}
