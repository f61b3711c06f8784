# shellcheck shell=bash
# rembg, to be measured beside peel: the newest release that pip finds, in a virtual environment of its own, outside the
# checkout and beside nothing of the user's.

rembg_home=$cache/rembg
# shellcheck disable=SC2034
rembg_python=$rembg_home/bin/python

# ensure_rembg: made at the first call (about 0.8 GB), brought up to date at each; where pip finds nothing newer or
# nothing at all, what is there is taken.
ensure_rembg() {
  make_work_folder
  if [[ ! -x $rembg_python ]]; then
    install_packages python3-venv
    say rembg "into $rembg_home (0.8 GB)"
    python3 -m venv "$rembg_home" >"$work/rembg.log" 2>&1 || die "no virtual environment could be made in $rembg_home" \
      "$(tail -n 5 "$work/rembg.log")"
  fi
  "$rembg_python" -m pip install --quiet --disable-pip-version-check --upgrade 'rembg[cpu]' </dev/null \
    >"$work/rembg.log" 2>&1 && return
  "$rembg_python" -c 'import rembg' 2>/dev/null || die 'rembg could not be installed' \
    "$(hint_from "$(<"$work/rembg.log")" "$rembg_home")"
  warn rembg 'pip could not look for a newer one; the one that is there is taken'
}
