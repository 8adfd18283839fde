#!/usr/bin/env bash
# One request of each kind to the running server. Arguments are those of `hvac-twin smoke`.
set -euo pipefail
. "$(dirname "$0")/program.sh"
exec "$program" smoke "$@"
