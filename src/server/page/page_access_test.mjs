// Whether everybody can use the page, on whatever screen, in Chromium: scripts/test-page.sh runs it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { choose, cutOut, launch, pickMode, picture, result, withMock } from "./page_test_support.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const check = (name, look, settings = {}) => test(name, () => withMock(browser, settings, look));

/** Calls `look(name)` in every state of the page. */
async function everyState(page, mock, look) {
  await look("start");
  await cutOut(page, picture("a picture with a rather long name, as cameras and people give them 2026-11-26.png"));
  await page.locator("#options summary").click();
  await page.check("#crop");
  await page.check("#hard");
  await page.fill("#colour", "#ffcc00");
  await page.locator("#activity summary").click();
  await look("done");
  mock.answers.push({ status: 401, body: { detail: "no key", code: "unauthorized" } });
  await choose(page, picture("b.png"));
  await page.locator(".failure").waitFor();
  await look("failed");
  mock.delay = 60_000;
  await choose(page, picture("c.png"));
  await page.locator("#activity", { hasText: "Cutting out" }).waitFor();
  await look("working");
  await page.getByRole("button", { name: "Cancel" }).click();
  mock.delay = 0;
  await pickMode(page, "Scan a page");
  await page.locator(".corner").first().waitFor();
  await look("scanning");
}

check("nothing sticks out, on phones and on wide screens", async (page, mock) => {
  await everyState(page, mock, async (state) => {
    for (const width of [320, 360, 768, 1280, 2000]) {
      await page.setViewportSize({ width, height: 800 });
      const [needed, there] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
      assert.ok(needed <= there, `${state}: ${needed} of ${there}`);
    }
  });
});

/** What a screen reader is told of every control. */
async function controls(page) {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send("Accessibility.getFullAXTree");
  await session.detach();
  const roles = ["button", "link", "checkbox", "radio", "slider", "combobox", "textbox", "spinbutton", "ColorWell", "progressbar", "image", "form", "dialog", "DisclosureTriangle"];
  return nodes.filter((node) => !node.ignored && roles.includes(node.role?.value)).map((node) => ({ role: node.role.value, name: node.name?.value ?? "" }));
}

check("every control has a name", async (page, mock) => {
  const seen = new Set();
  await everyState(page, mock, async (state) => {
    for (const { role, name } of await controls(page)) {
      seen.add(role);
      assert.ok(name.trim() !== "", `${state}: a ${role} has no name`);
    }
  });
  // That the walk sees them at all.
  for (const role of ["button", "checkbox", "radio", "slider", "combobox", "textbox", "spinbutton", "ColorWell", "progressbar"]) assert.ok(seen.has(role), role);
});

/** Contrasts of all texts that are seen against what lies behind them, as [ratio, text]. */
const contrasts = (page) =>
  page.evaluate(() => {
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d", { willReadFrequently: true });
    const rgba = (colour) => {
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = colour;
      context.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
      return [r, g, b, a / 255];
    };
    const over = (top, ground) => top.slice(0, 3).map((value, index) => value * top[3] + ground[index] * (1 - top[3]));
    const luminance = (colour) => {
      const [r, g, b] = colour.map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const groundOf = (element) => {
      if (!element) return [255, 255, 255];
      const colour = rgba(getComputedStyle(element).backgroundColor);
      return colour[3] === 1 ? colour.slice(0, 3) : over(colour, groundOf(element.parentElement));
    };
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode.textContent.trim();
      const element = walker.currentNode.parentElement;
      // Texts on a picture have a ground of their own, which a picture shines through: they are left to the eye.
      if (!text || !element.checkVisibility() || element.closest(".unseen, .tag, :disabled, noscript, option")) continue;
      const ground = groundOf(element);
      const [dark, light] = [luminance(over(rgba(getComputedStyle(element).color), ground)), luminance(ground)].sort((a, b) => a - b);
      found.push([(light + 0.05) / (dark + 0.05), text]);
    }
    return found;
  });

check("texts are readable, in the light and in the dark", async (page, mock) => {
  let texts = 0;
  await everyState(page, mock, async (state) => {
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      assert.equal(ground === "rgb(20, 23, 26)", colorScheme === "dark");
      for (const [ratio, text] of await contrasts(page)) {
        ++texts;
        assert.ok(ratio >= 4.5, `${state}, ${colorScheme}: ${ratio.toFixed(2)} for "${text}"`);
      }
    }
  });
  assert.ok(texts > 160, `${texts} texts`);
});

check("all of it works by keyboard, and the focus is always seen", async (page, mock) => {
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Choose pictures" }).focus();
  await page.keyboard.press("Enter");
  await (await chooser).setFiles([picture()]);
  await result(page).waitFor();
  const reached = new Set();
  for (let step = 0; step < 60; ++step) {
    await page.keyboard.press("Tab");
    const [what, seen] = await page.evaluate(() => {
      const element = document.activeElement;
      const rings = [getComputedStyle(element), getComputedStyle(element, "::after"), element.nextElementSibling && getComputedStyle(element.nextElementSibling)];
      return [element.id || element.className || element.value || element.tagName, rings.some((style) => style && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2)];
    });
    if (what === "BODY") break;
    reached.add(what);
    assert.ok(seen, `no ring round ${what}`);
  }
  for (const what of ["handle", "tile", "remove", "tile add", "save", "model", "edges", "crop", "format"]) assert.ok(reached.has(what), `${what} of ${[...reached]}`);
  await page.getByRole("radio", { name: "Cut out" }).focus();
  await page.keyboard.press("ArrowRight");
  await page.locator(".corner").first().waitFor();
  assert.equal(mock.requests.at(-1).path, "/api/scan");
});

check("what happens is announced", async (page, mock) => {
  mock.delay = 300;
  await page.evaluate(() => {
    window.heard = [];
    new MutationObserver(() => window.heard.push(document.getElementById("news").textContent)).observe(document.getElementById("news"), { childList: true });
  });
  await cutOut(page);
  await page.locator("#news", { hasText: "done" }).waitFor({ state: "attached" });
  const heard = await page.evaluate(() => window.heard.filter(Boolean));
  assert.deepEqual(heard.slice(-2), ["kite.png: cutting out", "kite.png: done"]);
});

check("who wants no movement gets none", async (page) => {
  await cutOut(page);
  assert.equal(await page.evaluate(() => document.getAnimations().filter((animation) => animation.playState === "running").length), 0);
});

check("a picture can be looked at pixel by pixel, in a frame that scrolls by itself", async (page) => {
  await cutOut(page, picture("wide.png", 1600, 900));
  const width = () => page.locator(".frame").evaluate((frame) => frame.getBoundingClientRect().width);
  assert.ok((await width()) < 1000);
  await page.getByRole("button", { name: "100 %" }).click();
  assert.equal(await width(), 1600);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await page.getByRole("button", { name: "100 %" }).click();
  assert.ok((await width()) < 1000);
});

check("the page comes with a policy that lets nothing foreign in", async (page, mock) => {
  const response = await page.request.get(mock.url);
  const policy = response.headers()["content-security-policy"];
  assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self';/);
  assert.doesNotMatch(policy, /unsafe/);
  const html = await response.text();
  assert.doesNotMatch(html, /<style|\sstyle=|\son[a-z]+=|https?:/);
});
