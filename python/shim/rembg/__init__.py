"""peel under rembg's name, for programs that cannot be changed."""

import importlib
import importlib.metadata
import sys

try:
    importlib.metadata.distribution("rembg")
except importlib.metadata.PackageNotFoundError:
    pass
else:
    raise ImportError(
        "peel-rembg and rembg are both installed, and both are `rembg`: remove one of them (pip uninstall rembg)"
    )

for _name in ("bg", "session_factory", "sessions", "sessions.base"):
    sys.modules[f"{__name__}.{_name}"] = importlib.import_module(f"peel.rembg.{_name}")

from peel.rembg import __version__, bg, new_session, remove, session_factory, sessions  # noqa: E402

__all__ = ["__version__", "bg", "new_session", "remove", "session_factory", "sessions"]
