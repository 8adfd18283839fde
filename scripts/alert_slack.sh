#!/usr/bin/env bash
# Sends a test message to the webhook of config.toml. Arguments are those of `hvac-twin alerts test`.
set -euo pipefail
. "$(dirname "$0")/program.sh"
exec "$program" alerts test --channel webhook "$@"
