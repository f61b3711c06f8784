"""Pictures of every kind in, and the same kind out. NumPy and Pillow are used where a caller has them, never loaded."""

from __future__ import annotations

import errno
import io
import os
import sys
from pathlib import Path
from typing import Any

from . import _peel, _settings
from ._errors import InputError, UsageError

# Numbers of peel.h's peel_format.
GRAY8, GRAY_ALPHA8, RGB8, BGR8, RGBA8, BGRA8, GRAY16, GRAY_ALPHA16, RGB16, RGBA16 = range(10)
_BY_CHANNELS = {1: (GRAY8, GRAY16), 2: (GRAY_ALPHA8, GRAY_ALPHA16), 3: (RGB8, RGB16), 4: (RGBA8, RGBA16)}
_PIL_FORMATS = {"L": GRAY8, "LA": GRAY_ALPHA8, "RGB": RGB8, "RGBA": RGBA8}
_PIL_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def shape_of(picture: _peel.Picture | memoryview) -> tuple[int, ...]:
    """Height, width and, unless it is grey, channels."""
    return tuple((picture if isinstance(picture, memoryview) else memoryview(picture)).shape or ())


def is_pil(picture: object) -> bool:
    module = sys.modules.get("PIL.Image")
    return module is not None and isinstance(picture, module.Image)


def is_array(picture: object) -> bool:
    module = sys.modules.get("numpy")
    return module is not None and isinstance(picture, module.ndarray)


def from_buffer(picture: object, order: str = "rgb", profile: bytes | None = None) -> _peel.Picture:
    """Pixels of any object with a buffer of height x width (x channels), 8 or 16 bits; shared where they are packed."""
    view = memoryview(picture)  # type: ignore[arg-type]
    shape = shape_of(view)
    if view.ndim not in (2, 3) or (view.ndim == 3 and not 1 <= shape[2] <= 4):
        raise UsageError(
            f"an array of {' x '.join(map(str, shape))}: pictures are height x width or height x width x 1 to 4"
        )
    kind = view.format.lstrip("@=<|")
    if kind == "?":
        return from_buffer(_as_bytes(view), order, profile)
    if kind not in ("B", "H") or (kind == "H" and view.format.startswith(">")):
        raise UsageError(f"an array of kind {view.format!r}: samples are uint8 or uint16", "convert it first")
    height, width = shape[:2]
    channels = shape[2] if view.ndim == 3 else 1
    formats = _BY_CHANNELS[channels]
    layout = formats[kind == "H"]
    if order == "bgr" and channels >= 3:
        if kind == "H":
            raise UsageError("16-bit arrays are taken in the order rgb alone", "turn the channels round: array[..., ::-1]")
        layout = BGR8 if channels == 3 else BGRA8
    pixel = view.itemsize * channels
    strides = view.strides
    packed_pixels = (
        strides is not None
        and (width == 1 or strides[1] == pixel)
        and (channels == 1 or view.ndim == 2 or strides[2] == view.itemsize)
    )
    if strides is None or not packed_pixels or abs(strides[0]) < pixel * width:
        # Reversed channels, every second column and the like: one copy puts them in order.
        return _peel.picture_from_buffer(view.tobytes(), width, height, pixel * width, layout, profile)
    stride = strides[0] if height > 1 else pixel * width
    return _peel.picture_from_buffer(picture, width, height, stride, layout, profile)


def _as_bytes(view: memoryview) -> object:
    """A mask of booleans as one of 0 and 255."""
    values = bytes(view).translate(bytes([0] + [255] * 255))
    return memoryview(values).cast("B", shape_of(view))


