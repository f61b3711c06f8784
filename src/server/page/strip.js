// The pictures in a row: which is shown, and how far each is.
import { $, make } from "./dom.js";

const marks = { waiting: "…", sending: "↑", working: "", pausing: "…", failed: "!", cancelled: "–", done: "✓", found: "•" };
const words = {
  waiting: "waiting", sending: "uploading", working: "working", pausing: "waiting for the server", failed: "failed",
  cancelled: "cancelled", done: "done", found: "corners to be checked",
};

export function showStrip(pictures, shown, stateOf, { select, remove, add }) {
  const strip = $("strip");
  const focused = document.activeElement?.closest("#strip li")?.dataset.id;
  strip.replaceChildren(
    ...pictures.map((picture) => {
      const state = stateOf(picture);
      const tile = make("button", {
        type: "button", class: "tile", "aria-current": picture === shown ? "true" : null,
        "aria-label": `${picture.name}${state ? `, ${words[state]}` : ""}`, onclick: () => select(picture),
      }, picture.shows || picture.cut || picture.page ? picture.thumb : make("span", { class: "kind" }, picture.kind));
      if (state) tile.append(make("span", { class: `mark ${state}` }, marks[state]));
      const cross = make("button", { type: "button", class: "remove", "aria-label": `Remove ${picture.name}`, onclick: () => remove(picture) }, "×");
      return make("li", { "data-id": String(picture.id) }, tile, cross);
    }),
    make("li", { "data-id": "add" }, make("button", { type: "button", class: "tile add", "aria-label": "Add pictures", onclick: add }, "+")),
  );
  // Drawn anew, it keeps the focus where it was.
  if (focused) strip.querySelector(`[data-id="${focused}"] .tile`)?.focus({ preventScroll: true });
}
