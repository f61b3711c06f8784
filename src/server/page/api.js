// The server's answers as values, and its refusals as Problems. Addresses are relative, so that the page works below a
// folder of a reverse proxy too.

const keyName = "peel-key";

export const rememberKey = (key) => sessionStorage.setItem(keyName, key);
export const hasKey = () => Boolean(sessionStorage.getItem(keyName));
const keyHeaders = () => (hasKey() ? { "X-Api-Key": sessionStorage.getItem(keyName) } : {});

export class Problem extends Error {
  constructor(status, { code = "", detail = "", hint = "", request_id = "", scan = null } = {}, retryAfter = null) {
    super(code || `status ${status}`);
    Object.assign(this, { status, code, hint, scan, retryAfter, requestId: request_id });
    // FastAPI's shape for parameters is a list.
    this.detail = Array.isArray(detail) ? detail.map((entry) => entry.msg).join("; ") : String(detail);
  }
}

function problemFrom(status, text, retryAfter) {
  let body = {};
  try {
    body = JSON.parse(text);
  } catch {
    // A proxy's own page; its status says enough.
  }
  const wait = Number.parseFloat(retryAfter);
  return new Problem(status, body ?? {}, Number.isFinite(wait) ? wait : null);
}

export async function getModels() {
  let response;
  try {
    response = await fetch("api/models", { headers: { Accept: "application/json", ...keyHeaders() } });
  } catch {
    throw new Problem(0);
  }
  if (!response.ok) throw problemFrom(response.status, await response.text(), response.headers.get("Retry-After"));
  return response.json();
}

/** Posts a picture: {blob, header(name)}. Not by fetch, which does not tell how much of an upload is done. */
export function post(path, file, fields, { signal, onSent }) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", file, file.name || "picture");
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    request.open("POST", path);
    request.responseType = "blob";
    for (const [name, value] of Object.entries(keyHeaders())) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => onSent(event.loaded, event.total);
    request.upload.onload = (event) => onSent(event.loaded, event.loaded);
    request.onabort = () => reject(signal.reason);
    request.onerror = () => reject(new Problem(0));
    request.onload = async () => {
      if (request.status >= 200 && request.status < 300) {
        resolve({ blob: request.response, header: (name) => request.getResponseHeader(name) });
      } else {
        const text = request.response ? await request.response.text() : "";
        reject(problemFrom(request.status, text, request.getResponseHeader("Retry-After")));
      }
    };
    request.onloadend = () => signal.removeEventListener("abort", abort);
    signal.addEventListener("abort", abort);
    if (signal.aborted) reject(signal.reason);
    else request.send(form);
  });
}

const decoded = (text) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};
// Several headers of a name come as one, joined by commas; their texts are URL-encoded and so have none.
const list = (text) => (text ? text.split(",").map((part) => decoded(part.trim())) : []);

/** What the headers of a picture tell about how it was made. */
export function readFacts({ header }) {
  const stages = {};
  for (const part of (header("Server-Timing") ?? "").split(",")) {
    const [name, ...parameters] = part.trim().split(";");
    const duration = parameters.find((parameter) => parameter.trim().startsWith("dur="));
    if (name && duration) stages[name] = Number.parseFloat(duration.split("=")[1]);
  }
  const crop = (header("X-Peel-Crop") ?? "").split(",").map(Number);
  return {
    model: header("X-Peel-Model"),
    provider: header("X-Peel-Provider"),
    precision: header("X-Peel-Precision"),
    nothing: header("X-Peel-Subject") === "false",
    crop: crop.length === 4 ? { left: crop[0], top: crop[1], width: crop[2], height: crop[3] } : null,
    notes: list(header("X-Peel-Note")),
    stages,
  };
}
