"""rembg's session classes: one a model of peel's."""

from __future__ import annotations

from typing import Any

from ... import models
from .base import BaseSession

#: Names of rembg's that work elsewhere than on this machine.
CLOUD = ("withoutbg", "atlascloud")

#: Of these rembg's classes have names that programs import.
_CLASSES = {
    "u2net": "U2netSession",
    "u2netp": "U2netpSession",
    "u2net_human_seg": "U2netHumanSegSession",
    "u2net_cloth_seg": "Unet2ClothSession",
    "silueta": "SiluetaSession",
    "isnet-general-use": "DisSession",
    "sam": "SamSession",
    "u2net_custom": "U2netCustomSession",
    "dis_custom": "DisCustomSession",
    "ben_custom": "BenCustomSession",
    "bria-rmbg": "BriaRmBgSession",
}


def _class_for(model: str) -> type[BaseSession]:
    words = model.replace("_", "-").split("-")
    name = _CLASSES.get(model, "".join(word.capitalize() for word in words) + "Session")
    body: dict[str, Any] = {"_model": model, "__module__": __name__, "__doc__": f"The model {model}."}
    return type(name, (BaseSession,), body)


_names = [each["name"] for each in models()]
if "birefnet-general-fp16" not in _names:
    _names.append("birefnet-general-fp16")
sessions: dict[str, type[BaseSession]] = {name: _class_for(name) for name in _names}
sessions_names = list(sessions)
sessions_class = list(sessions.values())
sessions_names_no_credentials = list(sessions)
sessions_names_downloadable = [name for name in sessions if not name.endswith("_custom")]
for _each in sessions_class:
    globals().setdefault(_each.__name__, _each)
