// Every test of the pages, one after the other.

import { start } from "./browser.mjs";
import { capture } from "./capture.mjs";
import { operate } from "./console.mjs";

const tests = [
  ["the operator's way", operate],
  ["the capture page", capture],
];

const browser = await start();
let failed = 0;
for (const [name, test] of tests) {
  try {
    await test(browser);
    console.log(`browser: ${name}: passed`);
  } catch (error) {
    failed += 1;
    console.log(`browser: ${name}: FAILED\n${error.stack}`);
  }
}
await browser.close();
process.exit(failed ? 1 : 0);
