#!/usr/bin/env bash
# Gets a Debian 12 (or a relative of it) ready for peel, builds it, and fetches a model.
#
# Usage: scripts/setup.sh [--gpu] [--model NAME] [--tests] [--bare]
#
#   --gpu         also ONNX Runtime's CUDA and TensorRT providers (179 MB) and, where the machine has them not, CUDA 13's
#                 libraries and cuDNN 9 (1.3 GB); NVIDIA's driver and TensorRT 10 are yours
#   --model NAME  this model, not the first that can be had of silueta and isnet-general-use
#   --tests       also what scripts/test.sh needs, and the build folder made ready for the tests and the tools that
#                 measure, with warnings as errors
#   --bare        the program alone, without samples and model: for an image that gets its models later
#
# What is there already is left alone, so running it again costs a few hundredths of a second. It touches:
#   Debian packages   installed through apt-get (as root, or by sudo) where they are missing
#   ONNX Runtime      ${XDG_CACHE_HOME:-~/.cache}/peel; with ONNXRUNTIME_ROOT=FOLDER set, that release is used instead
#   OpenVINO          the same, with OPENVINO_ROOT=FOLDER; where it cannot be had peel does without
#   model             ${U2NET_HOME:-${XDG_DATA_HOME:-~}/.u2net}, rembg's folder
#   build/ samples/   in this checkout

# shellcheck source-path=SCRIPTDIR
set -euo pipefail
scripts=$(dirname -- "${BASH_SOURCE[0]}")
source "$scripts/lib/common.sh"
source "$scripts/lib/debian.sh"
source "$scripts/lib/npm.sh"
source "$scripts/lib/onnxruntime.sh"
source "$scripts/lib/pypi.sh"
source "$scripts/lib/openvino.sh"
source "$scripts/lib/cuda.sh"
source "$scripts/lib/samples.sh"
source "$scripts/lib/build.sh"
source "$scripts/lib/model.sh"

gpu=0 model=auto tests=0 bare=0
while (($#)); do
  case $1 in
    --gpu) gpu=1 ;;
    --model) model=${2:?--model needs a name} && shift ;;
    --tests) tests=1 ;;
    --bare) bare=1 ;;
    -h | --help) print_help "$0" && exit ;;
    *) die "unknown option $1" "scripts/setup.sh --help" ;;
  esac
  shift
done

packages=("${packages_to_build[@]}")
command -v npm >/dev/null || packages+=(npm)
options=("${unity[@]}")
# A build folder that has the tests keeps them, or scripts/run.sh and scripts/test.sh would undo each other's work.
if ((tests)) || [[ -f $build/with-tests ]]; then
  packages+=("${packages_to_test[@]}")
  options+=(-DPEEL_BUILD_TESTS=ON -DCMAKE_COMPILE_WARNING_AS_ERROR=ON)
  mkdir -p "$build" && touch "$build/with-tests"
else
  options+=(-DPEEL_BUILD_TESTS=OFF)
fi

ensure_packages "${packages[@]}"
((tests == 0)) || want_packages "${packages_to_test_more[@]}"
ensure_onnxruntime
ensure_openvino
if ((gpu)); then
  ensure_gpu_providers
  ensure_cuda_libraries
fi
take_lock "$root/build/lock" "another script is building this checkout"
# The samples come while the compiler works; a folder for half-finished things is each shell's own.
if ((!bare)); then
  (
    work=''
    ensure_samples
  ) &
fi
configure release "${options[@]}"
# The manual and the completions too, which `cmake --install` wants.
build release peel_program peel_documentation
((bare)) || wait
((bare)) || ensure_model "$model"
