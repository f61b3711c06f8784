"""python -m peel: the program."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from . import _runtime


def program() -> str | None:
    """That of this package, else that of the build it is from, else the one installed."""
    given = os.environ.get("PEEL_PROGRAM")
    here = Path(__file__).absolute().parent
    for file in (Path(given) if given else None, here / "bin" / "peel", here.parent.parent / "bin" / "peel"):
        if file is not None and os.access(file, os.X_OK):
            return str(file)
    return shutil.which("peel")


def main() -> int:
    _runtime.find()
    found = program()
    if found is None:
        print("peel: the program is not part of this installation; name it in PEEL_PROGRAM", file=sys.stderr)
        return 7
    os.execv(found, ["peel", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
