#!/usr/bin/env bash
# Installs what is missing for building (and with `full`, for the full tests) on Debian 12.
# Usage: scripts/setup.sh [full]
set -euo pipefail
cd "$(dirname "$0")/.."

sections="build"
[ "${1:-}" = full ] && sections="build full"

missing=()
while read -r section package; do
  case " $sections " in *" $section "*) ;; *) continue ;; esac
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done < <(grep -v '^#' scripts/packages.txt)
# The distribution's npm brings hundreds of packages; one that is there already serves as well.
command -v npm >/dev/null || missing+=(nodejs npm)

if [ ${#missing[@]} -gt 0 ]; then
  sudo=""
  [ "$(id -u)" -eq 0 ] || sudo=sudo
  echo "setup: installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  $sudo apt-get update -qq
  $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

# Pages are built from the npm registry's packages, pinned by the lock files.
for lock in web/*/package-lock.json; do
  [ -e "$lock" ] || continue
  folder=$(dirname "$lock")
  if [ ! -d "$folder/node_modules" ] || [ "$lock" -nt "$folder/node_modules" ]; then
    (cd "$folder" && npm ci --no-audit --no-fund --silent && touch node_modules)
  fi
done

# ONNX Runtime for the tests of exported graphs (its install script would fetch parts for GPUs), and
# what drives Chromium for the tests of the dashboard.
if [ "${1:-}" = full ]; then
  for folder in tests/onnx tests/browser; do
    [ -d "$folder/node_modules" ] && continue
    (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --silent) ||
      echo "setup: the packages of $folder cannot be installed; its tests will be skipped"
  done
fi

# Schemas that the files of deploy/ are checked against.
if [ "${1:-}" = full ] && { [ ! -d tests/deploy/node_modules ] ||
    [ tests/deploy/package-lock.json -nt tests/deploy/node_modules ]; }; then
  (cd tests/deploy && npm ci --ignore-scripts --no-audit --no-fund --silent && touch node_modules) ||
    echo "setup: the packages of tests/deploy cannot be installed; its tests of schemas will be skipped"
fi
