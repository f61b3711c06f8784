#!/usr/bin/env bash
# Runs every test that can run on this machine, after the same set-up as scripts/run.sh.
#
# Usage: scripts/test.sh [--quick] [STEP...]
#
#   --quick  only the steps build and tests
#   STEP...  only these, of:
#     format   clang-format finds nothing to change
#     shell    shellcheck finds nothing in the scripts
#     build    everything, by GCC, warnings being errors
#     tests    every test: unit, integration (real model, real pictures), slow; gpu where there is one
#     page     the server's web page, in Chromium without a window, where that can be had
#     lint     clang-tidy finds nothing in src/ and apps/, a room at a time
#     asan     unit tests under AddressSanitizer and UndefinedBehaviorSanitizer, built by Clang
#     tsan     unit tests under ThreadSanitizer, built by Clang, warnings being errors
#     install  the example, built against an installed peel with CMake and with pkg-config, cuts a sample out
#
# And by name alone, because one takes half an hour and more, the other gigabytes; before a release, the first before an
# issue is closed too:
#     lint-deep  clang-tidy on every file by itself, with clang's analyzer
#     gpu-setup  after set-up with --gpu nothing is missing for CUDA but NVIDIA's driver
#
# A failed step does not stop the ones after it, and the last line says how many tests passed. Tests on real pictures
# look for them in $PEEL_TEST_DATA, else in the folder `shared` beside the checkout, and are skipped without.

# shellcheck source-path=SCRIPTDIR
set -euo pipefail
scripts=$(dirname -- "${BASH_SOURCE[0]}")
source "$scripts/lib/common.sh"
source "$scripts/lib/build.sh"

usual_steps=(format shell build tests page lint asan tsan install)
all_steps=("${usual_steps[@]}" lint-deep gpu-setup)
steps=()
while (($#)); do
  case $1 in
    --quick) steps+=(build tests) ;;
    -h | --help) print_help "$0" && exit ;;
    *)
      [[ " ${all_steps[*]} " == *" $1 "* ]] || die "unknown step $1" "One of: ${all_steps[*]}"
      steps+=("$1")
      ;;
  esac
  shift
