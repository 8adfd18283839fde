#!/usr/bin/env bash
# From simulated telemetry to a trained and evaluated model, as a new user would.
. "$HVAC_SOURCE_DIR/tests/cli/lib.sh"

expect 0 twin simulate --output "$home/history.csv" --hours 40 --interval 60 --seed 7
expect 0 twin train --data "$home/history.csv" --rounds 20
says "model: v1"
says "UCWOT [degC]"
expect 0 twin train --data "$home/history.csv" --rounds 20 --output "$home/bundle"
for file in "$home/models/v1"/*; do
  case "$file" in */manifest.json | */model.json) continue ;; esac # They hold the time.
  cmp "$file" "$home/bundle/$(basename "$file")" || { echo "FAILED: same data, other bytes"; exit 1; }
done

expect 0 twin simulate --output "$home/unseen.csv" --hours 8 --interval 60 --seed 8
expect 0 twin --json evaluate --model current --data "$home/unseen.csv"
says '"trained_on_this_file": false'
says '"coverage90"'
expect 0 twin evaluate --model v1 --data "$home/history.csv"
says "not its accuracy"

expect 1 twin evaluate --model v9 --data "$home/unseen.csv"
says "v9"
expect 1 twin train --data "$home/nowhere.csv"
says "nowhere.csv"
expect 2 twin train
says "--data"

printf 'x' >>"$home/models/v1/fan_on_UCAOT.txt"
expect 4 twin evaluate --model v1 --data "$home/unseen.csv"
says "fan_on_UCAOT.txt"
