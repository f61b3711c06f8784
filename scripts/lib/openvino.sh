# shellcheck shell=bash
# OpenVINO, which Debian does not package, out of its PyPI package into a folder with include/ and lib/, outside the source
# tree because all checkouts can share it. cmake/FindOpenVINO.cmake looks there. peel does without where it cannot be had.

# The wheels of one version, by architecture: what pip is to take them for, and their hashes. Their libraries are the same
# whatever Python they are for.
declare -A openvino_platform=([x86_64]=manylinux_2_28_x86_64 [aarch64]=manylinux_2_35_aarch64)
declare -A openvino_hash=(
  [x86_64]=2d22b1da03f7caf74df30e9f6417d0ab2f637e4a38e08e1dcd294d2c37407aaf
  [aarch64]=bea1eb3733c34ef331adc945da0ccda5937865031139073663be84c517ffda22
)
declare -A openvino_plugin=([x86_64]=intel [aarch64]=arm)

# ensure_openvino: runtime, CPU plug-in, readers of ONNX and of its own files, and TBB: 92 of 160 MB. Renamed into place as
# one folder, so it is whole or not there.
ensure_openvino() {
  local machine new name pairs=()
  machine=$(uname -m)
  [[ ! -d $openvino_root ]] || return 0
  if [[ -n ${OPENVINO_ROOT:-} ]]; then
    die "OPENVINO_ROOT=$OPENVINO_ROOT is no folder" 'Name one with include/ and lib/, or unset it.'
  fi
  [[ -n ${openvino_hash[$machine]:-} ]] || return 0
  ! unreachable_lately openvino || return 0
  make_work_folder
  # A lock of its own: this very script may hold that of ONNX Runtime until it ends.
  take_lock "$cache/openvino.lock" 'another set-up is fetching OpenVINO'
  [[ ! -d $openvino_root ]] || return 0
  say OpenVINO "$openvino_version from PyPI (59 MB)"
  if ! pip_fetch "openvino==$openvino_version" "${openvino_hash[$machine]}" --platform "${openvino_platform[$machine]}" \
    --implementation cp --python-version 311 --abi cp311; then
    remember_unreachable openvino
    warn OpenVINO "${pip_problem%%$'\n'*}; peel computes by ONNX Runtime alone"
    local hint=${pip_problem#*$'\n'}
    printf '       %s\n' "${hint//$'\n'/$'\n'       }" >&2
    return 0
  fi
  new=$work/openvino
  for name in openvino.so. "openvino_${openvino_plugin[$machine]}_cpu_plugin.so" openvino_onnx_frontend.so. \
    openvino_ir_frontend.so. tbb.so.; do
    pairs+=("openvino/libs/lib$name=lib/lib$name")
  done
  wheel_extract "$new" "${pairs[@]}" openvino/include/openvino/=include/openvino/ \
    "openvino-$openvino_version.dist-info/licenses/LICENSE=LICENSE"
  cat >"$new/README" <<END
OpenVINO $openvino_version, Apache-2.0 (LICENSE), from the PyPI package of that name. Put here by peel's scripts/setup.sh,
which will do so again if you delete it.
END
  rm -rf "$work/pip"
  mv "$new" "$openvino_root"
}
