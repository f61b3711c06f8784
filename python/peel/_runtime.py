"""ONNX Runtime is a requirement of its own on PyPI: its wheel holds the shared library, which libpeel opens."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path


def find() -> None:
    """Names the library of the installed package, if nobody has named another and none stands beside libpeel."""
    if os.environ.get("PEEL_ONNXRUNTIME") or not (Path(__file__).parent / "_wheel").exists():
        return
    spec = importlib.util.find_spec("onnxruntime")
    for folder in spec.submodule_search_locations or [] if spec else []:
        found = sorted(Path(folder, "capi").glob("libonnxruntime.so*"))
        if found:
            os.environ["PEEL_ONNXRUNTIME"] = str(found[-1])
            return
