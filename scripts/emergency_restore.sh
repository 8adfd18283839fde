#!/usr/bin/env bash
# Puts the newest whole backup back and starts from it. Asks first; --yes does not.
set -euo pipefail
. "$(dirname "$0")/program.sh"
exec "$program" emergency restore "$@"
