"""remove(), with rembg's arguments and arithmetic."""

from __future__ import annotations

import logging
import sys
from typing import Any

from .. import _peel, _pictures, _settings
from .._result import Result
from .session_factory import new_session
from .sessions import sessions, sessions_names_downloadable
from .sessions.base import BaseSession, _pictures_of, looks

_log = logging.getLogger("peel.rembg")


def remove(
    data: Any,
    alpha_matting: bool = False,
    alpha_matting_foreground_threshold: int = 240,
    alpha_matting_background_threshold: int = 10,
    alpha_matting_erode_size: int = 10,
    session: BaseSession | None = None,
    only_mask: bool = False,
    post_process_mask: bool = False,
    decontaminate: bool = False,
    vitmatte: bool = False,
    vitmatte_model: str | None = None,
    bgcolor: Any = None,
    force_return_bytes: bool = False,
    *args: Any,
    **kwargs: Any,
) -> Any:
    """The picture without its background: bytes (PNG) of bytes, a PIL image of one, an array of an array.

    Arguments are rembg's; keyword arguments it does not know are ignored. With ``putalpha=True`` the mask replaces the
    picture's alpha and every colour stays. ``cc`` and ``sam_prompt`` are of their models.

    :raises ValueError: for data of another kind, and for ViTMatte, which is not there
    """
    if vitmatte and not only_mask:
        raise ValueError("ViTMatte is not in peel.rembg: alpha_matting=True solves for hair and fur")
    if session is None:
        session = new_session(None, *args, **kwargs)
    putalpha = bool(kwargs.pop("putalpha", False)) and not only_mask
    made: dict[str, Any] = {"post_process_mask": bool(post_process_mask)}
    if only_mask:
        made["only_mask"] = True
    elif putalpha:
        made["putalpha"] = True
    if alpha_matting and not only_mask:
        made.update(
            alpha_matting=True,
            alpha_matting_foreground_threshold=_within(alpha_matting_foreground_threshold, 255),
            alpha_matting_background_threshold=_within(alpha_matting_background_threshold, 255),
            erode=_within(alpha_matting_erode_size, 1000),
        )
    if bgcolor is not None and not only_mask:
        made["bgcolor"] = [int(part) for part in bgcolor]
    source, wants = _read(data, force_return_bytes)
    clean = bool(decontaminate) and not (alpha_matting or only_mask or putalpha)
    if putalpha and wants == "pil":
        return _put_alpha(session, data, bgcolor, args, kwargs, bool(post_process_mask))
    if (alpha_matting or clean) and not (only_mask or putalpha):
        # Of the colours alone, as rembg does; grey pictures and palettes it does not solve for.
        grey = _channels(source) <= 2 or getattr(data, "mode", "") == "P"
        clean = clean or grey
        source = _colors(source)
    picture = _cut(session, data, source, made, clean, args, kwargs)._native_picture
    if "bgcolor" in made and _channels(picture) == 3:
        picture = _pictures.from_pil(_pictures.to_pil(picture).convert("RGBA"))  # opaque, and RGBA still
    if wants == "bytes":
        return picture.encode("remove", [("format", "png"), ("effort", "fast")])
    if wants == "pil":
        return _pictures.to_pil(picture)
    return _pictures.to_array(picture)


def _channels(picture: _peel.Picture) -> int:
    return (*_pictures.shape_of(picture), 1)[2]


def _within(value: Any, most: int) -> int:
    """rembg's callers write 270 for "nothing is above": so is 255."""
    return max(0, min(int(value), most))


def _read(data: Any, force_return_bytes: bool) -> tuple[_peel.Picture, str]:
    """The picture, and what its caller wants back."""
    if isinstance(data, (bytes, bytearray, memoryview)) and not getattr(data, "ndim", 1) > 1 or force_return_bytes:
        return _peel.decode(data, "remove", [("compat", "true")]), "bytes"
    if _pictures.is_pil(data):
        return _pictures.from_pil(_pictures_of(data)), "pil"
    if _pictures.is_array(data):
        if data.dtype.kind in "b":
            data = data.astype("uint8") * 255
        return _pictures.from_buffer(data), "array"
    raise ValueError(
        f"Input type {type(data)} is not supported. Try using force_return_bytes=True to force python bytes output"
    )


