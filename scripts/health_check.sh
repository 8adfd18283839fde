#!/usr/bin/env bash
# Whether the running server is healthy. Arguments are those of `hvac-twin health`.
set -euo pipefail
. "$(dirname "$0")/program.sh"
exec "$program" health "$@"
