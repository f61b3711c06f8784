// The settings, as fields of a request. Those that change a cut-out's mask are apart from those that only change the file
// it is written to: for the latter nothing has to be computed until somebody wants the file.
import { $, make } from "./dom.js";
import { formats } from "./words.js";

const chosen = (name) => document.querySelector(`input[name="${name}"]:checked`).value;
const number = (id) => {
  const input = $(id);
  return input.validity.valid && input.value !== "" ? String(Number(input.value)) : null;
};
const without = (fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== ""));

export const mode = () => chosen("mode");

/** The colour that is seen behind a cut-out; empty: none. */
export const ground = () => (chosen("ground") === "own" ? $("colour").value : chosen("ground"));

export const onlyMask = () => $("only-mask").checked;

/** What a cut-out is asked for with while it is only looked at. */
export function cutFields() {
  const edges = $("edges").value;
  const offset = number("offset");
  const feather = number("feather");
  return without({
    model: $("model").value,
    category: $("category-row").hidden ? null : $("category-row").querySelector("select").value,
    refine: edges === "refine" ? "true" : null,
    a: edges === "matting" ? "true" : null,
    decontaminate: $("decontaminate").checked ? "true" : null,
    om: onlyMask() ? "true" : null,
    crop: $("crop").checked ? number("margin") ?? "0" : null,
    largest: $("largest").checked ? "true" : null,
    fill_holes: $("fill-holes").checked ? "true" : null,
    threshold: $("hard").checked ? number("threshold") : null,
    offset: offset === "0" ? null : offset,
    feather: feather === "0" ? null : feather,
    format: "png",
  });
}

/** What is looked at, by its fields, as it is wanted in a file. */
export function cutFileFields(look) {
  const format = $("format").value;
  const bakes = ground() !== "" && !look.om && ($("bake").checked || formats[format].opaque);
  return without({ ...look, ...fileFields(format), background: bakes ? ground() : null });
}

const fileFields = (format) => ({ format, quality: formats[format].lossy ? $("quality").value : null });

/** A flat page is computed in no time, so it is asked for as it is wanted, if it can be looked at that way. */
export function pageFields() {
  const format = $("format").value;
  return without({ ...pageFileFields(), ...(formats[format].shows ? {} : { format: "png", quality: null }) });
}

export function pageFileFields() {
  return without({ page: $("page-format").value, enhance: $("enhance").value, ...fileFields($("format").value) });
}

export const sameFields = (a, b) => JSON.stringify(a) === JSON.stringify(b);

let models = [];
const wantedFormat = { cut: "png", scan: "jpeg" };

export function showModels(answer) {
  models = answer.models.filter((model) => model.kind !== "prompted");
  const option = (model) => make("option", { value: model.name, selected: model.name === answer.default }, model.name);
  const usable = models.filter((model) => model.installed && model.allowed !== false);
  const missing = models.filter((model) => !usable.includes(model));
  const missingOptions = missing.map((model) => {
    const entry = option(model);
    entry.disabled = true;
    entry.selected = false;
    entry.textContent += model.installed ? " (not offered)" : " (not installed)";
    return entry;
  });
  $("model").replaceChildren(...usable.map(option), ...(missing.length ? [make("optgroup", { label: "Not on this server" }, ...missingOptions)] : []));
  $("format").replaceChildren(...answer.formats.filter((name) => name in formats).map((name) => make("option", { value: name }, formats[name].name)));
  return usable.length > 0;
}

/** Shows what belongs to what is chosen. */
export function arrange() {
  const now = mode();
  for (const element of document.querySelectorAll("[data-for]")) element.hidden = element.dataset.for !== now;
  $("format").value = wantedFormat[now];
  // A server built without that format.
  if ($("format").selectedIndex < 0) $("format").selectedIndex = 0;
  const format = formats[$("format").value] ?? formats.png;
  const model = models.find((candidate) => candidate.name === $("model").value);
  $("model-note").textContent = model ? `${model.summary}. Licence: ${model.licence}${model.commercial_use === false ? ", not for commercial use" : ""}.` : "";
  $("category-row").hidden = model?.kind !== "classes";
  $("margin-row").hidden = !$("crop").checked;
  $("threshold-row").hidden = !$("hard").checked;
  $("quality-row").hidden = !format.lossy;
  $("quality-shown").value = $("quality").value;
  const opaque = now === "cut" && format.opaque;
  $("bake-row").hidden = ground() === "" || onlyMask() || opaque;
  let note = "";
  if (opaque && !onlyMask()) note = ground() === "" ? "JPEG has no transparency: the background becomes white." : "JPEG has no transparency: it gets the background’s colour.";
  else if (!format.shows) note = "Not every program shows this format.";
  $("format-note").textContent = note;
}

/** `changed` is called after every change of a setting, but not of the mode. */
export function listen(changed) {
  const form = $("options");
  form.addEventListener("change", (event) => {
    if (event.target.id === "format") wantedFormat[mode()] = event.target.value;
    arrange();
    changed();
  });
  form.addEventListener("input", (event) => {
    if (event.target.id === "colour") $("own-ground").checked = true;
    if (event.target.id === "colour" || event.target.id === "quality") {
      arrange();
      changed();
    }
  });
  // Also where the picker is closed again with the colour it had.
  $("colour").addEventListener("click", () => {
    $("own-ground").checked = true;
    arrange();
    changed();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
}
