#!/usr/bin/env bash
# The full backup of every week, read back byte by byte, and what is too old taken away.
set -euo pipefail
. "$(dirname "$0")/program.sh"
"$program" backup create --kind weekly "$@"
"$program" backup verify
exec "$program" backup prune --yes
