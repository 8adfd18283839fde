#!/usr/bin/env bash
# Every command of docs/maintenance.md, in its order, against a running demo; and what it says about
# files and exit codes.
. "$HVAC_SOURCE_DIR/tests/cli/lib.sh"
manual=$HVAC_SOURCE_DIR/docs/maintenance.md

work=$home/work
mkdir -p "$work/bin"
cd "$work"
instance=$work/hvac-home
# The manual's `hvac-twin` is this build; its defaults (instance, ports, size of trainings) are this test's.
cat >bin/hvac-twin <<SCRIPT
#!/bin/sh
case "\$1 \$2" in
  "data prepare") set -- "\$@" --allow-small ;;
  "retrain "*) set -- "\$@" --rounds 20 --without-store ;;
esac
exec "$HVAC_TWIN" "\$@"
SCRIPT
chmod +x bin/hvac-twin
export PATH=$work/bin:$PATH HVAC_TWIN_HOME=$instance

hvac-twin simulate --output old.csv --hours 40 --interval 60 --seed 7 >/dev/null
hvac-twin simulate --output new.csv --hours 20 --interval 60 --seed 8 >/dev/null
cp old.csv test.csv
hvac-twin train --data old.csv --rounds 10 >/dev/null 2>&1
for setting in min_samples=2000 min_training_samples=2000 max_inference_p95_ms=50; do
  hvac-twin config set "gate.${setting%=*}" "${setting#*=}" --reason "a small test" >/dev/null
done

start() {
  HVAC_TWIN_HOME=$instance "$HVAC_TWIN" --json run --demo --speed 60 --port 0 --dashboard-port 0 >run.json 2>run.err &
  server=$!
  url=""
  for _ in $(seq 300); do
    url=$(grep -oE '"url":"http://127[^"]*' run.json | cut -d'"' -f4 || true)
    [ -n "$url" ] && curl -fsS "$url/health/ready" >/dev/null 2>&1 && return
    sleep 0.2
  done
  echo "FAILED: it does not serve"; cat run.err; exit 1
}
ensure_running() {
  if [ -n "$server" ]; then
    # Listeners may be begun anew just now: it runs as long as its process does.
    while kill -0 "$server" 2>/dev/null; do
      curl -fsS "$url/health/live" >/dev/null 2>&1 && return
      sleep 0.2
    done
    wait "$server" || true
  fi
  start
}

awk '/^ *```sh$/ {inside = 1; next} /^ *```$/ {inside = 0} inside' "$manual" | sed -E 's/ +#.*$//; s/^ +//' >commands
[ "$(wc -l <commands)" -ge 80 ] || { echo "FAILED: the manual has too few commands"; exit 1; }

