# shellcheck shell=bash
# Files out of Python packages. pip fetches them, because it alone knows this machine's index, proxy, certificates and
# credentials; what it brings must have the hash that is written here.

# pip_fetch PACKAGE==VERSION SHA256 PIP-OPTION...: the wheel, checked, as the file $pip_archive in $work/pip. Returns 1,
# with the reason in $pip_problem, where it cannot be had.
pip_problem='' pip_archive=''
pip_fetch() {
  local package=$1 hash=$2 output found
  shift 2
  make_work_folder
  rm -rf "$work/pip" && mkdir "$work/pip"
  python3 -m pip --version >/dev/null 2>&1 || want_packages python3-pip
  # Only a wheel: of anything else pip would run the build.
  if ! output=$(python3 -m pip download --quiet --disable-pip-version-check --no-cache-dir --no-deps \
    --only-binary=:all: --dest "$work/pip" "$@" "$package" </dev/null 2>&1); then
    pip_problem="pip could not fetch $package"$'\n'"$(hint_from "$output" "$cache")"
    return 1
  fi
  pip_archive=$(echo "$work"/pip/*.whl)
  found=$(sha256sum "$pip_archive")
  if [[ ${found%% *} != "$hash" ]]; then
    pip_problem="$package has another hash than the one known here (sha256 ${found:0:12}..., not ${hash:0:12}...)"$'\n'
    pip_problem+='The index, or something on the way to it, changed the file. Nothing of it is used.'
    return 1
  fi
}

# wheel_extract FOLDER BEGIN=PLACE...: of $pip_archive what has a path that begins so, into FOLDER with PLACE instead.
wheel_extract() {
  python3 - "$pip_archive" "$@" <<'END'
import pathlib, shutil, sys, zipfile

archive, folder, *pairs = sys.argv[1:]
with zipfile.ZipFile(archive) as wheel:
    for name in wheel.namelist():
        for begin, place in (pair.split("=") for pair in pairs):
            if name.startswith(begin) and not name.endswith("/"):
                target = pathlib.Path(folder, place + name[len(begin):])
                target.parent.mkdir(parents=True, exist_ok=True)
                with wheel.open(name) as source, target.open("wb") as copy:
                    shutil.copyfileobj(source, copy, 1 << 20)
END
}
