# shellcheck shell=bash
# NVIDIA's libraries that ONNX Runtime's CUDA provider opens, out of their PyPI packages, beside the provider: only the driver
# is the machine's own then. TensorRT is not among them: its package on PyPI only fetches it from an index of NVIDIA's.

# Of CUDA 13.0, which the oldest driver that has CUDA 13 runs, and cuDNN 9; with their hashes.
declare -A cuda_hash=(
  [nvidia-cublas==13.1.2.11]=e1ad7b57879088bc79e31cc172891a64332f76ae733084d4aaaaa65499b9b3de
  [nvidia-cuda-runtime==13.0.96]=7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548
  [nvidia-cuda-nvrtc==13.0.88]=ad9b6d2ead2435f11cbb6868809d2adeeee302e9bb94bcf0539c7a40d80e8575
  [nvidia-cudnn-cu13==9.28.1.4]=a54f205b1db1f2895d99f398754db1369816f0569dd459731f925635cf7b65ec
  [nvidia-cufft==12.0.0.61]=6c44f692dce8fd5ffd3e3df134b6cdb9c2f72d99cf40b62c32dde45eea9ddad3
  [nvidia-curand==10.4.0.35]=1aee33a5da6e1db083fe2b90082def8915f30f3248d5896bcec36a579d941bfc
)
cuda_size='1.3 GB, 2.1 GB unpacked'

# What the CUDA provider opens, at once or while it works.
needed_from_cuda=(libcublas.so.13 libcublasLt.so.13 libcudart.so.13 libcudnn.so.9 libcufft.so.12 libcurand.so.10 libnvrtc.so.13)

# cuda_is_there: whether the loader finds them all, in NVIDIA's own packages for example.
cuda_is_there() {
  local known name
  known=$(ldconfig -p 2>/dev/null || /sbin/ldconfig -p)
  for name in "${needed_from_cuda[@]}"; do
    [[ $known == *$'\t'"$name "* ]] || return 1
  done
}

# ensure_cuda_libraries: does nothing where the machine has them, or in a release of the user's own.
ensure_cuda_libraries() {
  local lib=$onnxruntime_root/lib new package name file
  [[ ! -f $lib/libcudnn.so.9 && -z ${ONNXRUNTIME_ROOT:-} ]] || return 0
  ! cuda_is_there || return 0
  command -v patchelf >/dev/null || install_packages patchelf
  make_work_folder
  new=$work/cuda
  say CUDA "CUDA 13 and cuDNN 9 from PyPI ($cuda_size), under NVIDIA's licences"
  for package in "${!cuda_hash[@]}"; do
    say CUDA "$package"
    pip_fetch "$package" "${cuda_hash[$package]}" ||
      die "${pip_problem%%$'\n'*}" "${pip_problem#*$'\n'}
With NVIDIA's own packages of CUDA 13 and cuDNN 9 installed, set-up needs none of these: docs/gpu.md"
    name=${package%%==*}
    wheel_extract "$new" nvidia/cu13/lib/=lib/ nvidia/cudnn/lib/=lib/ \
      "${name//-/_}-${package#*==}.dist-info/licenses/License.txt=LICENSE.$name"
    rm -rf "$work/pip"
  done
  # What nothing here opens.
  rm -f "$new"/lib/libnvblas.so.* "$new"/lib/libcufftw.so.* "$new"/lib/*.alt.so.* "$new"/lib/*.py
  # The providers look for what they need beside themselves, as those libraries do.
  for file in "$lib"/libonnxruntime_providers_{cuda,tensorrt}.so; do
    # shellcheck disable=SC2016  # the loader's word, not this shell's
    patchelf --set-rpath '$ORIGIN' --output "$new/${file##*/}" "$file"
    mv "$new/${file##*/}" "$file"
  done
  mv "$new"/LICENSE.* "$onnxruntime_root"
  # The one looked for above comes last.
  mv "$new/lib/libcudnn.so.9" "$new"
  mv "$new"/lib/*.so* "$lib"
  mv "$new/libcudnn.so.9" "$lib"
}