start
# The program backs itself up from its start on.
for _ in $(seq 100); do ls "$instance"/backups/daily/*.json >/dev/null 2>&1 && break; sleep 0.2; done
ls "$instance"/backups/daily/*.json >/dev/null || { echo "FAILED: no backup by itself"; cat "$instance/logs/monitor.log"; exit 1; }

number=0
while IFS= read -r line <&3; do
  number=$((number + 1))
  command=$line
  case "$line" in
    # Needs the program as it runs; its port here is a free one.
    *http://localhost:8000*) ensure_running; command="${line//http:\/\/localhost:8000/$url}" ;;
    # The program must be down for these unless they stop it.
    "hvac-twin backup restore"* | "hvac-twin emergency restore"*)
      case "$line" in *--stop* | *emergency*) ensure_running ;; *)
        if [ -n "$server" ]; then kill -TERM "$server" 2>/dev/null || true; wait "$server" || true; server=""; fi ;;
      esac ;;
    *) ensure_running ;;
  esac
  wanted=0
  case "$line" in
    # Scenario 1 begins with a damaged model.
    "hvac-twin models verify")
      if [ -z "${damaged:-}" ]; then
        damaged=yes wanted=4
        file=$(ls "$instance"/models/v1/general_*.txt | head -1)
        printf 'x' | dd of="$file" bs=1 seek=40 conv=notrunc status=none
      fi ;;
    "hvac-twin models verify --quarantine") [ -d "$instance/models/v1" ] && [ "${moved:-}" = "" ] && { wanted=4 moved=yes; } ;;
    # Whether all items pass depends on the machine the test runs on; the log must be written anyway.
    "hvac-twin maintenance"* | "hvac-twin audit"* | "hvac-twin benchmark"* | "hvac-twin smoke"*) wanted=any ;;
    # Whether there is drift depends on when the test runs.
    "hvac-twin drift report") wanted=any ;;
    "hvac-twin incident status") wanted=1 ;;
  esac
  got=0
  output=$(bash -c "$command" </dev/null 2>&1) || got=$?
  if [ "$wanted" = any ]; then
    [ "$got" -le 1 ] || { echo "FAILED: exit $got of: $command"; echo "$output"; exit 1; }
  elif [ "$got" -ne "$wanted" ]; then
    echo "FAILED: exit $got instead of $wanted of: $command"; echo "$output"; exit 1
  fi
  case "$line" in
    "hvac-twin smoke") [ "$got" -eq 0 ] || { echo "FAILED: smoke"; echo "$output"; exit 1; } ;;
    "hvac-twin maintenance "*)
      level=$(cut -d' ' -f3 <<<"$line")
      log=$(ls -t "$instance"/maintenance/"$level"-*.txt | head -1)
      grep -q '^Signature: A. Name' "$log" || { echo "FAILED: no signed log of $level"; cat "$log"; exit 1; }
      grep -qF "\"title\": \"$(sed -nE 's/^\[ . \] //p' "$log" | head -1)\"" "${log%.txt}.json" || { echo "FAILED: the log as JSON"; exit 1; }
      # Every item of the manual's table is in the log with its evidence, and no other.
      awk -v level="^### ${level^}" '$0 ~ level {on = 1} /^##/ && $0 !~ level {on = 0} on' "$manual" |
        sed -nE 's/^\| ([A-Z][^|]*) \| .*/\1/p' >wanted_items
      if [ -s wanted_items ]; then
        diff wanted_items <(sed -nE 's/^\[ . \] //p' "$log") || { echo "FAILED: items of $level"; cat "$log"; exit 1; }
      fi
      [ "$(grep -cE '^\[ . \] ' "$log")" -eq "$(grep -A1 -E '^\[ . \] ' "$log" | grep -cE '^      [^ ]')" ] ||
        { echo "FAILED: an item of $level has no evidence"; cat "$log"; exit 1; }
      if [ "$level" = daily ]; then
        for item in "API health check passed" "Dashboard accessible" "Test prediction successful" "Backups current and readable"; do
          grep -qF "[ ✓ ] $item" "$log" || { echo "FAILED: $item"; cat "$log"; exit 1; }
        done
      fi
      if [ "$got" -eq 1 ]; then grep -q 'Follow: ' "$log" || { echo "FAILED: no procedure named"; cat "$log"; exit 1; }; fi ;;
    "hvac-twin backup drill") case "$output" in passed:*) ;; *) echo "FAILED: $output"; exit 1 ;; esac ;;
    "hvac-twin incident start"*)
      # Listeners are begun anew, on the same port.
      curl -fsS --retry 50 --retry-delay 1 --retry-connrefused "$url/health" >/dev/null || { echo "FAILED: it does not answer during an incident"; exit 1; } ;;
  esac
done 3<commands
echo "$number commands of the manual ran"

ensure_running
# The end of the incident begins the listeners anew.
ask() { curl -fsS --retry 50 --retry-delay 1 --retry-connrefused "$@"; }
for _ in $(seq 20); do ask "$url/health/live" >/dev/null; sleep 0.1; done
ask "$url/api/v1/backups" | grep '"passed":true' >/dev/null || { echo "FAILED: /api/v1/backups has no drill"; exit 1; }
ask "$url/api/v1/maintenance" | grep '"signature_valid":true' >/dev/null || { echo "FAILED: /api/v1/maintenance"; exit 1; }
expect 0 curl -fsS -X POST "$url/api/v1/maintenance/daily" -H 'Content-Type: application/json' -d '{"operator":"Web"}'
for _ in $(seq 300); do
  ask "$url/api/v1/maintenance" | grep '"operator":"Web"' >/dev/null && break
  sleep 0.2
done
ask "$url/api/v1/maintenance" | grep '"operator":"Web"' >/dev/null || { echo "FAILED: maintenance over HTTP"; exit 1; }
expect 22 curl -fsS -X POST "$url/api/v1/maintenance/hourly" -H 'Content-Type: application/json' -d '{}'

# Nothing is stopped for a restore that cannot be.
expect 1 hvac-twin backup restore --at 2020-01-01T00:00:00Z --stop --yes
says "there is no backup from"
kill -0 "$server" || { echo "FAILED: it was stopped for nothing"; exit 1; }

# The appendix has every command of the original guide.
appendix=$(sed -n '/^### A\./,/^### B\./p' "$manual" | sed 's/\\|/|/g')
while IFS= read -r words; do
  grep -qF -- "$words" <<<"$appendix" || { echo "FAILED: the manual does not say what became of: $words"; exit 1; }
done <"$HVAC_SOURCE_DIR/tests/cli/guide_commands.txt"

# The manual names every command that the guide-named scripts and the table need.
for name in health_check smoke_test system_audit generate_diagnostics daily_backup weekly_backup backup_system emergency_restore alert_slack; do
  [ -x "$HVAC_SOURCE_DIR/scripts/$name.sh" ] || { echo "FAILED: scripts/$name.sh"; exit 1; }
  grep -q "$name" "$manual" || { echo "FAILED: the manual does not name $name.sh"; exit 1; }
done
kill -TERM "$server"
wait "$server" || { echo "FAILED: exit $? after SIGTERM"; exit 1; }
server=""
