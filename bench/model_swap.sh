#!/usr/bin/env bash
# 100 swaps of the model under 50,000 requests a second, every answer looked at: none may fail, none
# may be of two versions. Server and load on a core each. Not a test: a busy machine is slower.
# Usage: bench/model_swap.sh [BUILD_FOLDER] [SWAPS] [REQUESTS_A_SECOND]
set -euo pipefail
build=${1:-build/release}
program=$build/hvac-twin
home=$(mktemp -d)
server=""
trap '[ -z "$server" ] || kill "$server"; wait; rm -rf "$home"' EXIT

for seed in 7 8; do  # Of other data each: so that they say different things.
  "$program" simulate --output "$home/history.csv" --hours 60 --interval 60 --seed $seed >/dev/null
  "$program" --home "$home" train --data "$home/history.csv" >/dev/null
done
taskset -c 0 "$program" --home "$home" --json run --role api --port 0 --threads 1 >"$home/announced" &
server=$!
until [ -s "$home/announced" ]; do sleep 0.1; done
port=$(sed -nE 's/.*"url":"[^"]*:([0-9]+)".*/\1/p' "$home/announced")
taskset -c 1 "$build/bench_model_swap" "$port" "$home/models" "${2:-100}" "${3:-50000}"
