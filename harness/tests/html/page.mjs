/* SPDX-License-Identifier: MIT */
/*
 * Drives the page of the matrix in Chromium as a person would, by mouse, by keyboard and on a small
 * screen. The page is of the results of synthesize.mjs.
 *
 *   node page.mjs CHROMIUM PAGE.html FOLDER [--measure]
 *
 * FOLDER takes the browser's profile. Prints a line for each thing that was tried, and at the end the
 * size of the page and how long it took to open. --measure tries nothing else.
 * Exit status: 0 all as it should be, 1 something was not.
 */
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { pathToFileURL } from "node:url";
import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { HOSTILE } from "./synthesize.mjs";

const SIZE_MOST = 3_000_000, IMPLEMENTATIONS = 12, OPENED = 5, PATIENCE_MS = 30_000, TABS_MOST = 60;
const [executablePath, file, folder, ...options] = process.argv.slice(2);
const address = pathToFileURL(file).href;
const SWITCHES = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/* What must never come: an error, a request for anything but the page. */
const complaints = [];

async function open(name, settings = {}) {
  const profile = `${folder}/${name}`;
  mkdirSync(profile, { recursive: true });
  const context = await chromium.launchPersistentContext(profile, {
    executablePath, headless: true, args: SWITCHES, permissions: ["clipboard-read", "clipboard-write"],
    viewport: { width: 1280, height: 900 }, ...settings });
  const page = context.pages()[0];
  page.setDefaultTimeout(PATIENCE_MS);
  page.on("console", message => {
    if (["error", "warning"].includes(message.type()))
      complaints.push(`console: ${message.text()}`);
  });
  page.on("pageerror", error => complaints.push(error.stack));
  page.on("request", request => {
    if (request.url().split("#")[0] !== address)
      complaints.push(`it asks for ${request.url()}`);
  });
  return { context, page };
}

async function go(page, hash = "") {
  await page.goto("about:blank");
  await page.goto(address + hash);
  await page.waitForSelector("html[data-ready]");
}

const rowsShown = page => page.locator("#grid tbody tr:not(.family):visible");
const cellOf = (page, id, name) => page.locator(`#grid td[aria-label^="${id}, ${name}: "]`);
const hashOf = page => page.evaluate(() => location.hash);
const panelIsOpen = page => page.evaluate(() => document.getElementById("panel").open);
/* It is, and all that comes of it has been done. */
const panelCloses = page => page.waitForFunction(() => {
  const panel = document.getElementById("panel");
  return !panel.open && !panel.firstChild;
});
const fitsAcross = (page, selector) => page.evaluate(what => {
  const element = document.querySelector(what);
  return element.scrollWidth <= element.clientWidth;
}, selector);

