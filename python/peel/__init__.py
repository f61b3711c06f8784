"""peel takes the background off any picture, and turns a photographed page into a flat one.

>>> import peel
>>> cutout = peel.remove(picture)              # NumPy array, PIL image, bytes, path or file object: the same kind out
>>> remover = peel.Remover(model="u2netp")     # a model, loaded once
>>> for result in remover.map(paths):          # every core busy
...     result.save(...)

Settings are the program's options by name, with _ for -; ``peel.options()`` lists them. ``peel.rembg`` is rembg's module
call for call. Messages go to ``logging.getLogger("peel")``.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from typing import Any

from . import _errors, _peel, _runtime, _settings
from ._errors import (
    Cancelled,
    DeviceError,
    Error,
    InputError,
    InternalError,
    ModelError,
    OutputError,
    UsageError,
)
from ._remover import Applied, Remover, Scanner
from ._result import Result

__version__: str = _peel.version()
__all__ = [
    "Cancelled",
    "DeviceError",
    "Error",
    "InputError",
    "InternalError",
    "ModelError",
    "OutputError",
    "Remover",
    "Result",
    "Scanner",
    "UsageError",
    "apply_mask",
    "apply_trimap",
    "download",
    "info",
    "models",
    "options",
    "quantize",
    "remove",
    "remove_async",
    "scan",
]

_runtime.find()
_peel.set_errors(_errors.make)

_logger = logging.getLogger("peel")
_logger.addHandler(logging.NullHandler())
_LEVELS = {0: logging.DEBUG, 1: logging.INFO, 2: logging.INFO, 3: logging.WARNING}


def _log(level: int, message: str) -> None:
    _logger.log(_LEVELS.get(level, logging.INFO), "%s", message)


_peel.set_log(_log)

_kept: dict[tuple[Any, ...], Any] = {}
_kept_lock = threading.Lock()
os.register_at_fork(after_in_child=lambda: globals().__setitem__("_kept_lock", threading.Lock()))


def _shared(kind: Any, settings: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """A remover or scanner for these settings, kept for the next call; and what of them is of the picture."""
    known = _settings.catalogue(kind._TASK)
    own: dict[str, Any] = {}
    rest: dict[str, Any] = {}
    for name, value in settings.items():
        of_model = known.get(name.replace("-", "_"), {}).get("of") == "model"
        (own if of_model else rest)[name] = value
    key = (kind, *sorted((name, str(value)) for name, value in own.items() if value is not None))
    with _kept_lock:
        if key not in _kept:
            if len(_kept) >= 4:  # models take memory
                _kept.pop(next(iter(_kept)))
            _kept[key] = kind(**own)
        return _kept[key], rest


def remove(picture: Any, *, order: str = "rgb", output: Any = None, **settings: Any) -> Any:
    """The picture without its background, of the picture's own kind: see :meth:`Remover.remove`.

    The model is loaded by the first call, and kept.
    """
    remover, rest = _shared(Remover, settings)
    return remover.remove(picture, order=order, output=output, **rest)


async def remove_async(picture: Any, *, order: str = "rgb", output: Any = None, **settings: Any) -> Any:
    """The same without holding up the event loop."""
    import asyncio

    loop = asyncio.get_running_loop()
    remover, rest = await loop.run_in_executor(None, lambda: _shared(Remover, settings))
    return await remover.remove_async(picture, order=order, output=output, **rest)


def scan(picture: Any, *, order: str = "rgb", output: Any = None, **settings: Any) -> Any:
    """A photographed page, flat, of the picture's own kind; None where none was found: see :meth:`Scanner.scan`."""
    scanner, rest = _shared(Scanner, settings)
    return scanner.scan(picture, order=order, output=output, **rest)


def apply_mask(picture: Any, mask: Any, *, order: str = "rgb", output: Any = None, **settings: Any) -> Any:
    """A cut-out by a mask from anywhere (grey, or the alpha of a picture that has it), stretched over the picture.

    Of the picture's own kind, as :meth:`Remover.remove` has it; without a model.
    """
    return Applied(mask, False)._same_kind(picture, settings, order, output)


def apply_trimap(picture: Any, trimap: Any, *, order: str = "rgb", output: Any = None, **settings: Any) -> Any:
    """The same by a trimap: white is the subject, black is not, and what is grey is solved for."""
    return Applied(trimap, True)._same_kind(picture, settings, order, output)


def quantize(model: str | os.PathLike[str] = "auto", *, calibration: str | os.PathLike[str], **settings: Any) -> dict[str, Any]:
    """Makes the INT8 form of a model, by a folder of pictures, and judges it: what `peel quantize --json` prints."""
    pairs = _settings.pairs("quantize", {"model": model, "calibration": calibration, **settings})
    return dict(json.loads(_peel.quantize(pairs, None)))


def info() -> dict[str, Any]:
    """What can run here: processor, runtimes, devices (tried for real) and installed models."""
    return dict(json.loads(_peel.info()))


def models() -> list[dict[str, Any]]:
    """The models there are: name, summary, licence, whether it is installed, its path ..."""
    return list(json.loads(_peel.models())["models"])


def download(model: str) -> str:
    """Fetches a model where it is not there, checked. Its path."""
    return str(_peel.download(model, None))


def options(task: str = "remove") -> dict[str, dict[str, Any]]:
    """The settings of "remove", "folder", "scan" or "quantize": kind, limits, words, default and help of each."""
    return {name: dict(each) for name, each in _settings.catalogue(task).items()}