def _cut(
    session: BaseSession,
    data: Any,
    source: _peel.Picture,
    made: dict[str, Any],
    clean: bool,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Result:
    if type(session).predict is BaseSession.predict and not clean:
        settings = {**made, **looks(kwargs), "compat": True}
        result = session.remover.result(source, **settings)
        if not _unsolved(result) or "putalpha" in made:
            return result
    masks = _masks(session, data, source, args, kwargs)
    cutouts = [_by_mask(source, mask, made, clean) for mask in masks]
    if not cutouts:
        return Result((source, None, '{"subject": false, "notes": [], "timings_ms": {}}'))
    return cutouts[0] if len(cutouts) == 1 else _stacked(cutouts)


def _masks(
    session: BaseSession, data: Any, source: _peel.Picture, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> list[Any]:
    """By the session's own predict(), which is given a PIL image."""
    if _pictures.is_pil(data):
        from PIL import ImageOps

        image = ImageOps.exif_transpose(data)
    else:
        image = _pictures.to_pil(source)
    return list(session.predict(image, *args, **kwargs))


def _by_mask(source: _peel.Picture, mask: Any, made: dict[str, Any], clean: bool) -> Result:
    def applied(**changes: Any) -> Result:
        settings = {name: value for name, value in {**made, **changes}.items() if value is not None}
        given = _pictures.read(mask, "remove", {})
        return Result(_peel.apply_mask(source, given, _settings.pairs("remove", settings), None), settings)

    if not clean:
        result = applied(compat=True)
        if not _unsolved(result) or "putalpha" in made:
            return result
    # rembg's decontamination gives straight alpha.
    return applied(alpha_matting=None, decontaminate=True)


def _colors(source: _peel.Picture) -> _peel.Picture:
    """Without alpha, and in three channels."""
    if _channels(source) == 3:
        return source
    return _pictures.from_pil(_pictures.to_pil(source).convert("RGB"))


def _put_alpha(
    session: BaseSession, data: Any, bgcolor: Any, args: tuple[Any, ...], kwargs: dict[str, Any], smooth: bool
) -> Any:
    """Pillow's own putalpha(), whose mode follows the picture's (P becomes PA) and which refuses what has none."""
    from PIL import Image, ImageOps

    image = ImageOps.exif_transpose(data)
    image = image.copy() if image is data else image
    for mask in session.predict(image, *args, **kwargs):
        if smooth:
            grey = _pictures.from_pil(mask)
            made = _peel.apply_mask(grey, grey, [("only_mask", "true"), ("post_process_mask", "true")], None)
            mask = _pictures.to_pil(Result(made)._native_picture)
        image.putalpha(mask)
    if bgcolor is not None:
        image = Image.alpha_composite(Image.new("RGBA", image.size, tuple(bgcolor)), image)
    return image


def _unsolved(result: Result) -> bool:
    return any(note.startswith("no alpha matting") for note in result.notes)


def _stacked(cutouts: list[Result]) -> Result:
    """One below the other, as rembg puts the cut-outs of several masks."""
    from PIL import Image

    images = [each.pil() for each in cutouts]
    sheet = Image.new("RGBA", (images[0].width, sum(image.height for image in images)))
    top = 0
    for image in images:
        sheet.paste(image, (0, top))
        top += image.height
    return Result((_pictures.from_pil(sheet), None, '{"subject": true, "notes": [], "timings_ms": {}}'))


def download_models(models: tuple[str, ...] = ()) -> None:
    """Fetches these models, or all."""
    if not models:
        print("No models specified, downloading all models")
    for model in models or tuple(sessions_names_downloadable):
        session = sessions.get(model)
        if session is None:
            print(f"Error: no model found: {model}")
            sys.exit(1)
        print(f"Downloading model: {model}")
        try:
            session.download_models()
        except Exception as error:
            print(f"Error downloading model: {error}")


__all__ = ["BaseSession", "download_models", "new_session", "remove"]
