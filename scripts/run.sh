#!/usr/bin/env bash
# Builds hvac-twin on a fresh Debian 12 and runs the demo: http://127.0.0.1:8000 (API, /docs).
# Arguments are handed to `hvac-twin run --demo`, e.g. scripts/run.sh --port 8080.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh
cmake --preset release >/dev/null
cmake --build --preset release --target hvac-twin
exec build/release/hvac-twin run --demo "$@"
