#!/usr/bin/env bash
# Measures peel on this machine from end to end, and another program beside it on the same pictures in turn.
#
# Usage: scripts/benchmark.sh [--against rembg] [--pictures FOLDER] [--folder FOLDER] [--model NAME|FILE]... [--runs N]
#                             [--effort WORD]
#
#   --against rembg      the newest rembg too, with the same weights, in turn with peel; it is installed into a folder of
#                        its own in the cache, ~/.cache/peel/rembg (0.8 GB)
#   --pictures FOLDER    photographs, for the times of one after the other; default: photos of $PEEL_TEST_DATA, of the
#                        folder `shared` beside the checkout, or the samples of set-up
#   --folder FOLDER      many pictures, for throughput; default: the same folder
#   --model NAME|FILE    default: isnet-general-use, and u2netp where it is installed
#   --runs N             how often each picture is taken (5); medians are printed
#   --effort WORD        of the PNG: fast, balanced or small (peel's own default, balanced)
#
# Three tables on standard output, in Markdown: every stage of one picture, the model loaded; a cold start with a small
# picture; a folder by `peel folder` against the same with one core and against `peel remove` one by one. Nothing else
# should run meanwhile.

# shellcheck source-path=SCRIPTDIR
set -euo pipefail
scripts=$(dirname -- "${BASH_SOURCE[0]}")
source "$scripts/lib/common.sh"
source "$scripts/lib/build.sh"
source "$scripts/lib/model.sh"
source "$scripts/lib/debian.sh"
source "$scripts/lib/rembg.sh"

models=() pictures='' folder='' runs=5 effort=balanced against=''
while (($#)); do
  case $1 in
    --pictures) pictures=${2:?--pictures needs a folder} && shift ;;
    --folder) folder=${2:?--folder needs a folder} && shift ;;
    --model) models+=("${2:?--model needs a name}") && shift ;;
    --runs) runs=${2:?--runs needs a number} && shift ;;
    --against)
      against=${2:?--against needs a name} && shift
      [[ $against == rembg ]] || die "there is no way to measure $against here" 'One of: rembg'
      ;;
    --effort) effort=${2:?--effort needs a word} && shift ;;
    -h | --help) print_help "$0" && exit ;;
    *) die "unknown option $1" "scripts/benchmark.sh --help" ;;
  esac
  shift
done

"$scripts/setup.sh"
if ((${#models[@]} == 0)); then
  ensure_model isnet-general-use
  models=(isnet-general-use)
  if have_model u2netp; then models+=(u2netp); fi
fi
if [[ -z $pictures ]]; then
  for pictures in "${PEEL_TEST_DATA:-$root/../shared}/data/photos" "$root/samples"; do
    [[ ! -d $pictures ]] || break
  done
fi

make_work_folder
rembg=''
if [[ $against == rembg ]]; then
  ensure_rembg
  rembg=$rembg_python
fi
# Not by exec, or nobody would remove the work folder.
node "$scripts/lib/benchmark.mjs" "$peel" "$work" "$pictures" "${folder:-$pictures}" "$runs" "$effort" \
  "$rembg" "${models[@]}"
