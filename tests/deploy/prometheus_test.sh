#!/usr/bin/env bash
# Prometheus and Grafana: rules and settings are valid and tested, and name only series that the running
# program has.
. "$HVAC_SOURCE_DIR/tests/cli/lib.sh"
. "$HVAC_SOURCE_DIR/tests/deploy/lib.sh"
needs promtool prometheus
needs mosquitto mosquitto
broker=""
trap '[ -z "$broker" ] || kill "$broker" 2>/dev/null || true; cleanup' EXIT

expect 0 promtool check rules "$deploy"/prometheus/rules/*.rules.yml
expect 0 promtool test rules "$deploy"/prometheus/rules/*.test.yml
for file in prometheus.yml prometheus-local.yml; do expect 0 promtool check config --syntax-only "$deploy/prometheus/$file"; done
# The tests would see a wrong limit.
sed 's/> 1e9 and/> 5e9 and/' "$deploy/prometheus/rules/hvac-twin.rules.yml" >"$home/hvac-twin.rules.yml"
cp "$deploy/prometheus/rules/hvac-twin.test.yml" "$home/"
expect 1 promtool test rules "$home/hvac-twin.test.yml"

# With a broker, so that all of it is there.
port=$(free_port)
printf 'listener %s 127.0.0.1\nallow_anonymous true\n' "$port" >"$home/mosquitto.conf"
mosquitto -c "$home/mosquitto.conf" >"$home/broker.log" 2>&1 &
broker=$!
twin simulate --output "$home/history.csv" --hours 40 --interval 60 --seed 7 >/dev/null
twin train --data "$home/history.csv" --rounds 10 >/dev/null
serve --demo --speed 600 --port 0 --mqtt "mqtt://127.0.0.1:$port"
for _ in $(seq 100); do
  curl -fsS "$url/metrics" >"$home/metrics"
  grep -q '^hvac_asset_health_ratio{' "$home/metrics" && break
  sleep 0.2
done
expect 0 promtool check metrics <"$home/metrics"
node_check metrics_check.mjs "$deploy" "$home/metrics"
