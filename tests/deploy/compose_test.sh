#!/usr/bin/env bash
# The composed system, without a container engine (none runs here): the file is valid, and its commands
# run side by side on this machine: broker with the shipped settings, API, monitor.
. "$HVAC_SOURCE_DIR/tests/cli/lib.sh"
. "$HVAC_SOURCE_DIR/tests/deploy/lib.sh"
needs mosquitto mosquitto
needs mosquitto_passwd mosquitto
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; cleanup' EXIT

mkdir -p "$home/site/deploy"
secrets=$home/site/deploy/secrets
cp -r "$deploy"/. "$home/site/deploy/"
bash "$home/site/deploy/compose/prepare.sh" >/dev/null
before=$(cat "$secrets/mqtt_password")
bash "$home/site/deploy/compose/prepare.sh" >/dev/null
[ "$before" = "$(cat "$secrets/mqtt_password")" ] || failed "prepare.sh replaced a secret"
node_check compose_check.mjs "$home/site/deploy" >"$home/commands"
if command -v docker-compose >/dev/null; then
  # The Python one of Debian 12 knows all of it but the name.
  grep -v '^name:' "$home/site/deploy/compose.yaml" >"$home/site/deploy/old.yaml"
  docker-compose -f "$home/site/deploy/old.yaml" --profile postgres --profile monitoring config >/dev/null || failed "docker-compose config"
elif docker compose version >/dev/null 2>&1; then
  docker compose -f "$home/site/deploy/compose.yaml" --profile postgres --profile monitoring config -q || failed "docker compose config"
fi

# Every command is one that the program understands.
while read -r line; do
  mapfile -t words < <(node -p "JSON.parse(process.argv[1]).join('\n')" "$line")
  expect 0 twin "${words[@]/#\/run\/secrets*/$secrets/mqtt_password}" --help
done <"$home/commands"

