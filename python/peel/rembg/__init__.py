"""rembg's module, call for call, in rembg's arithmetic: change ``import rembg`` to ``import peel.rembg as rembg``.

What is the same: names, arguments and their order, kinds of data in and out, masks and cut-outs. What is not: it is
faster; ``new_session()`` without a name takes bria-rmbg where that is installed (rembg's default, which may not be used
commercially) and peel's own default where it is not; ViTMatte and the cloud sessions are not there.

``precision`` and device are peel's choice. ``new_session(..., precision="fp32")``, or PEEL_EXACT=1 in the environment,
gives the numbers rembg has.
"""

from __future__ import annotations

from .. import __version__
from .bg import remove
from .session_factory import new_session

__all__ = ["__version__", "new_session", "remove"]
