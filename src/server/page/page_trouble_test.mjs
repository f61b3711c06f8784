// Waiting, refusals and failures, in Chromium: scripts/test-page.sh runs it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { arrive, choose, cutOut, launch, picture, result, until, withMock } from "./page_test_support.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const check = (name, look, settings = {}) => test(name, () => withMock(browser, settings, look));
const refusal = (status, code, more = {}, headers = {}) => ({ status, headers, body: { detail: `said the server: ${code}`, code, ...more } });
const says = (page, text) => page.locator("#activity", { hasText: text }).waitFor();

check("while the server works, the time that passed is shown and counts on", async (page) => {
  await choose(page, picture());
  await says(page, /Cutting out… \d\.\d s/);
  await page.getByRole("progressbar", { name: "Progress" }).waitFor();
  const passed = async () => Number(/… (\S+) s/.exec(await page.locator("#activity").textContent())[1]);
  const first = await passed();
  await page.waitForTimeout(500);
  assert.ok((await passed()) - first >= 0.3);
  assert.ok(await page.isDisabled("#save"));
  await result(page).waitFor();
  assert.equal(await page.getByRole("progressbar").count(), 0);
}, { mock: { delay: 1500 } });

check("an upload's progress is shown", async (page) => {
  const session = await page.context().newCDPSession(page);
  await session.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 400_000 });
  await choose(page, { ...picture(), buffer: Buffer.concat([picture().buffer, Buffer.alloc(600_000)]) });
  await says(page, /Uploading… \d\d % of/);
  await result(page).waitFor();
});

check("cancelling ends the request, and it can be started again", async (page, mock) => {
  mock.delay = 5000;
  await choose(page, picture());
  await says(page, "Cutting out");
  await page.getByRole("button", { name: "Cancel" }).click();
  await says(page, "Cancelled.");
  await until(() => mock.aborted === 1, "the server sees the connection closed");
  mock.delay = 0;
  await page.getByRole("button", { name: "Start again" }).click();
  await result(page).waitFor();
});

check("a picture that waits can be cancelled, and the others are done", async (page, mock) => {
  mock.delay = 400;
  await choose(page, picture("a.png"), picture("b.png"), picture("c.png"));
  await page.click('[aria-label^="b.png"]');
  await says(page, "Waiting: 1 picture before this one.");
  await page.getByRole("button", { name: "Cancel" }).click();
  await until(async () => (await page.locator(".mark.done").count()) === 2, "two done");
  assert.deepEqual(mock.requests.map((request) => request.file.name), ["a.png", "c.png"]);
});

check("a busy server is asked again by itself after the time it names", async (page, mock) => {
  mock.answers.push(refusal(429, "overloaded", {}, { "Retry-After": "2" }), refusal(503, "overloaded", {}, { "Retry-After": "1" }));
  const started = Date.now();
  await choose(page, picture());
  await says(page, "The server is busy. Trying again in 2 s.");
  await says(page, "Trying again in 1 s.");
  await result(page).waitFor();
  assert.equal(mock.requests.length, 3);
  assert.ok(Date.now() - started >= 3000);
});

check("a picture over the server's limit is not sent", async (page, mock) => {
  await choose(page, { ...picture("large.png"), buffer: Buffer.alloc(2_000_001) });
  await says(page, "This picture is larger than the server takes.");
  await says(page, "up to 2.0 MB");
  assert.equal(mock.requests.length, 0);
  assert.equal(await page.getByRole("button", { name: "Try again" }).count(), 0);
});

const sentences = [
  [400, "not_a_picture", "not a picture that peel can read"],
  [400, "damaged_picture", "This picture is damaged."],
  [403, "forbidden", "Said the server: forbidden."],
  [404, "not_found", "Reload the page"],
  [408, "timeout", "The upload took longer than the server waits."],
  [413, "too_large", "up to 2.0 MB"],
  [413, "too_many_pixels", "up to 100 megapixels"],
  [422, "invalid_parameter", "Said the server: invalid_parameter."],
  [500, "internal", "Something went wrong in the server."],
  [503, "draining", "being stopped or started"],
  [503, "out_of_memory", "not enough memory"],
  [503, "no_model", "peel models download silueta"],
  [504, "timeout", "it took too long"],
];
check("every refusal is said in a sentence, and announced", async (page, mock) => {
  for (const [status, code, text] of sentences) {
    // Chromium itself tries again after 408, on every connection that it kept.
    mock.answers = Array(status === 408 ? 10 : 1).fill(refusal(status, code));
    await choose(page, picture(`${status}-${code}.png`));
    await page.locator("#activity .failure", { hasText: text }).waitFor();
    await says(page, "Request mock-1");
    await page.locator("#news", { hasText: `${status}-${code}.png: ` }).waitFor({ state: "attached" });
  }
});

