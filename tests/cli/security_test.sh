#!/usr/bin/env bash
# Keys, TLS and limits as an operator meets them: real clients (curl, openssl) against the program.
. "$HVAC_SOURCE_DIR/tests/cli/lib.sh"

certificate() {  # NAME
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" \
    -addext "subjectAltName=IP:127.0.0.1" -keyout "$home/key.new" -out "$home/cert.new" 2>/dev/null
  mv "$home/key.new" "$home/key.pem"
  mv "$home/cert.new" "$home/cert.pem"
}
status() { curl -s -o /dev/null -w '%{http_code}' --cacert "$home/cert.pem" "$@"; }
# expect_status CODE CURL-ARGUMENT...
expect_status() {
  local wanted=$1 got
  shift
  got=$(status "$@")
  [ "$got" = "$wanted" ] || { echo "FAILED: status $got instead of $wanted: $*"; exit 1; }
}

expect 0 twin simulate --output "$home/history.csv" --hours 30 --interval 60 --seed 7
expect 0 twin train --data "$home/history.csv" --rounds 5
expect 2 twin run --port 0 --dashboard-port 0 --bind 0.0.0.0
says "keys create"

expect 0 twin keys create --name display --role viewer
says "hvt_"
viewer=$(twin --json keys create --name kiosk --role viewer --expires-days 30 | sed -nE 's/.*"key": *"([^"]+)".*/\1/p')
admin=$(twin --json keys create --name chief --role admin | sed -nE 's/.*"key": *"([^"]+)".*/\1/p')
[ "$(stat -c %a "$home/keys.json")" = 600 ] || { echo "FAILED: keys.json can be read by others"; exit 1; }
grep -q "${admin#hvt_????????_}" "$home/keys.json" && { echo "FAILED: a key stands in keys.json"; exit 1; }
expect 0 twin keys list
says "chief"
says "active"
expect 1 twin keys create --name chief --role admin
says "already"

certificate first
expect 2 twin run --tls-cert "$home/cert.pem"
"$HVAC_TWIN" --home "$home" --json run --port 0 --dashboard-port 0 --bind 0.0.0.0 \
  --tls-cert "$home/cert.pem" --tls-key "$home/key.pem" >"$home/run.json" 2>"$home/run.err" &
server=$!
for _ in $(seq 300); do
  [ -s "$home/run.json" ] && break
  sleep 0.1
done
port=$(sed -nE 's/.*"url":"https:[^"]*:([0-9]+)".*/\1/p' "$home/run.json" | head -1)
[ -n "$port" ] || { echo "FAILED: it does not serve HTTPS"; cat "$home/run.json" "$home/run.err"; exit 1; }
url=https://127.0.0.1:$port

expect_status 200 "$url/health"
expect_status 401 "$url/api/v1/me"
expect_status 200 "$url/api/v1/me" -H "Authorization: Bearer $viewer"
expect_status 200 "$url/api/v1/me" -H "X-API-Key: $admin"
expect_status 401 "$url/predict" -H 'Content-Type: application/json' -d '{}'
expect_status 422 "$url/predict" -H 'Content-Type: application/json' -H "X-API-Key: $viewer" -d '{}'
expect_status 403 "$url/api/v1/demo/faults" -H 'Content-Type: application/json' -H "X-API-Key: $viewer" -d '{}'
expect_status 413 "$url/predict" -H 'Content-Type: application/json' -H "X-API-Key: $viewer" \
  --data-binary "@$home/history.csv"
expect 0 env HVAC_TWIN_KEY="$viewer" HVAC_TWIN_CA="$home/cert.pem" "$HVAC_TWIN" health --url "$url"
says "healthy"
expect 1 "$HVAC_TWIN" health --url "$url"
expect 35 curl -sS --tls-max 1.1 --cacert "$home/cert.pem" "$url/health"

# A renewed certificate is served without a restart.
certificate second
for _ in $(seq 100); do
  subject=$(openssl s_client -connect "127.0.0.1:$port" </dev/null 2>/dev/null | openssl x509 -noout -subject)
  case "$subject" in *second*) break ;; esac
  sleep 0.1
done
case "$subject" in *second*) ;; *) echo "FAILED: the renewed certificate is not served: $subject"; exit 1 ;; esac
expect_status 200 "$url/health"

expect 0 twin keys revoke kiosk
sleep 1
expect_status 401 "$url/api/v1/me" -H "X-API-Key: $viewer"
renewed=$(twin --json keys rotate chief | sed -nE 's/.*"key": *"([^"]+)".*/\1/p')
sleep 1
expect_status 401 "$url/api/v1/me" -H "X-API-Key: $admin"
expect_status 200 "$url/api/v1/me" -H "X-API-Key: $renewed"
expect 1 twin keys revoke nobody

# Guessing is slowed down.
for _ in $(seq 12); do last=$(status "$url/api/v1/me" -H "X-API-Key: wrong"); done
[ "$last" = 429 ] || { echo "FAILED: wrong keys are not slowed down: $last"; exit 1; }
grep -qE "status=401" "$home/logs/api.log" || { sleep 1; grep -qE "status=401" "$home/logs/api.log"; }
if grep -qF "$renewed" -r "$home/logs"; then echo "FAILED: a key stands in the log"; exit 1; fi

kill -TERM "$server"
wait "$server" || { echo "FAILED: exit code $? after SIGTERM"; exit 1; }
server=""
