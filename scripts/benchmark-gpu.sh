#!/usr/bin/env bash
# Measures peel on this machine's NVIDIA GPU: masks against the CPU's (ctest -L gpu), then times of u2netp and
# isnet-general-use, one picture and eight at a time, on the CPU in FP32, CUDA in FP32 and FP16, and TensorRT in FP16.
#
# Usage: scripts/benchmark-gpu.sh [--input-dir FOLDER] [--output-dir FOLDER] [--num-samples N] [--no-setup]
#
#   --input-dir FOLDER   pictures to measure with; default: photos of $PEEL_TEST_DATA, of the folder `shared` beside the
#                        checkout, or the samples of set-up
#   --output-dir FOLDER  default: build/benchmark-gpu; info.txt, tests.log, summary.json, summary.csv and report.html
#                        are left there, with every configuration's cut-outs
#   --num-samples N      pictures to take of the folder (20)
#   --no-setup           for a machine without a network: what set-up and build made, and the models, are there already
#
# It looks for a GPU before it does anything, sets up with --gpu, and stops where CUDA cannot be used, saying what is
# missing. Without TensorRT its rows are left out. docs/gpu.md says what the machine needs. Some minutes on a fast card,
# most of them for TensorRT's engines and the CPU's rows.

# shellcheck source-path=SCRIPTDIR
set -euo pipefail
scripts=$(dirname -- "${BASH_SOURCE[0]}")
source "$scripts/lib/common.sh"
source "$scripts/lib/build.sh"
source "$scripts/lib/model.sh"

models=(u2netp isnet-general-use)
input='' output=$root/build/benchmark-gpu samples=20 setup=1
while (($#)); do
  case $1 in
    --input-dir) input=${2:?--input-dir needs a folder} && shift ;;
    --output-dir) output=${2:?--output-dir needs a folder} && shift ;;
    --num-samples) samples=${2:?--num-samples needs a number} && shift ;;
    --no-setup) setup=0 ;;
    -h | --help) print_help "$0" && exit ;;
    *) die "unknown option $1" "scripts/benchmark-gpu.sh --help" ;;
  esac
  shift
done

# The kernel's part of NVIDIA's driver; the second is WSL's.
[[ -e /dev/nvidiactl || -e /dev/dxg ]] ||
  die 'there is no NVIDIA GPU, or no driver for it: neither /dev/nvidiactl nor /dev/dxg is there' \
    "Install NVIDIA's driver (580 or later); in a container, start it with --gpus all. See docs/gpu.md."

if ((setup)); then
  "$scripts/setup.sh" --gpu --tests
  build release peel_program gpu_test
  for model in "${models[@]}"; do ensure_model "$model"; done
elif [[ ! -x $peel ]]; then
  die "$peel is not there" 'Build it on a machine with a network, and copy the whole checkout: scripts/setup.sh --gpu --tests'
fi

mkdir -p "$output"
"$peel" info | tee "$output/info.txt" >&2
grep -qE '^  cuda +usable' "$output/info.txt" ||
  die 'CUDA cannot be used here' "$(grep -A 3 -E '^  cuda ' "$output/info.txt")
See docs/gpu.md."
configurations=cuda-fp32,cuda-fp16
if grep -qE '^  tensorrt +usable' "$output/info.txt"; then
  configurations+=,tensorrt-fp16
else
  warn TensorRT 'cannot be used here; its rows are left out'
fi

if [[ -z $input ]]; then
  for input in "${PEEL_TEST_DATA:-$root/../shared}/data/photos" "$root/samples"; do
    [[ ! -d $input ]] || break
  done
fi

say tests 'masks on the GPU against those of the CPU'
tests=passed
ctest --test-dir "$build" --label-regex gpu --output-on-failure --no-tests=error --verbose >"$output/tests.log" 2>&1 ||
  tests=failed
grep -E '^[0-9]+: .*mean difference|tests passed|\*\*\*' "$output/tests.log" >&2 || true

say benchmark "pictures of $input, results to $output"
"$peel" bench --input-dir "$input" --output-dir "$output" --num-samples "$samples" \
  --models "$(IFS=, && echo "${models[*]}")" --configs "$configurations" --batch 1,8
say report "$output/report.html"
[[ $tests == passed ]] || die 'a mask on the GPU is not that of the CPU' "$output/tests.log"
