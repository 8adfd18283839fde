#!/usr/bin/env bash
# Socket activation: restarted five times under load, no request is refused, cut or lost.
. "$HVAC_SOURCE_DIR/tests/cli/lib.sh"
. "$HVAC_SOURCE_DIR/tests/deploy/lib.sh"
needs perl perl

twin simulate --output "$home/history.csv" --hours 40 --interval 60 --seed 7 >/dev/null
twin train --data "$home/history.csv" --rounds 10 >/dev/null
perl "$here/keeper.pl" "$HVAC_TWIN" --home "$home" --json run >"$home/out" 2>"$home/err" &
server=$!
for _ in $(seq 200); do grep -q '"url"' "$home/out" && break; sleep 0.1; done
port=$(head -1 "$home/out")
grep -q "\"url\":\"http://127.0.0.1:$port\"" "$home/out" || failed "it does not serve on the socket it was handed: $(cat "$home/out" "$home/err")"

node "$here/load.mjs" "http://127.0.0.1:$port" >"$home/load" 2>"$home/load.err" &
load=$!
for restart in 1 2 3 4 5; do
  sleep 1
  kill -USR1 "$server"
  for _ in $(seq 300); do [ "$(grep -c '"url"' "$home/out")" -gt "$restart" ] && break; sleep 0.1; done
  [ "$(grep -c '"url"' "$home/out")" -gt "$restart" ] || failed "it did not come back: $(cat "$home/err")"
done
sleep 1
kill -TERM "$load"
wait "$load"
echo "5 restarts: $(cat "$home/load")"
grep -q '"failed":0}' "$home/load" || failed "requests were lost: $(sort "$home/load.err" | uniq -c)"
[ "$(sed -nE 's/.*"answered":([0-9]+).*/\1/p' "$home/load")" -ge 100 ] || failed "hardly anything was asked"

# Handed what is no listening socket, it says so and does not start.
expect 2 env bash -c "exec 3</dev/null; LISTEN_PID=\$\$ LISTEN_FDS=1 exec '$HVAC_TWIN' --home '$home' run"
says "descriptor 3"

kill -TERM "$server"
wait "$server" || failed "exit code $? after SIGTERM"
server=""
