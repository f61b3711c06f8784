"""That the comparison sees what has changed, and nothing else: python3 -B same_results_test.py"""

import contextlib
import json
import pathlib
import struct
import tempfile
import unittest
import zlib

import cases
import comparison
import intended
import normal
import png
import web_cases

WIDTH, HEIGHT = 5, 10
PIXELS = bytes((7 * i * i + 31 * i) % 256 for i in range(WIDTH * HEIGHT * 3))


def filtered(how):
    """PIXELS as a PNG whose rows all have that filter, written from the specification's formulas."""
    stride, out = WIDTH * 3, b""
    for y in range(HEIGHT):
        out += bytes([how])
        for x in range(stride):
            def at(dx, dy, x=x, y=y):
                return PIXELS[(y + dy) * stride + x + dx] if x + dx >= 0 and y + dy >= 0 else 0
            a, b, c = at(-3, 0), at(0, -1), at(-3, -1)
            paeth = min((a, b, c), key=lambda value: abs(a + b - c - value))
            out += bytes([(at(0, 0) - (0, a, b, (a + b) // 2, paeth)[how]) % 256])

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    return (png.SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(out)) + chunk(b"IEND", b""))


class Png(unittest.TestCase):
    def test_pixels_do_not_depend_on_the_filter(self):
        for how in range(5):
            self.assertEqual(png.read(filtered(how))[2], PIXELS, how)
        self.assertEqual(png.read(png.write(WIDTH, HEIGHT, 3, PIXELS))[2], PIXELS)


class Compared(unittest.TestCase):
    def differences(self, first, second, case="remove/one"):
        """`first`, `second`: {part: content} of one case."""
        with tempfile.TemporaryDirectory() as scratch:
            folders = [pathlib.Path(scratch, name) for name in ("a", "b")]
            for folder, parts in zip(folders, (first, second)):
                for name, content in {"status": "0", **parts}.items():
                    file = folder / case / name
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_bytes(content if isinstance(content, bytes) else content.encode())
                (folder / "about.json").write_text("{}")
            compared = comparison.Comparison(*folders, lambda name: True)
            compared.run()
            return compared.differences

    @contextlib.contextmanager
    def row(self, table, *row):
        table.append(row)
        yield
        table.remove(row)

    def test_what_only_the_moment_decides_is_no_difference(self):
        self.assertFalse(self.differences({"stdout": '{"timings_ms": {"decode": 1.5}, "width": 4}'},
                                          {"stdout": '{"timings_ms": {"decode": 2}, "width": 4}'}))
        self.assertFalse(self.differences({"stderr": "3 pictures in 0.5 s (6.29/s)"},
                                          {"stderr": "3 pictures in 12.5 s (0.20/s)"}))
        self.assertFalse(self.differences({"stdout": '{"path": "/tmp/peel-same-results-a1_b/store/u2netp.onnx"}'},
                                          {"stdout": '{"path": "/var/tmp/peel-same-results-c2/store/u2netp.onnx"}'}))

    def test_values_keys_and_their_order_are(self):
        one = {"stdout": '{"timings_ms": {"decode": 1}, "width": 4}'}
        for other in ('{"timings_ms": {"decode": 1}, "width": 5}', '{"timings_ms": {"read": 1}, "width": 4}',
                      '{"width": 4, "timings_ms": {"decode": 1}}', '{"timings_ms": {"decode": 1}}'):
            self.assertEqual(len(self.differences(one, {"stdout": other})), 1, other)
        self.assertTrue(self.differences({"stderr": "peel: no"}, {"stderr": "peel: not"}))
        self.assertTrue(self.differences({"status": "0"}, {"status": "3"}))
        self.assertTrue(self.differences({}, {"files/out.png": b"new"}))

    def test_a_case_that_is_missing_is_told_once_and_counts_as_nothing(self):
        with tempfile.TemporaryDirectory() as scratch:
            for name in ("a", "b"):
                pathlib.Path(scratch, name).mkdir()
                pathlib.Path(scratch, name, "about.json").write_text("{}")
            for part in ("status", "stdout", "files/out.png"):
                file = pathlib.Path(scratch, "a", "remove", "one", part)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(b"0")
            compared = comparison.Comparison(f"{scratch}/a", f"{scratch}/b", lambda name: True)
            compared.run()
        self.assertEqual([each.what for each in compared.differences], ["the case is gone"])
        self.assertEqual(compared.same, 0)

    def test_one_level_is_seen_and_told(self):
        other = bytes([PIXELS[0] ^ 1]) + PIXELS[1:]
        found = self.differences({"files/out.png": filtered(1)},
                                 {"files/out.png": png.write(WIDTH, HEIGHT, 3, other)})
        self.assertIn("1 of 150 bytes of pixels differ, by 1", found[0].what)

    def test_an_encoder_may_change_where_that_is_said(self):
        parts = {"files/out.png": filtered(1)}, {"files/out.png": filtered(4)}
        self.assertIn("the same pixels", self.differences(*parts)[0].what)
        with self.row(intended.BY_PIXELS, "remove/*", "another filter"):
            self.assertFalse(self.differences(*parts))

    def test_an_intended_difference_has_its_reason(self):
        with self.row(intended.INTENDED, "remove/*/stderr", "says more"):
            found = self.differences({"stderr": "a", "stdout": "a"}, {"stderr": "b", "stdout": "b"})
        self.assertEqual([each.reason for each in found], ["says more", ""])

    def test_a_line_that_is_meant_to_differ_hides_no_other(self):
        with self.row(intended.LINES, "^[.]engine is new", "the engine is told"):
            before, alone, with_more = {"a": 1}, {"a": 1, "engine": "x"}, {"a": 2, "engine": "x"}
            [known] = self.differences({"stdout": json.dumps(before)}, {"stdout": json.dumps(alone)})
            [other] = self.differences({"stdout": json.dumps(before)}, {"stdout": json.dumps(with_more)})
        self.assertEqual(known.reason, "the engine is told")
        self.assertEqual((other.reason, other.what), ("", ".a was 1, is 2"))

    def test_words_of_help_may_change_and_options_may_not(self):
        before = "Files:\n  -o, --output FILE   where to write\n"
        reworded, renamed = before.replace("where", "to where"), before.replace("FILE", "NAME")
        found = self.differences({"stdout": before}, {"stdout": reworded}, "tell/help-remove")
        self.assertEqual([each.words for each in found], [True])
        found = self.differences({"stdout": before}, {"stdout": renamed}, "tell/help-remove")
        self.assertEqual([each.words for each in found], [False, True])

    def test_a_limit_in_openapi_is_more_than_words(self):
        def description(most, words):
            return {"body": json.dumps({"a": {"maximum": most, "description": words}})}
        case = "serve-open/around/openapi"
        self.assertTrue(self.differences(description(1, "x"), description(1, "y"), case)[0].words)
        self.assertFalse(self.differences(description(1, "x"), description(2, "x"), case)[0].words)


class Table(unittest.TestCase):
    def test_every_case_has_a_name_of_its_own(self):
        names = [case.name for case in cases.all_cases()]
        for server, requests in web_cases.all_requests().items():
            names += [f"serve-{server}/{each.name}" for each in requests]
        self.assertEqual(len(names), len(set(names)))

    def test_pdfs_differ_by_more_than_their_date(self):
        one = b"%PDF /CreationDate (D:2026) /ID [ <01> <02> ] page"
        self.assertEqual(normal.pdf(one), normal.pdf(one.replace(b"2026", b"2027").replace(b"<02>", b"<03>")))
        self.assertNotEqual(normal.pdf(one), normal.pdf(one.replace(b"page", b"pages")))


if __name__ == "__main__":
    unittest.main()
