// What the page does, in Chromium: scripts/test-page.sh runs it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readFile } from "node:fs/promises";
import { sizeOf } from "./mock_pictures.mjs";
import { choose, cutOut, launch, picture, result, until, withMock } from "./page_test_support.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const check = (name, look, settings = {}) => test(name, () => withMock(browser, settings, look));
const activity = (page) => page.locator("#activity");

/** What a browser does with files from another window: `type` is drop or paste. */
const hand = (page, type, { name, mimeType, buffer }) =>
  page.evaluate(([kind, fileName, fileType, base64]) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], fileName, { type: fileType }));
    const event = kind === "paste" ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true }) : new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true });
    document.body.dispatchEvent(event);
  }, [type, name, mimeType, buffer.toString("base64")]);

check("a chosen picture is cut out, and the file has its name and pixels", async (page, mock) => {
  await cutOut(page);
  assert.equal(mock.requests.length, 1);
  assert.deepEqual(mock.requests[0].fields, { model: "isnet-general-use", format: "png" });
  assert.deepEqual(mock.requests[0].file.bytes, picture().buffer);
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save")]);
  assert.equal(download.suggestedFilename(), "kite-cutout.png");
  assert.deepEqual(sizeOf(await readFile(await download.path())), [400, 300]);
  // As it was shown; nothing is computed again for it.
  assert.equal(mock.requests.length, 1);
  await activity(page).locator("summary").click();
  const made = await activity(page).textContent();
  for (const word of ["Done in 1.5 s", "400 × 300", "isnet-general-use", "CPU, fp32", "1312 ms"]) assert.ok(made.includes(word), `${word} in: ${made}`);
});

check("a dropped picture is cut out, and while it is dragged the page says where it may fall", async (page, mock) => {
  await hand(page, "dragenter", picture());
  assert.ok(await page.isVisible("#veil"));
  await hand(page, "drop", picture("dropped.png"));
  await result(page).waitFor();
  assert.ok(await page.isHidden("#veil"));
  assert.equal(mock.requests[0].file.name, "dropped.png");
});

check("a pasted picture is cut out", async (page, mock) => {
  await hand(page, "paste", picture("image.png"));
  await result(page).waitFor();
  assert.equal(mock.requests[0].file.name, "pasted.png");
});

check("what is no picture is refused without asking the server", async (page, mock) => {
  await hand(page, "drop", { name: "letter.txt", mimeType: "text/plain", buffer: Buffer.from("Dear") });
  await page.locator("#banner", { hasText: "not a picture" }).waitFor();
  assert.equal(mock.requests.length, 0);
});

check("the camera's live picture becomes a photo", async (page, mock) => {
  await page.click("[data-does=camera]");
  await page.locator("#shutter:enabled").click();
  await result(page).waitFor();
  assert.match(mock.requests[0].file.name, /^photo-.*\.jpg$/);
  assert.equal(mock.requests[0].file.bytes.readUInt16BE(0), 0xffd8);
  assert.equal(await page.evaluate(() => document.getElementById("finder").srcObject), null);
}, { context: { permissions: ["camera"] } });

check("several pictures are done one after another, and each can be looked at and removed", async (page, mock) => {
  mock.delay = 60;
  await choose(page, picture("a.png"), picture("b.png", 200, 300), picture("c.png"));
  await until(async () => (await page.locator(".mark.done").count()) === 3, "three done");
  assert.equal(mock.busiest, 1);
  assert.deepEqual(mock.requests.map((request) => request.file.name), ["a.png", "b.png", "c.png"]);
  await page.click('[aria-label^="b.png"]');
  await page.locator('img.after[alt^="b.png"]').waitFor();
  await page.click('[aria-label="Remove b.png"]');
  assert.equal(await page.locator("#strip li").count(), 3);
  await page.locator('img.after[alt^="c.png"]').waitFor();
});

check("the line between before and after follows arrow keys and the pointer", async (page) => {
  await cutOut(page);
  const handle = page.getByRole("slider", { name: "Before and after" });
  const value = async () => Number(await handle.getAttribute("aria-valuenow"));
  assert.equal(await value(), 50);
  await handle.focus();
  await page.keyboard.press("ArrowRight");
  assert.equal(await value(), 52);
  await page.keyboard.press("Shift+ArrowLeft");
  assert.equal(await value(), 42);
  await page.keyboard.press("Home");
  assert.equal(await value(), 0);
  const box = await page.locator(".compare").boundingBox();
  await page.mouse.move(box.x + box.width * 0.3, box.y + 50);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.75, box.y + 60, { steps: 4 });
  await page.mouse.up();
  assert.ok(Math.abs((await value()) - 75) <= 1, `${await value()}`);
  const seen = await page.locator(".before").evaluate((element) => getComputedStyle(element).clipPath);
  assert.match(seen, /inset\(0(px|%)? (calc\(.*\)|2[45](\.\d+)?%) 0(px|%)? 0(px|%)?\)|inset\(0px 2[45]/);
  await page.mouse.move(box.x + 20, box.y + 60);
  assert.ok((await value()) > 70, "let go, it stays");
});