const trials = {
  "the grid is whole, and has the roles of one": async page => {
    const found = await page.evaluate(() => {
      const grid = document.getElementById("grid");
      const rows = [...grid.rows];
      return {
        role: grid.getAttribute("role"),
        heads: grid.tHead.querySelectorAll("[role=columnheader]").length,
        odd: rows.filter(row => row.getAttribute("role") !== "row").length +
          [...grid.querySelectorAll("td:not([role=gridcell])")].length +
          [...grid.querySelectorAll("tbody th:not([role=rowheader])")].length,
        unnamed: [...grid.querySelectorAll("td")].filter(cell => !cell.getAttribute("aria-label")).length,
        tabbable: grid.querySelectorAll("[tabindex='0']").length,
        rows: rows.filter(row => row.dataset.row).length,
        wanted: JSON.parse(document.getElementById("data").textContent).requirements.length,
      };
    });
    assert.deepEqual({ ...found, rows: 0, wanted: 0 },
      { role: "grid", heads: IMPLEMENTATIONS + 1, odd: 0, unnamed: 0, tabbable: 1, rows: 0, wanted: 0 });
    assert.equal(found.rows, found.wanted);
    assert.ok(found.rows > 200);
  },

  "a cell opens to its scenarios, its timeline and its command": async page => {
    await cellOf(page, "XC-01", "apr").click();
    assert.ok(await panelIsOpen(page));
    assert.equal(await hashOf(page), "#cell=XC-01/apr");
    assert.match(await page.locator("#panel-title").innerText(), /^XC-01 · apr 1\.2\.3$/);
    assert.match(await page.locator(".panel-head .badge").innerText(), /^fails, \d+ of \d+$/);
    const play = page.locator("details.play[open]");
    assert.equal(await play.count(), 1);
    assert.match(await play.locator("summary").innerText(), /children\/scenario-number-0/);
    const lanes = await play.locator(".timeline .lane:not(.corner)").allInnerTexts();
    assert.deepEqual(lanes, ["kernel and script", "main", "t1"]);
    /* the two events that prove it, the bar of the lock that is held and that of the wait for it */
    assert.equal(await play.locator(".timeline .proof").count(), 2);
    assert.ok(await play.locator(".timeline .span.waits.open").count() === 1);
    assert.ok(await play.locator(".timeline .span.held").count() > 0);
    assert.ok(await play.locator(".timeline .span.in-handler").count() > 0);
    const story = await play.locator(".timeline .event").count();
    await play.locator(".timeline-tools button").click();
    assert.ok(await play.locator(".timeline .event").count() > story);
    const command = await play.locator(".command code").innerText();
    assert.equal(command, "build/reapcheck run --impl apr scenarios/children/scenario-number-0.scn");
    await play.locator(".copy").click();
    await page.waitForFunction(() => document.querySelector(".copy").textContent === "Copied");
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), command);
    await page.keyboard.press("Escape");
    await panelCloses(page);
    assert.equal(await hashOf(page), "");
  },

  "a requirement opens to all implementations, and leads to a cell": async page => {
    await page.locator("#grid th[role=rowheader][aria-label^='XC-02: ']").click();
    assert.equal(await page.locator("#panel .others button").count(), IMPLEMENTATIONS);
    await page.locator("#panel .others button", { hasText: "libuv" }).click();
    assert.equal(await hashOf(page), "#cell=XC-02/libuv");
    assert.match(await page.locator("#panel-title").innerText(), /^XC-02 · libuv/);
    await page.locator("#panel [aria-label=Close]").click();
    await panelCloses(page);
  },

  "filters filter, and stand in the address": async page => {
    const all = await rowsShown(page).count();
    await page.locator("#kinds [data-value=fails]").click();
    const failing = await rowsShown(page).count();
    assert.ok(failing > 0 && failing < all);
    for (const row of await rowsShown(page).all())
      assert.ok(await row.locator("td:not(.dim) .tile.fails").count() > 0);
    await page.locator("#families [data-value=XC]").click();
    for (const id of await rowsShown(page).locator(".id").allInnerTexts())
      assert.match(id, /^XC-/);
    await page.locator("#implementations [data-value=libuv]").click();
    assert.equal(await page.locator("#grid thead th:visible").count(), 2);
    for (const row of await rowsShown(page).all())
      assert.equal(await row.locator("td:visible .tile.fails").count(), 1);
    assert.equal(await hashOf(page), "#family=XC&kind=fails&impl=libuv");
    const kept = await rowsShown(page).count();
    await go(page, "#family=XC&kind=fails&impl=libuv");
    assert.equal(await rowsShown(page).count(), kept);
    assert.equal(await page.locator("#kinds [aria-pressed=true]").count(), 1);
    await page.locator("#reset").click();
    assert.equal(await rowsShown(page).count(), all);
    assert.equal(await hashOf(page), "");

    await page.locator("#search").fill("pid kernel reuses");
    assert.deepEqual(await rowsShown(page).locator(".id").allInnerTexts(), ["XC-11"]);
    await page.locator("#search").fill("no such words anywhere");
    assert.equal(await rowsShown(page).count(), 0);
    assert.match(await page.locator("#status").innerText(), /^Nothing/);
    await page.locator("#search").fill("scenario-number-7");
    const found = await rowsShown(page).count();
    assert.ok(found > 0 && found < all);
    await page.locator("#reset").click();
  },

  "the keyboard does it all": async page => {
    await page.locator("#search").focus();
    const inGrid = () => page.evaluate(() => Boolean(document.activeElement.closest("#grid")));
    for (let i = 0; i < TABS_MOST && !await inGrid(); i++)
      await page.keyboard.press("Tab");
    const at = () => page.evaluate(() => document.activeElement.getAttribute("aria-label"));
    assert.match(await at(), /^XC-01, apr: /);
    assert.notEqual(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), "none");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowRight");
    assert.match(await at(), /^XC-02, glib: /);
    await page.keyboard.press("End");
    assert.match(await at(), /^XC-02, skalibs: /);
    await page.keyboard.press("ArrowRight");
    assert.match(await at(), /^XC-02, skalibs: /);
    await page.keyboard.press("Control+End");
    assert.match(await at(), /^PL-\d+, skalibs: /);
    assert.ok(await page.evaluate(() => {
      const box = document.activeElement.getBoundingClientRect();
      return box.top >= 0 && box.bottom <= innerHeight;
    }));
    await page.keyboard.press("Control+Home");
    assert.match(await at(), /^XC-01: /);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    assert.ok(await panelIsOpen(page));
    assert.ok(await page.evaluate(() => document.getElementById("panel").contains(document.activeElement)));
    await page.keyboard.press("Escape");
    await panelCloses(page);
    assert.match(await at(), /^XC-01, apr: /);
    await page.keyboard.press("/");
    assert.equal(await page.evaluate(() => document.activeElement.id), "search");
  },

  "a link leads to a cell, and Back closes it": async page => {
    await go(page, "#cell=XC-04/libev-signalfd&family=XC");
    assert.match(await page.locator("#panel-title").innerText(), /^XC-04 · libev-signalfd/);
    await page.keyboard.press("Escape");
    await panelCloses(page);
    assert.equal(await hashOf(page), "#family=XC");
    await cellOf(page, "XC-05", "glib").click();
    await page.goBack();
    await panelCloses(page);
    for (const hash of ["#cell=XC-99/apr", "#cell=XC-01/nobody", "#cell=%", "#kind=none&impl=nobody&q=%00"]) {
      await go(page, hash);
      assert.ok(!await panelIsOpen(page));
    }
    await go(page);
  },

  "no text is taken for markup or code": async page => {
    const shown = await page.evaluate(async () => {
      const panel = document.getElementById("panel");
      let literally = 0;
      const cells = [...document.querySelectorAll("#grid td[aria-label*=', hostile: ']")]
        .filter(cell => !cell.querySelector(".holds"));
      for (const cell of cells.slice(0, 40)) {
        cell.click();
        for (const play of panel.querySelectorAll("details.play"))
          play.open = true;
        await new Promise(done => setTimeout(done)); /* in which they are filled */
        literally += panel.textContent.includes("onerror=\"window.hostile=1\"></script>");
        panel.close();
        await new Promise(done => setTimeout(done));
      }
      return literally;
    });
    assert.ok(shown > 10);
    assert.equal(await page.evaluate(() => window.hostile), undefined);
    assert.equal(await page.locator("img").count(), 0);
    assert.ok((await page.locator("#grid thead").innerText()).includes(HOSTILE.slice(0, 20)));
  },

  "light and dark, as the system says and as the switch does": async page => {
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await background();
    await page.locator("#theme").click();
    const darkened = await background();
    assert.notEqual(darkened, light);
    assert.equal(await page.locator("#theme").getAttribute("aria-checked"), "true");
    await go(page);
    assert.equal(await background(), darkened);
    await page.locator("#theme").click();
    assert.equal(await background(), light);
  },
};

