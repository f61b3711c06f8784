# shellcheck shell=bash
# The weights of a network, in the folder that rembg uses too, so that its users need not download them again.

peel=$build/bin/peel
model_store=${U2NET_HOME:-${XDG_DATA_HOME:-$HOME}/.u2net}

have_model() { [[ -f $model_store/$1.onnx ]]; }

# download_model NAME: on a terminal with peel's own progress bar, which needs that terminal; else quietly. What peel said
# is then in $work/model.log.
download_model() {
  make_work_folder
  : >"$work/model.log"
  if [[ -t 2 ]]; then
    "$peel" models download "$1" </dev/null >/dev/null
  else
    "$peel" models download "$1" </dev/null >"$work/model.log" 2>&1
  fi || return
  # Which engine computes it faster here, kept beside it; where that fails the model is there all the same.
  say model "making $1 ready"
  "$peel" models warm "$1" </dev/null >>"$work/model.log" 2>&1 || true
}

# ensure_model NAME: that one, or for `auto` the first that can be had of what peel itself takes without being told.
ensure_model() {
  local name=$1
  if [[ $name != auto ]]; then
    have_model "$name" && return
    say model "fetching $name"
    download_model "$name" || die "model $name could not be fetched" "$(tail -n 5 "$work/model.log")"
    return
  fi
  have_model silueta || have_model isnet-general-use || have_model u2netp || unreachable_lately model && return
  say model 'fetching silueta (U-2-Net, 43 MB)'
  download_model silueta && return
  say model 'silueta could not be reached here; fetching isnet-general-use (IS-Net, 88 MB) instead'
  download_model isnet-general-use && return
  remember_unreachable model
  warn model 'none could be fetched; later: peel models download silueta, or give a file with --model FILE.onnx'
  sed 's/^/       /' "$work/model.log" | tail -n 5 >&2
}
