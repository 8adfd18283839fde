#!/usr/bin/env bash
# Backs the instance up now. Arguments are those of `hvac-twin backup create`.
set -euo pipefail
. "$(dirname "$0")/program.sh"
exec "$program" backup create "$@"
