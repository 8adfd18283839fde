#!/bin/sh
# Installs what package-lock.json pins, unless it is there already: a rebuild needs no network.
# Usage: packages.sh NPM
set -eu
cd "$(dirname "$0")"
"$1" ls --all >/dev/null 2>&1 || "$1" ci --ignore-scripts --prefer-offline --no-audit --no-fund --silent
touch node_modules
