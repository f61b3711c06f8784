// The picture that is shown, with all that can be done to it.
import { $, make } from "./dom.js";
import { showActivity } from "./activity.js";
import { compareView, makeFrame, placeholder, singleView, unknownSize } from "./compare.js";
import { cornersView } from "./corners.js";
import { server } from "./jobs.js";
import { ground, mode, onlyMask } from "./options.js";
import { canCopy } from "./save.js";
import { formats, unreadable } from "./words.js";

let key = "";
let valid = true;

/** Whether the server could not read it either. */
const isRefused = ({ tasks }) => [tasks.cut, tasks.scan].some((task) => unreadable.includes(task?.problem?.code));

function plainView(picture) {
  if (picture.shows) return singleView({ url: picture.url, width: picture.width, height: picture.height, alt: picture.name });
  const frame = makeFrame(unknownSize.width, unknownSize.height);
  if (picture.shows === false) frame.append(placeholder(picture, isRefused(picture) ? "" : "; the server may be able to read it"));
  return make("div", { class: "view" }, make("div", { class: "scroller" }, frame));
}

/** Which view is due, and how to make it. */
function due(picture, now) {
  if (now === "cut" && picture.cut) {
    const { url, width, height, facts } = picture.cut;
    return [url, () => compareView({ picture, url, width, height, crop: facts.crop })];
  }
  if (now === "scan" && picture.page && !picture.adjusting) {
    const { url, width, height } = picture.page;
    return [url, () => singleView({ url, width, height, alt: `${picture.name}, flattened` })];
  }
  if (now === "scan" && picture.found) {
    const { picture_width: width, picture_height: height } = picture.found;
    const changed = (corners, fine) => {
      picture.corners = corners;
      valid = fine;
      showActions(picture, now);
    };
    return [`corners ${picture.id}`, () => cornersView({ picture, width, height, corners: picture.corners, changed })];
  }
  return [`plain ${picture.id} ${picture.shows} ${isRefused(picture)}`, () => plainView(picture)];
}

function showStage(picture, now) {
  const [wanted, makeView] = due(picture, now);
  const stage = $("stage");
  const colour = onlyMask() ? "" : ground();
  stage.classList.toggle("coloured", now === "cut" && colour !== "");
  stage.style.setProperty("--ground", colour || "transparent");
  if (key === wanted) return;
  key = wanted;
  valid = true;
  stage.replaceChildren(makeView());
}

function showActions(picture, now) {
  const busy = ["cut", "scan"].some((name) => name === now && picture.tasks[name]?.active) || Boolean(picture.tasks.file?.active);
  const editing = now === "scan" && (!picture.page || picture.adjusting);
  $("flatten").hidden = !editing;
  $("flatten").disabled = busy || !picture.found || !valid;
  $("save").hidden = editing;
  $("save").disabled = busy || !(now === "cut" ? picture.cut : picture.page);
  $("save").textContent = `Download ${formats[$("format").value]?.name ?? ""}`;
  $("copy").hidden = editing || !canCopy();
  $("copy").disabled = $("save").disabled;
  $("adjust").hidden = now !== "scan" || editing;
}

function foundLines(picture, now) {
  if (now !== "scan" || !picture.found || (picture.page && !picture.adjusting)) return [];
  const { status, reason, clipped } = picture.found;
  const why = reason ? ` (${reason.replace(/\.$/, "")})` : "";
  const lines = {
    found: ["A page was found. See whether its corners are right."],
    not_found: [`No page was found${why}. Put the four corners on those of the page.`],
    partial: [`Only a part of the page was found${why}. Correct the corners.`],
    already_cropped: [`This seems to be a flat page already${why}. If it is not, put the corners where they belong.`],
  };
  return [...(lines[status] ?? []), ...(clipped ? ["A part of the page lies outside the picture."] : [])];
}

/** `before(task)`: how many tasks are to be done first. `does`: {retry, useKey}. */
export function showDesk(picture, { before, does }) {
  const now = mode();
  showStage(picture, now);
  showActions(picture, now);
  const { file, [now]: own } = picture.tasks;
  const task = file && (file.active || (file.state === "failed" && !own?.active)) ? file : own;
  const result = now === "cut" ? picture.cut : picture.adjusting ? null : picture.page;
  const size = result && `${result.width} × ${result.height}`;
  showActivity({ task, before: task ? before(task) : 0, result, size, lines: foundLines(picture, now), limits: server.limits, does });
}
