#!/usr/bin/env bash
# Takes pictures of every page of the dashboard, light and dark, from a running demo in Chromium.
# Usage: scripts/screenshots.sh [FOLDER]   all into FOLDER; without it, those of the README into docs/pictures
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || export PICTURES_ONLY="overview-light overview-dark predict-light live-dark history-light system-dark"
PICTURES=$(realpath -m "${1:-docs/pictures}")
export PICTURES
if [ -z "${HVAC_TWIN:-}" ]; then
  scripts/setup.sh full
  cmake --preset release >/dev/null
  cmake --build --preset release --target hvac-twin
  HVAC_TWIN=$PWD/build/release/hvac-twin
fi
export HVAC_TWIN
node --test tests/browser/pictures.mjs
ls -l "$PICTURES"
