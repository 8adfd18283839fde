#!/usr/bin/env bash
# Nothing of the machine it was written on: no absolute home or work folders, no download addresses
# in lock files.
set -euo pipefail
cd "$HVAC_SOURCE_DIR"
status=0
if grep -rnIE '(^|[^[:alnum:]._])/(work|root|home/[a-z]+)/' --include='*' . \
    --exclude-dir=.git --exclude=.git --exclude-dir=build --exclude-dir=node_modules --exclude-dir=hvac-home; then
  echo "a folder of somebody's machine is named above"
  status=1
fi
if find . -name package-lock.json -not -path '*/node_modules/*' -exec grep -l '"resolved": "http' {} + | grep .; then
  echo "a lock file above names download addresses"
  status=1
fi
exit $status
