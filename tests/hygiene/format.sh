#!/usr/bin/env bash
# Every source is as clang-format writes it.
set -euo pipefail
cd "$HVAC_SOURCE_DIR"
command -v clang-format-19 >/dev/null || { echo "skipped: clang-format-19 is not installed (scripts/setup.sh full)"; exit 77; }
git ls-files 'src/*.h' 'src/*.cpp' 'fuzz/*.cpp' 'bench/*.cpp' | xargs clang-format-19 --dry-run --Werror
