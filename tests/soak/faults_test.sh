#!/usr/bin/env bash
# A soak of the demo: every fault of the simulated cooler is switched on in turn, for HVAC_SOAK_S
# seconds each, while pages, streams and predictions are asked for. Built with sanitizers it finds what
# they find.
. "$HVAC_SOURCE_DIR/tests/cli/lib.sh"

each=${HVAC_SOAK_S:-5}
expect 0 twin simulate --output "$home/history.csv" --hours 40 --interval 60 --seed 7
expect 0 twin train --data "$home/history.csv" --rounds 10
serve --demo --speed 600 --port 0 --dashboard-port 0
stored() { curl -fsS "$url/metrics" | sed -n 's/^hvac_samples_stored_total //p'; }

faults=$("$HVAC_TWIN" --json demo faults | grep -oE '"name": *"[^"]*"' | cut -d'"' -f4)
[ "$(wc -w <<<"$faults")" -gt 5 ] || { echo "FAILED: few faults: $faults"; exit 1; }
for fault in ${faults//TAG/UCAIT}; do
  before=$(stored)
  expect 0 twin demo fault "$fault" --url "$url"
  curl -sN --max-time "$each" "$url/api/v1/stream" >"$home/stream" &
  follower=$!
  end=$((SECONDS + each))
  while [ $SECONDS -lt $end ]; do
    for path in health metrics api/v1/assets api/v1/assets/demo-cooler api/v1/kpis api/v1/system \
      api/v1/findings "api/v1/assets/demo-cooler/history?series=UCAOT,UCAOT.predicted,health_index"; do
      curl -fsS "$url/$path" >/dev/null || { echo "FAILED: $path during $fault"; exit 1; }
    done
    curl -fsS -X POST "$url/predict" -H 'Content-Type: application/json' \
      -d '{"UCWIT":7.5,"UCAIT":25.0,"UCWF":15.0,"UCAIH":50.0,"AMBT":22.0,"UCTSP":21.0}' >/dev/null
  done
  wait "$follower" || true
  grep -q "event: outcome" "$home/stream" || { echo "FAILED: no event during $fault"; exit 1; }
  expect 0 twin demo fault "$fault" --stop --url "$url"
  [ "$(stored)" -gt "$before" ] || { echo "FAILED: nothing stored during $fault"; exit 1; }
done
kill -TERM "$server"
wait "$server" || { echo "FAILED: exit code $? after SIGTERM"; cat "$home/run.err"; exit 1; }
server=""
if grep -E "Sanitizer|runtime error" "$home/run.err"; then exit 1; fi
expect 0 twin ingest replay --asset demo-cooler
echo "$(wc -w <<<"$faults") faults, $output"
