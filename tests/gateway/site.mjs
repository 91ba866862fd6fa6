// Usage: node site.mjs FOLDER-OF-NPM-PACKAGES URL
// Logs in twice on the page of a gateway, and says on standard output which login the page shows and how it changes; waits
// for a line of standard input after each. Then gets a phone, shows devices, and says what is wrong with the page.
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [packages, url] = process.argv.slice(2);
const require = createRequire(`${packages}/`);
const { chromium } = require("playwright-core");
const executablePath = execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim();
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const page = await browser.newPage({ viewport: { width: 375, height: 900 } });
page.on("request", (request) => { if (!/^(data:image|http:\/\/127)/.test(request.url())) console.log(`asks for ${request.url()}`); });
// A browser tells of the one refusal that is asked for below.
let refused = 0;
page.on("console", (message) => { if (!/status of 404/.test(message.text()) || refused++ > 0) console.log(message.text()); });
page.on("pageerror", (error) => console.log(error.message));
await page.goto(url);

const state = (section, words) => page.waitForFunction(
  ([section, words]) => words.includes(document.querySelector(`section[aria-labelledby=${section}] .state`).textContent),
  [section, words], { timeout: 15000 });
for (const end of ["approved", "rejected"]) {
  await page.fill("#login [name=userID]", "user-0");
  await page.click("#login button");
  await state("in", ["pending"]);
  console.log(await page.textContent("section[aria-labelledby=in] .id"));
  await state("in", ["retrieved"]);
  console.log("retrieved");
  await state("in", [end]);
  console.log(end);
  await lines.next();
}
await page.fill("#registration [name=serialNumber]", "VDS1000001");
await page.fill("#registration [name=userID]", "another");
await page.click("#registration button");
await page.waitForSelector("section[aria-labelledby=get] img", { state: "visible" });
await page.fill("#devices [name=userID]", "user-0");
await page.click("#devices button");
await page.waitForSelector("section[aria-labelledby=have] li");
const item = await page.textContent("section[aria-labelledby=have] li");
if (item !== "VDS1000000-1 · mine · confirmed") console.log(item);
await page.fill("#login [name=userID]", "nobody");
await page.click("#login button");
await state("in", ["STAT_UNKNOWN_INSTANCE"]);
// What a browser draws of the pictures isn't nothing.
const drawn = await page.$$eval("img", (images) => images.map((image) => image.naturalWidth > 20));
if (!drawn.every(Boolean)) console.log(`pictures: ${drawn}`);
for (const colorScheme of ["light", "dark"]) for (const width of [375, 1280]) {
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize({ width, height: 900 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (wide > 0) console.log(`is ${wide} pixels too wide at ${width}`);
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  for (const { id, help, nodes } of violations) console.log(`${id}: ${help}: ${nodes.map((node) => node.html).join(" | ")}`);
  if (process.env.COUNTERPROOF_SCREENSHOTS) await page.screenshot({ path: `${process.env.COUNTERPROOF_SCREENSHOTS}/site-${colorScheme}-${width}.png`, fullPage: true });
}
await browser.close();
console.log("looked at");
