#!/usr/bin/env bash
# Measures `peel serve` on this machine against `peel folder` with the same pictures, and under light and heavy load.
#
# Usage: scripts/benchmark-server.sh [--model NAME|FILE] [--pictures FOLDER] [--seconds N] [--as-is] [-- OPTION...]
#
#   --model NAME|FILE   default: u2netp
#   --pictures FOLDER   default: the samples of set-up
#   --seconds N         of each run (30); the first answers of a run count too, so it should not be short
#   --as-is             measure what is built, without set-up
#   OPTION...           for both commands, for example: -- --device cuda --batch 8
#
# One table on standard output, in Markdown: requests one after another, as many as can be done (twice as many clients as
# workers), a third of that at fixed times, and more clients than the queue has places for. The server is on this
# machine, and so is its client (peel-load). Nothing else should run meanwhile.

# shellcheck source-path=SCRIPTDIR
set -euo pipefail
scripts=$(dirname -- "${BASH_SOURCE[0]}")
source "$scripts/lib/common.sh"
source "$scripts/lib/build.sh"
source "$scripts/lib/model.sh"

model=u2netp pictures='' seconds=30 as_is=0 options=()
while (($#)); do
  case $1 in
    --model) model=${2:?--model needs a name} && shift ;;
    --pictures) pictures=${2:?--pictures needs a folder} && shift ;;
    --seconds) seconds=${2:?--seconds needs a number} && shift ;;
    --as-is) as_is=1 ;;
    --) options=("${@:2}") && break ;;
    -h | --help) print_help "$0" && exit ;;
    *) die "unknown option $1" "scripts/benchmark-server.sh --help" ;;
  esac
  shift
done

load=$build/tools/load/peel-load
if ((as_is == 0)); then
  "$scripts/setup.sh" --tests
  build release peel_program peel-load
  [[ $model == *.onnx ]] || ensure_model "$model"
fi
[[ -x $peel && -x $load ]] || die "peel and peel-load are not built" 'Run it without --as-is.'
pictures=${pictures:-$root/samples}
[[ -d $pictures ]] || die "there is no folder $pictures" 'Name one with --pictures.'

server=''
clean_up() {
  [[ -z $server ]] || kill "$server" 2>/dev/null || true
  rm -rf "$work"
}
make_work_folder
trap clean_up EXIT

# As the server counts them, but for hardware threads that share a core.
cores=$(nproc)
workers=$((cores + (cores > 1 ? cores / 2 : 1)))
queue=$((4 * workers))

# calculate EXPRESSION: awk's arithmetic, to two digits.
calculate() { awk "BEGIN { printf \"%.2f\", $1 }"; }

# number FILE SECTION NAME: the first member NAME at or after SECTION, of JSON with a member a line; 0 where there is none.
number() {
  sed -n "/\"$2\"/,\$p" "$1" | sed -n "s/^ *\"$3\": *\([0-9.e+-]*\),\{0,1\}$/\1/p" | head -n 1 | grep . || echo 0
}

# run NAME OPTION...: a run of peel-load, its JSON in $work/NAME.json.
run() {
  say "$1" "$seconds s"
  "$load" "$address" "$work/pictures" --seconds "$seconds" --pid "$server" --json "${@:2}" >"$work/$1.json" ||
    warn "$1" "$(grep -A 3 failures "$work/$1.json" || echo 'no request got a picture')"
}

# row NAME CLIENTS: of the table.
row() {
  local file=$work/$1.json refused
  refused=$(number "$file" 429 count)
  printf '| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n' "$1" "$2" "$(number "$file" pictures_per_second pictures_per_second)" \
    "$(calculate "$(number "$file" pictures_per_second pictures_per_second) / $folder_rate")" \
    "$(number "$file" latency_ms p50)" "$(number "$file" latency_ms p90)" "$(number "$file" latency_ms p99)" "$refused" \
    "$(calculate "$(number "$file" rss_bytes most) / 1e6")"
}

# link_pictures FOLDER COUNT: so many pictures, by other names where there are fewer.
link_pictures() {
  local i
  mkdir -p "$1"
  for ((i = 0; i < $2; i++)); do
    local file=${files[i % ${#files[@]}]}
    ln -s "$file" "$1/$(printf '%05d' "$i").${file##*.}"
  done
}

mapfile -t files < <(find "$(realpath "$pictures")" -maxdepth 1 -type f \
  \( -iname '*.jpg' -o -iname '*.jpeg' -o -iname '*.png' -o -iname '*.webp' \) | sort)
((${#files[@]})) || die "$pictures has no pictures" 'JPEG, PNG or WebP files are taken.'
link_pictures "$work/pictures" "${#files[@]}"

"$peel" serve --port 0 --json --log-level warning --model "$model" --warm --queue "$queue" "${options[@]}" \
  >"$work/address" 2>"$work/server.log" &
server=$!
until [[ -s $work/address ]]; do
  kill -0 "$server" 2>/dev/null || die 'the server did not start' "$(tail -n 5 "$work/server.log")"
  sleep 0.1
done
address=$(sed 's/.*"address":"\([^"]*\)".*/\1/' "$work/address")

run single --clients 1
run saturation --clients $((2 * workers))
rate=$(calculate "$(number "$work/saturation.json" pictures_per_second pictures_per_second) / 3")
run light --clients $((2 * workers)) --rate "$rate"
run beyond --clients $((2 * queue))
kill "$server"
wait "$server" || warn server "ended with status $?"
server=''

# As many as take about as long; a folder of 50 and more is also tried out first, which is remembered for the next.
count=$(calculate "$seconds * $(number "$work/saturation.json" pictures_per_second pictures_per_second)")
count=$((${count%.*} > 60 ? ${count%.*} : 60))
link_pictures "$work/few" 60
link_pictures "$work/many" "$count"
say folder "$count pictures, after a run with 60"
"$peel" folder "$work/few" "$work/out-few" --model "$model" --json "${options[@]}" >/dev/null 2>"$work/folder.log" ||
  die 'peel folder failed' "$(tail -n 5 "$work/folder.log")"
"$peel" folder "$work/many" "$work/out" --model "$model" --json "${options[@]}" 2>"$work/folder.log" |
  tail -n 1 | sed 's/[,{}]/\n/g' >"$work/folder.txt"
folder_rate=$(calculate "$(number "$work/folder.txt" summary "done") / $(number "$work/folder.txt" summary seconds)")

cat <<END

$model, ${#files[@]} pictures, $cores cores, $seconds s each, queue of $queue; ${options[*]:-no further options}

| run | clients | pictures/s | of folder | p50 ms | p90 ms | p99 ms | refused | memory MB |
|---|---|---|---|---|---|---|---|---|
| folder | | $folder_rate | 1.00 | | | | | $(calculate "$(number "$work/folder.txt" summary peak_memory_bytes) / 1e6") |
$(row single 1)
$(row light "$rate/s")
$(row saturation $((2 * workers)))
$(row beyond $((2 * queue)))

light load by single: p50 $(calculate "$(number "$work/light.json" latency_ms p50) / $(number "$work/single.json" latency_ms p50)"), \
p99 $(calculate "$(number "$work/light.json" latency_ms p99) / $(number "$work/single.json" latency_ms p99)"). \
429 came after p50 $(number "$work/beyond.json" 429 p50) ms, p99 $(number "$work/beyond.json" 429 p99) ms. \
Memory at the start $(calculate "$(number "$work/single.json" rss_bytes start) / 1e6") MB, \
at the end $(calculate "$(number "$work/beyond.json" rss_bytes end) / 1e6") MB.
END
