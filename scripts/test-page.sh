#!/usr/bin/env bash
# Tries the server's web page in Chromium, without a window: against a stand-in for the server, which can be busy, slow or
# broken on demand, and against the server itself where $PEEL_PROGRAM names a peel program that has one.
#
# Usage: scripts/test-page.sh [NODE-TEST-OPTION...]
#
# Needs node 18 or newer and Chromium ($CHROMIUM, else chromium in the PATH), and fetches playwright-core into the cache.
# Where one of them cannot be had it says so and ends with status 0.

# shellcheck source-path=SCRIPTDIR
set -euo pipefail
scripts=$(dirname -- "${BASH_SOURCE[0]}")
source "$scripts/lib/common.sh"
source "$scripts/lib/npm.sh"

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
  print_help "$0"
  exit
fi

# skip TEXT
skip() {
  say page "skipped: $1"
  exit 0
}

playwright_version=1.64.1
playwright_integrity=sha512-BC4s8y6SEVA6Q1rSxZTto8hI1KUI3xXlHGZgvGqP4IqPdI/a6FX9H29IDNz7vKo9l21b6LfYosScPL6M3xxyDQ==
playwright=$cache/playwright-core-$playwright_version

# Installed by a rename, so that a killed run leaves no half of it.
ensure_playwright() {
  [[ ! -d $playwright ]] || return 0
  unreachable_lately playwright && skip 'playwright-core could not be fetched within the last hour'
  say page "fetching playwright-core $playwright_version"
  make_work_folder
  if ! npm_unpack "playwright-core@$playwright_version" "$playwright_integrity" "$work/playwright" --strip-components=1; then
    remember_unreachable playwright
    skip "${npm_problem//$'\n'/; }"
  fi
  mv "$work/playwright" "$playwright"
}

command -v node >/dev/null || skip 'there is no node'
node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' || skip "node $(node --version) is older than 18"
CHROMIUM=$(command -v "${CHROMIUM:-chromium}") || skip 'there is no Chromium'
ensure_playwright

export CHROMIUM PLAYWRIGHT=$playwright
# A file a core: Node itself keeps one core for itself.
printf '%s\0' "$root"/src/server/page/page_*test.mjs | xargs -0 --max-args=1 --max-procs="$(nproc)" node --test "$@"
