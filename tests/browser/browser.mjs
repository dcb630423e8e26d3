// A browser with a camera, and what is asked of every page: no serious finding of axe, nothing wider than the window, nothing
// that the policy forbids.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const { FACEGATE_URL, TEST_CAMERA, TEST_CHROMIUM, TEST_SHOTS } = process.env;

/** Fails the test with a sentence. */
export function ensure(holds, text) {
  if (!holds) throw new Error(text);
}

/** Chromium; its camera shows a photograph. */
export function start() {
  return chromium.launch({
    executablePath: TEST_CHROMIUM,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--use-fake-device-for-media-stream",
      "--use-fake-ui-for-media-stream",
      `--use-file-for-fake-video-capture=${TEST_CAMERA}`,
    ],
  });
}

/** A page that notes everything that goes wrong in it. */
export async function open(browser, options = {}) {
  const context = await browser.newContext({ baseURL: FACEGATE_URL, viewport: { width: 1280, height: 900 }, ...options });
  await context.grantPermissions(["camera", "clipboard-read", "clipboard-write"]);
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const faults = [];
  page.on("pageerror", (error) => faults.push(`error in the page: ${error.message}`));
  page.on("console", (message) => {
    // A refused request is told by the browser too; the page's own words about it are tested.
    const refused = message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && !refused) faults.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    const url = request.url();
    const ours = url.startsWith(FACEGATE_URL) || url.startsWith("data:") || url.startsWith("blob:");
    if (!ours) faults.push(`the page asked ${url}`);
  });
  return { page, context, faults };
}

/** axe, widths and screenshots of what is shown now; and no value that a page failed to fill in. */
export async function audit(page, name) {
  const text = await page.evaluate(() => document.body.innerText);
  const hole = ["undefined", "NaN", "[object", "$<", "${"].find((one) => text.includes(one));
  ensure(!hole, `${name}: the page shows ${hole}`);
  const before = page.viewportSize();
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    for (const width of [1280, 360]) {
      await page.setViewportSize({ width, height: 800 });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (TEST_SHOTS) await page.screenshot({ path: path.join(TEST_SHOTS, `${name}-${width}-${scheme}.png`), fullPage: true });
      ensure(wide <= 0, `${name}: ${wide} px wider than a window of ${width} px`);
      await findings(page, `${name} (${width} px, ${scheme})`);
    }
  }
  await page.setViewportSize(before);
  await page.emulateMedia({ colorScheme: "light" });
}

async function findings(page, name) {
  // Evaluated by the debugger, which the page's policy does not bind.
  await page.evaluate(axe);
  const { violations, passes } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  ensure(passes.length > 5, `${name}: axe found nothing to look at`);
  const grave = violations.filter((one) => ["serious", "critical"].includes(one.impact));
  const told = grave.map((one) => `${one.id} (${one.impact}): ${one.help}\n    ${one.nodes.map((node) => node.html).join("\n    ")}`);
  ensure(grave.length === 0, `${name}: axe finds\n  ${told.join("\n  ")}`);
}

/** Scripts within the page must not run. */
export async function ensureNoInlineScript(page, faults) {
  const ran = await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "globalThis.inlineRan = true";
    document.body.append(script);
    script.remove();
    return globalThis.inlineRan === true;
  });
  ensure(!ran, "an inline script ran: the policy does not hold");
  const told = faults.findIndex((fault) => fault.includes("Content Security Policy"));
  ensure(told >= 0, "the browser did not say that it refused the inline script");
  faults.splice(told, 1);
}