done
((${#steps[@]})) || steps=("${usual_steps[@]}")

step_format() {
  find "$root" \( -path "$root/build" -o -path "$root/.git" \) -prune -o \( -name '*.cpp' -o -name '*.hpp' \) -print0 |
    xargs -0 clang-format --dry-run --Werror
}

step_shell() { (cd "$root" && shellcheck --external-sources --check-sourced scripts/*.sh packaging/*.sh .ci/run); }

step_build() { build release; }

# run_tests PRESET CTEST-OPTION...: what passed is left out of the output, but not of build/PRESET/tests.log.
run_tests() {
  ctest --test-dir "$root/build/$1" --parallel "$(nproc)" --output-on-failure --no-tests=error "${@:2}" 2>&1 |
    tee "$root/build/$1/tests.log" |
    grep --line-buffered -vE '^ *(Start +[0-9]+:|[0-9]+/[0-9]+ Test .* Passed +[0-9.]+ sec$)|^$'
}

step_tests() { run_tests release; }

step_page() { PEEL_PROGRAM=$build/bin/peel "$scripts/test-page.sh"; }

# tidy FOLDER CLANG-TIDY-OPTION...: on the files named on standard input, one a line, by the commands in FOLDER.
tidy() {
  xargs --max-args=1 --max-procs="$(build_jobs)" clang-tidy --quiet -p "$1" "${@:2}" >"$1/lint.log" 2>&1 && return
  grep -E '(warning|error): ' "$1/lint.log" | sort -u
  return 1
}

# By commands of Clang's own, without headers compiled by another compiler. A room is looked at as one file: most of the
# time goes into headers. The analyzer takes as long again as all other checks.
step_lint() {
  local folder=$root/build/lint
  configure lint -DPEEL_BUILD_TESTS=OFF
  ninja -C "$folder" --quiet generated_sources
  sed -n 's/^ *"file": "\(.*\)".*/\1/p' "$folder/compile_commands.json" | grep -v '/cmake_pch\.' |
    tidy "$folder" --checks=-clang-analyzer-*,-bugprone-suspicious-include
}

step_lint-deep() {
  local folder=$root/build/lint-deep
  configure lint-deep -DPEEL_BUILD_TESTS=OFF
  ninja -C "$folder" --quiet generated_sources
  find "$root"/{src,apps} -name '*.cpp' ! -name '*_test.cpp' ! -name '*_bench.cpp' | tidy "$folder"
}

step_gpu-setup() {
  local missing
  "$scripts/setup.sh" --gpu --tests
  missing=$(ldd "$onnxruntime_root"/lib/libonnxruntime_providers_cuda.so "$onnxruntime_root"/lib/libcu*.so.* 2>/dev/null |
    sed -n 's/^\t\(.*\) => not found.*/\1/p' | sort -u)
  [[ -z $missing || $missing == libcuda.so.1 ]] || die 'CUDA lacks more than the driver' "$missing"
  "$build/bin/peel" info
}

step_asan() {
  # Clang's sanitizers compile three times as fast as GCC's.
  configure asan -DPEEL_BUILD_TESTS=ON -DCMAKE_CXX_COMPILER=clang++ "${unity[@]}"
  build asan unit_tests
  run_tests asan --label-regex unit
}

step_tsan() {
  configure tsan -DPEEL_BUILD_TESTS=ON -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_COMPILE_WARNING_AS_ERROR=ON "${unity[@]}"
  build tsan unit_tests
  run_tests tsan --label-regex unit
}

# loads_none PROGRAM PATTERN...: the program runs without any of these shared libraries.
loads_none() {
  local program=$1 loaded pattern
  loaded=$(ldd "$program")
  for pattern in "${@:2}"; do
    ! grep -P "$pattern" <<<"$loaded" || return 1
  done
}

step_install() {
  local installed=$root/build/installed example=$root/build/example
  rm -rf "$installed" "$example"
  cmake --install "$build" --prefix "$installed" >/dev/null
  cmake -S "$root/examples" -B "$example" -G Ninja -DCMAKE_BUILD_TYPE=Release "-DCMAKE_PREFIX_PATH=$installed" >/dev/null
  ninja -C "$example" --quiet
  # The same for who does not use CMake.
  # shellcheck disable=SC2046  # flags are several words
  g++ "$root/examples/cutout.cpp" -o "$example/cutout-pkg-config" \
    $(PKG_CONFIG_PATH=$installed/lib/pkgconfig pkg-config --cflags --libs peel-core)
  # shellcheck disable=SC2046
  g++ "$root/examples/scan.cpp" -o "$example/scan-pkg-config" \
    $(PKG_CONFIG_PATH=$installed/lib/pkgconfig pkg-config --cflags --libs peel)
  # What only cuts out loads neither the rest of peel nor what that is made of.
  loads_none "$example/cutout" libpeel-document libpeel-server 'libpeel[.]' libqpdf libprometheus libcpp-httplib \
    'libonnx[.]' 'libopencv_(?!core|imgproc)'
  loads_none "$example/scan" libpeel-server 'libpeel[.]' libprometheus libcpp-httplib 'libonnx[.]'
  if [[ -f $root/samples/chelsea.png ]]; then
    cp "$root/samples/chelsea.png" "$example"
    "$example/cutout" "$example/chelsea.png"
    [[ -s $example/chelsea.png.cutout.png ]]
    mv "$example/chelsea.png.cutout.png" "$example/by-cpp.png"
    "$example/cutout-c" "$example/chelsea.png"
    cmp "$example/chelsea.png.cutout.png" "$example/by-cpp.png"
  fi
  [[ $("$installed/bin/peel" --version) == *"$(<"$root/VERSION")"* ]]
}

# run_step NAME: in a shell of its own, so that a failure ends the step but not the script.
failed=() times=()
run_step() {
  local started=$SECONDS status
  say "$1" "$(sed -n "s/^#     $1 \+//p" "$0")"
  set +e
  (
    set -e
    "step_$1"
  )
  status=$?
  set -e
  times+=("$(printf '%5d s  %s' $((SECONDS - started)) "$1")")
  if ((status == 0)); then
    say "$1" "done in $((SECONDS - started)) s"
  else
    failed+=("$1")
    say "$1" "${red}failed${plain} after $((SECONDS - started)) s; again: scripts/test.sh $1"
  fi
}

"$scripts/setup.sh" --tests
times+=("$(printf '%5d s  set-up' $SECONDS)")
rm -f "$build/tests.log"
for name in "${steps[@]}"; do
  if [[ " ${failed[*]} " == *' build '* && $name =~ ^(tests|page|lint|install)$ ]]; then
    say "$name" 'not run, because the build failed'
  else
    run_step "$name"
  fi
done

printf '%s\n' "${times[@]}" "$(printf '%5d s  in all' $SECONDS)" >&2
((${#failed[@]} == 0)) || say failed "${failed[*]}"
[[ ! -f $build/tests.log ]] || grep 'tests passed' "$build/tests.log"
((${#failed[@]} == 0))
