// Takes a picture of every page of pages.mjs. Usage: screenshots.mjs <server> <accounts.json> <folder>
//
// Fails when a page does not answer 200 or the browser reports an error or a breach of the content security policy.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pages } from "./pages.mjs";

// The package is installed outside the sources (BROWSER_MODULES, set by scripts/screenshots).
const { chromium } = createRequire(path.resolve(process.env.BROWSER_MODULES, "x.js"))("playwright-core");

const [server, accountsFile, folder] = process.argv.slice(2);
const accounts = JSON.parse(readFileSync(accountsFile, "utf8"));
const complaints = [];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  // A root user's Chromium has no sandbox; the other switches keep it from calling home.
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--lang=ja",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const windows = {};
try {
  for (const page of pages) {
    await takePicture(page);
  }
} finally {
  await browser.close();
}
complaints.forEach((complaint) => console.error(complaint));
process.exitCode = complaints.length > 0 ? 1 : 0;

async function takePicture(page) {
  const window = (windows[page.as] ??= await open(page.as));
  window.page = page.name;
  const no = page.of === undefined ? "" : await firstCase(window, page.of);
  if (no === undefined) {
    complaints.push(`${page.name}: no case with ${page.of}`);
    return;
  }
  const answer = await window.tab.goto(server + page.path.replace("{no}", no), { waitUntil: "load" });
  if (answer.status() !== 200) {
    complaints.push(`${page.name}: ${answer.status()} from ${answer.url()}`);
  }
  await window.tab.screenshot({ path: path.join(folder, `${page.name}.png`), fullPage: true });
  console.log(`${page.name}.png  ${answer.url().slice(server.length)}`);
}

// A window of its own for each account, logged in.
async function open(account) {
  const context = await browser.newContext({
    locale: "ja-JP", timezoneId: "Asia/Tokyo", viewport: { width: 1280, height: 900 }, reducedMotion: "reduce",
  });
  const tab = await context.newPage();
  const window = { tab, page: "login" };
  tab.on("console", (message) => {
    if (message.type() === "error") complaints.push(`${window.page}: ${message.text()}`);
  });
  tab.on("pageerror", (error) => complaints.push(`${window.page}: ${error}`));
  if (account !== "nobody") {
    await logIn(tab, accounts[account]);
  }
  return window;
}

// Logs in; a one-time password is replaced on the page that asks for it, which may end the session.
async function logIn(tab, account) {
  await enter(tab, account);
  const fields = await tab.locator("input[type=password]").all();
  if (fields.length > 1) {
    const chosen = `${account.password}-chosen`;
    const current = fields.length === 3 ? [account.password] : [];
    for (const [at, value] of [...current, chosen, chosen].entries()) {
      await fields[at].fill(value);
    }
    await submit(tab);
    account.password = chosen;
    if (new URL(tab.url()).pathname === "/login") await enter(tab, account);
  }
  if (new URL(tab.url()).pathname === "/login") throw new Error(`${account.user} cannot log in`);
}

async function enter(tab, { user, password }) {
  await tab.goto(`${server}/login`);
  await tab.locator("form:has(input[type=password]) input:not([type=hidden]):not([type=password])").first().fill(user);
  await tab.locator("input[type=password]").fill(password);
  await submit(tab);
}

async function submit(tab) {
  await tab.locator("form:has(input[type=password]) button").first().click();
  await tab.waitForLoadState("load");
}

// The reception number of the first case that a filter of the list finds.
async function firstCase({ tab }, filter) {
  await tab.goto(`${server}/desk/cases?${filter}`);
  const links = await tab.locator('main a[href^="/desk/cases/"]').evaluateAll((all) => all.map((link) => link.pathname));
  return links.map((link) => /^\/desk\/cases\/(RQ-[^/]+)$/.exec(link)?.[1]).find((no) => no !== undefined);
}