# The lines for cron do what the package's timers do, each at the same times: a docker that runs in a
# container what it is told to, and a program that says what it is told.
mkdir "$home/fake"
printf '#!/bin/sh\nwhile [ "$1" != hvac-monitor ]; do shift; done\nshift\nexec "$@"\n' >"$home/fake/docker"
printf '#!/bin/sh\necho "${HVAC_TWIN_KEY:-no key} $@"\n' >"$home/fake/hvac-twin"
chmod +x "$home/fake"/*
echo the-key >"$secrets/cron_key"
sed "s|@DEPLOY@|$home/site/deploy|" "$deploy/compose/hvac-twin.cron" >"$home/crontab"
sed -nE "s/^([A-Z_]+)=(.*)/export \1='\2'/p" "$home/crontab" | grep -v ' PATH=' >"$home/variables"
jobs=0
while read -r minute hour day month weekday user line; do
  [ "$user" = root ] || failed "cron: no user in: $line"
  ran=$(PATH=$home/fake:$PATH sh -c ". '$home/variables'; $line") || failed "cron: $line"
  case "$line" in *BACKUP*) what=backup ;; *) what=maintenance ;; esac
  kind=$(sed -E 's/ *<.*//; s/.* //' <<<"$line")
  if [ $what = backup ]; then
    wanted="no key backup create --kind $kind"
  else
    wanted="the-key maintenance $kind --operator cron"
  fi
  case "$ran" in "$wanted"*) ;; *) failed "cron: $line runs $ran" ;; esac
  while read -r words; do
    # shellcheck disable=SC2086
    expect 0 twin ${words#*key } --help
  done <<<"$ran"
  # The same hour and minute, day, month and day of the week as OnCalendar of that timer.
  timer=$(sed -n 's/^OnCalendar=//p' "$deploy/systemd/hvac-twin-$what-$kind.timer")
  names=(Sun Mon Tue Wed Thu Fri Sat)
  date="*-$month-$day"
  [ "$weekday" = '*' ] || date="${names[$weekday]} $date"
  times() { systemd-analyze calendar --iterations=3 "$1" | grep -oE '[A-Z][a-z]{2} [0-9-]{10} [0-9:]{8}' | uniq; }
  if command -v systemd-analyze >/dev/null; then
    [ -n "$(times "$timer")" ] && [ "$(times "$timer")" = "$(times "$date $hour:$minute:00")" ] || failed "cron: $kind $what is at $date $hour:$minute, its timer at $timer"
  fi
  jobs=$((jobs + 1))
done < <(grep -E '^[0-9]' "$home/crontab")
[ $jobs -eq "$(ls "$deploy"/systemd/*.timer | wc -l)" ] || failed "cron has $jobs jobs, there are other timers"

# The broker with the shipped settings: sensors may publish telemetry and read nothing, strangers nothing.
broker=$(free_port)
mkdir "$home/broker"
sed -e "s|/mosquitto/data/|$home/broker/|; s|/mosquitto/config/passwords|$secrets/mosquitto_passwords|" \
  -e "s|/mosquitto/config/acl|$home/site/deploy/mosquitto/acl|; s|^listener 1883|listener $broker 127.0.0.1|" \
  "$deploy/mosquitto/mosquitto.conf" >"$home/mosquitto.conf"
chmod -R go-rwx "$home/site/deploy/mosquitto" "$secrets"
[ "$(id -u)" -ne 0 ] || echo "user root" >>"$home/mosquitto.conf"
mosquitto -c "$home/mosquitto.conf" >"$home/broker.log" 2>&1 &
pids+=($!)
for _ in $(seq 50); do grep -q running "$home/broker.log" && break; sleep 0.1; done
as() {  # USER PROGRAM ARGUMENT...
  "$2" -h 127.0.0.1 -p "$broker" -u "$1" -P "$(cat "$secrets/mqtt_$1_password")" "${@:3}"
}
expect 5 mosquitto_pub -h 127.0.0.1 -p "$broker" -t hvac/sensors/data -m x -q 1
as viewer mosquitto_sub -t 'hvac/#' -C 1 -W 20 >"$home/seen" &
watcher=$!
sleep 1
as sensors mosquitto_pub -t hvac/alerts/critical -m forged -q 1
as sensors mosquitto_pub -t hvac/c1/sensors -m genuine -q 1
wait "$watcher" || failed "the viewer sees no telemetry: $(cat "$home/broker.log")"
[ "$(cat "$home/seen")" = genuine ] || failed "sensors may publish $(cat "$home/seen")"

# The three services on one instance: what is published is stored, predicted and seen through the API.
expect 0 twin simulate --output "$home/history.csv" --hours 40 --interval 60 --seed 7
expect 0 twin train --data "$home/history.csv" --rounds 10
api=$(free_port)
dashboard=$(free_port)
monitor=$(free_port)
"$HVAC_TWIN" --home "$home" run --role api,dashboard,ingest --port "$api" --dashboard-port "$dashboard" --mqtt "mqtt://hvac-twin@127.0.0.1:$broker" \
  --mqtt-password-file "$secrets/mqtt_password" >"$home/api.out" 2>&1 &
pids+=($!)
"$HVAC_TWIN" --home "$home" run --role api,monitor --port "$monitor" >"$home/monitor.out" 2>&1 &
pids+=($!)
for port in "$api" "$monitor" "$dashboard"; do
  for _ in $(seq 300); do twin health --url "http://127.0.0.1:$port" >/dev/null 2>&1 && break; sleep 0.2; done
  expect 0 twin health --url "http://127.0.0.1:$port"
done
expect 0 twin simulate --mqtt "mqtt://sensors:$(cat "$secrets/mqtt_sensors_password")@127.0.0.1:$broker" --hours 0.2 --seed 3
for _ in $(seq 100); do
  output=$(curl -fsS "http://127.0.0.1:$api/api/v1/assets")
  case "$output" in *'"asset"'*) break ;; esac
  sleep 0.2
done
says '"asset"'
for pid in "${pids[@]:1}"; do kill -TERM "$pid"; wait "$pid" || failed "exit code $? after SIGTERM"; done
echo "compose: no container engine runs here; its commands were run on this machine instead"
