// The ways a picture gets here: dropped, pasted, chosen, or taken.
import { $ } from "./dom.js";
import { canFilm, openCamera } from "./camera.js";
import { server } from "./jobs.js";
import { listed } from "./words.js";

// As long as the server has not said what it reads, it says so of each file.
const looksLikePicture = (file) =>
  !server.reads || file.type.startsWith("image/") || server.reads.endings.some((ending) => file.name.toLowerCase().endsWith(ending));

/** `add(files)` gets an array of {file, name}. `refuse(text)` says why there is nothing. */
export function listenForPictures(add, refuse) {
  const take = (files) => {
    const pictures = [...files].filter(looksLikePicture).map((file) => ({ file, name: file.name || "picture" }));
    if (pictures.length > 0) add(pictures);
    else if (files.length > 0) refuse(`That is not a picture. ${listed(server.reads.kinds)} work.`);
  };

  for (const id of ["files", "capture"]) {
    $(id).addEventListener("change", (event) => {
      take([...event.target.files]);
      event.target.value = "";
    });
  }
  document.addEventListener("paste", (event) => {
    const files = [...event.clipboardData.files];
    if (files.length === 0) return;
    event.preventDefault();
    // Browsers call every pasted picture image.png.
    take(files.map((file) => (file.name === "image.png" ? new File([file], "pasted.png", { type: file.type }) : file)));
  });

  if (/Mac/.test(navigator.platform)) $("paste-key").textContent = "⌘";

  // dragenter and dragleave come for every element that is passed.
  let depth = 0;
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  const veil = (shown) => ($("veil").hidden = !shown);
  document.addEventListener("dragenter", (event) => carriesFiles(event) && veil(++depth > 0));
  document.addEventListener("dragleave", (event) => carriesFiles(event) && veil(--depth > 0));
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
  });
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    depth = 0;
    veil(false);
    take([...event.dataTransfer.files]);
  });

  for (const button of document.querySelectorAll("[data-does=choose]")) button.onclick = () => $("files").click();
  const takes = canFilm() || matchMedia("(pointer: coarse)").matches;
  for (const button of document.querySelectorAll("[data-does=camera]")) {
    button.hidden = !takes;
    // Phones hand out no live picture to a page without https, but their own camera's photo.
    button.onclick = () => (canFilm() ? openCamera((photo) => add([photo])) : $("capture").click());
  }
}
