// The operator's way: first start → app → enrol by camera → see it in the list → verify → delete, and every other page.

import path from "node:path";

import { audit, ensure, ensureNoInlineScript, open } from "./browser.mjs";

const { FACEGATE_SETUP_CODE, TEST_PHOTOS } = process.env;
const PASSWORD = "a long enough password";

const photo = (name) => path.join(TEST_PHOTOS, name);
const button = (page, name) => page.getByRole("button", { name, exact: true });
const shows = (page, text) => page.getByText(text).first().waitFor();

export async function operate(browser) {
  const { page, context, faults } = await open(browser);
  await firstStart(page, faults);
  await createApp(page);
  await enrolByCamera(page);
  await seeSubject(page);
  await verify(page);
  await compare(page);
  await removeSubject(page);
  await keysAndRetention(page);
  await otherPages(page);
  await signing(page, context);
  ensure(faults.length === 0, `the pages complained:\n${faults.join("\n")}`);
  await context.close();
}

async function firstStart(page, faults) {
  await page.goto("/console");
  await shows(page, "Set up the console");
  await audit(page, "setup");
  await ensureNoInlineScript(page, faults);
  const fill = async (code, first, second) => {
    await page.getByLabel("Set-up code").fill(code);
    await page.getByLabel("New password").fill(first);
    await page.getByLabel("The same again").fill(second);
    await button(page, "Set the password").click();
  };
  await fill("AAAAA-BBBBB", PASSWORD, PASSWORD);
  await shows(page, "The set-up code is wrong or was used.");
  await fill(FACEGATE_SETUP_CODE, PASSWORD, "something else, also long");
  await shows(page, "The two passwords are not the same.");
  await fill(FACEGATE_SETUP_CODE.toLowerCase(), PASSWORD, PASSWORD);
  await page.getByRole("heading", { name: "Apps" }).waitFor();
}

async function createApp(page) {
  await audit(page, "apps-empty");
  await page.getByLabel("Name").fill("clinic");
  await page.getByLabel("Mode").selectOption("testing");
  await page.getByLabel("Enrolments").fill("5");
  await page.getByLabel("Liveness checks").fill("");
  await button(page, "Create the app").click();
  await shows(page, "Keep the key now");
  await audit(page, "apps");
  const row = page.getByRole("row").filter({ hasText: "clinic" });
  ensure((await row.textContent()).includes("5 of 5"), "the list does not show the quota");
  await page.getByRole("link", { name: "Try it out" }).click();
}

async function enrolByCamera(page) {
  await page.getByRole("heading", { name: "Try it out" }).waitFor();
  await page.getByLabel("Subject id").fill("budi");
  await page.getByLabel("refuse poor quality").check();
  await page.getByLabel("refuse several faces").check();
  await button(page, "Use the camera").click();
  const take = button(page, "Take the photo");
  await take.waitFor();
  await audit(page, "try-camera");
  await take.click();
  await page.getByRole("img", { name: "Photo, chosen" }).waitFor();
  await button(page, "Send").click();
  await shows(page, "Enrolled as budi.");
  await page.getByRole("img", { name: /The photo: 1 face, turned by 0°/ }).waitFor();
  const text = await page.getByRole("main").textContent();
  for (const part of ["from 0.50", "curl -sS", "API_KEY", '"status_code": "SUCCESS"', "liveness"]) {
    ensure(text.includes(part), `the result lacks ${part}`);
  }
  ensure(!text.includes("undefined") && !text.includes("NaN"), "the result has holes");
  await page.getByText("Components of image quality").first().click();
  await audit(page, "try-enrolled");
  await page.getByRole("button", { name: "Copy: The request, as curl" }).click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  ensure(copied.includes('"subject_id":"budi"') && copied.includes("$(base64 < photo.jpg"), `copied: ${copied}`);
}

async function seeSubject(page) {
  await page.getByRole("link", { name: "Subjects" }).click();
  await page.getByLabel("Subject id, or its beginning").fill("bu");
  await button(page, "Search").click();
  await button(page, "Show budi").click();
  await button(page, "Show the photo").click();
  await audit(page, "subject-question");
  await button(page, "Show it").click();
  await page.getByRole("img", { name: "The enrolled photo" }).waitFor();
  await audit(page, "subject");
  ensure(!page.url().includes("budi"), "the subject's id is in the address");
}

