// The page's server without a network: it serves the real files with the real headers and answers the API with drawn
// pictures, or with the refusals that a test puts into `answers`. By itself, to work on the page:
//
//   node src/server/page/mock_server.mjs [--port N] [--slow MILLISECONDS] [--cutout FILE.png] [--page FILE.jpg] [--found FILE.json]
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { drawCutout, drawPage, sizeOf } from "./mock_pictures.mjs";

const folder = dirname(fileURLToPath(import.meta.url));

export const securityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; " +
  "media-src 'self' blob:; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

const types = { ".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml" };

const model = (name, more = {}) => ({
  name, summary: "Objects and people", installed: true, loaded: false, default: false, kind: "probability", licence: "Apache-2.0",
  commercial_use: true, input_width: 320, input_height: 320, allowed: true, ...more,
});

const offer = {
  default: "isnet-general-use",
  models: [
    model("u2netp", { summary: "Objects and people; tiny (4.6 MB)" }),
    model("isnet-general-use", { summary: "Objects and people with fine edges", default: true, loaded: true }),
    model("u2net_cloth_seg", { summary: "Clothes", kind: "classes", licence: "MIT" }),
    model("bria-rmbg", { installed: false, licence: "CC-BY-NC-4.0", commercial_use: false }),
    model("sam", { kind: "prompted" }),
  ],
  limits: { max_bytes: 2_000_000, max_pixels: 100_000_000, timeout_seconds: 60, queue: 16 },
  key_required: false,
  formats: ["png", "webp", "jpeg", "tiff", "avif", "jxl"],
  reads: { kinds: ["JPEG", "PNG", "HEIC"], endings: [".jpg", ".jpeg", ".png", ".heic"] },
  provider: "CPU",
  version: "0.1.0",
};

async function readBody(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** multipart/form-data as {fields, file: {name, bytes}}. */
function readForm(body, contentType) {
  const boundary = `--${/boundary=(.+)$/.exec(contentType)[1]}`;
  const text = body.toString("latin1");
  const form = { fields: {}, file: null };
  for (const part of text.split(boundary).slice(1, -1)) {
    const end = part.indexOf("\r\n\r\n");
    const [head, content] = [part.slice(0, end), part.slice(end + 4, -2)];
    const name = / name="([^"]*)"/.exec(head)[1];
    const filename = / filename="([^"]*)"/.exec(head)?.[1];
    if (filename === undefined) form.fields[name] = Buffer.from(content, "latin1").toString("utf8");
    else form.file = { name: filename, bytes: Buffer.from(content, "latin1") };
  }
  return form;
}

const rgb = (colour) => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));

/** Starts one. What a test may set: `answers`, [{status, headers, body}], instead of the next pictures; `headers`, for all
 * pictures; `found`, the JSON of a scan; `delay`, milliseconds; `offer`, what /api/models tells. What it may look at:
 * `requests`, [{path, fields, file, headers}]; `aborted`, how many were given up; `busiest`, how many came at a time. */
export async function startMock({ port = 0, delay = 0, files = {} } = {}) {
  const mock = { requests: [], answers: [], delay, offer: structuredClone(offer), found: null, headers: {}, aborted: 0, busy: 0, busiest: 0 };

  function answerPicture(path, { fields, file }) {
    const [width, height] = sizeOf(file.bytes);
    if (path === "/api/remove") {
      const ground = fields.background ? rgb(fields.background) : null;
      const crop = fields.crop && { "X-Peel-Crop": `${width / 4},${height / 5},${width / 2},${height / 2}` };
      const body = files.cutout ?? (crop ? drawCutout(width / 2, height / 2, ground) : drawCutout(width, height, ground));
      return { body, headers: {
        "X-Peel-Model": fields.model ?? mock.offer.default, "X-Peel-Provider": "CPU", "X-Peel-Precision": "fp32", "X-Peel-Subject": "true",
        "X-Peel-Size": `${width}x${height}`, "Server-Timing": "queue;dur=0.1, decode;dur=41.5, inference;dur=1312, post;dur=38.2, encode;dur=96, total;dur=1488", ...crop,
      } };
    }
    const [x, y] = [Math.round(width * 0.2), Math.round(height * 0.2)];
    const found = mock.found ?? files.found ?? {
      status: "found", corners: [[x, y], [width - x, y], [width - x, height - y], [x, height - y]], confidence: 0.9, clipped: false,
      aspect_ratio: 0.707, page_format: "a4", width: 0, height: 0, picture_width: width, picture_height: height, reason: "", others: [],
    };
    if (fields.only === "corners") return { body: JSON.stringify(found), type: "application/json" };
    return { body: files.page ?? drawPage(210, 297), type: files.page ? "image/jpeg" : "image/png", headers: { "X-Peel-Scan": JSON.stringify(found), "Server-Timing": "decode;dur=30, post;dur=80, encode;dur=41, total;dur=152" } };
  }

  async function handle(request, response) {
    const path = new URL(request.url, "http://localhost").pathname;
    const send = (status, type, body, headers = {}) => {
      response.writeHead(status, { "Content-Type": type, "X-Request-Id": "mock-1", ...headers });
      response.end(body);
    };
    if (path === "/api/models") return send(200, "application/json", JSON.stringify(mock.offer));
    if (path === "/api/remove" || path === "/api/scan") {
      mock.busiest = Math.max(mock.busiest, ++mock.busy);
      response.on("close", () => {
        --mock.busy;
        if (!response.writableEnded) ++mock.aborted;
      });
      const form = readForm(await readBody(request), request.headers["content-type"]);
      mock.requests.push({ path, ...form, headers: request.headers });
      await new Promise((resolve) => setTimeout(resolve, mock.delay));
      const refusal = mock.answers.shift();
      if (refusal) return send(refusal.status, "application/json", JSON.stringify({ request_id: "mock-1", ...refusal.body }), refusal.headers);
      const { body, type = "image/png", headers } = answerPicture(path, form);
      return send(200, type, body, { ...headers, ...mock.headers });
    }
    const name = path === "/" ? "index.html" : /^\/page\/([a-z_]+\.(?:css|js|svg))$/.exec(path)?.[1];
    if (!name) return send(404, "application/json", JSON.stringify({ detail: "not found", code: "not_found" }));
    return send(200, types[extname(name)], await readFile(join(folder, name)), { "Content-Security-Policy": securityPolicy, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache" });
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  mock.url = `http://localhost:${server.address().port}/`;
  mock.close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return mock;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = (name) => ({ [name]: { type: "string" } });
  const { values } = parseArgs({ options: { ...text("port"), ...text("slow"), ...text("cutout"), ...text("page"), ...text("found") } });
  const read = (file) => (file ? readFile(file) : undefined);
  const found = values.found ? JSON.parse(await read(values.found)) : undefined;
  const mock = await startMock({ port: Number(values.port ?? 8000), delay: Number(values.slow ?? 0), files: { cutout: await read(values.cutout), page: await read(values.page), found } });
  console.log(`listening on ${mock.url}`);
}
