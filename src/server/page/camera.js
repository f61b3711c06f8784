// A live picture and a shutter.
import { $ } from "./dom.js";

export const canFilm = () => Boolean(window.isSecureContext && navigator.mediaDevices?.getUserMedia);

const reasons = {
  NotAllowedError: "The browser does not let this page use the camera. Allow it in the address bar, or choose a file.",
  NotFoundError: "There is no camera here.",
  NotReadableError: "The camera is in use by another program.",
};

let stream = null;

function stop() {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
  $("finder").srcObject = null;
}

async function start(camera) {
  stop();
  $("shutter").disabled = true;
  $("camera-file").hidden = true;
  $("camera-note").textContent = "Starting the camera…";
  try {
    const wanted = { width: { ideal: 4096 }, height: { ideal: 4096 }, ...(camera ? { deviceId: { exact: camera } } : { facingMode: { ideal: "environment" } }) };
    const started = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
    if (!$("camera").open) {
      for (const track of started.getTracks()) track.stop();
      return;
    }
    stream = started;
    $("finder").srcObject = stream;
    await $("finder").play();
    $("camera-note").textContent = "";
    $("shutter").disabled = false;
    $("shutter").focus();
    const cameras = (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === "videoinput");
    $("other-camera").hidden = cameras.length < 2;
    $("other-camera").onclick = () => {
      const now = cameras.findIndex((device) => device.deviceId === stream.getVideoTracks()[0].getSettings().deviceId);
      start(cameras[(now + 1) % cameras.length].deviceId);
    };
  } catch (error) {
    stop();
    $("camera-note").textContent = reasons[error.name] ?? "The camera could not be started.";
    $("camera-file").hidden = false;
  }
}

/** `taken({file, name})` is called for a photo. */
export function openCamera(taken) {
  const dialog = $("camera");
  $("camera-close").onclick = () => dialog.close();
  $("camera-file").onclick = () => {
    dialog.close();
    $("files").click();
  };
  dialog.onclose = stop;
  $("shutter").onclick = () => {
    const finder = $("finder");
    const canvas = document.createElement("canvas");
    canvas.width = finder.videoWidth;
    canvas.height = finder.videoHeight;
    canvas.getContext("2d").drawImage(finder, 0, 0);
    canvas.toBlob((blob) => {
      dialog.close();
      const name = `photo-${new Date().toISOString().slice(0, 19).replaceAll(":", "")}.jpg`;
      taken({ file: new File([blob], name, { type: "image/jpeg" }), name });
    }, "image/jpeg", 0.95);
  };
  dialog.showModal();
  start(null);
}
