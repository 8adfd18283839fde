#!/usr/bin/env bash
# How many /predict a second one core serves, and how long they take at half of 80,000 a second.
# Server and load on a core each (0 and 1), a model trained on simulated telemetry. A machine's
# loopback varies twofold: what counts is the ratio to a server that does nothing (bench_http_ceiling).
# Usage: bench/http_load.sh [FOLDER] [SECONDS]   FOLDER: of the optimised programs, build/release
# Needs the Debian package wrk.
set -euo pipefail
program=${1:-build/release}/hvac-twin
ceiling=${1:-build/release}/bench_http_ceiling
seconds=${2:-10}
home=$(mktemp -d)
servers=()
trap '[ ${#servers[@]} -eq 0 ] || kill "${servers[@]}"; wait; rm -rf "$home"' EXIT

"$program" simulate --output "$home/history.csv" --hours 200 --interval 60 --seed 7 >/dev/null
"$program" --home "$home" train --data "$home/history.csv" >/dev/null
taskset -c 0 "$program" --home "$home" --json run --port 0 --threads 1 >"$home/announced" &
servers+=($!)
taskset -c 0 "$ceiling" >"$home/port" &
servers+=($!)
until [ -s "$home/announced" ]; do sleep 0.1; done
url=$(sed -nE 's/.*"url":"([^"]+)".*/\1/p' "$home/announced")

cat >"$home/predict.lua" <<'LUA'
local bodies = {}
for i = 1, 1000 do  -- Never one row over and over: that flatters caches and branches.
  bodies[i] = wrk.format("POST", "/predict", {["Content-Type"] = "application/json"}, string.format(
    '{"UCWIT":%.2f,"UCAIT":%.2f,"UCWF":%.1f,"UCAIH":%.1f,"AMBT":%.2f,"UCTSP":%.1f}',
    5 + 10 * math.random(), 18 + 14 * math.random(), 600 * math.random(), 30 + 40 * math.random(),
    18 + 14 * math.random(), 18 + 8 * math.random()))
end
local i = 0
function request()
  i = i % #bodies + 1
  return bodies[i]
end
LUA
cp "$home/predict.lua" "$home/half.lua"
echo 'function delay() return 2 end' >>"$home/half.lua"

cpu_seconds() { curl -s "$url/metrics" | sed -nE 's/^process_cpu_seconds_total (.*)/\1/p'; }
drive() { taskset -c 1 wrk -t1 -c"$2" -d"${seconds}s" --latency -s "$home/$1.lua" "$3"; }
rate() { sed -nE 's/^Requests\/sec: *(.*)/\1/p'; }
load() {  # SCRIPT CONNECTIONS
  local before after output
  before=$(cpu_seconds)
  output=$(drive "$1" "$2" "$url")
  after=$(cpu_seconds)
  echo "$output" | grep -E '50%|99%|Requests/sec|Non-2xx|Socket errors' | grep -v Latency || true
  echo "$output" | awk -v cpu="$(awk -v a="$after" -v b="$before" 'BEGIN { print a - b }')" \
    '/requests in/ { printf "  server CPU per request %.2f us: %.0f a second on a core of its own\n",
                     1e6 * cpu / $1, $1 / cpu }'
  last=$(rate <<<"$output")
}
for round in 1 2 3; do
  echo "round $round, as fast as it goes, 64 connections:"
  load predict 64
  idle=$(drive predict 64 "http://127.0.0.1:$(cat "$home/port")" | rate)
  awk -v ours="$last" -v idle="$idle" \
    'BEGIN { printf "  a server that does nothing: %.0f a second; ours reaches %.2f of it\n", idle, ours / idle }'
done
echo "about 40,000 a second, 128 connections:"
load half 128
curl -s "$url/metrics" | grep -E "(inference|predict).*(sum|count)"
