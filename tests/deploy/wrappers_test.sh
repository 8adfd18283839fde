#!/usr/bin/env bash
# The scripts with the maintenance guide's names call commands that there are, with options they know.
. "$HVAC_SOURCE_DIR/tests/cli/lib.sh"
. "$HVAC_SOURCE_DIR/tests/deploy/lib.sh"
# A program that says what it is told to do.
cat >"$home/echo" <<'SCRIPT'
#!/bin/sh
echo "$@" >>"$HVAC_SAID"
SCRIPT
chmod +x "$home/echo"
export HVAC_SAID=$home/said
for name in health_check smoke_test system_audit generate_diagnostics backup_system daily_backup weekly_backup emergency_restore alert_slack; do
  script=$HVAC_SOURCE_DIR/scripts/$name.sh
  [ -x "$script" ] || failed "$script cannot be run"
  grep -q "$name.sh" "$HVAC_SOURCE_DIR/cmake/packaging.cmake" || failed "$name.sh is not in the package"
  : >"$home/said"
  HVAC_TWIN=$home/echo expect 0 bash "$script"
  [ -s "$home/said" ] || failed "$name.sh does nothing"
  while read -r line; do
    # shellcheck disable=SC2086
    expect 0 twin $line --help
  done <"$home/said"
  # What fails is passed on.
  HVAC_TWIN=/bin/false expect 1 bash "$script"
done
HVAC_TWIN=$home/echo expect 0 bash "$HVAC_SOURCE_DIR/scripts/alert_slack.sh" --home "two words"
grep -q 'two words' "$home/said" || failed "arguments are not passed on"

# Units call programs and options that there are, too.
for unit in "$deploy"/systemd/*.service; do
  line=$(sed -nE 's|^ExecStart=/usr/bin/hvac-twin ||p' "$unit")
  [ -n "$line" ] || continue
  for level in daily weekly monthly quarterly annual; do
    # shellcheck disable=SC2086
    expect 0 "$HVAC_TWIN" $(sed "s/%i/$level/; s/\$HVAC_TWIN_OPTIONS//; s|--home [^ ]*|--home $home|" <<<"$line") --help
  done
done
