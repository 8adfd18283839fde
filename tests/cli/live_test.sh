#!/usr/bin/env bash
# Telemetry through a real broker into a running twin, out again, stored, replayed, and taken up after
# the program was killed.
. "$HVAC_SOURCE_DIR/tests/cli/lib.sh"

for program in mosquitto mosquitto_pub mosquitto_sub curl; do
  command -v "$program" >/dev/null || { echo "$program is not installed"; exit 77; }
done
broker=""
listener=""
stop_all() {
  [ -z "$listener" ] || kill "$listener" 2>/dev/null || true
  [ -z "$broker" ] || kill "$broker" 2>/dev/null || true
  cleanup
}
trap stop_all EXIT

port=$(free_port)
cat >"$home/mosquitto.conf" <<CONF
listener $port 127.0.0.1
allow_anonymous true
persistence true
persistence_location $home/
max_queued_messages 0
CONF
mosquitto -c "$home/mosquitto.conf" >"$home/mosquitto.log" 2>&1 &
broker=$!
mqtt=(-h 127.0.0.1 -p "$port" -q 1 -V mqttv5)

# The telemetry of this test is of always the same days, whatever day it is.
printf '[retention]\nsamples_days = 36500\noutcomes_days = 36500\nrollups_days = 36500\n' \
  >"$home/config.toml"
expect 0 twin simulate --output "$home/history.csv" --hours 40 --interval 60 --seed 7
expect 0 twin train --data "$home/history.csv" --rounds 10

start() {
  serve --mqtt "mqtt://127.0.0.1:$port" --port 0 --dashboard-port 0
  for _ in $(seq 300); do
    output=$(curl -fsS "$url/health")
    case "$output" in *'"broker":"connected"'*) return 0 ;; esac
    sleep 0.1
  done
  echo "FAILED: no broker: $output"
  exit 1
}
# counted KEY: of /api/v1/system.
counted() { curl -fsS "$url/api/v1/system" | grep -oE "\"$1\":[0-9]+" | grep -oE '[0-9]+$'; }
await() {
  for _ in $(seq 300); do
    [ "$(counted "$1")" = "$2" ] && return 0
    sleep 0.1
  done
  echo "FAILED: $1 is $(counted "$1"), not $2"
  curl -fsS "$url/api/v1/system"
  exit 1
}

start
mosquitto_sub "${mqtt[@]}" -v -t 'hvac/+/twin' -t hvac/status >"$home/heard" &
listener=$!
for _ in $(seq 100); do
  grep -q online "$home/heard" && break
  sleep 0.1
done
grep -q '^hvac/status {"status":"online"' "$home/heard" || { echo "FAILED: no status"; exit 1; }

# The prototype's payload, one of an asset, and everything that is none.
mosquitto_pub "${mqtt[@]}" -t hvac/sensors/data -m '{"timestamp":"2026-01-01T00:00:00Z","data":{"UCWIT":7.5,"UCAIT":25.0,"UCWF":300,"UCAIH":50.0,"AMBT":22.0,"UCTSP":21.0}}'
mosquitto_pub "${mqtt[@]}" -t hvac/aft/sensors -m '{"timestamp":1767225600,"data":{"UCWIT":7.5,"UCAIT":25.0,"UCAOT":16.5}}'
for wrong in 'nonsense' '{}' '[1]' '{"timestamp":"never","data":{"UCAIT":1}}' '{"timestamp":1767225600,"data":{"X":1}}'; do
  mosquitto_pub "${mqtt[@]}" -t hvac/aft/sensors -m "$wrong"
done
await samples_stored 2
await malformed 4
await foreign 1
for _ in $(seq 100); do
  grep -q '^hvac/aft/twin ' "$home/heard" && break
  sleep 0.1
done
grep '^hvac/aft/twin {"asset":"aft"' "$home/heard" | grep '"residual":' >/dev/null ||
  { echo "FAILED: no outcome heard"; cat "$home/heard"; exit 1; }
expect 0 curl -fsS "$url/api/v1/assets/cooler-1"
says '"UCAOT":{"predicted":'
expect 22 curl -fsS "$url/api/v1/assets/none"
expect 0 curl -fsS "$url/api/v1/assets/aft/history?series=UCAIT&from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z"
says '"mean":[25]'

# A day of a simulated cooler, in the middle of which the program is killed.
expect 0 twin simulate --mqtt "mqtt://127.0.0.1:$port" --hours 3 --interval 10 --seed 9
sleep 0.3
kill -9 "$server"
wait "$server" 2>/dev/null || true
expect 0 twin simulate --output "$home/same.csv" --hours 3 --interval 10 --seed 9
start
for _ in $(seq 600); do
  rows=$(curl -fsS "$url/api/v1/assets/cooler-1/export?series=UCAIT&from=2025-07-01T00:00:00Z&to=2025-12-31T00:00:00Z" | tail -n +2 | wc -l)
  wanted=$(tail -n +2 "$home/same.csv" | grep -v '^;*$' | cut -d';' -f1 | sort -u | wc -l)
  [ "$rows" = "$wanted" ] && break
  sleep 0.2
done
[ "$rows" = "$wanted" ] || { echo "FAILED: $rows instants are stored, $wanted were sent"; exit 1; }

# The listener hears that the program is gone.
kill -TERM "$server"
wait "$server" || { echo "FAILED: exit code $? after SIGTERM"; exit 1; }
server=""
for _ in $(seq 100); do
  tail -1 "$home/heard" | grep -q offline && break
  sleep 0.1
done
grep -q '^hvac/status {"status":"offline"' "$home/heard" || { echo "FAILED: no last will"; exit 1; }

# What is stored gives the same outcomes bit for bit; so does the file.
expect 0 twin --json ingest replay --asset aft
says '"different": 0'
expect 0 twin --json ingest replay "$home/same.csv" --output "$home/outcomes.jsonl"
says '"outcomes"'
[ "$(wc -l <"$home/outcomes.jsonl")" -gt 500 ] || { echo "FAILED: few outcomes"; exit 1; }
expect 1 twin ingest replay --asset none
says "nothing stored"
