// Four corners on a picture, to be put on those of a page: by pointer, by finger or by keyboard.
import { announce, clamp, make } from "./dom.js";
import { makeFrame, placeholder } from "./compare.js";

const names = ["Top left", "Top right", "Bottom right", "Bottom left"];
const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export function insetCorners(width, height) {
  const [x, y] = [Math.round(width * 0.1), Math.round(height * 0.1)];
  return [[x, y], [width - x, y], [width - x, height - y], [x, height - y]];
}

/** Whether the corners go round a page clockwise, without crossing. */
export function goRound(corners) {
  return corners.every((corner, index) => {
    const [next, after] = [corners[(index + 1) % 4], corners[(index + 2) % 4]];
    return (next[0] - corner[0]) * (after[1] - next[1]) - (next[1] - corner[1]) * (after[0] - next[0]) > 0;
  });
}

const svg = (name, attributes) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
};

/** Shows what is under a corner that a finger hides: `showAt(corners, index, shownWidth)`. */
function makeLoupe(image, width, height) {
  const side = 264; // pixels, for the 132 of the page that it is wide
  const canvas = make("canvas", { class: "loupe", width: side, height: side, "aria-hidden": "true", hidden: true });
  const context = canvas.getContext("2d");
  const [scaleX, scaleY] = [image.naturalWidth / width, image.naturalHeight / height];

  function showAt(corners, index, shownWidth) {
    const [x, y] = corners[index];
    // Three times as large as the picture is shown.
    const zoom = (3 * 2 * shownWidth) / width;
    const seen = side / zoom;
    context.fillStyle = "#777";
    context.fillRect(0, 0, side, side);
    context.drawImage(image, (x - seen / 2) * scaleX, (y - seen / 2) * scaleY, seen * scaleX, seen * scaleY, 0, 0, side, side);
    const at = (corner) => [side / 2 + (corner[0] - x) * zoom, side / 2 + (corner[1] - y) * zoom];
    // Two colours, of which one is seen on any ground.
    for (const [colour, line] of [["#fff", 7], ["#0b6e6e", 3]]) {
      context.strokeStyle = colour;
      context.lineWidth = line;
      context.beginPath();
      context.moveTo(...at(corners[(index + 3) % 4]));
      context.lineTo(side / 2, side / 2);
      context.lineTo(...at(corners[(index + 1) % 4]));
      context.stroke();
    }
    canvas.classList.toggle("right", x < width / 2);
    canvas.hidden = false;
  }
  return { canvas, showAt, hide: () => (canvas.hidden = true) };
}

/** `changed(corners, valid)` is called for every move. */
export function cornersView({ picture, width, height, corners, changed }) {
  const points = corners.map(([x, y]) => [x, y]);
  const frame = makeFrame(width, height);
  frame.classList.add("corners");
  let image = null;
  if (picture.shows) {
    image = make("img", { src: picture.url, alt: picture.name, draggable: "false" });
    frame.append(image);
  } else {
    frame.append(placeholder(picture));
  }
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  const around = svg("path", { class: "around", "fill-rule": "evenodd" });
  const outline = svg("polygon", { class: "outline" });
  drawing.append(around, outline);
  const loupe = image ? makeLoupe(image, width, height) : null;
  frame.append(drawing);

  const buttons = points.map((point, index) => {
    const button = make("button", { type: "button", class: "corner", "aria-describedby": "corner-help" });
    button.onkeydown = (event) => {
      if (!(event.key in moves)) return;
      event.preventDefault();
      const step = event.shiftKey ? 10 : 1;
      move(index, points[index][0] + moves[event.key][0] * step, points[index][1] + moves[event.key][1] * step);
      look(index);
    };
    button.onkeyup = (event) => event.key in moves && announce(button.getAttribute("aria-label"));
    button.onblur = () => loupe?.hide();
    button.onpointerdown = (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      button.focus({ preventScroll: true });
      button.setPointerCapture(event.pointerId);
      const box = frame.getBoundingClientRect();
      const [x, y] = seen(points[index]);
      const [dx, dy] = [event.clientX - box.left - (x * box.width) / width, event.clientY - box.top - (y * box.height) / height];
      button.onpointermove = (to) => {
        const now = frame.getBoundingClientRect();
        move(index, ((to.clientX - now.left - dx) * width) / now.width, ((to.clientY - now.top - dy) * height) / now.height);
        look(index);
      };
      look(index);
    };
    button.onpointerup = button.onpointercancel = () => {
      button.onpointermove = null;
      loupe?.hide();
    };
    frame.append(button);
    return button;
  });
  if (loupe) frame.append(loupe.canvas);

  // A page may reach out of its picture; its corners are within reach even so.
  function seen([x, y]) {
    return [clamp(x, 0, width), clamp(y, 0, height)];
  }
  function look(index) {
    if (loupe && image.complete) loupe.showAt(points, index, frame.getBoundingClientRect().width);
  }
  function draw() {
    const valid = goRound(points);
    const round = `M${points.map((point) => point.join(" ")).join("L")}Z`;
    around.setAttribute("d", `M0 0H${width}V${height}H0Z${round}`);
    outline.setAttribute("points", points.map((point) => point.join(",")).join(" "));
    frame.classList.toggle("crossed", !valid);
    points.map(seen).forEach(([x, y], index) => {
      buttons[index].style.left = `${(100 * x) / width}%`;
      buttons[index].style.top = `${(100 * y) / height}%`;
      buttons[index].setAttribute("aria-label", `${names[index]} corner: ${Math.round(x)} across, ${Math.round(y)} down`);
    });
    return valid;
  }
  function move(index, x, y) {
    points[index] = seen([Math.round(x), Math.round(y)]);
    changed(points.map((point) => [...point]), draw());
  }

  draw();
  const help = make("p", { class: "small help", id: "corner-help" }, "Drag the corners onto those of the page.",
    make("span", { class: "wide" }, " By keyboard: Tab to a corner, arrow keys to move it, with Shift by 10 pixels."));
  return make("div", { class: "view" }, make("div", { class: "scroller" }, frame), help);
}