async function smallAndDark() {
  const { context, page } = await open("small", { viewport: { width: 360, height: 740 }, colorScheme: "dark" });

  await go(page);
  assert.equal(await page.locator("#theme").getAttribute("aria-checked"), "true");
  assert.ok(await fitsAcross(page, "html"), "the page scrolls sideways");
  await cellOf(page, "XC-01", "apr").click();
  assert.ok(await panelIsOpen(page));
  assert.ok(await fitsAcross(page, "#panel"), "the panel scrolls sideways");
  assert.ok(await fitsAcross(page, "html"));
  await context.close();
}

async function attempt(name, what) {
  try {
    await what();
    console.log(`well: ${name}`);
  } catch (error) {
    process.exitCode = 1;
    console.log(`BAD:  ${name}\n${error.stack}`);
  }
}

/* From the request to the first frame that has the whole grid: the median of a few. */
async function measure(page) {
  const times = [];

  for (let i = 0; i < OPENED; i++) {
    const start = performance.now();
    await go(page);
    await page.evaluate(() => new Promise(drawn =>
      requestAnimationFrame(() => requestAnimationFrame(drawn))));
    times.push(performance.now() - start);
  }
  console.log(`page of ${IMPLEMENTATIONS} implementations: ${(statSync(file).size / 1e6).toFixed(2)} MB, ` +
    `open in ${(times.sort((a, b) => a - b)[OPENED >> 1] / 1e3).toFixed(2)} s`);
}

const { context, page } = await open("large", { colorScheme: "light" });
if (!options.includes("--measure")) {
  for (const [name, what] of Object.entries(trials))
    await attempt(name, async () => {
      await go(page);
      await what(page);
    });
  await attempt("a screen of 360 pixels, dark", smallAndDark);
  await attempt("it asks for nothing, and says no error", () => assert.deepEqual(complaints, []));
  await attempt("it is smaller than 3 MB", () => assert.ok(readFileSync(file).length < SIZE_MOST));
}
await measure(page);
await context.close();
