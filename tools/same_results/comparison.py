"""Compares two recordings part by part."""

import difflib
import fnmatch
import json
import pathlib
import re
from dataclasses import dataclass

import intended
import normal
import png

SHOWN = 6  # differing lines, or places in JSON, of each part


@dataclass
class Difference:
    part: str
    what: str
    reason: str = ""  # why it is meant to be
    words: bool = False  # of a text for people alone


def _pictures_differ(a, b):
    """(same pixels, words) of two PNGs with different bytes; None where they are none."""
    first, second = png.read(a), png.read(b)
    if first is None or second is None:
        return None
    if first[0] != second[0]:
        return False, f"another size or kind: {first[0].hex()} is now {second[0].hex()}"
    if first[2] != second[2]:
        levels = [abs(x - y) for x, y in zip(first[2], second[2])]
        wrong = sum(level != 0 for level in levels)
        return False, f"{wrong} of {len(levels)} bytes of pixels differ, by {max(levels)} at the most"
    if first[1] != second[1]:
        names = sorted({name.decode() for name, _ in set(first[1]) ^ set(second[1])})
        return False, f"the pixels are the same, these chunks are not: {', '.join(names)}"
    return True, f"the same pixels in other bytes: {len(a)} are now {len(b)}"


def _bytes_differ(a, b):
    place = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    return f"{len(a)} bytes are now {len(b)}, the first that differs is {place}"


def _lines_differ(a, b):
    diff = list(difflib.unified_diff(a.splitlines(), b.splitlines(), lineterm="", n=0))[2:]  # without its head
    return [line[:300] for line in diff if not line.startswith("@@")] or ["the ends of lines"]


def _places(a, b, at=""):
    """Where two JSON values differ, as texts."""
    if isinstance(a, dict) and isinstance(b, dict):
        for key in [*a, *(key for key in b if key not in a)]:
            if key not in b:
                yield f"{at}.{key} is gone; was {json.dumps(a[key])[:150]}"
            elif key not in a:
                yield f"{at}.{key} is new: {json.dumps(b[key])[:150]}"
            else:
                yield from _places(a[key], b[key], f"{at}.{key}")
        if a == b and list(a) != list(b):
            yield f"{at or '.'}: the keys come in another order"
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for number, (x, y) in enumerate(zip(a, b)):
            yield from _places(x, y, f"{at}[{number}]")
    elif a != b:
        yield f"{at or '.'} was {json.dumps(a)[:150]}, is {json.dumps(b)[:150]}"


def _is_text(content):
    try:
        return "\0" not in content.decode()
    except UnicodeDecodeError:
        return False


class Comparison:
    """`wanted`: tells of a case's name whether it is compared."""

    def __init__(self, first, second, wanted):
        self.wanted = wanted
        self.folders = [pathlib.Path(first), pathlib.Path(second)]
        self.about = [json.loads((folder / "about.json").read_text()) for folder in self.folders]
        self.differences = []
        self.same = 0

    def run(self):
        names = [{str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()}
                 for folder in self.folders]
        for part in sorted((names[0] | names[1]) - {"about.json"}):
            case, name = self._split(part)
            if not self.wanted(case):
                continue
            before = len(self.differences)
            if any(f"{case}/status" not in each for each in names):
                if name == "status":
                    self._add(part, "the case is new" if part in names[1] else "the case is gone")
                continue
            if part not in names[0]:
                self._add(part, "is new")
            elif part not in names[1]:
                self._add(part, "is gone")
            else:
                a, b = ((folder / part).read_bytes() for folder in self.folders)
                if a != b:
                    self._compare(part, a, b)
            self.same += len(self.differences) == before

    def _add(self, part, *differing, words=False):
        """`differing`: lines, of which those that are meant to differ are not shown beside others."""
        reasons = [reason for pattern, reason in intended.INTENDED if fnmatch.fnmatch(part, pattern)]
        left = differing
        if not reasons:
            known = [next((reason for pattern, reason in intended.LINES if re.search(pattern, line)), "") for line in differing]
            left = [line for line, reason in zip(differing, known) if not reason]
            if not left:
                left, reasons = differing, list(dict.fromkeys(known))
        more = [f"... and {len(left) - SHOWN} more"] if len(left) > SHOWN else []
        self.differences.append(Difference(part, "\n".join([*left[:SHOWN], *more]), "; ".join(reasons), words))

    def _compare(self, part, a, b):
        case, name = self._split(part)
        if name == "body" and case == "serve-open/around/openapi":
            return self._words(part, a, b, normal.shape_of_openapi(a), normal.shape_of_openapi(b))
        if name in ("stdout", "body") and normal.is_about_words(case):
            return self._words(part, a, b, normal.options_told(a), normal.options_told(b))
        if name == "headers":
            return self._texts(part, a, b, normal.headers)
        if case.endswith("the-program") and name == "stderr":
            return self._texts(part, a, b, normal.log)
        if name == "body" and case.endswith("/metrics"):
            return self._texts(part, a, b, normal.metrics)
        for parse in (normal.parsed, normal.parsed_lines):
            first, second = parse(a), parse(b)
            if first is not None and second is not None:
                places = list(_places(first, second))
                return places and self._add(part, *places)
        if a.startswith(b"%PDF") and b.startswith(b"%PDF"):
            a, b = normal.pdf(a), normal.pdf(b)
            return a == b or self._add(part, _bytes_differ(a, b))
        if _is_text(a) and _is_text(b):
            return self._texts(part, a, b, normal.text)
        pictures = _pictures_differ(a, b)
        if pictures is None:
            return self._add(part, _bytes_differ(a, b))
        by_pixels = any(fnmatch.fnmatch(part, pattern) for pattern, _ in intended.BY_PIXELS)
        return pictures[0] and by_pixels or self._add(part, pictures[1])

    @staticmethod
    def _split(part):
        """CASE and what of it: `files/...` is in the case's folder, and so is all else."""
        case, _, name = part.partition("/files/")
        return (case, "files/" + name) if name else tuple(part.rsplit("/", 1))

    def _texts(self, part, a, b, normalised):
        first, second = normalised(a), normalised(b)
        if first != second:
            self._add(part, *_lines_differ(first, second))

    def _words(self, part, a, b, offered_before, offered_now):
        """A text for people: what it offers has to be the same, its words may change."""
        if offered_before != offered_now:
            self._add(part, *(_places({"offered": offered_before}, {"offered": offered_now})
                              if isinstance(offered_before, dict)
                              else _lines_differ("\n".join(offered_before), "\n".join(offered_now))))
        first, second = normal.text(a), normal.text(b)
        if first != second:
            self._add(part, *_lines_differ(first, second), words=True)
