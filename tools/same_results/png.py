"""PNG files: drawn ones written, and the pixels of others read, to tell a changed encoder from changed pixels."""

import itertools
import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def write(width, height, channels, pixels):
    """The file of 8-bit pixels in rows: 1 (grey), 3 (RGB) or 4 (RGBA) channels."""
    kind = {1: 0, 3: 2, 4: 6}[channels]
    stride = width * channels
    rows = b"".join(b"\0" + pixels[y * stride:(y + 1) * stride] for y in range(height))

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    return (SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows, 6)) + chunk(b"IEND", b""))


def _chunks(data):
    place = len(SIGNATURE)
    while place + 12 <= len(data):
        size = struct.unpack_from(">I", data, place)[0]
        yield data[place + 4:place + 8], data[place + 8:place + 8 + size]
        place += size + 12


def _sum_modulo_256(a, b):
    """Of two rows, byte by byte: one addition of long numbers."""
    low = int.from_bytes(b"\x7f" * len(a), "little")
    x, y = int.from_bytes(a, "little"), int.from_bytes(b, "little")
    return ((x & low) + (y & low) ^ (x ^ y) & ~low & (1 << 8 * len(a)) - 1).to_bytes(len(a), "little")


def _paeth(row, above, step):
    out = bytearray(row)
    for i, value in enumerate(row):
        a = out[i - step] if i >= step else 0
        b = above[i]
        c = above[i - step] if i >= step else 0
        pa, pb, pc = abs(b - c), abs(a - c), abs(a + b - 2 * c)
        out[i] = value + (a if pa <= pb and pa <= pc else b if pb <= pc else c) & 255
    return bytes(out)


def _average(row, above, step):
    out = bytearray(row)
    for i, value in enumerate(row):
        out[i] = value + ((out[i - step] if i >= step else 0) + above[i] >> 1) & 255
    return bytes(out)


def _running_sum(row, step):
    out = bytearray(len(row))
    for channel in range(step):
        out[channel::step] = bytes(itertools.accumulate(row[channel::step], lambda a, b: a + b & 255))
    return bytes(out)


def read(data):
    """(header, other chunks, rows' bytes) of a PNG that is not interlaced; None of any other file."""
    if not data.startswith(SIGNATURE):
        return None
    header, others, packed = b"", [], []
    for name, content in _chunks(data):
        if name == b"IHDR":
            header = content
        elif name == b"IDAT":
            packed.append(content)
        else:
            others.append((name, content))
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    if interlaced:
        return None
    bits = depth * _CHANNELS[kind]
    stride, step = (width * bits + 7) // 8, max(1, bits // 8)
    filtered = zlib.decompress(b"".join(packed))
    above, rows = bytes(stride), []
    for y in range(height):
        row = filtered[y * (stride + 1) + 1:(y + 1) * (stride + 1)]
        how = filtered[y * (stride + 1)]
        if how == 1:
            row = _running_sum(row, step)
        elif how == 2:
            row = _sum_modulo_256(row, above)
        elif how == 3:
            row = _average(row, above, step)
        elif how == 4:
            row = _paeth(row, above, step)
        rows.append(row)
        above = row
    return header, others, b"".join(rows)
