// The capture page on a phone, in two languages, from the order to the app's question how it went.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";

import { audit, ensure, ensureNoInlineScript, open } from "./browser.mjs";

const { FACEGATE_URL, TEST_APP_ID, TEST_APP_KEY, TEST_PARENT, TEST_PHOTOS } = process.env;
const PHONE = { viewport: { width: 360, height: 760 }, isMobile: true, hasTouch: true };

/** A request as the integrator's server makes it. */
async function api(method, path, body) {
  const headers = { "App-ID": TEST_APP_ID, "API-Key": TEST_APP_KEY, "Content-Type": "application/json" };
  const response = await fetch(`${FACEGATE_URL}/v1/face/${path}`, { method, headers, body: body && JSON.stringify(body) });
  return response.json();
}

/** A server of the integrator's own, with one page. */
async function integrator(html) {
  const server = createServer((_, response) => response.setHeader("content-type", "text/html").end(html));
  server.listen(Number(new URL(TEST_PARENT).port), "127.0.0.1");
  await once(server, "listening");
  return server;
}

const order = (more) => api("POST", "capture_tokens", { subject_id: "siti", ...more });

export async function capture(browser) {
  await enrolInIndonesian(browser);
  await verifyInEnglish(browser);
  await refuse(browser);
  await limit(browser);
  await trouble(browser);
  await embed(browser);
}

async function enrolInIndonesian(browser) {
  const { page, context, faults } = await open(browser, { ...PHONE, locale: "id-ID" });
  const back = `${TEST_PARENT}/done?from=test`;
  const parent = await integrator("<p>done</p>");
  const made = await order({ purpose: "enroll", return_url: back });
  await page.goto(made.url);
  await page.getByRole("heading", { name: "Daftarkan wajah Anda" }).waitFor();
  ensure((await page.evaluate(() => document.documentElement.lang)) === "id", "the page does not say that it is Indonesian");
  ensure(!page.url().includes(made.token), "the token stayed in the address");
  await audit(page, "capture-intro");
  await ensureNoInlineScript(page, faults);
  await page.getByRole("button", { name: "Nyalakan kamera" }).click();
  // The photograph is good, so the page takes the photo by itself.
  await page.getByText("Wajah Anda sudah terdaftar.").waitFor();
  await audit(page, "capture-done");
  const state = await api("GET", `capture_tokens/${made.capture_id}`);
  ensure(state.status === "passed", `the app is told ${JSON.stringify(state)}`);
  const link = page.getByRole("link", { name: "Lanjutkan" });
  const target = new URL(await link.getAttribute("href"));
  ensure(target.searchParams.get("session_id") === state.result_session_id, "the way back names another session");
  ensure(target.searchParams.get("status") === "passed" && target.searchParams.get("from") === "test", "the way back lost something");
  await link.click();
  await page.getByText("done").waitFor();
  parent.close();
  parent.closeAllConnections();
  // That is somebody else's page.
  const ours = faults.filter((fault) => !fault.includes(TEST_PARENT));
  ensure(ours.length === 0, `the page complained:\n${faults.join("\n")}`);
  await context.close();
}

