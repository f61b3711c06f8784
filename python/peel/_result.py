"""What came of a picture."""

from __future__ import annotations

import builtins
import json
import os
from typing import Any

from . import _peel, _pictures, _settings


class Result:
    """A cut-out, or a flat page, with what there is to say of it.

    ``subject``: whether anything stands out in the picture (of a page: whether one was found). ``notes``: what was not
    done as it was asked for, and why. ``timings``: milliseconds by stage. ``crop``: left, top, width and height of
    what is shown of the picture, where it was cropped. ``details``: all of it, as ``peel --json`` tells it. ``path``:
    the file it was made of, ``output``: the file it was written to, if any.

    It is a buffer: ``numpy.asarray(result)`` shares its pixels.
    """

    def __init__(
        self,
        made: tuple[_peel.Picture | None, _peel.Picture | None, str],
        settings: dict[str, Any] | None = None,
        path: str | None = None,
        output: str | None = None,
    ) -> None:
        self._picture, self._mask, text = made
        self._settings = settings or {}
        self.details: dict[str, Any] = json.loads(text)
        self.path = path
        self.output = output

    @property
    def _native_picture(self) -> _peel.Picture:
        if self._picture is None:
            where = f"it was written to {self.output}" if self.output else self.details.get("reason", "nothing was found")
            raise ValueError(f"there is no picture: {where}")
        return self._picture

    @property
    def subject(self) -> bool:
        if "status" in self.details:
            return self.details["status"] in ("found", "partial", "already_cropped")
        return bool(self.details["subject"])

    @property
    def status(self) -> str | None:
        status = self.details.get("status")
        return None if status is None else str(status)

    @property
    def corners(self) -> list[list[float]] | None:
        return self.details.get("corners")

    @property
    def notes(self) -> list[str]:
        return list(self.details["notes"])

    @property
    def crop(self) -> tuple[int, int, int, int] | None:
        box = self.details.get("crop")
        return None if box is None else (box["left"], box["top"], box["width"], box["height"])

    @property
    def timings(self) -> dict[str, float]:
        return dict(self.details["timings_ms"])

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        if self._picture is None:
            return int(self.details.get("width") or 0), int(self.details.get("height") or 0)
        height, width = _pictures.shape_of(self._picture)[:2]
        return width, height

    @property
    def mask(self) -> Any:
        """The mask, height x width of 0 to 255, as a NumPy array; None where no model ran."""
        return None if self._mask is None else _pictures.to_array(self._mask)

    def numpy(self, order: str = "rgb") -> Any:
        """Height x width x channels. It shares the pixels (with ``order="bgr"``, as OpenCV has it, one copy)."""
        return _pictures.to_array(self._native_picture, order)

    def pil(self) -> Any:
        """A PIL image that shares the pixels."""
        return _pictures.to_pil(self._native_picture)

    def bytes(self, format: str | None = None, **settings: Any) -> "builtins.bytes":
        """As a file in memory: png, if neither this nor the settings say otherwise. ``quality``, ``effort``."""
        return self._native_picture.encode("remove", self._encoding(format, settings))

    def save(self, file: str | os.PathLike[str], format: str | None = None, **settings: Any) -> None:
        """Into a file, which is there complete or not at all; the format by its name."""
        self._native_picture.save(file, "remove", self._encoding(format, settings))

    def _encoding(self, format: str | None, settings: dict[str, Any]) -> list[tuple[str, Any]]:
        usual: dict[str, Any] = {name: self._settings[name] for name in ("format", "quality", "effort") if name in self._settings}
        usual.update(settings)
        if format is not None:
            usual["format"] = format
        return _settings.pairs("remove", usual)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        import numpy

        array = numpy.asarray(self._native_picture)
        if dtype is not None and array.dtype != dtype:
            if copy is False:
                raise ValueError("another type needs a copy")
            return array.astype(dtype)
        return array.copy() if copy else array

    def _repr_png_(self) -> "builtins.bytes | None":
        """For notebooks."""
        return None if self._picture is None else self._picture.encode("remove", [("format", "png"), ("effort", "fast")])

    def __repr__(self) -> str:
        width, height = self.size
        what = self.status if self.status is not None else ("subject" if self.subject else "no subject")
        total = self.timings.get("total", 0)
        return f"<peel.Result {width} x {height}, {what}, {total:.0f} ms>"

    def __reduce__(self) -> tuple[Any, ...]:
        files = tuple(None if each is None else each.encode("remove", []) for each in (self._picture, self._mask))
        return _again, (files, json.dumps(self.details), self._settings, self.path, self.output)


def _again(files: tuple[Any, Any], text: str, settings: Any, path: Any, output: Any) -> Result:
    picture, mask = (None if each is None else _peel.decode(each, "remove", []) for each in files)
    return Result((picture, mask, text), settings, path, output)
