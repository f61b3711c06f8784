#!/usr/bin/env bash
# Names the Debian packages that an installed peel needs to run, one a line: those of the shared libraries its own files
# name, and what it opens besides. An image installs them, and apt what they need in turn; so no list has to be kept.
#
# Usage: packaging/runtime-packages.sh PREFIX      for example: packaging/runtime-packages.sh /opt/peel
#
# On the machine where it was built, or another with the same libraries.

set -euo pipefail
prefix=${1:?usage: packaging/runtime-packages.sh PREFIX}

# needed FILE: the libraries it names, each as the file the loader takes. Those of the prefix come with it.
needed() {
  local names
  names=$(objdump -p "$1" | sed -n 's/^ *NEEDED *//p')
  # ldd lists what those need as well; a GPU provider's that are not installed are "not found".
  ldd "$1" | sed -n 's/^\t\(.*\) => \(\/[^ ]*\) .*/\1 \2/p' | grep -F -w -f <(printf '%s\n' "$names") | cut -d' ' -f2 |
    grep -v "^$prefix/" || true
}

# package_of FILE: dpkg knows a library by the way it was packed, under /lib or /usr/lib, which are one folder.
package_of() {
  local real=${1#/usr}
  dpkg -S "$real" 2>/dev/null || dpkg -S "/usr$real" 2>/dev/null || dpkg -S "$(realpath "$1")"
}

{
  find "$prefix" -type f \( -perm -100 -o -name '*.so*' \) -print0 | while IFS= read -r -d '' file; do
    if [[ $(head -c 4 "$file" | tr -d '\0') == $'\x7fELF' ]]; then needed "$file"; fi
  done | sort -u | while IFS= read -r library; do
    package_of "$library"
  done | sed 's/:.*//'
  # To check whom it fetches models and pictures from.
  echo ca-certificates
} | sort -u
