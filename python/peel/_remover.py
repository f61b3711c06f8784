"""Removers and scanners: a model each, loaded once."""

from __future__ import annotations

import asyncio
import functools
import io
import json
import logging
import os
import threading
from collections.abc import Iterable, Iterator
from typing import Any

from . import _peel, _pictures, _settings
from ._errors import UsageError
from ._result import Result

_log = logging.getLogger("peel")
_ENDINGS = {"png": ".png", "webp": ".webp", "jpeg": ".jpg", "tiff": ".tiff", "avif": ".avif", "jxl": ".jxl"}


class _Held:
    """Something native, of this process: a forked one makes its own, where it first needs it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = 0
        self._native: Any = None

    def get(self, make: Any) -> Any:
        if self._process != os.getpid():
            self._lock = threading.Lock()  # that of the parent may have been held
        with self._lock:
            if self._native is None or self._process != os.getpid():
                self._native = make()
                self._process = os.getpid()
            return self._native


class _Worker:
    _TASK = ""
    _MARK = ""
    _FORMAT = "png"

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = {name: value for name, value in settings.items() if value is not None}
        _settings_check(self._TASK, self._settings)
        self._held = _Held()

    @property
    def settings(self) -> dict[str, Any]:
        """What it was made with."""
        return dict(self._settings)

    def _with(self, settings: dict[str, Any]) -> dict[str, Any]:
        return {**self._settings, **{name: value for name, value in settings.items() if value is not None}}

    def __reduce__(self) -> tuple[Any, ...]:
        return functools.partial(type(self), **self._settings), ()

    def _run(self, picture: Any, settings: dict[str, Any], order: str, control: Any = None) -> Result:
        raise NotImplementedError

    def result(self, picture: Any, *, order: str = "rgb", **settings: Any) -> Result:
        """What comes of a picture, with all there is to say of it."""
        return self._run(picture, self._with(settings), order)

    def _same_kind(self, picture: Any, settings: dict[str, Any], order: str, output: Any, control: Any = None) -> Any:
        made = self._with(settings)
        result = self._run(picture, made, order, control)
        _tell(result, picture)
        if result._picture is None:
            return None
        if output is not None:
            return _write(result, output, made)
        if isinstance(picture, (str, os.PathLike)):
            ending = _ENDINGS[made.get("format") or self._FORMAT]
            path = _pictures.beside(picture, self._MARK, ending)
            result.save(path, **_encoding(made))
            return str(path) if isinstance(picture, str) else path
        if _pictures.is_pil(picture):
            return _pictures.to_pil(result._picture, picture)
        if hasattr(picture, "read"):
            return io.BytesIO(result.bytes(**_encoding(made)))
        if isinstance(picture, Result):
            return result
        if _is_file(picture):
            return result.bytes(**_encoding(made))
        return _pictures.to_array(result._picture, order)

    async def _same_kind_async(self, picture: Any, settings: dict[str, Any], order: str, output: Any) -> Any:
        control = _peel.control()
        work = functools.partial(self._same_kind, picture, settings, order, output, control)
        try:
            return await asyncio.get_running_loop().run_in_executor(None, work)
        except asyncio.CancelledError:
            control.stop()
            raise


class Remover(_Worker):
    """Takes backgrounds off pictures: a model, loaded at once and used for as many pictures as wanted.

    ``settings`` are the program's options by name, with _ for -: ``Remover(model="u2netp", device="cpu", refine=True)``;
    ``peel.options()`` lists them, with their limits. What is of a picture may be given to each call too.

    It may be used from several threads at a time, which do not wait for one another in Python; a forked process makes
    its own of it, and so does who unpickles one.

    :raises peel.UsageError: (a ValueError) for a setting that is unknown or out of its range; the hint says what to do
    :raises peel.ModelError: (a RuntimeError) for a model that cannot be had
    :raises peel.DeviceError: (a RuntimeError) for a device that was required and cannot be used
    """

    _TASK = "remove"
    _MARK = "out"

    def __init__(self, model: str | None = None, **settings: Any) -> None:
        super().__init__({"model": model, **settings})
        self._batch = _Held()
        self._native()

    def _native(self) -> _peel.Remover:
        native: _peel.Remover = self._held.get(lambda: _peel.remover(_settings.pairs("remove", self._settings), None))
        return native

    @property
    def info(self) -> dict[str, Any]:
        """What it runs on: model, file, provider, precision, threads, fallbacks ..."""
        return dict(json.loads(self._native().describe()))

    @property
    def model(self) -> str:
        return str(self.info["model"])

    @property
    def provider(self) -> str:
        """Where the network runs: "cpu", "cuda" ..."""
        return str(self.info["provider"])

    def __repr__(self) -> str:
        info = self.info
        return (
            f"<peel.Remover {info['model']} on {info['provider']} ({info['precision']}), "
            f"{info['threads']} thread{'' if info['threads'] == 1 else 's'}>"
        )

    def _run(self, picture: Any, settings: dict[str, Any], order: str, control: Any = None) -> Result:
        source = _pictures.read(picture, "remove", settings, order)
        settings = _with_pictures(settings, order)
        made = self._native().remove(source, _settings.pairs("remove", settings), control)
        return Result(made, settings, _name(picture))

    def remove(self, picture: Any, *, order: str = "rgb", output: Any = None, **settings: Any) -> Any:
        """The cut-out, of the picture's own kind.

        :param picture: a NumPy array (height x width x channels, uint8 or uint16; anything with such a buffer), a PIL
            image, encoded bytes, a path, or a file object that is read
        :param order: of an array's channels, here and in what is returned: "rgb", or "bgr" as OpenCV has it
        :param output: a path or a writable file object: the cut-out is written there, and that is returned
        :returns: an array of height x width x 4 (straight alpha); a PIL image; bytes (PNG, or ``format``); of a path
            the path of a file beside it, NAME.out.png; of a file object an ``io.BytesIO``
        :raises peel.InputError: (a ValueError) for what cannot be read; FileNotFoundError where there is no file
        """
        return self._same_kind(picture, settings, order, output)

    __call__ = remove

    async def remove_async(self, picture: Any, *, order: str = "rgb", output: Any = None, **settings: Any) -> Any:
        """The same without holding up the event loop; a task that is cancelled ends the work too."""
        return await self._same_kind_async(picture, settings, order, output)

    def mask(self, picture: Any, *, order: str = "rgb", **settings: Any) -> Any:
        """The mask alone: of arrays and their like height x width of 0 to 255, of other kinds as :meth:`remove`."""
        return self.remove(picture, order=order, only_mask=True, **settings)

    def map(
        self,
        paths: Iterable[str | os.PathLike[str]],
        *,
        output: str | os.PathLike[str] | None = None,
        ordered: bool = True,
        raises: bool = True,
        **settings: Any,
    ) -> Iterator[Any]:
        """Many files with every core busy, and memory bounded: an iterator of their results, in their order.

        :param paths: files; any iterable, asked as far as there is room
        :param output: a folder: the cut-outs are written there, as STEM.png (or ``format``), and results hold no pixels
        :param ordered: else in the order in which they are done
        :param raises: else a file that fails comes as the exception, and does not end it
        """
        from ._batch import run

        made = _settings.part("folder", self._with(settings))
        own = _settings.part("folder", self._settings)
        batch = self._batch.get(lambda: _peel.batch(_settings.pairs("folder", own), None))
        return run(batch, paths, output, ordered, raises, made, _ENDINGS)


class Scanner(_Worker):
    """Flattens photographed pages. ``settings``: of ``peel scan``; ``peel.options("scan")`` lists them."""

    _TASK = "scan"
    _MARK = "scan"
    _FORMAT = "jpeg"

    def __init__(self, model: str | None = None, **settings: Any) -> None:
        super().__init__({"model": model, **settings})
        self._native()

    def _native(self) -> _peel.Scanner:
        settings = _with_pictures(self._settings, "rgb")
        native: _peel.Scanner = self._held.get(lambda: _peel.scanner(_settings.pairs("scan", settings), None))
        return native

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in self._settings.items())
        return f"<peel.Scanner {given or 'as usual'}>"

    def _run(self, picture: Any, settings: dict[str, Any], order: str, control: Any = None) -> Result:
        source = _pictures.read(picture, "scan", settings, order)
        settings = _with_pictures(settings, order)
        if isinstance(picture, (str, os.PathLike)) and "format" not in settings:
            settings["format"] = "png" if settings.get("enhance") == "bw" else "jpeg"
        made = self._native().scan(source, _settings.pairs("scan", settings), control)
        return Result(made, settings, _name(picture))

    def scan(self, picture: Any, *, order: str = "rgb", output: Any = None, **settings: Any) -> Any:
        """The page, flat, of the picture's own kind, as :meth:`Remover.remove` has it; None where none was found.

        :meth:`result` tells why, and where its corners are.
        """
        return self._same_kind(picture, settings, order, output)

    __call__ = scan

    async def scan_async(self, picture: Any, *, order: str = "rgb", output: Any = None, **settings: Any) -> Any:
        """The same without holding up the event loop."""
        return await self._same_kind_async(picture, settings, order, output)


def apply(picture: Any, mask: Any, settings: dict[str, Any], order: str, trimap: bool) -> Result:
    """A cut-out by a mask, or a trimap, from anywhere."""
    source = _pictures.read(picture, "remove", settings, order)
    given = _pictures.read(mask, "remove", {}, order)
    settings = _with_pictures({name: value for name, value in settings.items() if value is not None}, order)
    work = _peel.apply_trimap if trimap else _peel.apply_mask
    return Result(work(source, given, _settings.pairs("remove", settings), None), settings, _name(picture))


class Applied(_Worker):
    """apply_mask() in the picture's own kind."""

    _TASK = "remove"
    _MARK = "out"

    def __init__(self, mask: Any, trimap: bool) -> None:
        super().__init__({})
        self._given = mask
        self._trimap = trimap

    def _run(self, picture: Any, settings: dict[str, Any], order: str, control: Any = None) -> Result:
        return apply(picture, self._given, settings, order, self._trimap)


