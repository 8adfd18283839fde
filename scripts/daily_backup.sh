#!/usr/bin/env bash
# The backup of every day, and what is older than its retention taken away.
set -euo pipefail
. "$(dirname "$0")/program.sh"
"$program" backup create --kind daily "$@"
exec "$program" backup prune --yes
