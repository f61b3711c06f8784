// PNG files, drawn without any library.
import { deflateSync } from "node:zlib";

const table = Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; ++bit) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

function crc(data) {
  let value = 0xffffffff;
  for (const byte of data) value = table[(value ^ byte) & 255] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

function chunk(name, data) {
  const whole = Buffer.alloc(data.length + 12);
  whole.writeUInt32BE(data.length, 0);
  whole.write(name, 4, "latin1");
  data.copy(whole, 8);
  whole.writeUInt32BE(crc(whole.subarray(4, data.length + 8)), data.length + 8);
  return whole;
}

/** A PNG of RGBA whose pixels `colour(x, y)` tells as [r, g, b, a]. */
export function makePng(width, height, colour) {
  const rows = Buffer.alloc(height * (width * 4 + 1));
  for (let y = 0; y < height; ++y) {
    for (let x = 0; x < width; ++x) rows.set(colour(x, y), y * (width * 4 + 1) + 1 + x * 4);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 6], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0)),
  ]);
}

const inEllipse = (x, y, width, height) => ((x / width - 0.5) / 0.3) ** 2 + ((y / height - 0.5) / 0.4) ** 2 < 1;

/** An orange ellipse in a green field. */
export const drawPicture = (width, height) => makePng(width, height, (x, y) => (inEllipse(x, y, width, height) ? [242, 165, 65, 255] : [70, 140 + (y % 40), 110, 255]));

/** The ellipse without the field; over `ground`, where it is given as [r, g, b]. */
export const drawCutout = (width, height, ground = null) =>
  makePng(width, height, (x, y) => (inEllipse(x, y, width, height) ? [242, 165, 65, 255] : ground ? [...ground, 255] : [0, 0, 0, 0]));

export const drawPage = (width, height) => makePng(width, height, (x, y) => (y % 20 < 4 && x > width / 10 && x < width * 0.9 ? [60, 60, 60, 255] : [252, 251, 247, 255]));

/** Width and height of a PNG; of anything else, some. */
export function sizeOf(bytes) {
  const isPng = bytes.length > 24 && bytes.readUInt32BE(0) === 0x89504e47;
  return isPng ? [bytes.readUInt32BE(16), bytes.readUInt32BE(20)] : [400, 300];
}
