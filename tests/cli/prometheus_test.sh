#!/usr/bin/env bash
# A real Prometheus scrapes the running demo, and finds what it asks for.
. "$HVAC_SOURCE_DIR/tests/cli/lib.sh"

for program in prometheus promtool curl; do
  command -v "$program" >/dev/null || { echo "$program is not installed"; exit 77; }
done

scraper=""
stop_all() {
  [ -z "$scraper" ] || kill "$scraper" 2>/dev/null || true
  cleanup
}
trap stop_all EXIT

expect 0 twin simulate --output "$home/history.csv" --hours 40 --interval 60 --seed 7
expect 0 twin train --data "$home/history.csv" --rounds 10
serve --demo --speed 600 --port 0 --dashboard-port 0
for _ in $(seq 200); do
  output=$(curl -fsS "$url/metrics")
  case "$output" in *'hvac_asset_predicted{asset="demo-cooler"'*) break ;; esac
  sleep 0.1
done
curl -fsS "$url/metrics" | promtool check metrics || { echo "FAILED: promtool"; exit 1; }

port=$(free_port)
cat >"$home/prometheus.yml" <<YAML
global: {scrape_interval: 1s}
scrape_configs:
  - job_name: hvac-twin
    static_configs: [{targets: ["${url#http://}"]}]
YAML
prometheus --config.file="$home/prometheus.yml" --storage.tsdb.path="$home/tsdb" \
  --web.listen-address="127.0.0.1:$port" >"$home/prometheus.log" 2>&1 &
scraper=$!

ask() { curl -fsSG "http://127.0.0.1:$port/api/v1/query" --data-urlencode "query=$1"; }
# finds QUERY: it must have an answer within 30 s.
finds() {
  for _ in $(seq 150); do
    output=$(ask "$1" 2>/dev/null || true)
    case "$output" in *'"value":'*) return 0 ;; esac
    sleep 0.2
  done
  echo "FAILED: Prometheus does not find $1: $output"
  tail -5 "$home/prometheus.log"
  exit 1
}
finds 'up{job="hvac-twin"} == 1'
finds 'hvac_samples_stored_total > 0'
finds 'histogram_quantile(0.95, rate(hvac_ingest_duration_seconds_bucket[30s]))'
finds 'hvac_asset_residual{asset="demo-cooler",target="UCAOT"}'
finds 'process_resident_memory_bytes > 0 and hvac_disk_free_ratio <= 1'
finds 'hvac_kpi_status{kpi="disk_free"}'
