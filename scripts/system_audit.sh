#!/usr/bin/env bash
# Audits the whole system and scores it. Arguments are those of `hvac-twin audit`.
set -euo pipefail
. "$(dirname "$0")/program.sh"
exec "$program" audit "$@"
