#!/usr/bin/env bash
# scripts/option-places.sh [FOLDER]: how many files of a checkout outside the catalogue (src/options) tell of an option:
# its limit, default, help, or a copy of its field. An option is told once; other files only use it, those that
# tests/option_places.txt names by themselves or by their folder. With --check: whether there are any others.
set -euo pipefail

check=
if [[ ${1-} == --check ]]; then
  check=1
  shift
fi
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
list=$root/tests/option_places.txt
cd -- "${1-$root}"

all=0
status=0
while read -r name words allowed; do
  [[ -z $name || $name == '#' ]] && continue
  mapfile -t files < <(grep -rlwE --include='*.cpp' --include='*.hpp' --include='*.json' --exclude='*_test*' \
    --exclude='*_bench*' --exclude-dir=options -e "$words" src apps include | sort)
  printf '%-18s %3d\n' "$name" "${#files[@]}"
  all=$((all + ${#files[@]}))
  for file in "${files[@]}"; do
    if [[ $check && " $allowed " != *" $file "* && " $allowed " != *" ${file%/*} "* ]]; then
      printf '%s tells of %s: a row of src/options does\n' "$file" "$name" >&2
      status=1
    fi
  done
done <"$list"
printf '%-18s %3d\n' 'all' "$all"
exit "$status"
