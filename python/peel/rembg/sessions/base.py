"""What every session is."""

from __future__ import annotations

import os
from typing import Any

from ... import _pictures, _settings, download
from ..._remover import Remover

_DEVICES = {
    "CPUExecutionProvider": {"device": "cpu"},
    "CUDAExecutionProvider": {"device": "cuda"},
    "TensorrtExecutionProvider": {"device": "tensorrt"},
    "NvTensorRTRTXExecutionProvider": {"device": "tensorrt"},
    "WebGpuExecutionProvider": {"device": "webgpu"},
    "OpenVINOExecutionProvider": {"engine": "openvino"},
}
_PROVIDERS = {
    "cpu": ["CPUExecutionProvider"],
    "cuda": ["CUDAExecutionProvider", "CPUExecutionProvider"],
    "tensorrt": ["TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"],
    "webgpu": ["WebGpuExecutionProvider", "CPUExecutionProvider"],
}


class InnerSession:
    """What programs ask of the ONNX Runtime session inside: where it really runs."""

    def __init__(self, remover: Remover) -> None:
        self._remover = remover

    def get_providers(self) -> list[str]:
        info = self._remover.info
        if info.get("engine") == "openvino":
            return ["OpenVINOExecutionProvider", "CPUExecutionProvider"]
        return list(_PROVIDERS.get(info["provider"], ["CPUExecutionProvider"]))


def _settings_of(model: str, sess_opts: Any, providers: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
    known = _settings.catalogue("remove")
    settings: dict[str, Any] = {"model": model}
    if model == "birefnet-general-fp16" and "precision" not in kwargs:
        settings.update(model="birefnet-general", precision="fp16")
    threads = getattr(sess_opts, "intra_op_num_threads", 0) or kwargs.get("threads") or 0
    if threads:
        settings["threads"] = threads
    for provider in providers if isinstance(providers, (list, tuple)) else []:
        name = provider[0] if isinstance(provider, (list, tuple)) else provider
        chosen = {key: value for key, value in _DEVICES.get(str(name), {}).items() if key in known}
        if chosen:
            settings.update(chosen)
            break
    if kwargs.get("precision"):
        settings["precision"] = kwargs["precision"]
    if settings.get("precision", "auto") == "auto" and os.environ.get("PEEL_EXACT", "") not in ("", "0"):
        settings["precision"] = "fp32"
    if settings.get("precision") == "fp32" and "engine" in known and "engine" not in settings:
        settings["engine"] = "onnxruntime"
    if kwargs.get("model_path"):
        settings["extras"] = {"model_path": os.fspath(kwargs["model_path"])}
    return settings


class BaseSession:
    """A model, loaded. Subclasses may override :meth:`predict`; they are called with the PIL image then."""

    _model = ""

    def __init__(self, model_name: str = "", sess_opts: Any = None, *args: Any, **kwargs: Any) -> None:
        self.model_name = model_name or self.name()
        self.remover = Remover(**_settings_of(self.model_name, sess_opts, kwargs.pop("providers", None), kwargs))
        self.inner_session = InnerSession(self.remover)

    def predict(self, img: Any, *args: Any, **kwargs: Any) -> list[Any]:
        """Masks (PIL, mode L) of the picture's size: one, but of u2net_cloth_seg up to three."""
        height = img.size[1]
        result = self.remover.result(_pictures_of(img), compat=True, only_mask=True, **looks(kwargs))
        mask = _pictures.to_pil(result._native_picture)
        return [mask.crop((0, top, mask.width, top + height)) for top in range(0, mask.height, height)]

    @classmethod
    def name(cls, *args: Any, **kwargs: Any) -> str:
        return cls._model or cls.__name__

    @classmethod
    def download_models(cls, *args: Any, **kwargs: Any) -> str:
        """Fetches the model where it is not there; its path."""
        if kwargs.get("model_path"):
            return str(os.fspath(kwargs["model_path"]))
        name = cls.name()
        return download("birefnet-general" if name == "birefnet-general-fp16" else name)

    @classmethod
    def is_local(cls) -> bool:
        return True

    @classmethod
    def requires_credentials(cls) -> bool:
        return False

    @classmethod
    def u2net_home(cls, *args: Any, **kwargs: Any) -> str:
        from ... import models

        return str(os.path.dirname(models()[0]["path"]))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.remover!r}>"


def looks(kwargs: dict[str, Any]) -> dict[str, Any]:
    """What of rembg's free keyword arguments says what to look for."""
    extras = {name: kwargs[name] for name in ("cc", "cloth_category", "sam_prompt") if kwargs.get(name)}
    return {"extras": extras} if extras else {}


def _pictures_of(img: Any) -> Any:
    """Modes that rembg takes by Pillow's own conversion."""
    if img.mode in ("L", "LA", "RGB", "RGBA", "P"):
        return img
    return img.convert("L" if img.mode == "1" else "RGB")