check("a file that nobody can read is told so once, in lines that can be read", async (page, mock) => {
  mock.answers.push(refusal(400, "not_a_picture"));
  await choose(page, { name: "notes.tif", mimeType: "image/tiff", buffer: Buffer.from("no picture at all") });
  await says(page, "This file is not a picture that peel can read.");
  const blank = page.locator("#stage .blank", { hasText: "TIF" });
  await blank.locator("span", { hasText: /^This browser cannot show this file\.$/ }).waitFor();
  assert.ok((await blank.boundingBox()).width > 200);
});

check("FastAPI's list of wrong parameters is read, and the server's hint is what to do", async (page, mock) => {
  mock.answers.push({ status: 422, body: { detail: [{ loc: ["body", "feather"], msg: "feather: too much", type: "value_error" }], code: "invalid_parameter" } });
  await choose(page, picture());
  await says(page, "Feather: too much.");
  mock.answers.push(refusal(500, "internal", { hint: "look into its log" }));
  await page.getByRole("button", { name: "Try again" }).click();
  await says(page, "Said the server: internal. Look into its log.");
  await page.getByRole("button", { name: "Try again" }).click();
  await result(page).waitFor();
});

check("a file that could not be had is not spoken of any more once the settings are others", async (page, mock) => {
  await cutOut(page);
  mock.answers.push(refusal(504, "timeout"));
  await page.selectOption("#format", "webp");
  await page.click("#save");
  await says(page, "it took too long");
  mock.delay = 400;
  await page.selectOption("#model", "u2netp");
  await says(page, "Cutting out");
  await says(page, "Done in");
  assert.equal(await page.locator(".failure").count(), 0);
});

check("an answer that is not the server's own is an error too", async (page, mock) => {
  mock.answers.push({ status: 502, body: null });
  await choose(page, picture());
  await says(page, "Something went wrong in the server.");
});

check("a key is asked for, kept for the session and sent", async (page, mock) => {
  mock.answers.push(refusal(401, "unauthorized"));
  await choose(page, picture("a.png"));
  await says(page, "This server asks for a key.");
  await page.getByRole("textbox", { name: "Key" }).fill("open sesame");
  await page.keyboard.press("Enter");
  await result(page).waitFor();
  assert.equal(mock.requests[0].headers["x-api-key"], undefined);
  assert.equal(mock.requests[1].headers["x-api-key"], "open sesame");
  await arrive(page, mock.url);
  await cutOut(page);
  assert.equal(mock.requests[2].headers["x-api-key"], "open sesame");
  assert.equal(await page.evaluate(() => localStorage.length), 0);
});

check("where a key is known to be needed, no picture is sent without", async (page, mock) => {
  await choose(page, picture());
  await says(page, "This server asks for a key.");
  assert.equal(mock.requests.length, 0);
}, { prepare: (mock) => (mock.offer.key_required = true) });

check("a server that went away is said, and the picture is done when it is back", async (page, mock) => {
  await page.route("**/api/remove", (route) => route.abort("connectionrefused"));
  await choose(page, picture());
  await says(page, "The server cannot be reached.");
  await page.unroute("**/api/remove");
  await page.getByRole("button", { name: "Try again" }).click();
  await result(page).waitFor();
  assert.equal(mock.requests.length, 1);
});

check("a server without a model says what to do, and scanning is still there", async (page) => {
  await page.locator("#banner", { hasText: "no model yet" }).waitFor();
  await page.locator("#modes label", { hasText: "Scan" }).click();
  await page.getByText("Turn a photo into a flat page.").waitFor();
}, { prepare: (mock) => mock.offer.models.forEach((model) => (model.installed = false)) });
