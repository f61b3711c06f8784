// What can be asked of the server for a picture, as tasks.
import { Problem, hasKey, post, readFacts } from "./api.js";
import { insetCorners } from "./corners.js";
import { cutFields, cutFileFields, pageFields, pageFileFields } from "./options.js";
import { outputName } from "./words.js";
import { saveAs } from "./save.js";
import { Task } from "./work.js";

/** What GET /api/models told; filled in by the page. */
export const server = { limits: {}, reads: null, keyRequired: false };

function checkFor(picture) {
  return () => {
    if (server.limits.max_bytes && picture.file.size > server.limits.max_bytes) throw new Problem(413, { code: "too_large" });
    if (server.keyRequired && !hasKey()) throw new Problem(401);
  };
}

async function ask(path, picture, fields, how) {
  const started = performance.now();
  const answer = await post(path, picture.file, fields, how);
  return { blob: answer.blob, facts: readFacts(answer), fields, took: performance.now() - started };
}

export function cutTask(picture) {
  return new Task(picture, "cut", async (how) => {
    picture.cutAs = cutFields();
    await picture.setResult("cut", await ask("api/remove", picture, picture.cutAs, how));
  }, checkFor(picture));
}

/** What the server found, also where it calls that an error. */
async function findPage(picture, how) {
  try {
    const { blob } = await ask("api/scan", picture, { only: "corners" }, how);
    return JSON.parse(await blob.text());
  } catch (problem) {
    if (problem.code === "no_page" && problem.scan) return problem.scan;
    throw problem;
  }
}

export function cornersTask(picture) {
  return new Task(picture, "corners", async (how) => {
    const found = await findPage(picture, how);
    await picture.ready;
    picture.found = found;
    // The likeliest of what is no page is worse to begin with than a plain rectangle.
    const begin = found.status === "not_found" ? null : found.corners;
    picture.corners = begin ?? insetCorners(found.picture_width, found.picture_height);
  }, checkFor(picture));
}

const withCorners = (fields, corners) => ({ ...fields, corners: JSON.stringify(corners) });

export const pageFieldsOf = (picture) => withCorners(pageFields(), picture.corners);

export function pageTask(picture) {
  return new Task(picture, "page", async (how) => {
    await picture.setResult("page", await ask("api/scan", picture, pageFieldsOf(picture), how));
    picture.adjusting = false;
  }, checkFor(picture));
}

/** Saves what is shown of a picture in the format that is chosen: at once where it was made so, else by the task returned. */
export function save(picture, mode) {
  const result = mode === "cut" ? picture.cut : picture.page;
  const fields = mode === "cut" ? cutFileFields(result.fields) : { ...pageFileFields(), corners: result.fields.corners };
  const suffix = mode === "scan" ? "page" : fields.om ? "mask" : "cutout";
  const name = outputName(picture.name, suffix, fields.format);
  const key = JSON.stringify(fields);
  if (key === JSON.stringify(result.fields)) result.made.set(key, result.blob);
  if (result.made.has(key)) {
    saveAs(result.made.get(key), name);
    return null;
  }
  return new Task(picture, "file", async (how) => {
    const { blob } = await ask(mode === "cut" ? "api/remove" : "api/scan", picture, fields, how);
    result.made.set(key, blob);
    saveAs(blob, name);
  }, checkFor(picture));
}
