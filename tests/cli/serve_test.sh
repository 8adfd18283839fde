#!/usr/bin/env bash
# The demo and the manual's requests, as the README says them.
. "$HVAC_SOURCE_DIR/tests/cli/lib.sh"

expect 1 twin run --port 0
says "train"

expect 0 twin simulate --output "$home/history.csv" --hours 40 --interval 60 --seed 7
expect 0 twin train --data "$home/history.csv" --rounds 10
serve --demo --speed 600 --port 0

# A signal to stop is taken by the one thread that knows what to do: all others keep it from them.
others=$(grep -h '^SigBlk' $(ls -d /proc/"$server"/task/* | grep -v "/$server$" | sed 's|$|/status|'))
[ "$(wc -l <<<"$others")" -ge 5 ] || { echo "FAILED: hardly any threads: $others"; exit 1; }
while read -r _ mask; do
  [ $((0x$mask & 0x4003)) -eq $((0x4003)) ] || { echo "FAILED: a thread takes SIGTERM, SIGINT or SIGHUP: $mask"; exit 1; }
done <<<"$others"

expect 0 curl -fsS "$url/health"
says '{"status":"healthy","model_type":"xgboost","models_loaded":["UCAOT","UCWOT","UCAF"],"version":"1.0.0"'
expect 0 twin health --url "$url"
says "status: healthy"
says "Disk space free"

# The README's requests, to this server.
sed -n '/^curl -X POST/,/}.$/p' "$HVAC_SOURCE_DIR/README.md" | sed "s|http://localhost:8000|$url|" >"$home/request.sh"
expect 0 bash -c "$(sed 's/^curl/curl -fsS/' "$home/request.sh")"
for key in UCAOT UCWOT UCAF Q_thermal intervals physics domain model_version inference_time_ms; do
  says "\"$key\""
done
expect 0 curl -sS -X POST "$url/predict" -H 'Content-Type: application/json' -d '{"UCWIT":7.5}'
says '"field":"AMBT"'
expect 0 curl -fsS "$url/docs"
expect 0 curl -fsS "$url/metrics"
says "hvac_"

for _ in $(seq 100); do
  output=$(curl -fsS "$url/api/v1/assets")
  case "$output" in *demo-cooler*) break ;; esac
  sleep 0.1
done
says '"asset":"demo-cooler"'
says '"findings"'
expect 0 twin demo fault bias-UCAOT --url "$url"
says "bias-UCAOT"
expect 2 twin demo fault no-such-fault --url "$url"
says "no-such-fault"
expect 0 twin demo fault bias-UCAOT --stop --url "$url"

kill -TERM "$server"
wait "$server" || { echo "FAILED: exit code $? after SIGTERM"; exit 1; }
server=""
grep -q inference_time "$home/logs/api.log" || { echo "FAILED: api.log has no inference_time"; exit 1; }
