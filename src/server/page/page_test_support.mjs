// A browser without a window, and pages in it that fail a test for whatever a user would have to find in the console.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { drawPicture } from "./mock_pictures.mjs";
import { startMock } from "./mock_server.mjs";

/** In milliseconds, for what has to come: far longer than it takes on any machine, however busy. */
export const PATIENCE = 60_000;

const { chromium } = createRequire(import.meta.url)(process.env.PLAYWRIGHT);

/** As root, which containers are, Chromium runs without its sandbox only; the pages are our own. */
export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
  });

/** Until the page knows what the server offers. */
export async function arrive(page, url) {
  await page.goto(url, { waitUntil: "commit" });
  await page.locator("#about", { hasText: "peel" }).waitFor();
}

/** Opens the page of `url` and calls `look(page)`. */
export async function visit(browser, url, settings, look) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: "reduce", ...settings });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const wrong = [];
  // That a test's refusals are answered with errors is no news; Chromium reports violations of the policy here too.
  page.on("console", (message) => {
    if (message.type() === "error" && !/^Failed to load resource: (the server responded|net::ERR_CONNECTION)/.test(message.text())) wrong.push(message.text());
  });
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("request", (request) => {
    const address = new URL(request.url());
    if (!["blob:", "data:"].includes(address.protocol) && address.origin !== new URL(url).origin) wrong.push(`asks ${address}`);
  });
  try {
    await arrive(page, url);
    await look(page);
  } finally {
    await context.close();
  }
  assert.deepEqual(wrong, []);
}

/** The same with a stand-in for the server of its own: `look(page, mock)`. */
export async function withMock(browser, settings, look) {
  const mock = await startMock(settings.mock);
  try {
    settings.prepare?.(mock);
    await visit(browser, mock.url, settings.context ?? {}, (page) => look(page, mock));
  } finally {
    await mock.close();
  }
}

export const picture = (name = "kite.png", width = 400, height = 300) => ({ name, mimeType: "image/png", buffer: drawPicture(width, height) });

export const choose = (page, ...files) => page.setInputFiles("#files", files);

export const result = (page) => page.locator(".compare .after");

/** Chooses a picture and waits for its cut-out. */
export async function cutOut(page, file = picture()) {
  await choose(page, file);
  await result(page).waitFor();
}

export const pickMode = (page, name) => page.locator("#modes label", { hasText: name }).click();

/** Waits until `condition()` is true. */
export async function until(condition, what) {
  for (const end = Date.now() + PATIENCE; Date.now() < end; ) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  assert.fail(`in vain: ${what}`);
}
