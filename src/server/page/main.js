// The page: pictures come in, tasks are made of them, and what is shown follows.
import { $, announce, make } from "./dom.js";
import { getModels, rememberKey } from "./api.js";
import { announceTask } from "./activity.js";
import { showDesk } from "./desk.js";
import { listenForPictures } from "./intake.js";
import { cornersTask, cutTask, pageFieldsOf, pageTask, save, server } from "./jobs.js";
import { arrange, cutFields, ground, listen, mode, onlyMask, sameFields, showModels } from "./options.js";
import { Picture } from "./pictures.js";
import { copyPicture } from "./save.js";
import { showStrip } from "./strip.js";
import { Work } from "./work.js";
import { bytes, count, explain } from "./words.js";

const pictures = [];
let shown = null;
let later = null;

const slotOf = { cut: "cut", corners: "scan", page: "scan", file: "file" };

const work = new Work((task) => {
  const { tasks } = task.picture;
  // A file that could not be had of what was shown before is no news any more.
  if (task.kind !== "file" && task.state === "waiting" && !tasks.file?.active) tasks.file = null;
  tasks[slotOf[task.kind]] = task;
  announceTask(task, server.limits);
  show();
});

function show() {
  $("start").hidden = shown !== null;
  $("desk").hidden = shown === null;
  if (!shown) return;
  showDesk(shown, { before: (task) => work.before(task), does: { retry, useKey } });
  showStrip(pictures, shown, stateOf, { select, remove, add: () => $("files").click() });
  const others = stale();
  $("again-all").hidden = others.length === 0;
  $("again-all").textContent = `Do the ${others.length === 1 ? "other picture" : `other ${others.length} pictures`} with these settings too`;
}

/** How far a picture is. */
function stateOf(picture) {
  const task = picture.tasks[mode()];
  return task?.kind === "corners" && task.state === "done" ? "found" : task?.state;
}

/** The other pictures that were cut out with other settings. */
function stale() {
  if (mode() !== "cut") return [];
  const fields = cutFields();
  return pictures.filter((picture) => picture !== shown && picture.cut && !picture.tasks.cut.active && !sameFields(picture.cut.fields, fields));
}

const firstTask = (picture) => (mode() === "cut" ? cutTask(picture) : cornersTask(picture));

async function add(files) {
  const added = files.map(({ file, name }) => new Picture(file, name));
  pictures.push(...added);
  shown = added[0];
  show();
  if (document.activeElement === document.body) $("strip").querySelector("[aria-current]").focus({ preventScroll: true });
  announce(`${count(added.length, "picture", "pictures")} added`);
  for (const picture of added) {
    picture.ready.then(show);
    work.add(firstTask(picture));
  }
}

function select(picture) {
  shown = picture;
  if (!picture.tasks.file?.active) picture.tasks.file = null;
  // In the other way to work with it, it may not have been looked at yet.
  if (!picture.tasks[mode()]) work.add(firstTask(picture), { first: true });
  show();
}

function remove(picture) {
  const index = pictures.indexOf(picture);
  pictures.splice(index, 1);
  picture.forget();
  if (shown === picture) shown = pictures[Math.min(index, pictures.length - 1)] ?? null;
  show();
  if (shown) $("strip").querySelector("[aria-current]")?.focus({ preventScroll: true });
  else document.querySelector("[data-does=choose]").focus();
}

/** What failed or was cancelled, once more. */
function retry() {
  const { file } = shown.tasks;
  const task = file?.state === "failed" ? file : shown.tasks[mode()];
  work.add(task.again(), { first: true });
}

async function useKey(key) {
  rememberKey(key);
  await meet();
  for (const picture of pictures) {
    for (const task of Object.values(picture.tasks)) if (task?.problem?.status === 401) work.add(task.again());
  }
}

/** After a change of the settings, what is shown is made again, but not for every step of a slider. */
function settingsChanged() {
  if (!shown) return;
  show();
  clearTimeout(later);
  later = setTimeout(() => {
    if (!shown) return;
    const task = shown.tasks[mode()];
    if (mode() === "cut" && task && task.state !== "waiting" && !sameFields(shown.cutAs, cutFields())) {
      task.cancel();
      work.add(cutTask(shown), { first: true });
    } else if (mode() === "scan" && shown.page && !shown.adjusting && !sameFields(shown.page.fields, pageFieldsOf(shown))) {
      task.cancel();
      work.add(pageTask(shown), { first: true });
    }
  }, 600);
}

function listenToButtons() {
  for (const input of document.querySelectorAll("#modes input")) {
    input.addEventListener("change", () => {
      arrange();
      if (shown) select(shown);
    });
  }
  $("flatten").onclick = () => work.add(pageTask(shown), { first: true });
  $("adjust").onclick = () => {
    shown.adjusting = true;
    show();
    $("stage").querySelector(".corner")?.focus();
  };
  $("save").onclick = () => {
    const task = save(shown, mode());
    if (task) work.add(task, { first: true });
  };
  $("copy").onclick = async () => {
    const result = mode() === "cut" ? shown.cut : shown.page;
    const colour = mode() === "cut" && !onlyMask() && $("bake").checked ? ground() : "";
    try {
      await copyPicture(result.url, colour);
      note("Copied");
    } catch {
      note("Not allowed");
    }
  };
  $("again-all").onclick = () => stale().forEach((picture) => work.add(cutTask(picture)));
}

function note(text) {
  const button = $("copy");
  button.textContent = text;
  announce(text);
  setTimeout(() => (button.textContent = "Copy"), 1800);
}

function banner(text, advice, action = null) {
  const parts = [make("strong", {}, text), ` ${advice}`];
  if (action) parts.push(make("button", { type: "button", onclick: action }, "Try again"));
  $("banner").replaceChildren(...parts);
  $("banner").hidden = false;
}

/** Asks the server what it can do. */
async function meet() {
  try {
    const answer = await getModels();
    $("banner").hidden = true;
    server.limits = answer.limits ?? {};
    server.reads = answer.reads ?? null;
    if (server.reads) $("files").accept = ["image/*", ...server.reads.endings].join();
    server.keyRequired = Boolean(answer.key_required);
    if (!showModels(answer)) banner("This server has no model yet, so it cannot cut anything out.", "On the server: peel models download silueta");
    const { max_bytes: most, max_pixels: pixels } = server.limits;
    if (most) $("limits").textContent = `Up to ${bytes(most)}${pixels ? ` and ${Math.floor(pixels / 1e6)} megapixels` : ""} each.`;
    $("about").textContent = ["peel", answer.version, answer.provider && `on ${answer.provider}`].filter(Boolean).join(" ");
  } catch (problem) {
    if (problem.status === 401) {
      server.keyRequired = true;
    } else {
      const { title, advice } = explain(problem);
      banner(title, advice, meet);
    }
  }
  arrange();
  if (shown) show();
}

showModels({ models: [], formats: ["png", "jpeg", "webp"] });
arrange();
listen(settingsChanged);
listenToButtons();
listenForPictures(add, (text) => banner(text, ""));
meet();
