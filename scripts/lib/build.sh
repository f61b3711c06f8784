# shellcheck shell=bash
# Configuring and building one of the presets in CMakePresets.json.

# build_jobs: one a core, but no more than fit into memory at 1 GB for a compiler.
build_jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable:/ {print int($2 / 1000000)}' /proc/meminfo)
  ((memory < cores)) && cores=$memory
  echo $((cores > 0 ? cores : 1))
}

# unity: for configure; most of a compiler's time goes into headers, which are then read once for several files of a room,
# or once for a room where there are no more cores to give its parts to.
# shellcheck disable=SC2034  # used by the scripts that read this file
unity=(-DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=$(($(nproc) > 2 ? 10 : 0)))

# configure PRESET CMAKE-OPTION...: does nothing where the same was configured before; Ninja itself notices edited
# CMakeLists.txt files.
configure() {
  local folder=$root/build/$1 command key
  command=(cmake --preset "$1" "-DONNXRUNTIME_ROOT=$onnxruntime_root" "-DOPENVINO_ROOT=$openvino_root" "${@:2}")
  if command -v ccache >/dev/null; then
    command+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  fi
  # Inputs that CMake does not watch: the presets, the runtime's libraries (installed with peel), a moved checkout.
  key="$root: ${command[*]} $(cksum <"$root/CMakePresets.json")"$'\n'"$(echo "$onnxruntime_root"/lib/* "$openvino_root"/lib/*)"
  if [[ -f $folder/build.ninja && -f $folder/configured-as && $(<"$folder/configured-as") == "$key" ]]; then
    return 0
  fi
  mkdir -p "$folder"
  rm -f "$folder/configured-as"
  # --fresh: CMake remembers what it once found even where it is told to look elsewhere.
  if ! (cd "$root" && "${command[@]}" --fresh </dev/null >"$folder/configure.log" 2>&1); then
    tail -n 25 "$folder/configure.log" >&2
    die "CMake could not configure build/$1" "To see all of it: cd $root && ${command[*]}"
  fi
  printf '%s\n' "$key" >"$folder/configured-as"
}

# build PRESET [TARGET...]: silent where nothing is to do; else one line, Ninja's own progress on a terminal, and what a
# compiler said only where it failed.
build() {
  local folder=$root/build/$1 steps output
  output=$(ninja -C "$folder" -n "${@:2}" 2>&1) || die "build/$1 cannot be built" "$output"
  [[ $output != *'no work to do'* ]] || return 0
  steps=$(grep -c '^\[' <<<"$output")
  say build "build/$1 ($steps steps)"
  if [[ -t 2 ]]; then
    ninja -C "$folder" -j "$(build_jobs)" "${@:2}" >&2 && return
  elif ninja -C "$folder" -j "$(build_jobs)" "${@:2}" >"$folder/build.log" 2>&1; then
    return
  else
    grep -vE '^\[[0-9]+/[0-9]+\] (Building|Linking)' "$folder/build.log" | tail -n 60 >&2
  fi
  die "build/$1 did not build" "Again, with all its output: ninja -C $folder${2:+ ${*:2}}"
}
