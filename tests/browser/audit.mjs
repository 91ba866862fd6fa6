// Usage: node audit.mjs FOLDER-OF-NPM-PACKAGES PAGE…
// Opens each page that is named, in light and dark, on a phone and on a desktop, and says on standard output what is wrong
// with it: what axe-core finds, what the page asks for, what its policy refuses, what doesn't fit. Nothing is good.
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [packages, ...pages] = process.argv.slice(2);
const require = createRequire(`${packages}/`);
const { chromium } = require("playwright-core");
const executablePath = execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim();
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const quiet = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", ...quiet] });

for (const file of pages) for (const colorScheme of ["light", "dark"]) for (const width of [375, 1280]) {
  const say = (words) => console.log(`${file} ${colorScheme} ${width}: ${words}`);
  const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } });
  page.on("request", (request) => { if (request.url() !== pathToFileURL(file).href) say(`asks for ${request.url()}`); });
  page.on("console", (message) => say(message.text()));
  page.on("pageerror", (error) => say(error.message));
  await page.goto(pathToFileURL(file).href);

  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (wide > 0) say(`is ${wide} pixels too wide`);
  // What is folded and off the screen is looked at, too.
  await page.evaluate(() => document.querySelectorAll("details").forEach((it) => { it.open = true; }));
  await page.addStyleTag({ content: "* { content-visibility: visible !important; }" });
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  for (const { id, help, nodes } of violations) say(`${id}: ${help}: ${nodes.slice(0, 3).map((node) => node.html).join(" | ")}`);

  const shown = await page.evaluate(() => {
    const search = document.getElementById("search");
    const count = () => document.querySelectorAll(".entry:not([hidden])").length;
    const all = count();
    search.value = "no such text anywhere";
    search.dispatchEvent(new Event("input", { bubbles: true }));
    return [search.checkVisibility(), all, count()];
  });
  if (!shown[0] || shown[1] === 0 || shown[2] !== 0) say(`the search doesn't work: ${shown}`);
  await page.close();
}
await browser.close();
console.log(`${pages.length} pages looked at`);
