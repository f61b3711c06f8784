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
#     lint     clang-tidy finds nothing in src/ and apps/
#     asan     unit tests under AddressSanitizer and UndefinedBehaviorSanitizer, built by Clang
#     tsan     unit tests under ThreadSanitizer, built by Clang, warnings being errors
#     install  the example, built against an installed peel with CMake and with pkg-config, cuts a sample out
#
# A failed step does not stop the ones after it, and the last line says how many tests passed. Tests on real pictures
# look for them in $PEEL_TEST_DATA, else in the folder `shared` beside the checkout, and are skipped without.

# shellcheck source-path=SCRIPTDIR
set -euo pipefail
scripts=$(dirname -- "${BASH_SOURCE[0]}")
source "$scripts/lib/common.sh"
source "$scripts/lib/build.sh"

all_steps=(format shell build tests page lint asan tsan install)
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
((${#steps[@]})) || steps=("${all_steps[@]}")

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

# The analyzer looks into calls less deeply than it could (mode=shallow): a quarter off the time of the longest step.
step_page() { PEEL_PROGRAM=$build/bin/peel "$scripts/test-page.sh"; }

step_lint() {
  local shallow=(--extra-arg=-Xclang --extra-arg=-analyzer-config --extra-arg=-Xclang --extra-arg=mode=shallow)
  find "$root"/{src,apps} -name '*.cpp' ! -name '*_test.cpp' ! -name '*_bench.cpp' -print0 |
    xargs -0 --max-args=1 --max-procs="$(build_jobs)" clang-tidy --quiet -p "$build" "${shallow[@]}" >"$build/lint.log" 2>&1 && return
  grep -E '(warning|error): ' "$build/lint.log" | sort -u
  return 1
}

step_asan() {
  # Clang's sanitizers compile three times as fast as GCC's.
  configure asan -DPEEL_BUILD_TESTS=ON -DCMAKE_CXX_COMPILER=clang++
  build asan unit_tests
  run_tests asan --label-regex unit
}

step_tsan() {
  configure tsan -DPEEL_BUILD_TESTS=ON -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_COMPILE_WARNING_AS_ERROR=ON
  build tsan unit_tests
  run_tests tsan --label-regex unit
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
    $(PKG_CONFIG_PATH=$installed/lib/pkgconfig pkg-config --cflags --libs peel)
  if [[ -f $root/samples/chelsea.png ]]; then
    cp "$root/samples/chelsea.png" "$example"
    "$example/cutout" "$example/chelsea.png"
    [[ -s $example/chelsea.png.cutout.png ]]
  fi
  [[ $("$installed/bin/peel" --version) == *"$(<"$root/VERSION")"* ]]
}

# run_step NAME: in a shell of its own, so that a failure ends the step but not the script.
failed=()
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
  if ((status == 0)); then
    say "$1" "done in $((SECONDS - started)) s"
  else
    failed+=("$1")
    say "$1" "${red}failed${plain} after $((SECONDS - started)) s; again: scripts/test.sh $1"
  fi
}

"$scripts/setup.sh" --tests
rm -f "$build/tests.log"
for name in "${steps[@]}"; do
  if [[ " ${failed[*]} " == *' build '* && $name =~ ^(tests|page|lint|install)$ ]]; then
    say "$name" 'not run, because the build failed'
  else
    run_step "$name"
  fi
done

((${#failed[@]} == 0)) || say failed "${failed[*]}"
[[ ! -f $build/tests.log ]] || grep 'tests passed' "$build/tests.log"
((${#failed[@]} == 0))
