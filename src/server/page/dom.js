// The few things that every part of the page does with the document.

export const $ = (id) => document.getElementById(id);

/** make("button", {class: "x", onclick: f, "aria-label": "y"}, child, "text") */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element[key] = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Tells whoever listens to the page rather than looks at it. Emptied first, as the same text twice would be silent. */
export function announce(text) {
  const news = $("news");
  news.textContent = "";
  setTimeout(() => (news.textContent = text), 50);
}

export const clamp = (value, least, most) => Math.min(most, Math.max(least, value));

export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Draws a picture of a `before` into a canvas, whole, as large as it fits. */
export function drawInto(canvas, image) {
  const scale = Math.min(canvas.width / image.naturalWidth, canvas.height / image.naturalHeight);
  const [width, height] = [image.naturalWidth * scale, image.naturalHeight * scale];
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, (canvas.width - width) / 2, (canvas.height - height) / 2, width, height);
}

/** The picture of a URL once it can be drawn; null where this browser cannot show it. */
export async function loadImage(url) {
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
    return image.naturalWidth > 0 ? image : null;
  } catch {
    return null;
  }
}
