#!/usr/bin/env bash
# The Python package's tests, by a Python that has pytest, NumPy and Pillow: tests/run.sh BUILD-FOLDER PYTHON [PYTEST-OPTION...].
# $PEEL_TEST_PYTHON names another; with $PEEL_TEST_ALL that of the real rembg, which is then compared with, is preferred
# (minutes). Returns 77, which is skipped, where there is none.
set -euo pipefail
build=$1 python=$2
shift 2
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
candidates=("$python" /usr/bin/python3)
rembg=${XDG_CACHE_HOME:-$HOME/.cache}/peel/rembg/bin/python
[[ -z ${PEEL_TEST_ALL-} ]] || candidates=("$rembg" "${candidates[@]}")
[[ -z ${PEEL_TEST_PYTHON-} ]] || candidates=("$PEEL_TEST_PYTHON")
for each in "${candidates[@]}"; do
  if [[ -x $(command -v "$each") ]] && "$each" -c 'import pytest, numpy, PIL' 2>/dev/null; then
    found=$each
    break
  fi
done
if [[ -z ${found-} ]]; then
  echo "skipped: no Python with pytest, NumPy and Pillow; name one in PEEL_TEST_PYTHON"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$build/tests/write_stand_in" "$work/stand-in.onnx"
cd "$work"
PYTHONPATH=$build/python PYTHONDONTWRITEBYTECODE=1 PEEL_TEST_MODEL=$work/stand-in.onnx PEEL_HELPERS=$build/lib/peel \
  "$found" -m pytest -q -p no:cacheprovider -p no:anyio "$@" "$here"

# Older ones know no buffers.
if "$found" -c 'from mypy.version import __version__ as v; assert tuple(map(int, v.split(".")[:2])) >= (1, 8)' 2>/dev/null; then
  cd "$here/.." && "$found" -m mypy --strict --cache-dir="$work/mypy" peel
fi