async function verifyInEnglish(browser) {
  const { page, context, faults } = await open(browser, { ...PHONE, locale: "en-GB" });
  const made = await order({ purpose: "verify" });
  await page.goto(made.url);
  await page.getByRole("heading", { name: "Confirm that it is you" }).waitFor();
  await page.getByRole("button", { name: "Bahasa Indonesia" }).click();
  await page.getByRole("heading", { name: "Pastikan bahwa ini Anda" }).waitFor();
  await page.getByRole("button", { name: "English" }).click();
  // By keyboard, and by hand instead of waiting for the guidance.
  let goOn = () => {};
  const audited = new Promise((done) => (goOn = done));
  // The server's first advice waits, or the page would be done before it is looked at.
  await page.route("**/capture/api/look", (route) => audited.then(() => route.continue()));
  await page.getByRole("button", { name: "Start the camera" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("Looking for your face").waitFor();
  await audit(page, "capture-camera");
  goOn();
  await page.getByText("It is you. Thank you.").waitFor();
  ensure(faults.length === 0, `the page complained:\n${faults.join("\n")}`);
  // What was used is worth nothing.
  await page.goto(made.url);
  await page.reload();
  await page.getByText("This link is not valid").waitFor();
  await context.close();
}

/** Somebody else before the camera: told so, and the app learns nothing but that it is not over. */
async function refuse(browser) {
  const { page, context } = await open(browser, { ...PHONE, locale: "en-GB" });
  const image = readFileSync(path.join(TEST_PHOTOS, "face_recognition/biden.jpg")).toString("base64");
  ensure((await api("POST", "enroll", { subject_id: "joko", image })).status_code === "SUCCESS", "joko is not enrolled");
  const made = await order({ purpose: "verify", subject_id: "joko" });
  await page.goto(made.url);
  await page.getByRole("button", { name: "Start the camera" }).click();
  await page.getByText("The photo could not be matched.").waitFor();
  await page.getByText("Attempts left: 4").waitFor();
  await audit(page, "capture-refused");
  const state = await api("GET", `capture_tokens/${made.capture_id}`);
  ensure(state.status === "pending" && state.attempts === 1, `the app is told ${JSON.stringify(state)}`);
  await context.close();
}

/** A subject whose score was asked for too often: said so, and one attempt is taken, not all of them. */
async function limit(browser) {
  const { page, context } = await open(browser, { ...PHONE, locale: "en-GB" });
  const photo = (name) => readFileSync(path.join(TEST_PHOTOS, "face_recognition", name)).toString("base64");
  ensure((await api("POST", "enroll", { subject_id: "wati", image: photo("biden.jpg") })).status_code === "SUCCESS", "wati is not enrolled");
  let told = "";
  for (let number = 0; number < 100 && told !== "TOO_MANY_REQUESTS"; number += 1) {
    told = (await api("POST", "verify", { subject_id: "wati", image: photo("obama.jpg"), is_liveness: false })).error_code;
  }
  ensure(told === "TOO_MANY_REQUESTS", `scores of a subject were told without end: ${told}`);
  const made = await order({ purpose: "verify", subject_id: "wati" });
  await page.goto(made.url);
  await page.getByRole("button", { name: "Start the camera" }).click();
  await page.getByText("There were too many attempts.").waitFor();
  await page.getByRole("button", { name: "Try again" }).waitFor();
  await audit(page, "capture-limited");
  const state = await api("GET", `capture_tokens/${made.capture_id}`);
  ensure(state.status === "pending" && state.attempts === 1, `the app is told ${JSON.stringify(state)}`);
  await context.close();
}

/** A server that is busy says nothing about the link. */
async function trouble(browser) {
  const { page, context } = await open(browser, { ...PHONE, locale: "en-GB" });
  const made = await order({ purpose: "verify" });
  const busy = (route) => route.fulfill({ status: 503, json: { error_code: "SERVER_BUSY" } });
  await page.route("**/capture/api/open", busy);
  await page.goto(made.url);
  await page.getByText("The server does not answer.").waitFor();
  await page.unroute("**/capture/api/open", busy);
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("heading", { name: "Confirm that it is you" }).waitFor();
  await context.close();
}

/** In a frame of somebody else's page, which is told how it went. */
async function embed(browser) {
  const { page, context } = await open(browser, { locale: "en-GB" });
  const made = await order({ purpose: "verify", origin: TEST_PARENT });
  const script = `addEventListener("message", (event) => { globalThis.told = { origin: event.origin, ...event.data }; });`;
  const frame = `<iframe src="${FACEGATE_URL}${made.url}" allow="camera" width="500" height="900" title="Photo"></iframe>`;
  const parent = await integrator(`<!doctype html><script>${script}</script>${frame}`);
  await page.goto(TEST_PARENT);
  await page.frameLocator("iframe").getByRole("button", { name: "Start the camera" }).click();
  await page.waitForFunction(() => globalThis.told !== undefined);
  const told = await page.evaluate(() => globalThis.told);
  const state = await api("GET", `capture_tokens/${made.capture_id}`);
  ensure(told.origin === FACEGATE_URL && told.type === "facegate:capture", `told ${JSON.stringify(told)}`);
  ensure(told.status === "passed" && told.session_id === state.result_session_id, `told ${JSON.stringify(told)}`);
  const said = Object.keys(told).sort().join();
  ensure(said === "origin,purpose,session_id,status,type", `the parent is told more than it should: ${said}`);
  parent.close();
  parent.closeAllConnections();
  await context.close();
}
