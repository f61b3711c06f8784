// From a photograph to a page, in Chromium: scripts/test-page.sh runs it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { choose, launch, pickMode, picture, until, withMock } from "./page_test_support.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** `look` finds a picture of 400 x 300 with its corners; the mock has them at a fifth from the edges. */
const check = (name, look, settings = {}) =>
  test(name, () =>
    withMock(browser, settings, async (page, mock) => {
      await pickMode(page, "Scan a page");
      await choose(page, picture("letter.png"));
      await page.locator(".corner").first().waitFor();
      await look(page, mock);
    }));

const corner = (page, name) => page.getByRole("button", { name: new RegExp(`^${name} corner`) });
const flatten = async (page) => {
  await page.click("#flatten");
  await page.getByRole("img", { name: "letter.png, flattened" }).waitFor();
};
const sent = (mock) => JSON.parse(mock.requests.at(-1).fields.corners);

check("the corners that were found are shown and, as they are right, sent", async (page, mock) => {
  assert.deepEqual(mock.requests[0].fields, { only: "corners" });
  await page.getByText("A page was found.").waitFor();
  await flatten(page);
  assert.deepEqual(sent(mock), [[80, 60], [320, 60], [320, 240], [80, 240]]);
  const { corners, ...fields } = mock.requests[1].fields;
  assert.deepEqual(fields, { page: "auto", enhance: "none", format: "jpeg", quality: "90" });
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save")]);
  assert.equal(download.suggestedFilename(), "letter-page.jpg");
  assert.equal(mock.requests.length, 2);
});

check("a corner that is dragged, with a magnifier meanwhile, is sent where it was put", async (page, mock) => {
  const frame = await page.locator(".frame").boundingBox();
  const scale = frame.width / 400;
  await page.mouse.move(frame.x + 80 * scale, frame.y + 60 * scale);
  await page.mouse.down();
  await page.locator(".loupe").waitFor();
  await page.mouse.move(frame.x + 40 * scale, frame.y + 30 * scale, { steps: 5 });
  await page.mouse.up();
  await page.locator(".loupe").waitFor({ state: "hidden" });
  await flatten(page);
  const [[x, y], ...others] = sent(mock);
  assert.ok(Math.abs(x - 40) <= 1 && Math.abs(y - 30) <= 1, `${x}, ${y}`);
  assert.deepEqual(others, [[320, 60], [320, 240], [80, 240]]);
});

check("a corner follows a finger", async (page, mock) => {
  const frame = await page.locator(".frame").boundingBox();
  const scale = frame.width / 400;
  const session = await page.context().newCDPSession(page);
  const touch = (type, points) => session.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(([x, y]) => ({ x: frame.x + x * scale, y: frame.y + y * scale })) });
  await touch("touchStart", [[320, 240]]);
  await touch("touchMove", [[340, 250]]);
  await touch("touchMove", [[360, 270]]);
  await touch("touchEnd", []);
  await flatten(page);
  const [x, y] = sent(mock)[2];
  assert.ok(Math.abs(x - 360) <= 2 && Math.abs(y - 270) <= 2, `${x}, ${y}`);
}, { context: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } });

check("arrow keys move a corner by a pixel, with Shift by ten, and no further than the picture", async (page, mock) => {
  await corner(page, "Bottom left").focus();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Shift+ArrowDown");
  assert.equal(await corner(page, "Bottom left").getAttribute("aria-label"), "Bottom left corner: 79 across, 250 down");
  for (let time = 0; time < 9; ++time) await page.keyboard.press("Shift+ArrowLeft");
  await flatten(page);
  assert.deepEqual(sent(mock)[3], [0, 250]);
});

check("corners that cross cannot be flattened", async (page) => {
  const frame = await page.locator(".frame").boundingBox();
  const scale = frame.width / 400;
  await page.mouse.move(frame.x + 80 * scale, frame.y + 60 * scale);
  await page.mouse.down();
  await page.mouse.move(frame.x + 390 * scale, frame.y + 200 * scale, { steps: 5 });
  assert.ok(await page.isDisabled("#flatten"));
  await page.mouse.move(frame.x + 80 * scale, frame.y + 60 * scale, { steps: 5 });
  await page.mouse.up();
  assert.ok(await page.isEnabled("#flatten"));
});

check("where no page was found, that is said and the corners stand inside the picture", async (page, mock) => {
  await page.getByText("No page was found (its sides cannot be seen).").waitFor();
  await flatten(page);
  assert.deepEqual(sent(mock), [[40, 30], [360, 30], [360, 270], [40, 270]]);
}, {
  prepare: (mock) => (mock.found = { status: "not_found", corners: [[18, 357], [230, -27], [325, 300], [33, 300]], confidence: 0.006, clipped: false, aspect_ratio: null, page_format: null, width: 0, height: 0, picture_width: 400, picture_height: 300, reason: "its sides cannot be seen", others: [] }),
});

check("the same where the server calls it an error", async (page) => {
  await page.getByText("No page was found").waitFor();
}, {
  prepare: (mock) => mock.answers.push({ status: 422, body: { detail: "no page", code: "no_page", scan: { status: "not_found", corners: null, picture_width: 400, picture_height: 300, reason: "" } } }),
});

check("another shape or enhancement is made at once, with the corners as they are", async (page, mock) => {
  await corner(page, "Top left").press("Shift+ArrowLeft");
  await flatten(page);
  await page.selectOption("#enhance", "bw");
  await page.selectOption("#page-format", "a4");
  await until(() => mock.requests.length === 3, "the page again");
  assert.equal(mock.requests[2].fields.enhance, "bw");
  assert.equal(mock.requests[2].fields.page, "a4");
  assert.deepEqual(sent(mock)[0], [70, 60]);
  await page.getByRole("button", { name: "Adjust the corners" }).click();
  assert.equal(await corner(page, "Top left").getAttribute("aria-label"), "Top left corner: 70 across, 60 down");
});

check("a file that browsers cannot show is made when it is wanted", async (page, mock) => {
  await page.selectOption("#format", "tiff");
  await flatten(page);
  assert.equal(mock.requests[1].fields.format, "png");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save")]);
  assert.equal(download.suggestedFilename(), "letter-page.tif");
  assert.equal(mock.requests[2].fields.format, "tiff");
});

check("the same picture can be cut out, and is found as it was left", async (page, mock) => {
  await corner(page, "Top left").press("ArrowLeft");
  await pickMode(page, "Cut out");
  await page.locator(".compare").waitFor();
  assert.deepEqual(mock.requests.map((request) => request.path), ["/api/scan", "/api/remove"]);
  await pickMode(page, "Scan a page");
  assert.equal(await corner(page, "Top left").getAttribute("aria-label"), "Top left corner: 79 across, 60 down");
  assert.equal(mock.requests.length, 2);
});