def from_pil(picture: Any) -> _peel.Picture:
    """As it is to be looked at: EXIF's orientation applied. One copy, as Pillow's rows are its own."""
    if picture.getexif().get(0x0112, 1) not in (0, 1):
        from PIL import ImageOps

        picture = ImageOps.exif_transpose(picture)
    mode = picture.mode
    profile = picture.info.get("icc_profile")
    if mode.startswith("I;16"):
        picture, layout = picture, GRAY16
        pixels = picture.tobytes("raw", "I;16N") if mode != "I;16" else picture.tobytes()
    else:
        if mode not in _PIL_FORMATS:
            transparent = mode in ("P", "PA", "RGBa", "La") and (mode != "P" or "transparency" in picture.info)
            picture = picture.convert("L" if mode in ("1", "I", "F") else "RGBA" if transparent else "RGB")
        layout = _PIL_FORMATS[picture.mode]
        pixels = picture.tobytes()
    width, height = picture.size
    return _peel.picture_from_buffer(pixels, width, height, len(pixels) // height, layout, profile)


def read(picture: Any, task: str, settings: dict[str, Any], order: str = "rgb") -> _peel.Picture:
    """Any picture, decoded."""
    if isinstance(picture, _peel.Picture):
        return picture
    native = getattr(picture, "_native_picture", None)
    if isinstance(native, _peel.Picture):
        return native
    reading = {name: value for name, value in settings.items() if name in ("max_pixels", "max_bytes", "pages", "compat")}
    pairs = _settings.pairs(task, _settings.part(task, reading))
    if isinstance(picture, (str, os.PathLike)):
        try:
            return _peel.load(picture, task, pairs)
        except InputError:
            if os.path.exists(picture):
                raise
            name = os.fspath(picture)
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name) from None
    if is_pil(picture):
        return from_pil(picture)
    if hasattr(picture, "read"):
        return _peel.decode(picture.read(), task, pairs)
    try:
        view = memoryview(picture)
    except TypeError:
        if hasattr(picture, "__array__"):
            import numpy

            return from_buffer(numpy.asarray(picture), order)
        raise TypeError(
            f"{type(picture).__name__} is no picture: give an array, a PIL image, bytes, a path or a file object"
        ) from None
    if view.ndim == 1:
        return _peel.decode(picture, task, pairs)
    return from_buffer(picture, order)


def to_array(picture: _peel.Picture, order: str = "rgb") -> Any:
    """Its pixels as a NumPy array, without a copy (in the order bgr: one)."""
    import numpy

    array = numpy.asarray(picture)
    if order == "bgr" and array.ndim == 3 and array.shape[2] >= 3:
        if array.dtype == numpy.uint16:
            return array[..., [2, 1, 0, 3][: array.shape[2]]]
        turned = numpy.empty_like(array)
        picture.copy_to(turned, BGR8 if array.shape[2] == 3 else BGRA8)
        return turned
    return array


def to_pil(picture: _peel.Picture, like: Any = None) -> Any:
    """As a PIL image that shares the pixels, until it is drawn on."""
    from PIL import Image

    view = memoryview(picture)
    height, width, channels = (*shape_of(view), 1)[:3]
    if view.itemsize == 2:
        if channels == 1:
            made = Image.frombytes("I;16", (width, height), view.tobytes())
        else:  # Pillow has no colours of 16 bits
            wide = memoryview(view.tobytes())
            made = Image.frombytes(_PIL_MODES[channels], (width, height), bytes(wide[1 if sys.byteorder == "little" else 0 :: 2]))
    else:
        mode = _PIL_MODES[channels]
        flat: Any = view.cast("B") if mode in ("L", "RGBA") else view.tobytes()  # others Pillow copies in any case
        made = Image.frombuffer(mode, (width, height), flat, "raw", mode, 0, 1)
    profile = picture.profile()
    if profile:
        made.info["icc_profile"] = profile
    if like is not None and "dpi" in like.info:
        made.info["dpi"] = like.info["dpi"]
    return made


def beside(source: str | os.PathLike[str], mark: str, ending: str) -> Path:
    """The name of an output beside its input: photo.out.png."""
    path = Path(source)
    return path.with_name(f"{path.stem}.{mark}{ending}")
