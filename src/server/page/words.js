// Numbers, names and failures in words.

export function bytes(count) {
  if (count < 1000) return `${count} bytes`;
  if (count < 999_500) return `${Math.round(count / 1000)} kB`;
  return `${(count / 1e6).toFixed(count < 9.95e6 ? 1 : 0)} MB`;
}

export const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`;

/** a, b and c */
export const listed = (names) => names.join(", ").replace(/, ([^,]*)$/, " and $1");

export const count = (number, one, many) => `${number} ${number === 1 ? one : many}`;

export const formats = {
  png: { name: "PNG", type: "image/png", ending: "png", shows: true },
  webp: { name: "WebP", type: "image/webp", ending: "webp", shows: true, lossy: true },
  jpeg: { name: "JPEG", type: "image/jpeg", ending: "jpg", shows: true, lossy: true, opaque: true },
  avif: { name: "AVIF", type: "image/avif", ending: "avif", lossy: true },
  jxl: { name: "JPEG XL", type: "image/jxl", ending: "jxl", lossy: true },
  tiff: { name: "TIFF", type: "image/tiff", ending: "tif" },
};

/** holiday.final.jpg, "cutout", png -> holiday.final-cutout.png */
export function outputName(name, suffix, format) {
  const stem = name.replace(/\.[A-Za-z0-9]{1,5}$/, "") || "picture";
  return `${stem}-${suffix}.${formats[format].ending}`;
}

// The server's messages have no capital and no full stop.
const sentence = (text) => (text ? text[0].toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".") : "");

const known = {
  damaged_picture: ["This picture is damaged.", "Open it in another program and save it again."],
  no_page: ["No page was found in this picture.", "Set the corners by hand."],
  out_of_memory: ["The server has not enough memory for this now.", "Try again in a moment, or make the picture smaller."],
  no_model: ["The server has no model.", "On the server: peel models download silueta"],
};

/** What the server calls a file that it cannot read. */
export const unreadable = ["not_a_picture", "damaged_picture"];

/** What could not be done, as {title, advice}: what happened in one sentence, and what to do in another. */
export function explain({ status, code, detail, hint }, limits = {}) {
  const say = (title, advice) => ({ title, advice });
  const told = [sentence(detail), sentence(hint)].join(" ").trim();
  if (code in known) return say(...known[code]);
  if (code === "not_a_picture") return say("This file is not a picture that peel can read.", sentence(hint));
  switch (status) {
    case 0:
      return say("The server cannot be reached.", "See that it is running and that you are connected; the picture is still here.");
    case 401:
      return say("This server asks for a key.", "Enter it below; whoever runs the server has it.");
    case 404:
    case 405:
      return say("The server does not know what this page asks for.", "Reload the page: it may be older than the server.");
    case 408:
      return say("The upload took longer than the server waits.", "Try again, or make the picture smaller.");
    case 413:
      if (code === "too_many_pixels") {
        return say("This picture has more pixels than the server takes.", limits.max_pixels ? `Make it smaller: up to ${Math.floor(limits.max_pixels / 1e6)} megapixels.` : told);
      }
      return say("This picture is larger than the server takes.", limits.max_bytes ? `Make it smaller: up to ${bytes(limits.max_bytes)}.` : told);
    case 422:
      return say("The server does not accept one of the settings.", told);
    case 429:
      return say("The server is busy.", "Try again in a moment.");
    case 503:
      return say("The server is just being stopped or started.", "Try again in a moment.");
    case 504:
      return say("The server gave up: it took too long.", "Try a faster model, a smaller picture, or edges without matting.");
    default:
      return say(status >= 500 ? "Something went wrong in the server." : "The server did not do this.", told);
  }
}
