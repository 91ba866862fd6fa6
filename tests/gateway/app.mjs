// Usage: node app.mjs FOLDER-OF-NPM-PACKAGES URL
// Plays all cases on the page for apps. Says each task as a line of JSON, as it stands on the page; the next line of standard
// input says what the app and its person do, and that is what the script does with the page. Says besides what is wrong with it.
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
const context = await browser.newContext({ viewport: { width: 375, height: 800 } });
async function open() {
  const page = await context.newPage();
  page.on("request", (request) => { if (!/^(data:image|http:\/\/127)/.test(request.url())) console.log(`asks for ${request.url()}`); });
  page.on("console", (message) => console.log(message.text()));
  page.on("pageerror", (error) => console.log(error.message));
  return page;
}
const page = await open();

// One of each kind; all of them where somebody wants pictures.
const LOOKED_AT = new Set(["scan-license", "follow", "refused", "done"]);
const pictures = process.env.COUNTERPROOF_SCREENSHOTS;
const looked = new Set();
async function look(name) {
  if (!LOOKED_AT.has(name) && !pictures || looked.has(name)) return;
  looked.add(name);
  for (const colorScheme of ["light", "dark"]) for (const width of [375, 1280]) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 800 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (wide > 0) console.log(`${name} is ${wide} pixels too wide at ${width}`);
    // What an eye could miss doesn't depend on the width, but for what was looked at just now.
    if (width === 1280 && colorScheme === "dark" && !pictures) continue;
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
    for (const { id, help, nodes } of violations) console.log(`${name}: ${id}: ${help}: ${nodes.map((node) => node.html).join(" | ")}`);
    if (pictures) await page.screenshot({ path: `${pictures}/app-${name}-${colorScheme}-${width}.png`, fullPage: true });
  }
  await page.setViewportSize({ width: 375, height: 800 });
}

// A task as it stands on the page, or what stands there instead.
const task = () => page.evaluate(() => {
  const at = (id) => document.getElementById(id);
  const texts = (list) => [...list].map((element) => element.textContent);
  const shown = at("shown").hidden ? [] : texts(at("shown").querySelectorAll("dd")).map((text) => ["", text]);
  return {
    kind: at("now").dataset.kind, words: at("words").textContent, message: at("text").querySelector("code").textContent,
    link: at("link").href, shown, data: at("data").hidden ? [] : texts(at("data").children),
    step: at("case").textContent, head: at("now-head").textContent,
  };
});
const WORDS = {
  done: /^(It has no accounts|Nothing is on display|The account is gone|It is closed, without a signature|There is nothing to approve|It is gone)$/,
  shown: "It shows just this", other: /^(It shows something else|It shows a message to approve|Something can be approved)$/,
  nothing: /^(Nothing is shown, nobody is called|It is closed, nobody is called)$/, refused: "The app refuses it",
};
const REASONS = {
  "not-mine": /another authenticator/, wrong: /invalid, damaged/, "not-activated": "The app is not activated", locked: "The app is blocked",
  pin: "The PIN is wrong", data: /take this data/, application: /no such application/, unsaid: /say why/,
};
const press = (name, within = "#answers") => page.locator(within).getByRole("button", { name }).click();

await page.goto(url);
await page.waitForFunction(() => document.getElementById("now-head").textContent === "Ready");
await page.evaluate(axe);
await page.locator("#list details summary").first().click();
await look("ready");
const end = Date.now() + (pictures ? 600_000 : 120_000);
for (let last = ""; Date.now() < end;) {
  const now = await task();
  if (/^(Ready|The next case)$/.test(now.head)) {
    if (now.head === "The next case") await look("next");
    await press(/^(Begin|Go on)$/);
    await page.waitForFunction((before) => document.getElementById("now-head").textContent !== before, now.head);
    continue;
  }
  if (now.head === "All cases are played") {
    looked.add("end");
    break;
  }
  const whole = JSON.stringify(now);
  if (!now.kind || whole === last) {
    await page.waitForTimeout(10);
    continue;
  }
  last = whole;
  await look(now.kind);
  console.log(whole);
  const { calls, said } = JSON.parse((await lines.next()).value);
  // As on a phone: the app has the browser open the callback, which brings the page back.
  if (calls) {
    const app = await open();
    await app.goto(calls);
    if (app.url() !== url) console.log(`after a call the browser is at ${app.url()}`);
    await app.close();
    // What is behind another page moves on every few seconds only.
    await page.bringToFront();
  }
  if (said?.saw === "code") {
    await page.fill("[name=code]", said.code);
    await page.click("#typed button");
  } else if (said) await press(WORDS[said.saw]);
  if (said?.saw === "refused") {
    await look("refused");
    await press(REASONS[said.reason], "#reasons");
  }
  await page.waitForFunction((whole) => {
    const at = (id) => document.getElementById(id);
    return at("now-head").textContent !== whole.head || at("case").textContent !== whole.step;
  }, now);
}
if (!looked.has("end")) console.log("the page did not come to its end");
await look("played");
await page.click("#finish");
await page.waitForFunction(() => document.getElementById("now-head").textContent === "Done");
await look("done");
await browser.close();
console.log("looked at");
process.exit();
