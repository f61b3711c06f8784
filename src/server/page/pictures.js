// A picture that was handed to the page, and what has been made of it.
import { unknownSize } from "./compare.js";
import { drawInto, loadImage } from "./dom.js";

let last = 0;

export class Picture {
  id = ++last;
  /** Whether this browser can show it; null until that is known, which `ready` waits for. */
  shows = null;
  /** Its size in pixels, upright, where it can. */
  width = 0;
  height = 0;
  tasks = { cut: null, scan: null, file: null };
  /** {blob, url, width, height, facts, fields, took, made}; `made`: files of other formats by their fields. */
  cut = null;
  /** The fields of the latest request for it, answered or not. */
  cutAs = null;
  /** What the server found: the JSON of /api/scan. */
  found = null;
  corners = null;
  /** The same of the flat page. */
  page = null;
  adjusting = false;

  constructor(file, name) {
    this.file = file;
    this.name = name;
    this.url = URL.createObjectURL(file);
    this.thumb = document.createElement("canvas");
    this.thumb.width = this.thumb.height = 144;
    this.ready = this.#look();
  }

  async #look() {
    const image = await loadImage(this.url);
    this.shows = image !== null;
    if (!image) return;
    this.width = image.naturalWidth;
    this.height = image.naturalHeight;
    drawInto(this.thumb, image);
  }

  /** The ending of its name, for where it cannot be shown. */
  get kind() {
    return (/\.([A-Za-z0-9]{1,5})$/.exec(this.name)?.[1] ?? "picture").toUpperCase();
  }

  /** `what`: cut or page. */
  async setResult(what, { blob, ...more }) {
    const url = URL.createObjectURL(blob);
    const [image] = await Promise.all([loadImage(url), this.ready]);
    if (this[what]) URL.revokeObjectURL(this[what].url);
    this[what] = { ...more, blob, url, width: image?.naturalWidth ?? unknownSize.width, height: image?.naturalHeight ?? unknownSize.height, made: new Map() };
    if (image) drawInto(this.thumb, image);
  }

  forget() {
    for (const task of Object.values(this.tasks)) task?.cancel();
    for (const url of [this.url, this.cut?.url, this.page?.url]) if (url) URL.revokeObjectURL(url);
  }
}