def _settings_check(task: str, settings: dict[str, Any]) -> None:
    for name, value in settings.items():
        if value is not None and not isinstance(name, str):
            raise UsageError(f"{name!r} is no name of a setting")


def _with_pictures(settings: dict[str, Any], order: str) -> dict[str, Any]:
    """Pictures among the settings: the background, and a scan's mask, may be arrays, PIL images and files."""
    made = dict(settings)
    for name in ("background", "mask"):
        value = made.get(name)
        plain = value is None or isinstance(value, (str, os.PathLike, tuple, list, _peel.Picture))
        if not plain or (name == "mask" and isinstance(value, (str, os.PathLike))):
            made[name] = _pictures.read(value, "remove", {}, order)
    return made


def _name(picture: Any) -> str | None:
    return os.fsdecode(picture) if isinstance(picture, (str, os.PathLike)) else None


def _is_file(picture: Any) -> bool:
    try:
        return memoryview(picture).ndim == 1
    except TypeError:
        return False


def _encoding(settings: dict[str, Any]) -> dict[str, Any]:
    return {name: settings[name] for name in ("format", "quality", "effort") if name in settings}


def _write(result: Result, output: Any, settings: dict[str, Any]) -> Any:
    if isinstance(output, (str, os.PathLike)):
        result.save(output, **_encoding(settings))
    else:
        output.write(result.bytes(**_encoding(settings)))
    return output


def _tell(result: Result, picture: Any) -> None:
    name = _name(picture) or "the picture"
    if not result.subject:
        reason = result.details.get("reason")
        _log.warning("%s: %s", name, reason or "nothing stands out in this picture; it may come out empty")
    for note in result.notes:
        _log.warning("%s: %s", name, note)
