#!/usr/bin/env bash
# The architecture: which module may include which. Fails and names each include that breaks it.
set -euo pipefail
cd "$(dirname "$0")/.."

declare -A may=(
  [base]=""
  [config]="base"
  [units]="base"
  [physics]="base units"
  [access]="base"
  [trees]="base"
  [drift]="base"
  [mqtt]="base"
  [telemetry]="base units"
  [plant]="base units physics"
  [features]="base units physics telemetry"
  [twin]="base units physics trees telemetry features"
  [training]="base units physics trees telemetry features twin drift"
  [ingest]="base units telemetry twin mqtt"
  [live]="base telemetry twin ingest store"
  [registry]="base twin"
  [store]="base units telemetry twin"
  [alerts]="base telemetry physics twin mqtt store"
  [ops]="base access units telemetry twin registry store"
  [api]="base access units telemetry features twin registry store ops live ingest mqtt alerts drift"
  [app]="base access config mqtt ingest units physics trees telemetry plant features twin live training registry store alerts ops api drift"
)

status=0
for folder in src/*/; do
  module=$(basename "$folder")
  if [ -z "${may[$module]+known}" ]; then
    echo "src/$module is not in the table of layers (scripts/check_layers.sh)"
    status=1
    continue
  fi
  # A test may look at any module: what it proves often crosses layers.
  while IFS=: read -r file line include; do
    other=$(sed -E 's/.*#include "([^/"]+)\/.*/\1/' <<<"$include")
    [ "$other" = "$module" ] && continue
    case " ${may[$module]} " in
      *" $other "*) ;;
      *) echo "$file:$line: $module may not include $other"; status=1 ;;
    esac
  done < <(grep -rnE '^#include "[^/"]+/' "$folder" --include='*.h' --include='*.cpp' --exclude='*_test.cpp' --exclude=testing.h || true)
done
[ $status -eq 0 ] && echo "layers: every include is allowed"
exit $status
