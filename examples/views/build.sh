#!/usr/bin/env bash
# Builds the example views again from their sources, into this folder. The project's own build does not need this: the components
# are committed.
#
#   build.sh [c|assemblyscript|rust|javascript …]      all four without arguments
#
# Needs Node 18 or newer with npm, and
#   for C      clang-19 lld-19                          apt-get install clang-19 lld-19
#   for Rust   rustc, its wasm32 library and lld-14     apt-get install rustc libstd-rust-dev-wasm32 lld-14
# CLANG, WASM_LD, RUSTC and RUST_LD name other ones. npm packages go to $TOOLS, build/ here if it is not set.
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD
wit=$here/../../wit
tools=${TOOLS:-$here/build}
mkdir -p "$tools"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ ! -d "$tools/node_modules/@bytecodealliance/jco" ]; then
  echo "fetching npm packages to $tools"
  (cd "$tools" && npm init -y >/dev/null && npm install --silent --no-fund --no-audit \
    @bytecodealliance/jco@1.34.0 assemblyscript@0.28.20 componentize-qjs@0.4.5)
fi
bin=$tools/node_modules/.bin

# component CORE WORLD NAME: makes a component of a core module
component() {
  "$bin/jco" embed "$1" --wit "$wit/$2" -o "$work/embedded.wasm"
  "$bin/jco" new "$work/embedded.wasm" -o "$here/$3.wasm"
  echo "$3.wasm  $(wc -c <"$here/$3.wasm") bytes"
}

c() { # SOURCE WORLD
  "${CLANG:-clang-19}" --target=wasm32 -std=c11 -Wall -O2 -mbulk-memory -nostdlib -ffreestanding \
    -Wl,--no-entry -Wl,--strip-all -Wl,-z,stack-size=65536 -fuse-ld="${WASM_LD:-/usr/bin/wasm-ld-19}" \
    -o "$work/core.wasm" "c/$1.c"
  component "$work/core.wasm" "$2" "$1-c"
}

assemblyscript() { # SOURCE WORLD INTERFACE
  "$bin/asc" "assemblyscript/$1.ts" -O3 --noAssert --runtime incremental --use abort= -o "$work/raw.wasm" -t "$work/raw.wat"
  # The compiler cannot export names with a colon; the text form can.
  sed -E -e "s,\(export \"(init|append|query|snapshot|restore)\",(export \"$3#\1\"," \
    -e "s,\(export \"post_([a-z]+)\",(export \"cabi_post_$3#\1\"," "$work/raw.wat" >"$work/core.wat"
  "$bin/jco" parse "$work/core.wat" -o "$work/core.wasm"
  component "$work/core.wasm" "$2" "$1-as"
}

rust() { # SOURCE WORLD
  "${RUSTC:-/usr/bin/rustc}" --edition 2021 --crate-type cdylib --target wasm32-unknown-unknown \
    -C opt-level=2 -C lto=fat -C panic=abort -C strip=symbols -C linker="${RUST_LD:-/usr/bin/wasm-ld-14}" \
    -o "$work/core.wasm" "rust/$1.rs"
  component "$work/core.wasm" "$2" "$1-rs"
}

javascript() { # SOURCE WORLD NAME-OF-WORLD
  "$bin/componentize-qjs" -w "$wit/$2" -j "javascript/$1.js" -n "$3" --stub-wasi --sync --opt-size --minify \
    -o "$here/$1-js.wasm" >/dev/null
  echo "$1-js.wasm  $(wc -c <"$here/$1-js.wasm") bytes"
}

for language in "${@:-c assemblyscript rust javascript}"; do
  for one in $language; do
    case $one in
      c)
        c latest view
        c counter machine
        c delays view
        c delays-machine machine
        ;;
      assemblyscript)
        assemblyscript counter machine primatomic:machine/machine@0.0.1
        assemblyscript last-flight view thalweg:view/view@0.1.0
        ;;
      rust) rust counter machine ;;
      javascript) javascript counter machine state-machine ;;
      *)
        echo "no language $one: there are c, assemblyscript, rust and javascript" >&2
        exit 2
        ;;
    esac
  done
done
