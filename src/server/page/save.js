// Out of the page again: into a file, or the clipboard.
import { loadImage, make } from "./dom.js";

export function saveAs(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = make("a", { href: url, download: name, class: "unseen" });
  document.body.append(link);
  link.click();
  link.remove();
  // Firefox reads the blob after the click.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

export const canCopy = () => Boolean(window.isSecureContext && navigator.clipboard?.write && window.ClipboardItem);

/** As a PNG, which is all that clipboards take; over `colour` where there is one. */
export async function copyPicture(url, colour) {
  const draw = async () => {
    const image = await loadImage(url);
    const canvas = make("canvas", { width: image.naturalWidth, height: image.naturalHeight });
    const context = canvas.getContext("2d");
    if (colour) {
      context.fillStyle = colour;
      context.fillRect(0, 0, canvas.width, canvas.height);
    }
    context.drawImage(image, 0, 0);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  };
  // The promise goes in as it is: Safari wants the call right after the click.
  await navigator.clipboard.write([new ClipboardItem({ "image/png": draw() })]);
}
