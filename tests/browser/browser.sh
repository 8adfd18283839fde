#!/usr/bin/env bash
# The dashboard in Debian's Chromium against the program as a user runs it.
# Usage: browser.sh [TOPIC_test ...]; all without arguments.
set -euo pipefail
cd "$HVAC_SOURCE_DIR/tests/browser"
command -v chromium >/dev/null || { echo "skipped: chromium is not installed (scripts/setup.sh full)"; exit 77; }
[ -d node_modules ] || { echo "skipped: tests/browser has no node_modules (scripts/setup.sh full)"; exit 77; }
[ $# -gt 0 ] || set -- *_test.mjs
status=0
for topic in "$@"; do
  echo "== ${topic%.mjs}"
  node --test "${topic%.mjs}.mjs" || status=1
done
exit $status
