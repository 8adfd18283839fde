#!/usr/bin/env bash
# An alert as people meet it: told once by a webhook, acknowledged on the command line, kept over
# kill -9; and the same commands when no program runs.
. "$HVAC_SOURCE_DIR/tests/cli/lib.sh"

for program in curl python3; do
  command -v "$program" >/dev/null || { echo "$program is not installed"; exit 77; }
done
receiver=""
stop_all() {
  [ -z "$receiver" ] || kill "$receiver" 2>/dev/null || true
  cleanup
}
trap stop_all EXIT

# A receiver of posts: one line each.
cat >"$home/receiver.py" <<'PY'
import http.server, sys
class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with open(sys.argv[1], "ab") as posts:
            posts.write(body + b"\n")
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")
    def log_message(self, *words):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
print(server.server_port, flush=True)
server.serve_forever()
PY
python3 "$home/receiver.py" "$home/posts" >"$home/port" &
receiver=$!
for _ in $(seq 100); do [ -s "$home/port" ] && break; sleep 0.1; done
: >"$home/posts"

# Nothing is there and nothing is configured.
expect 0 twin alerts list
says "no open alert"
expect 1 twin alerts ack 123456
says "has the id 123456"
expect 0 twin alerts test
says "webhook  not configured"
expect 1 twin alerts test --channel email
expect 2 twin alerts test --channel pigeon
expect 2 twin alerts shelve 123456 --minutes 0

# A webhook.
echo "http://127.0.0.1:$(cat "$home/port")/services/topsecret" >"$home/url"
expect 0 twin config set backup.automatic false  # Its success would end what is planted below.
expect 0 twin config set alerts.webhook_url_file url
expect 0 twin alerts test --channel all
says "webhook  delivered"
[ "$(grep -c 'this is a test' "$home/posts")" -eq 1 ] || { echo "FAILED: no test message came"; exit 1; }

expect 0 twin simulate --output "$home/history.csv" --hours 40 --interval 60 --seed 7
expect 0 twin train --data "$home/history.csv" --rounds 10
start() { serve --port 0 --dashboard-port 0; }
# listed TEXT: waits until the open alerts say so.
listed() {
  for _ in $(seq 300); do
    output=$(twin alerts --url "$url" list 2>&1 || true)
    case "$output" in *"$1"*) return 0 ;; esac
    sleep 0.1
  done
  echo "FAILED: the alerts do not say \"$1\": $output"
  exit 1
}
told() { grep -c "the backup failed" "$home/posts" || true; }

# Another process leaves word of a failed backup.
condition='{"asset":"","kind":"backup_failed","subject":"","holds":true,"value":null,"limit":null,"unit":"","detail":"no space","since":null}'
start
mkdir -p "$home/alerts/inbox"
echo "$condition" >"$home/alerts/inbox/.new"
mv "$home/alerts/inbox/.new" "$home/alerts/inbox/1.json"
listed "the backup failed"
for _ in $(seq 300); do [ "$(told)" -eq 1 ] && break; sleep 0.1; done
[ "$(told)" -eq 1 ] || { echo "FAILED: the webhook was not told"; exit 1; }
id=$(twin --json alerts --url "$url" list | python3 -c '
import json, sys
print(next(a["id"] for a in json.load(sys.stdin)["alerts"] if a["kind"] == "backup_failed"))')
expect 0 twin alerts --url "$url" show "$id"
says "no space"
expect 0 twin alerts --url "$url" ack "${id:0:8}" --note "disk ordered"
says "acknowledged"
expect 1 twin alerts --url "$url" ack "$id"
says "already acknowledged"
curl -fsS "$url/metrics" | grep '^hvac_alerts_open{state="acknowledged"} [1-9]' >/dev/null ||
  { echo "FAILED: the metrics do not count it"; exit 1; }

# Killed, started again: it is known, and nobody is told again.
kill -9 "$server"
wait "$server" 2>/dev/null || true
start
listed "acknowledged"
sleep 2
[ "$(told)" -eq 1 ] || { echo "FAILED: told $(told) times"; exit 1; }
kill "$server"
wait "$server" || { echo "FAILED: it ended badly"; cat "$home/run.err"; exit 1; }
server=""

# Without a program the files are worked on.
expect 0 twin alerts list
says "$id"
expect 0 twin alerts shelve "$id" --minutes 5 --note "until monday"
says "shelved"
expect 0 twin alerts unshelve "$id"
expect 0 twin alerts journal
says "disk ordered"
says "until monday"
if grep -rl topsecret "$home/logs" "$home/alerts"; then
  echo "FAILED: a secret was written down"
  exit 1
fi
