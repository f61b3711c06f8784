# shellcheck shell=bash
# Files out of npm packages. The npm client fetches them, because it alone knows this machine's registry, proxy,
# certificates and credentials; what it brings must have the hash that is written here.

# npm_fetch PACKAGE@VERSION INTEGRITY: the package, checked, as the file $npm_archive in $work/npm. This and what is built
# on it return 1, with the reason in $npm_problem, where the package cannot be had.
npm_problem='' npm_archive=''
npm_fetch() {
  local package=$1 integrity=$2 attempt output expected found
  make_work_folder
  # npm itself tries the start of a download again, but not one that ends early.
  for attempt in 1 2 3; do
    rm -rf "$work/npm" && mkdir "$work/npm"
    output=$(npm_pack "$package" 2>&1 >/dev/null) && break
    if ((attempt == 3)) || grep -qiE "E40[0-9]|ETARGET|ENOSPC|not found|$no_network" <<<"$output"; then
      npm_problem="npm could not fetch $package"$'\n'"$(hint_from "$output" "$cache")"
      return 1
    fi
    sleep 1
  done
  npm_archive=$(echo "$work"/npm/*.tgz)
  expected=$(base64 --decode <<<"${integrity#sha512-}" | od -An -v -tx1 | tr -d ' \n')
  found=$(sha512sum "$npm_archive")
  if [[ ${found%% *} != "$expected" ]]; then
    npm_problem="$package has another hash than the one known here (sha512 ${found:0:12}..., not ${expected:0:12}...)"$'\n'
    npm_problem+='The registry, or something on the way to it, changed the file. Nothing of it is used.'
    return 1
  fi
}

# npm_unpack PACKAGE@VERSION INTEGRITY FOLDER TAR-OPTION...: what the options say, into FOLDER.
npm_unpack() {
  local package=$1 integrity=$2 folder=$3 output
  shift 3
  npm_fetch "$package" "$integrity" || return
  mkdir -p "$folder"
  if ! output=$(tar --extract --gzip --file "$npm_archive" --directory "$folder" --no-same-owner --touch "$@" 2>&1); then
    npm_problem="$package could not be unpacked"$'\n'"$(hint_from "$output" "$cache")"
    return 1
  fi
  rm -rf "$work/npm"
}

# npm_extract PACKAGE@VERSION INTEGRITY FOLDER MEMBER...: puts the members (tar patterns) into FOLDER without their paths.
npm_extract() { npm_unpack "$1" "$2" "$3" --wildcards --transform='s,.*/,,' "${@:4}"; }

# npm_pack PACKAGE@VERSION: the package as a file in $work/npm. npm's own cache would keep a second copy for ever.
npm_pack() {
  npm pack --loglevel=error --logs-max=0 --update-notifier=false --fetch-retries=1 --fetch-retry-mintimeout=1000 \
    --fetch-timeout=30000 --cache "$work/npm/cache" --pack-destination "$work/npm" "$1" </dev/null &&
    rm -rf "$work/npm/cache"
}
