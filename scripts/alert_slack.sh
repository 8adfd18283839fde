#!/usr/bin/env bash
# Sends a message to the webhook of config.toml. Usage: alert_slack.sh [--message TEXT]
set -euo pipefail
. "$(dirname "$0")/program.sh"
exec "$program" alerts test --channel webhook "$@"
