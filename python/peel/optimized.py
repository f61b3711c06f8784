"""The program peel grew from, by its names: a remover tuned for speed, and what the machine offers it.

>>> from peel.optimized import OptimizedBackgroundRemover, GPU_AVAILABLE, TENSORRT_AVAILABLE, available_providers
>>> remover = OptimizedBackgroundRemover(model_name="silueta", max_size=640)
>>> page = remover.remove_background(picture)

``max_size`` is the working size where a model leaves a choice; the result always has the picture's own size and pixels.
``python -m peel.optimized --input-dir DIR --output-dir DIR --num-samples 10`` is its test script.
"""

from __future__ import annotations

import argparse
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

from . import info, models
from ._remover import Remover

_SPELLINGS = {
    "tensorrt": "TensorrtExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "webgpu": "WebGpuExecutionProvider",
    "cpu": "CPUExecutionProvider",
}


@lru_cache(maxsize=None)
def _machine() -> tuple[str, ...]:
    """Providers that work here, tried for real, the fastest first."""
    return tuple(_SPELLINGS[each["name"]] for each in info()["providers"] if each["usable"] and each["name"] in _SPELLINGS)


def __getattr__(name: str) -> Any:
    # Found out when they are asked for: where there is a GPU it takes seconds.
    if name == "available_providers":
        return list(_machine())
    if name == "GPU_AVAILABLE":
        return "CUDAExecutionProvider" in _machine()
    if name == "TENSORRT_AVAILABLE":
        return "TensorrtExecutionProvider" in _machine()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class OptimizedBackgroundRemover:
    """Takes backgrounds off pictures with the fastest of what the machine offers.

    Pictures may be all that :class:`peel.Remover` takes, and come back as the same kind.
    """

    def __init__(
        self,
        model_name: str = "silueta",
        max_size: int = 640,
        alpha_matting: bool = False,
        use_gpu: bool = True,
        use_tensorrt: bool = True,
        use_int8: bool = False,
    ) -> None:
        self.model_name = model_name
        self.max_size = max_size
        self.alpha_matting = alpha_matting
        self.use_gpu = use_gpu
        self.use_tensorrt = use_tensorrt
        self.use_int8 = use_int8
        self.remover = Remover(**self._settings())

    def _settings(self) -> dict[str, Any]:
        providers = self._configure_onnx_providers()
        device = "auto"
        if not self.use_gpu:
            device = "cpu"
        elif not self.use_tensorrt and "CUDAExecutionProvider" in providers:
            device = "cuda"
        return {
            "model": self.model_name.removesuffix("_int8"),
            "max_size": self.max_size,
            "alpha_matting": self.alpha_matting,
            "device": device,
            "precision": "int8" if self.use_int8 or self.model_name.endswith("_int8") else None,
        }

    def _configure_onnx_providers(self) -> list[str]:
        """Providers that would be tried, the first that works being used, in ONNX Runtime's spelling."""
        wanted = []
        if self.use_gpu and self.use_tensorrt:
            wanted.append("TensorrtExecutionProvider")
        if self.use_gpu:
            wanted.append("CUDAExecutionProvider")
        usable = _machine() if wanted else ()
        return [name for name in wanted if name in usable] + ["CPUExecutionProvider"]

    def _get_model_name(self) -> str:
        """With _int8 at its end where that form of the model is there and wanted; else FP32 is taken."""
        if not self.use_int8:
            return self.model_name
        for each in models():
            if each["name"] == self.model_name and (each["int8"] or {}).get("state") in ("ready", "unproven"):
                return f"{self.model_name}_int8"
        return self.model_name

    def _get_provider_info(self) -> dict[str, Any]:
        """What is there and what is used."""
        return {
            "gpu_available": "CUDAExecutionProvider" in _machine(),
            "tensorrt_available": "TensorrtExecutionProvider" in _machine(),
            "available_providers": list(_machine()),
            "configured_providers": self._configure_onnx_providers(),
            "provider": self.remover.provider,
            "precision": self.remover.info["precision"],
        }

    def remove_background(self, picture: Any, **settings: Any) -> Any:
        """The cut-out: :meth:`peel.Remover.remove`. ``background="white"`` lays it on white, as the original did."""
        return self.remover.remove(picture, **settings)

    remove = remove_background
    __call__ = remove_background

    def __repr__(self) -> str:
        return f"<OptimizedBackgroundRemover {self.remover!r}>"


def main(arguments: list[str] | None = None) -> int:
    """Compares configurations on a folder of pictures: `peel bench` by the names of the original's script."""
    from . import __main__

    parser = argparse.ArgumentParser(prog="test_optimized_rembg.py", description=main.__doc__)
    parser.add_argument("--input-dir", required=True, type=Path)
    parser.add_argument("--output-dir", required=True, type=Path)
    parser.add_argument("--num-samples", type=int, default=10)
    parser.add_argument("--model", default="silueta", help="(silueta)")
    given = parser.parse_args(arguments)
    program = ["bench", "--input-dir", str(given.input_dir), "--output-dir", str(given.output_dir)]
    program += ["--num-samples", str(given.num_samples), "--models", given.model]
    sys.argv = ["peel", *program]
    return __main__.main()


if __name__ == "__main__":
    sys.exit(main())
