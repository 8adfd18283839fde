#!/usr/bin/env bash
# A server as an operator meets it: started, asked, given another model, damaged, stopped.
. "$HVAC_SOURCE_DIR/tests/cli/lib.sh"

six='{"UCWIT":7.5, "UCAIT":25.0, "UCWF":15.0, "UCAIH":50.0, "AMBT":22.0, "UCTSP":21.0}'
ask() { curl -sS -X POST "$url/predict" -H "Content-Type: application/json" -d "$six"; }

# wait_for TEXT COMMAND...: until the command's output holds the text, ten seconds at most.
wait_for() {
  local text=$1 i
  shift
  for i in $(seq 100); do
    output=$("$@" 2>&1) || true
    case "$output" in *"$text"*) return ;; esac
    sleep 0.1
  done
  echo "FAILED: $* never said \"$text\":"
  echo "$output"
  exit 1
}

expect 1 twin run --port 0
says "no model yet"
says "run --demo"
expect 2 twin run --bind 0.0.0.0
says "API keys"
expect 2 twin run --bind somewhere

expect 0 twin simulate --output "$home/history.csv" --hours 40 --interval 60 --seed 7
expect 0 twin train --data "$home/history.csv" --rounds 10
expect 0 twin train --data "$home/history.csv" --rounds 12
expect 0 twin models list
says "v1        current"
expect 0 twin --json models show v2
says '"origin": "telemetry"'
expect 0 twin models verify
says "v2: every file"

"$HVAC_TWIN" --home "$home" --json run --port 0 --threads 2 >"$home/announced" 2>"$home/errors" &
server=$!
wait_for '"url"' cat "$home/announced"
url=$(sed -nE 's/.*"url":"([^"]+)".*/\1/p' "$home/announced")
expect 0 twin health --url "$url"
says "status: healthy"
expect 0 curl -sS "$url/health"
says '{"status":"healthy","model_type":"xgboost","models_loaded":["UCAOT","UCWOT","UCAF"],"version":"1.0.0"'
expect 0 ask
says '"model_version":"v1"'
says '"model_origin":"telemetry"'

# A promotion takes effect in the running server, a rollback too.
expect 0 twin models promote v2 --reason "more trees"
wait_for '"model_version":"v2"' ask
expect 0 twin models rollback
wait_for '"model_version":"v1"' ask
expect 1 twin models rollback
says "nothing before it"
expect 1 twin models promote v7
says "v7"

# Damage: promotion refuses it; reloading keeps the good model and says which file.
printf 'x' >>"$home/models/v2/card.json"
expect 4 twin models promote v2
says "card.json"
expect 4 twin models verify
printf 'x' >>"$home/models/v1/card.json"
kill -HUP "$server"
wait_for '"status":"degraded"' curl -sS "$url/health"
says "card.json"
expect 0 ask
says '"model_version":"v1"'
expect 1 twin health --url "$url"
grep -q "ERROR model not swapped" "$home/logs/api.log"
grep -q "inference_time=" "$home/logs/api.log"

kill -TERM "$server"
wait "$server" || { echo "FAILED: exit code $? after SIGTERM"; exit 1; }
server=""
expect 1 twin health --url "$url"
expect 4 twin run --port 0
says "card.json"
