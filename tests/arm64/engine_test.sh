#!/usr/bin/env bash
# The tests of the tree engines on arm64: the same sources, built by the distribution's cross compiler
# and run by qemu. Every engine that is there must equal the reference walk.
set -euo pipefail
cd "$HVAC_SOURCE_DIR"
compiler=aarch64-linux-gnu-g++
for tool in "$compiler" qemu-aarch64-static; do
  command -v "$tool" >/dev/null || { echo "skipped: $tool is missing (scripts/setup.sh full)"; exit 77; }
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Headers that are the same on every machine; the rest of /usr/include is not for this compiler.
mkdir "$work/include"
for folder in fmt tl gtest; do ln -s "/usr/include/$folder" "$work/include/$folder"; done

googletest=/usr/src/googletest/googletest
sources=("$googletest/src/gtest-all.cc" "$googletest/src/gtest_main.cc"
  src/base/files.cpp src/base/number.cpp src/trees/predict/engine_test.cpp)
for file in src/trees/model/ensemble.cpp src/trees/model/lightgbm*.cpp src/trees/predict/*.cpp; do
  case "$file" in *_test.cpp | */avx*.cpp) ;; *) sources+=("$file") ;; esac
done
compile() {  # SOURCE OBJECT
  local options=()
  case "$1" in src/*) options=(-Wall -Wextra -Werror) ;; esac
  case "$1" in */walk_kernel.cpp) options+=(-fno-tree-slp-vectorize) ;; esac
  "$compiler" -std=c++20 -O2 -pthread "${options[@]}" -DFMT_HEADER_ONLY -Isrc -isystem "$work/include" \
    -I"$googletest" -DHVAC_TREES_TESTDATA="\"$PWD/src/trees/testdata\"" -c "$1" -o "$2"
}
number=0
objects=()
for source in "${sources[@]}"; do
  objects+=("$work/$((++number)).o")
  compile "$source" "$work/$number.o"
done
"$compiler" -static -pthread "${objects[@]}" -o "$work/engine_test"
qemu-aarch64-static "$work/engine_test" --gtest_brief=1