async function verify(page) {
  await page.getByRole("link", { name: "Try it out" }).click();
  await page.getByLabel("What to do").selectOption("verify");
  await page.getByLabel("Subject id").fill("budi");
  await page.locator("input[type=file]").setInputFiles(photo("face_recognition/obama.jpg"));
  await button(page, "Send").click();
  await shows(page, /Passed.*Request Success\. Similarity \d/);
  await page.locator("input[type=file]").setInputFiles(photo("face_recognition/biden.jpg"));
  await button(page, "Send").click();
  await shows(page, "FAIL_ON_16");
  await audit(page, "try-verify");
  await page.getByLabel("What to do").selectOption("search");
  await page.locator("input[type=file]").setInputFiles(photo("face_recognition/obama.jpg"));
  await button(page, "Send").click();
  await page.getByRole("cell", { name: "budi" }).waitFor();
}

async function compare(page) {
  await page.getByLabel("What to do").selectOption("compare");
  const files = page.locator("input[type=file]");
  await files.nth(0).setInputFiles(photo("face_recognition/obama.jpg"));
  await files.nth(1).setInputFiles(photo("faceapi/sample1.jpg"));
  await page.getByLabel("refuse several faces").check();
  await button(page, "Send").click();
  await shows(page, "Only one person may be in the picture.");
  await audit(page, "try-compare");
}

async function removeSubject(page) {
  await page.getByRole("link", { name: "Subjects" }).click();
  await button(page, "Show budi").click();
  await button(page, "Delete").click();
  await button(page, "Delete the subject").click();
  await shows(page, "Deleted budi.");
  await shows(page, "Nobody is enrolled");
}

async function keysAndRetention(page) {
  await page.getByRole("link", { name: "Overview" }).click();
  await shows(page, "4 of 5");
  await button(page, "Add a key").click();
  await shows(page, "Keep the key now");
  await page.getByRole("button", { name: /^Revoke key/ }).first().click();
  await button(page, "Revoke the key").click();
  await shows(page, "revoked");
  await page.getByLabel("Enrolments in all").fill("50");
  await button(page, "Save quotas").click();
  await shows(page, "49 of 50");
  await audit(page, "app");
  await page.getByRole("link", { name: "Retention" }).click();
  await page.getByLabel("Days that clinic keeps unused subjects").fill("365");
  await page.getByRole("button", { name: "Save for clinic" }).click();
  await button(page, "Keep so many days").click();
  await shows(page, "Saved.");
  await audit(page, "retention");
}

async function otherPages(page) {
  await page.getByRole("link", { name: "Audit log" }).click();
  await shows(page, "photo shown");
  const log = await page.getByRole("main").textContent();
  for (const action of ["signed in", "password set", "app created", "enrolled", "deleted", "key revoked", "app changed"]) {
    ensure(log.includes(action), `the log lacks: ${action}`);
  }
  ensure(!log.includes("budi"), "the log names a subject");
  await button(page, "Verify the log").click();
  await shows(page, "every one as it was written, none missing");
  await audit(page, "audit");
  await page.getByRole("link", { name: "Health" }).click();
  await shows(page, "Ready: store and models work.");
  const tried = await page.getByRole("row").filter({ hasText: "/try/" }).textContent();
  ensure(tried.includes("FAIL_ON_16: 1") && tried.includes("FAIL_ON_8: 1"), `the figures say ${tried}`);
  await audit(page, "health");
  await page.getByRole("link", { name: "Settings" }).click();
  await shows(page, "limits.workers");
  await audit(page, "settings");
  await page.goto("/console/nowhere");
  await shows(page, "There is no such page.");
  await audit(page, "not-found");
}

/** A page begins at its heading. */
function focused(page) {
  return page.waitForFunction(() => document.activeElement?.tagName === "H1");
}

/** Out and in again without a mouse; a session that ended elsewhere leads to the way in. */
async function signing(page, context) {
  await button(page, "Sign out").click();
  await page.getByLabel("Password").waitFor();
  await audit(page, "sign-in");
  await page.getByLabel("Password").fill("not the password");
  await page.keyboard.press("Enter");
  await shows(page, "The password is wrong.");
  await page.reload();
  await focused(page);
  await page.keyboard.press("Tab");
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Sign out" }).waitFor();
  await page.goto("/console/apps");
  await page.getByRole("heading", { name: "Apps" }).waitFor();
  await focused(page);
  await page.keyboard.press("Shift+Tab");
  const seen = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  ensure(seen !== "none", "the focus cannot be seen");
  const cookie = (await context.cookies()).find((one) => one.name === "facegate_console");
  ensure(cookie?.httpOnly && cookie.sameSite === "Strict" && cookie.path === "/console", "the cookie is not as it should be");
  await context.clearCookies();
  await page.getByRole("link", { name: "Settings" }).click();
  await button(page, "Sign in").waitFor();
}
