#!/usr/bin/env bash
# Gathers what support needs, without secrets. Arguments are those of `hvac-twin diagnostics`.
set -euo pipefail
. "$(dirname "$0")/program.sh"
exec "$program" diagnostics "$@"
