# shellcheck shell=bash
# ONNX Runtime, which Debian does not package, out of npm packages into a folder of the shape of an official release
# (include/, lib/), outside the source tree because all checkouts can share it. cmake/FindONNXRuntime.cmake looks there.

# The library: built by its makers for their Node.js binding.
library_package=onnxruntime-node@1.29.0
library_integrity=sha512-WjiVVB72riILz8HbYvxvmjKyE/WmkYoSfKY++axo5jAR609HQg8MwiG/HhShpTcJfmmAdzxxmB+MMST3A+SiPA==
# The headers of the same version, which that package leaves out: the iOS part of a binding for Unity has them.
headers_package=com.github.asus4.onnxruntime@0.4.9
headers_integrity=sha512-BkzxduSZ9IkeDP6Q8lz2TFU2ie7hSSvS7ZIfzMooExoq0CNzJnuuGaUJ7IsojBgqO4ouD1jXah8OYyJbCN29Fg==
# The CUDA and TensorRT providers of the same version, for CUDA 13, cuDNN 9 and TensorRT 10.
gpu_package=com.github.asus4.onnxruntime.linux-x64-gpu@0.4.9
gpu_integrity=sha512-FopIhNE/Ng+v2X65wVc9clPCBCvhvA53Hxo2U0Kf5fGdVsC7iCA+mZ0KLWggcQAj7TIZ6pNidR4AC10g74Xo6w==

# What a user can do who cannot have the packages.
own_release='With an official release unpacked: ONNXRUNTIME_ROOT=FOLDER scripts/setup.sh'

# extract_or_die: npm_extract for a package that cannot be done without.
extract_or_die() {
  npm_extract "$@" || die "ONNX Runtime $onnxruntime_version: ${npm_problem%%$'\n'*}" "${npm_problem#*$'\n'}
$own_release"
}

# ensure_onnxruntime: the library and its headers. Both are renamed into place as one folder, so it is whole or not there.
ensure_onnxruntime() {
  local architecture new
  if [[ -n ${ONNXRUNTIME_ROOT:-} ]]; then
    compgen -G "$ONNXRUNTIME_ROOT/lib/libonnxruntime.so*" >/dev/null ||
      die "ONNXRUNTIME_ROOT=$ONNXRUNTIME_ROOT holds no lib/libonnxruntime.so" 'Name an unpacked release, or unset it.'
    return 0
  fi
  [[ -f $onnxruntime_root/lib/libonnxruntime.so.1 && -f $onnxruntime_root/include/onnxruntime_cxx_api.h ]] && return
  case $(uname -m) in
    x86_64) architecture=x64 ;;
    aarch64) architecture=arm64 ;;
    *) die "no ONNX Runtime package for $(uname -m)" "$own_release" ;;
  esac
  make_work_folder
  take_lock "$cache/lock" 'another set-up is fetching ONNX Runtime'
  [[ -f $onnxruntime_root/lib/libonnxruntime.so.1 && -f $onnxruntime_root/include/onnxruntime_cxx_api.h ]] && return

  new=$work/onnxruntime
  say 'ONNX Runtime' "library from npm's $library_package (112 MB)"
  extract_or_die "$library_package" "$library_integrity" "$new/lib" "package/bin/*/linux/$architecture/libonnxruntime.so.1"
  say 'ONNX Runtime' "headers from npm's $headers_package (150 MB)"
  extract_or_die "$headers_package" "$headers_integrity" "$new/include" \
    'package/Plugins/iOS~/onnxruntime.xcframework/ios-arm64/onnxruntime.framework/Headers/*.h' package/LICENSE
  mv "$new/include/LICENSE" "$new/LICENSE.headers-package"
  # Neither package has the licence's text, which is peel's own but for the owner's name.
  sed 's/^Copyright .*/Copyright (c) Microsoft Corporation/' "$root/LICENSE" >"$new/LICENSE"
  cat >"$new/README" <<END
ONNX Runtime $onnxruntime_version, MIT licence (LICENSE).
lib/ is from the npm package $library_package, include/ from $headers_package
(its licence: LICENSE.headers-package). Put here by peel's scripts/setup.sh, which will do so again if you delete it.
END
  rm -rf "$onnxruntime_root"
  mv "$new" "$onnxruntime_root"
}

# ensure_gpu_providers: what ONNX Runtime opens from beside its own library when CUDA or TensorRT is asked for.
ensure_gpu_providers() {
  local lib=$onnxruntime_root/lib new
  [[ -f $lib/libonnxruntime_providers_cuda.so ]] && return
  if [[ -n ${ONNXRUNTIME_ROOT:-} ]]; then
    die "ONNXRUNTIME_ROOT=$ONNXRUNTIME_ROOT is a release without the CUDA provider" \
      'Name the GPU release, or unset it to have set-up fetch both parts.'
  fi
  [[ $(uname -m) == x86_64 ]] || die "no package with the CUDA and TensorRT providers for $(uname -m)" "$own_release"
  make_work_folder
  new=$work/providers
  say 'ONNX Runtime' "CUDA and TensorRT providers from npm's $gpu_package (179 MB)"
  extract_or_die "$gpu_package" "$gpu_integrity" "$new" 'package/Plugins/Linux/x64/*.so' package/LICENSE
  mv "$new/LICENSE" "$onnxruntime_root/LICENSE.gpu-package"
  # The one looked for above comes last.
  mv "$new"/libonnxruntime_providers_{shared,tensorrt}.so "$lib"
  mv "$new/libonnxruntime_providers_cuda.so" "$lib"
}