check("a colour is seen at once behind the cut-out, and in the file when that is wanted", async (page, mock) => {
  await cutOut(page);
  await page.fill("#colour", "#3366cc");
  assert.equal(await page.locator(".compare").evaluate((element) => getComputedStyle(element).backgroundColor), "rgb(51, 102, 204)");
  assert.equal(mock.requests.length, 1);
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save")]);
  assert.equal(download.suggestedFilename(), "kite-cutout.png");
  assert.equal(mock.requests[1].fields.background, "#3366cc");
  await page.uncheck("#bake");
  await Promise.all([page.waitForEvent("download"), page.click("#save")]);
  assert.equal(mock.requests.length, 2, "without the colour it is the picture that is shown");
});

check("another format is asked for when its file is, and only once", async (page, mock) => {
  await cutOut(page);
  await page.selectOption("#format", "webp");
  assert.equal(mock.requests.length, 1);
  for (let time = 0; time < 2; ++time) {
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save")]);
    assert.equal(download.suggestedFilename(), "kite-cutout.webp");
    await page.locator("#save:enabled").waitFor();
  }
  assert.equal(mock.requests.length, 2);
  assert.deepEqual(mock.requests[1].fields, { model: "isnet-general-use", format: "webp", quality: "90" });
});

check("changed settings are tried after a pause, together, and can be had for the other pictures too", async (page, mock) => {
  await choose(page, picture("a.png"), picture("b.png"));
  await until(async () => (await page.locator(".mark.done").count()) === 2, "two done");
  await page.selectOption("#model", "u2netp");
  await page.selectOption("#edges", "matting");
  await page.check("#decontaminate");
  await page.locator("summary", { hasText: "Clean" }).click();
  await page.check("#largest");
  await page.check("#fill-holes");
  await page.check("#hard");
  await page.fill("#feather", "1.5");
  await page.locator("#feather").blur();
  await until(() => mock.requests.length === 3, "a third request");
  const wanted = { model: "u2netp", a: "true", decontaminate: "true", largest: "true", fill_holes: "true", threshold: "128", feather: "1.5", format: "png" };
  assert.deepEqual(mock.requests[2].fields, wanted);
  assert.equal(mock.requests[2].file.name, "a.png");
  await page.click("#again-all");
  await until(() => mock.requests.length === 4, "a fourth request");
  assert.deepEqual([mock.requests[3].file.name, mock.requests[3].fields], ["b.png", wanted]);
  await page.locator("#again-all").waitFor({ state: "hidden" });
});

check("a cropped cut-out lies over its own part of the picture", async (page) => {
  await cutOut(page);
  await page.check("#crop");
  await until(async () => (await page.locator(".before img").evaluate((image) => image.style.left)) === "-50%", "the crop");
  assert.deepEqual(await page.locator(".before img").evaluate(({ style }) => [style.width, style.height, style.top]), ["200%", "200%", "-40%"]);
  assert.ok(Math.abs((await page.locator(".compare").evaluate((element) => element.clientWidth / element.clientHeight)) - 4 / 3) < 0.02);
});

check("the mask alone is a file of that name, and has no background", async (page, mock) => {
  await cutOut(page);
  await page.fill("#colour", "#3366cc");
  await page.check("#only-mask");
  await until(() => mock.requests.length === 2 && mock.requests[1].fields.om === "true", "the mask");
  await page.locator("#save:enabled").waitFor();
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save")]);
  assert.equal(download.suggestedFilename(), "kite-mask.png");
  assert.equal(mock.requests.length, 2);
});

check("the clipboard gets a picture", async (page) => {
  await cutOut(page);
  await page.click("#copy");
  await page.getByRole("button", { name: "Copied" }).waitFor();
  const types = await page.evaluate(async () => (await navigator.clipboard.read()).flatMap((item) => item.types));
  assert.deepEqual(types, ["image/png"]);
}, { context: { permissions: ["clipboard-read", "clipboard-write"] } });

check("models that are not installed are named and cannot be chosen; those that need points are not there", async (page) => {
  const options = await page.locator("#model option").evaluateAll((list) => list.map((option) => [option.textContent, option.disabled, option.selected]));
  assert.deepEqual(options, [["u2netp", false, false], ["isnet-general-use", false, true], ["u2net_cloth_seg", false, false], ["bria-rmbg (not installed)", true, false]]);
});

check("clothes have parts to choose", async (page, mock) => {
  await cutOut(page);
  assert.ok(await page.isHidden("#category-row"));
  await page.selectOption("#model", "u2net_cloth_seg");
  await page.selectOption("#category-row select", "upper");
  await until(() => mock.requests[1]?.fields.category === "upper", "the category");
});

check("what the server noticed is said", async (page) => {
  await cutOut(page);
  await page.getByText("Nothing stands out in this picture").waitFor();
  await page.getByText("The picture has 16 bits, the file 8").waitFor();
}, { prepare: (mock) => (mock.headers = { "X-Peel-Subject": "false", "X-Peel-Note": encodeURIComponent("The picture has 16 bits, the file 8") }) });

check("a picture that the browser cannot show is done all the same", async (page, mock) => {
  await choose(page, { name: "holiday.heic", mimeType: "image/heic", buffer: Buffer.from("ftypheic") });
  await result(page).waitFor();
  assert.equal(mock.requests.length, 1);
  await page.locator(".before .blank", { hasText: "HEIC" }).waitFor();
});
