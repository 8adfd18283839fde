#!/usr/bin/env bash
# slow: the Debian package in a system of its own, under systemd: installed, trained, served, upgraded
# and restarted under load, removed, purged.
. "$HVAC_SOURCE_DIR/tests/cli/lib.sh"
. "$HVAC_SOURCE_DIR/tests/deploy/lib.sh"
. "$HVAC_SOURCE_DIR/tests/deploy/system.sh"
root=$home/system
load=""
trap '[ -z "$load" ] || kill "$load" 2>/dev/null || true; stop_system; cleanup' EXIT

pack_deb "$home/hvac-twin_1.0.0.deb"
# The same as the next version.
dpkg-deb -R "$home/hvac-twin_1.0.0.deb" "$home/next"
sed -i 's/^Version: .*/Version: 1.0.1/' "$home/next/DEBIAN/control"
dpkg-deb -b -Zgzip -z1 "$home/next" "$home/hvac-twin_1.0.1.deb" >/dev/null
rm -r "$home/next"
if command -v lintian >/dev/null; then
  # Built with sanitizers or not, signed by nobody, made without debian/: what that brings is left out.
  output=$(lintian --tag-display-limit 0 --fail-on error "$home/hvac-twin_1.0.0.deb" 2>&1) || failed "lintian: $output"
fi

make_system "$root"
cp "$home"/hvac-twin_*.deb "$root/"
outside apt-get install -y -qq --no-install-recommends --download-only /hvac-twin_1.0.0.deb >"$home/apt.log" 2>&1 ||
  { echo "skipped: what the package needs cannot be had: $(tail -1 "$home/apt.log")"; exit 77; }
start_system || { echo "skipped: the package was built but not installed"; exit 77; }
install_deb() {  # VERSION
  inside apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold "/hvac-twin_$1.deb" >"$home/apt.log" 2>&1 ||
    failed "installing $1: $(tail -20 "$home/apt.log")"
}
property() { inside systemctl show -P "$1" hvac-twin.service; }
as_user() { inside runuser -u hvac-twin -- "$@"; }

# Installed: the user, its folder, the units. Without a model it waits for one instead of failing.
install_deb 1.0.0
[ "$(inside stat -c '%U %G %a' /var/lib/hvac-twin)" = "hvac-twin hvac-twin 750" ] || failed "the home is $(inside ls -ld /var/lib/hvac-twin)"
for unit in hvac-twin.service hvac-twin.socket hvac-twin-dashboard.socket; do
  [ "$(inside systemctl is-enabled $unit)" = enabled ] || failed "$unit is not enabled"
done
[ "$(inside systemctl list-timers --no-legend 'hvac-twin-*' | wc -l)" -eq 7 ] || failed "not all timers run"
[ "$(property ActiveState)" = inactive ] || failed "without a model it is $(property ActiveState)"
inside systemctl --failed --no-legend | grep hvac && failed "a unit failed"

# A model, in the package's home without being told where that is; then it serves.
as_user hvac-twin simulate --output /tmp/history.csv --hours 40 --interval 60 --seed 7 >/dev/null
as_user hvac-twin train --data /tmp/history.csv --rounds 10 >/dev/null || failed "train"
[ -e "$root/var/lib/hvac-twin/models/current" ] || failed "the model is not in /var/lib/hvac-twin"
inside systemctl start hvac-twin || failed "start: $(inside journalctl -u hvac-twin --no-pager | tail -20)"
expect 0 inside curl -fsS http://127.0.0.1:8000/health
says '"status":"healthy"'
expect 0 inside curl -fsS -o /dev/null http://127.0.0.1:8501/
expect 0 as_user hvac-twin health

# What hardening there is holds: no rights, system calls filtered, nothing to write to but its folder.
pid=$(property MainPID)
status=$(inside cat "/proc/$pid/status")
grep -qE '^NoNewPrivs:\s1' <<<"$status" && grep -qE '^Seccomp:\s2' <<<"$status" || failed "no new privileges or system call filter: $status"
grep -qE '^CapEff:\s0+$' <<<"$status" || failed "it has capabilities"
[ "$(inside stat -c %U "/proc/$pid")" = hvac-twin ] || failed "it runs as $(inside stat -c %U "/proc/$pid")"
for place in /etc /usr /home /var/lib /boot; do
  if inside nsenter -t "$pid" -m touch "$place/written" 2>/dev/null; then failed "$place can be written to"; fi
done
inside nsenter -t "$pid" -m touch /var/lib/hvac-twin/written && inside rm /var/lib/hvac-twin/written

