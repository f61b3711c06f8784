// The page as peel itself serves it, with a real network behind it: scripts/test-page.sh runs it where $PEEL_PROGRAM names a peel.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, before, test } from "node:test";
import { cutOut, choose, launch, pickMode, picture, visit } from "./page_test_support.mjs";
import { securityPolicy } from "./mock_server.mjs";

const program = process.env.PEEL_PROGRAM;
const skip = program ? false : "PEEL_PROGRAM names no peel";

let browser;
let server;
let url;

before(async () => {
  if (!program) return;
  browser = await launch();
  server = spawn(program, ["serve", "--port", "0"], { stdio: ["ignore", "ignore", "pipe"] });
  url = await new Promise((resolve, reject) => {
    server.stderr.on("data", (text) => {
      const address = /listening at (http:\/\/\S+)/.exec(text);
      if (address) resolve(`${address[1]}/`);
    });
    server.on("exit", (status) => reject(new Error(`peel serve ended with status ${status}`)));
    server.on("error", reject);
  });
});
after(async () => {
  await browser?.close();
  if (!server) return;
  server.removeAllListeners("exit");
  const ended = new Promise((resolve) => server.on("exit", resolve));
  server.kill();
  await ended;
});

/** A network may take its time on a small machine. */
const patience = 60_000;

test("peel serves the files that lie here, with the policy they are tried with", { skip }, () =>
  visit(browser, url, {}, async (page) => {
    const response = await page.request.get(url);
    assert.equal(response.headers()["content-security-policy"], securityPolicy);
    const names = [...(await response.text()).matchAll(/(?:src|href)="(page\/[^"]+)"/g)].map((match) => match[1]);
    assert.ok(names.length >= 6);
    for (const name of names) assert.equal((await page.request.get(url + name)).status(), 200, name);
  }));

test("a picture is cut out by a real network", { skip }, async (t) => {
  const { models } = await (await fetch(`${url}api/models`)).json();
  if (!models.some((model) => model.installed)) return t.skip("no model is installed");
  await visit(browser, url, {}, async (page) => {
    page.setDefaultTimeout(patience);
    await cutOut(page);
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save")]);
    assert.equal(download.suggestedFilename(), "kite-cutout.png");
    await page.locator("#activity summary", { hasText: "400 × 300" }).waitFor();
  });
});

test("corners set by hand make a page", { skip }, () =>
  visit(browser, url, {}, async (page) => {
    page.setDefaultTimeout(patience);
    await pickMode(page, "Scan a page");
    await choose(page, picture("letter.png"));
    await page.locator(".corner").first().press("ArrowRight");
    await page.click("#flatten");
    await page.getByRole("img", { name: "letter.png, flattened" }).waitFor();
  }));
