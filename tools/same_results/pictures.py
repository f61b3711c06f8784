"""The fixed set of pictures, by the name that the cases give them."""

import shutil

import png

# Of the test data (CONTRIBUTING: Test data). Small ones but for `large.jpg`, so that a run takes minutes.
FROM_TEST_DATA = {
    "person.jpg": "data/sod/images/ccp_0001.jpg",  # 550 x 832
    "dog.jpg": "data/sod/images/pascal_s_560.jpg",  # 500 x 333
    "bird.jpg": "data/sod/images/smd8_109256.jpg",  # 400 x 320
    "wide.jpg": "data/sod/images/pascal_s_721.jpg",
    "hair.png": "data/matting/images/GT13.png",  # 800 x 595
    "hair_trimap.png": "data/matting/trimaps/GT13.png",
    "large.jpg": "data/photos/10mp_o6_canon_eos_1000d.jpg",  # 3888 x 2592, lies on its side
    "turned.jpg": "data/exif/Portrait_6.jpg",
    "rgb16.png": "data/formats/pngsuite__16bit__oi4n0g16.png",
    "palette.png": "data/formats/pngsuite__primary_check__tbyn3p08.png",
    "cmyk.jpg": "data/formats/pillow__pil_sample_cmyk.jpg",
    "grey.tif": "data/formats/pillow__hopper.tif",
    "screen.bmp": "data/formats/pillow__hopper.bmp",
    "flower.webp": "data/formats/pillow__flower2.webp",
    "desk.jpg": "data/docs/images/jscanify_test.png",  # 880 x 660
    "letter.jpg": "data/docs/images/jscanify_test10.jpg",  # 768 x 1024
    "receipt.jpg": "data/docs/images/flatcv_low_00.jpg",  # 1024 x 1024
    "receipt2.jpg": "data/docs/images/flatcv_low_02.jpg",
    "small_page.jpg": "data/docs2/images/ashay_doc.jpg",  # 412 x 344
    "whiteboard.jpg": "data/docs2/images/wbd_1.jpg",  # 998 x 665
    "book.jpg": "data/docs2/images/soc_text2.jpg",  # 526 x 296, goes on outside
    "bedroom.jpg": "data/docs2/none/donut_bedroom_83.jpg",  # no page in it
    "flat.png": "data/faults/letter_with_box.png",  # a scan already
    "colours.jpg": "data/faults/table_colours.jpg",
    "ghost.png": "data/faults/transparent_bg.png",
    "large_page.jpg": "data/docs/images/anxomm_doc1.jpg",  # 3120 x 4160
}

# Of data/formats, good, odd and hostile files: small ones, every third by name.
FORMATS_FOLDER = "data/formats"
FORMATS_MOST_BYTES = 20_000
FORMATS_STEP = 3

# Folders of pictures, as folder and scan take them.
FOLDERS = {
    "photos": ["dog.jpg", "bird.jpg", "flower.webp"],
    "photos/more": ["wide.jpg"],
    "pages": ["desk.jpg", "letter.jpg", "blank.png"],
}

CLOTHES_SIZE = (90, 60)  # width, height
FRAME_SIZE = (64, 48)
FRAMES = 6


def _drawn():
    """{name: bytes} of pictures made here."""
    width, height = CLOTHES_SIZE
    stripes = bytearray()
    for i in range(width * height):  # black, green, red, blue and black again
        stripe = i % width * 5 // width
        stripes += bytes(255 if stripe == lit else 0 for lit in (2, 1, 3))

    def disc(size, place, radius, inside, outside):
        out = bytearray()
        for y in range(size[1]):
            for x in range(size[0]):
                near = (x - place[0]) ** 2 + (y - place[1]) ** 2 < radius ** 2
                out += bytes(inside if near else outside)
        return bytes(out)

    frames = b"".join(disc(FRAME_SIZE, (16 + 6 * i, 24), 12, (230, 200, 180), (20 + i, 40, 60)) for i in range(FRAMES))
    frame_bytes = FRAME_SIZE[0] * FRAME_SIZE[1] * 3
    return {
        "clothes.png": png.write(*CLOTHES_SIZE, 3, bytes(stripes)),
        "disc.png": png.write(96, 72, 3, disc((96, 72), (48, 36), 24, (240, 220, 30), (30, 30, 90))),
        "blank.png": png.write(64, 48, 3, bytes([128]) * (64 * 48 * 3)),
        "one.png": png.write(1, 1, 3, b"\x10\x20\x30"),
        # Two islands, one with a hole, with soft sides: what cleaning has something to do with.
        "islands.png": png.write(120, 90, 1, bytes(
            max(0, min(255, 40 * (24 - int(((x - 40) ** 2 + (y - 45) ** 2) ** 0.5)))) *
            (((x - 40) ** 2 + (y - 45) ** 2) > 36) | (220 if abs(x - 95) < 6 and abs(y - 20) < 5 else 0)
            for y in range(90) for x in range(120))),
        "white.png": png.write(8, 8, 1, b"\xff" * 64),
        "black.png": png.write(8, 8, 1, b"\0" * 64),
        "frames.rgb": frames,
        "cut_short.rgb": frames[:frame_bytes * 2 + 1000],
        "text.jpg": b"this is text",
        "broken.jpg": b"\xff\xd8\xff\xe0 not a picture",
        "empty.png": b"",
        "damaged.onnx": b"this is no model",
    }


class Pictures:
    """All of them in one folder, from where cases get copies."""

    def __init__(self, folder, test_data):
        self.folder = folder
        folder.mkdir()
        for name, source in FROM_TEST_DATA.items():
            shutil.copyfile(test_data / source, folder / name)
        for name, content in _drawn().items():
            (folder / name).write_bytes(content)
        formats = sorted(each for each in (test_data / FORMATS_FOLDER).iterdir()
                         if each.suffix != ".json" and each.stat().st_size < FORMATS_MOST_BYTES)
        self.folders = {name: [folder / each for each in names] for name, names in FOLDERS.items()}
        self.folders["formats"] = formats[::FORMATS_STEP]
        self.names = [each.name for each in folder.iterdir()]

    def put(self, text, into):
        """Copies into a folder what a text names."""
        for name in self.names:
            if name in text:
                shutil.copyfile(self.folder / name, into / name)
        for name, files in self.folders.items():
            if name.split("/")[0] in text.replace("=", " ").split():
                (into / name).mkdir(parents=True, exist_ok=True)
                for file in files:
                    shutil.copyfile(file, into / name / file.name)