# Upgraded and restarted while clients ask: none is refused; the operator's settings stay.
echo '# changed by the operator' >>"$root/etc/default/hvac-twin"
nsenter -t "$init" -n node "$here/load.mjs" http://127.0.0.1:8000 >"$home/load" 2>"$home/load.err" &
load=$!
sleep 1
install_deb 1.0.1
[ "$(property MainPID)" != "$pid" ] || failed "the upgrade did not restart it"
for _ in 1 2 3; do
  inside systemctl restart hvac-twin || failed "restart"
  sleep 1
done
inside systemctl reload hvac-twin || failed "reload"
kill -TERM "$load"
wait "$load"
load=""
echo "an upgrade and 3 restarts under load: $(cat "$home/load")"
grep -q '"failed":0}' "$home/load" || failed "requests were lost: $(sort "$home/load.err" | uniq -c)"
[ "$(inside dpkg-query -W -f '${Version}' hvac-twin)" = 1.0.1 ] || failed "it is not upgraded"
grep -q 'changed by the operator' "$root/etc/default/hvac-twin" || failed "the upgrade took the operator's settings"
expect 0 as_user hvac-twin models list

# It comes back by itself when it is killed.
inside kill -KILL "$(property MainPID)"
expect 0 inside curl -fsS --retry 8 --retry-all-errors http://127.0.0.1:8000/health

# What the timers start works within its own hardening: backups that are whole, a signed log. (A program
# built with sanitizers looks for leaks by tracing itself, which the hardening forbids.)
echo ASAN_OPTIONS=detect_leaks=0 >>"$root/etc/default/hvac-twin"
for kind in daily weekly; do
  inside systemctl start "hvac-twin-backup@$kind" || failed "$kind backup: $(inside journalctl -u "hvac-twin-backup@$kind" --no-pager | tail -20)"
done
expect 0 as_user hvac-twin backup verify
inside systemctl start hvac-twin-maintenance@daily || echo "an item of the daily checklist failed"
ls "$root"/var/lib/hvac-twin/maintenance/*daily*.txt >/dev/null || failed "no log: $(inside journalctl -u hvac-twin-maintenance@daily --no-pager | tail -20)"
cat "$root"/var/lib/hvac-twin/maintenance/*daily*.txt
grep -qiE 'seccomp|not permitted|denied|read-only' "$root"/var/lib/hvac-twin/maintenance/*daily*.txt && failed "the hardening is in the way of maintenance"
# From there the audit sees the running program, although the kernel shows it none of its sockets.
inside systemctl start hvac-twin-maintenance@monthly || echo "an item of the monthly checklist failed"
report=$(ls -t "$root"/var/lib/hvac-twin/maintenance/audit-*.txt | head -1)
grep -qE '^[a-z]+ +Memory .* MB in use' "$report" && grep -qE '^ok +Network listeners .*127.0.0.1:8000' "$report" ||
  failed "the audit does not see the program: $(cat "$report")"

# The demo, in a folder of its own.
inside systemctl stop hvac-twin.socket hvac-twin-dashboard.socket hvac-twin
inside systemctl start hvac-twin-demo || failed "demo: $(inside journalctl -u hvac-twin-demo --no-pager | tail -20)"
expect 0 inside curl -fsS http://127.0.0.1:8000/health
inside systemctl stop hvac-twin-demo
inside systemctl start hvac-twin

# Removed: nothing runs, the instance stays. Purged: all gone but the backups, and these only if any.
inside apt-get remove -y -qq hvac-twin >/dev/null 2>&1 || failed "remove"
inside systemctl list-units --no-legend 'hvac-twin*' | grep -E 'active|running|listening' && failed "something still runs"
[ -d "$root/var/lib/hvac-twin/models" ] || failed "removing took the instance"
mkdir -p "$root/var/lib/hvac-twin/backups"
echo precious >"$root/var/lib/hvac-twin/backups/one"
inside apt-get purge -y -qq hvac-twin >"$home/apt.log" 2>&1 || failed "purge: $(cat "$home/apt.log")"
grep -q "backups are kept\|are kept" "$home/apt.log" || failed "purging does not say that backups are kept"
[ "$(ls "$root/var/lib/hvac-twin")" = backups ] || failed "purging left $(ls "$root/var/lib/hvac-twin")"
rm -r "$root/var/lib/hvac-twin"
install_deb 1.0.1
inside apt-get purge -y -qq hvac-twin >/dev/null 2>&1 || failed "purge"
left=$(inside find / -xdev -name '*hvac-twin*' -not -path '/proc/*' -not -name '*.deb' -not -path '/var/log/*' -not -path '/var/cache/*')
[ -z "$left" ] || failed "purging left $left"
inside getent passwd hvac-twin >/dev/null && failed "purging left the user"
exit 0
