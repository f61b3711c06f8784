// Before and after, with a line between them that can be drawn aside; or a single picture.
import { calm, clamp, make } from "./dom.js";

/** A frame as wide and high as the stage allows. */
export function makeFrame(width, height) {
  const frame = make("div", { class: "frame" });
  frame.style.setProperty("--ratio", String(width / height));
  frame.style.setProperty("--wide", `${width}px`);
  return frame;
}

/** The size of what no size is known of. */
export const unknownSize = { width: 640, height: 480 };

/** In the place of a picture that the browser cannot show; `server`: what the server made of it, in words. */
export function placeholder(picture, server) {
  return make("div", { class: "blank" }, make("strong", {}, picture.kind), make("span", {}, `This browser cannot show this file${server}.`));
}

/** Whole in the stage, or pixel by pixel. */
function zoomButton(scroller) {
  const button = make("button", { type: "button", class: "zoom", "aria-pressed": "false", title: "Pixel by pixel" }, "100 %");
  button.onclick = () => {
    const whole = scroller.classList.toggle("near");
    button.setAttribute("aria-pressed", String(whole));
    if (whole) {
      scroller.tabIndex = 0;
      scroller.scrollTo((scroller.scrollWidth - scroller.clientWidth) / 2, (scroller.scrollHeight - scroller.clientHeight) / 2);
    } else {
      scroller.removeAttribute("tabindex");
    }
  };
  return button;
}

function inScroller(frame) {
  const scroller = make("div", { class: "scroller", "aria-label": "Picture", role: "group" }, frame);
  return make("div", { class: "view" }, scroller, zoomButton(scroller));
}

export function singleView({ url, width, height, alt }) {
  const frame = makeFrame(width, height);
  frame.append(make("img", { src: url, alt, draggable: "false" }));
  return inScroller(frame);
}

/** `before` is null where the browser cannot show it. `crop` says which part of the picture the result is. */
export function compareView({ picture, url, width, height, crop }) {
  const frame = makeFrame(width, height);
  frame.classList.add("compare");
  const after = make("img", { class: "after", src: url, alt: `${picture.name}, cut out`, draggable: "false" });
  const before = make("div", { class: "before" });
  if (picture.shows) {
    const image = make("img", { src: picture.url, alt: `${picture.name}, as it was`, draggable: "false" });
    if (crop) {
      image.style.width = `${(100 * picture.width) / crop.width}%`;
      image.style.height = `${(100 * picture.height) / crop.height}%`;
      image.style.left = `${(-100 * crop.left) / crop.width}%`;
      image.style.top = `${(-100 * crop.top) / crop.height}%`;
    }
    before.append(image);
  } else {
    before.append(placeholder(picture, "; the server has read it"));
  }
  const handle = make("div", {
    class: "handle", role: "slider", tabindex: "0", "aria-label": "Before and after", "aria-valuemin": "0",
    "aria-valuemax": "100", "aria-orientation": "horizontal",
  });
  frame.append(after, before, make("span", { class: "tag left", "aria-hidden": "true" }, "Before"),
    make("span", { class: "tag right", "aria-hidden": "true" }, "After"), handle);

  let at = 50;
  const moveTo = (value) => {
    at = clamp(value, 0, 100);
    frame.style.setProperty("--at", `${at}%`);
    frame.classList.toggle("far-left", at < 12);
    frame.classList.toggle("far-right", at > 88);
    handle.setAttribute("aria-valuenow", String(Math.round(at)));
    handle.setAttribute("aria-valuetext", `${Math.round(at)} % before, ${100 - Math.round(at)} % after`);
  };
  moveTo(50);

  const steps = { ArrowLeft: -2, ArrowDown: -2, ArrowRight: 2, ArrowUp: 2, PageDown: -10, PageUp: 10, Home: -100, End: 100 };
  handle.onkeydown = (event) => {
    if (!(event.key in steps)) return;
    event.preventDefault();
    moveTo(at + steps[event.key] * (event.shiftKey ? 5 : 1));
  };
  const follow = (event) => {
    const box = frame.getBoundingClientRect();
    moveTo((100 * (event.clientX - box.left)) / box.width);
  };
  frame.onpointerdown = (event) => {
    // Pixel by pixel a finger pans, and only the handle moves the line.
    if (event.button !== 0 || (frame.closest(".near") && event.target !== handle)) return;
    frame.setPointerCapture(event.pointerId);
    frame.onpointermove = follow;
    follow(event);
    handle.focus({ preventScroll: true });
    event.preventDefault();
  };
  frame.onpointerup = frame.onpointercancel = () => (frame.onpointermove = null);

  if (!calm()) frame.classList.add("arriving");
  return inScroller(frame);
}
