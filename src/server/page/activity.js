// What is being done with the picture that is shown, how long for, and what came of it.
import { $, announce, make } from "./dom.js";
import { bytes, count, explain, seconds, unreadable } from "./words.js";

let ticking = null;
let drawn = [];

const line = (text, kind = "") => make("p", { class: `line ${kind}` }, text);
const button = (text, onclick, kind = null) => make("button", { type: "button", class: kind, onclick }, text);

function bar(part) {
  const element = make("div", { class: part === null ? "bar going" : "bar", role: "progressbar", "aria-label": "Progress", "aria-valuemin": "0", "aria-valuemax": "100" });
  const fill = make("div", {});
  element.append(fill);
  element.show = (value) => {
    fill.style.width = `${100 * value}%`;
    element.setAttribute("aria-valuenow", String(Math.round(100 * value)));
  };
  if (part !== null) element.show(part);
  return element;
}

const doing = { cut: "Cutting out", corners: "Looking for the page", page: "Flattening", file: "Writing the file" };

/** The card's content for a task under way; it is redrawn when the state changes, and its numbers meanwhile. */
function underWay(task, before) {
  const cancel = button("Cancel", () => task.cancel());
  const text = line("");
  text.setAttribute("role", "timer");
  if (task.state === "waiting") {
    text.textContent = before > 0 ? `Waiting: ${count(before, "picture", "pictures")} before this one.` : "Waiting.";
    return [make("div", { class: "row" }, text, cancel)];
  }
  if (task.state === "sending") {
    const progress = bar(task.part);
    tick(() => {
      text.textContent = `Uploading… ${Math.round(100 * task.part)} % of ${bytes(task.picture.file.size)}`;
      progress.show(task.part);
    });
    return [make("div", { class: "row" }, text, cancel), progress];
  }
  if (task.state === "pausing") {
    tick(() => {
      const left = Math.max(0, Math.ceil((task.until - Date.now()) / 1000));
      text.textContent = `The server is busy. Trying again in ${left} s.`;
    });
    return [make("div", { class: "row" }, text, cancel)];
  }
  tick(() => (text.textContent = `${doing[task.kind]}… ${seconds(Date.now() - task.since)}`));
  return [make("div", { class: "row" }, text, cancel), bar(null)];
}

function tick(draw) {
  draw();
  ticking = setInterval(draw, 100);
}

function failed(task, limits, { retry, useKey }) {
  const { title, advice } = explain(task.problem, limits);
  const parts = [line(title, "strong"), ...(advice ? [line(advice)] : [])];
  if (task.problem.status === 401) {
    const input = make("input", { type: "password", id: "key", autocomplete: "off", required: true });
    const form = make("form", { class: "row key", "aria-label": "Key" }, make("label", { class: "field" }, make("span", {}, "Key"), input), make("button", { class: "main" }, "Use this key"));
    form.onsubmit = (event) => {
      event.preventDefault();
      useKey(input.value.trim());
    };
    parts.push(form);
  } else if (![413].includes(task.problem.status) && !unreadable.includes(task.problem.code)) {
    parts.push(make("div", { class: "row" }, button("Try again", retry)));
  }
  if (task.problem.requestId) parts.push(make("p", { class: "small" }, `Request ${task.problem.requestId}`));
  return make("div", { class: "failure" }, ...parts);
}

const stageNames = {
  queue: "Waiting", decode: "Reading", preprocess: "Preparing", inference: "Network", post: "Finishing", encode: "Writing",
};

/** How a result was made. */
function facts({ facts: made, blob, took }, size) {
  const parts = [];
  if (made.nothing) parts.push(line("Nothing stands out in this picture: the mask was left faint.", "notice"));
  for (const note of made.notes) parts.push(line(note, "notice"));
  const stages = Object.entries(made.stages).filter(([name, value]) => name in stageNames && value >= 0.5);
  const summary = [`Done in ${seconds(made.stages.total ?? took)}`, size, bytes(blob.size)].join(" · ");
  const rows = [];
  if (made.model) rows.push(["Model", made.model]);
  if (made.provider) rows.push(["Ran on", [made.provider, made.precision].filter(Boolean).join(", ")]);
  for (const [name, value] of stages) rows.push([stageNames[name], `${Math.round(value)} ms`]);
  rows.push(["Round trip", seconds(took)]);
  const list = make("dl", {});
  for (const [term, text] of rows) list.append(make("div", {}, make("dt", {}, term), make("dd", {}, text)));
  parts.push(make("details", { class: "made" }, make("summary", {}, summary), list));
  return parts;
}

/** `result` may be null; `lines`: what else there is to say. */
export function showActivity({ task, before, result, size, lines = [], limits, does }) {
  // Drawn anew only where something else is to be said: a key may just be being typed.
  const now = [task, task?.state, before, result, lines.join()];
  if (drawn.length > 0 && now.every((value, index) => value === drawn[index])) return;
  drawn = now;
  clearInterval(ticking);
  const parts = lines.map((text) => line(text));
  if (task?.active) parts.push(...underWay(task, before));
  else if (task?.state === "failed") parts.push(failed(task, limits, does));
  else if (task?.state === "cancelled") parts.push(make("div", { class: "row" }, line("Cancelled."), button("Start again", does.retry)));
  if (result && !task?.active) parts.push(...facts(result, size));
  $("activity").replaceChildren(...parts);
}

/** What a change of state is for who cannot see it. */
export function announceTask(task, limits) {
  const name = task.picture.name;
  if (task.state === "working") announce(`${name}: ${doing[task.kind].toLowerCase()}`);
  if (task.state === "pausing") announce("The server is busy; it is tried again by itself.");
  if (task.state === "done") announce(`${name}: done`);
  if (task.state === "cancelled") announce(`${name}: cancelled`);
  if (task.state === "failed") {
    const { title, advice } = explain(task.problem, limits);
    announce(`${name}: ${title} ${advice}`);
  }
}
