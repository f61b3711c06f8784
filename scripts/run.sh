#!/usr/bin/env bash
# Runs peel with the arguments given, after installing, building and fetching whatever is missing for it.
#
# Usage: scripts/run.sh ARGUMENT...      for example: scripts/run.sh remove photo.jpg -o cutout.png
#
# scripts/setup.sh --help says what is installed and where. With nothing to do that takes a few hundredths of a second
# and prints nothing. Paths are relative to the folder you are in. `scripts/run.sh --help` is peel's own help.

set -euo pipefail
scripts=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
# Standard input and output belong to peel alone.
"$scripts/setup.sh" </dev/null >&2
exec "$scripts/../build/release/bin/peel" "$@"
