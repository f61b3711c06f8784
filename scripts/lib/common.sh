# shellcheck shell=bash
# What every script shares: where things are, and how a step reports itself. All of it goes to standard error, because
# `scripts/run.sh remove photo.jpg -o -` writes a picture to standard output.

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
# shellcheck disable=SC2034  # not every script builds
build=$root/build/release
cache=${XDG_CACHE_HOME:-${HOME:?HOME is not set}/.cache}/peel
onnxruntime_version=1.29.0
# Of the shape of an official release: include/ and lib/.
# shellcheck disable=SC2034
onnxruntime_root=${ONNXRUNTIME_ROOT:-$cache/onnxruntime-$onnxruntime_version}
openvino_version=2026.4.1
# shellcheck disable=SC2034
openvino_root=${OPENVINO_ROOT:-$cache/openvino-$openvino_version}

bold='' red='' plain=''
if [[ -t 2 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
  bold=$'\e[1m' red=$'\e[31m' plain=$'\e[0m'
fi

# say WHAT TEXT...: one line about a step.
say() { printf '%s%s:%s %s\n' "$bold" "$1" "$plain" "${*:2}" >&2; }

# warn WHAT TEXT...: the same for something that is missing but can be done without.
warn() { printf '%s%s: warning:%s %s\n' "$bold" "$1" "$plain" "${*:2}" >&2; }

# die TEXT [HINT]: what went wrong, what to do about it (any number of lines), and out.
die() {
  printf '%serror:%s %s\n' "$red" "$plain" "$1" >&2
  [[ -z ${2:-} ]] || printf '       %s\n' "${2//$'\n'/$'\n'       }" >&2
  exit 1
}

# print_help FILE: the comment at a script's head, which is its manual.
print_help() { sed -n '2,/^$/{s/^# \{0,1\}//p}' "$1"; }

# make_work_folder: $work, a folder for half-finished things in the cache (so that a rename out of it is atomic), removed
# however the script ends.
work=''
make_work_folder() {
  [[ -z $work ]] || return 0
  mkdir -p "$cache" || die "cannot create $cache" "Make it writable, or set XDG_CACHE_HOME to a folder that is."
  # What a killed run could not remove itself.
  find "$cache" -maxdepth 1 -name '.partial.*' -mmin +1440 -exec rm -rf {} +
  trap 'rm -rf "$work"' EXIT
  work=$(mktemp -d "$cache/.partial.XXXXXX") || die "cannot write to $cache" "Make it writable, or set XDG_CACHE_HOME."
}

# take_lock FILE TEXT: waits until no other script of ours holds FILE; held until this script ends.
take_lock() {
  local handle
  mkdir -p "$(dirname "$1")"
  exec {handle}>"$1"
  flock --nonblock "$handle" && return
  say waiting "$2"
  flock "$handle"
}

# What npm and apt-get say where there is no way to a registry, or nobody at its end.
no_network='EAI_AGAIN|ENOTFOUND|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|timeout|could not resolve'
no_network+='|temporary failure|unable to connect|could not connect'

# hint_from TEXT FOLDER: what to do about a download or an installation that failed, judged by what the tool printed and
# by the room left where it writes.
hint_from() {
  local left
  left=$(df --output=avail "$2" | tail -n 1)
  if ((left < 50000)) || grep -qiE 'ENOSPC|no space left|enough free space' <<<"$1"; then
    echo "The disk is full: $2 has $((left / 1000)) MB left."
  elif grep -qiE "$no_network" <<<"$1"; then
    echo 'The registry does not answer: check the network and, behind a proxy, https_proxy; then run this again.'
  elif grep -qE 'E404|ETARGET|E401|E403' <<<"$1"; then
    echo 'The registry of your npm configuration does not have it (npm config get registry).'
  else
    grep -vE '^ *$|complete log of this run' <<<"$1" | tail -n 5
  fi
}

# unreachable_lately NAME / remember_unreachable NAME: so that a source which cannot be reached is not asked at every run,
# but again after an hour.
unreachable_lately() { [[ -n $(find "$root/build/unreachable-$1" -mmin -60 2>/dev/null) ]]; }
remember_unreachable() { mkdir -p "$root/build" && touch "$root/build/unreachable-$1"; }
