"""Sessions by name."""

from __future__ import annotations

import os
from typing import Any

from .. import models
from .sessions import CLOUD, sessions
from .sessions.base import BaseSession

_DEFAULT = "bria-rmbg"


def _default() -> str:
    """rembg's default where it is installed: a gigabyte, not for commercial use, is not fetched unasked."""
    installed = any(each["name"] == _DEFAULT and each["installed"] for each in models())
    return _DEFAULT if installed else "auto"


def new_session(model_name: str | None = None, *args: Any, sess_opts: Any = None, **kwargs: Any) -> BaseSession:
    """A session: a model, loaded.

    :param model_name: one of rembg's names; without, see ``peel.rembg``
    :param sess_opts: anything with ``intra_op_num_threads``; else OMP_NUM_THREADS counts
    :param providers: ONNX Runtime's names of devices, or pairs of name and options; the first that peel knows is taken
    :param precision: "fp32" for rembg's own numbers, "fp16", "int8", "auto"
    :param model_path: of u2net_custom, dis_custom and ben_custom
    :raises ValueError: for an unknown name
    """
    name = model_name or _default()
    if name in CLOUD:
        raise ValueError(f"{name} sends pictures to somebody else's computer with a key: peel works on this one alone")
    kind = sessions.get(name)
    if kind is None and name == "auto":
        kind = BaseSession
    if kind is None:
        raise ValueError(f"No session class found for model '{name}'")
    if sess_opts is None and os.environ.get("OMP_NUM_THREADS", "").isdigit():
        kwargs.setdefault("threads", int(os.environ["OMP_NUM_THREADS"]))
    return kind(name, sess_opts, *args, **kwargs)
