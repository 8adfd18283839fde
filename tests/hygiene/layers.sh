#!/usr/bin/env bash
# The architecture holds: each include is allowed by the table of layers, and the check would see a
# wrong one.
set -euo pipefail
cd "$HVAC_SOURCE_DIR"
scripts/check_layers.sh

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
mkdir -p "$copy/scripts" "$copy/src/base"
cp scripts/check_layers.sh "$copy/scripts/"
printf '#include "twin/model.h"\n' >"$copy/src/base/wrong.h"
if bash "$copy/scripts/check_layers.sh" >/dev/null; then
  echo "base including twin was not noticed"
  exit 1
fi
