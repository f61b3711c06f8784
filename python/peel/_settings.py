"""Settings as Python writes them, in the words of peel's catalogue of options."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from . import _peel
from ._errors import UsageError


@lru_cache(maxsize=None)
def catalogue(task: str) -> dict[str, dict[str, Any]]:
    """All settings of a task by name, with kind, limits, words and help."""
    return {each["name"].replace("-", "_"): each for each in json.loads(_peel.options(task))}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, os.PathLike):
        return os.fsdecode(value)
    if isinstance(value, Mapping):
        return json.dumps(value)
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ",".join(_text(each) for each in value)
    return str(value)


def _color(value: object) -> object:
    """Three numbers are an opaque colour; rembg's option takes four."""
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes)):
        parts = list(value)
        if len(parts) == 3:
            parts.append(255)
        return parts
    return value


def pairs(task: str, settings: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Settings as the module takes them. None stands for one that is not given."""
    known = catalogue(task)
    made: list[tuple[str, Any]] = []
    for name, value in settings.items():
        if value is None:
            continue
        if isinstance(value, _peel.Picture):
            made.append((name, value))
            continue
        if name == "bgcolor":
            value = _color(value)
        option = known.get(name.replace("-", "_"), {})
        listed = isinstance(value, Iterable) and not isinstance(value, (str, Mapping, os.PathLike))
        if option.get("repeats") and listed:
            if option["kind"] == "prompts" and any(isinstance(each, Mapping) for each in value):
                made.append((name, json.dumps(list(value))))
            else:
                made.extend((name, _text(each)) for each in value)
        elif option.get("kind") == "integer" and isinstance(value, bool) and "without" not in option:
            raise UsageError(f"{name} {value}: not a whole number", option.get("help", ""))
        else:
            made.append((name, _text(value)))
    return made


def part(task: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Those that another task has too."""
    known = catalogue(task)
    return {name: value for name, value in settings.items() if name.replace("-", "_") in known}
