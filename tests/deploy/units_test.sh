#!/usr/bin/env bash
# The systemd units: understood by systemd, hardened, all enabled by the package and taken back by it.
. "$HVAC_SOURCE_DIR/tests/deploy/lib.sh"
needs systemd-analyze systemd
units="$deploy/systemd"

# Exposure at most 2.0 of 10, as systemd itself counts it.
for unit in "$units"/*.service; do
  text=$(systemd-analyze security --offline=true --no-pager "$unit" 2>&1) || failed "$unit: $text"
  level=$(sed -nE 's/.*exposure level for .*: ([0-9.]+) .*/\1/p' <<<"$text")
  awk -v level="$level" 'BEGIN { exit !(level != "" && level <= 2.0) }' ||
    failed "$(basename "$unit") has an exposure of ${level:-nothing}, more than 2.0"
  echo "$(basename "$unit"): exposure $level"
done

# Every unit is valid in a system that has the program where they expect it.
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/usr/lib/systemd/system" "$root/usr/bin" "$root/usr/share/hvac-twin/scripts" "$root/etc"
cp "$units"/* "$root/usr/lib/systemd/system/"
ln -s usr/bin "$root/bin"
cp /bin/true "$root/usr/bin/hvac-twin"
cp /bin/true "$root/usr/bin/kill"
cp "$HVAC_SOURCE_DIR"/scripts/*_backup.sh "$root/usr/share/hvac-twin/scripts/"
for target in network-online time-sync sockets timers multi-user sysinit basic shutdown network; do
  printf '[Unit]\nDescription=%s\n' "$target" >"$root/usr/lib/systemd/system/$target.target"
done
names=()
for unit in "$units"/*; do
  name=$(basename "$unit")
  case "$name" in
    *backup@.service) names+=("${name/@/@daily}" "${name/@/@weekly}") ;;
    *maintenance@.service) for level in daily weekly monthly quarterly annual; do names+=("${name/@/@$level}"); done ;;
    *) names+=("$name") ;;
  esac
done
output=$(systemd-analyze verify --man=no --root="$root" "${names[@]}" 2>&1) || failed "systemd-analyze verify: $output"
[ -z "$output" ] || failed "systemd-analyze verify says: $output"
printf '[Service]\nExecStart=/usr/bin/no-such-program\nNoSuchKey=1\n' >"$root/usr/lib/systemd/system/wrong.service"
if systemd-analyze verify --man=no --root="$root" wrong.service >/dev/null 2>&1; then
  failed "systemd-analyze verify finds nothing wrong with a wrong unit"
fi

# Timers start something that exists, and their times are times.
for timer in "$units"/*.timer; do
  systemd-analyze calendar "$(sed -n 's/^OnCalendar=//p' "$timer")" >/dev/null || failed "$timer: OnCalendar"
  service=$(sed -n 's/^Unit=//p' "$timer")
  [ -e "$units/$(sed -E 's/@[a-z]+/@/' <<<"$service")" ] || failed "$timer starts $service, which there is not"
done

# Whatever can be enabled is enabled by postinst and taken back by postrm.
for unit in $(grep -l '^\[Install\]' "$units"/*); do
  for script in postinst postrm; do
    grep -qw "$(basename "$unit")" "$deploy/debian/$script" || failed "$script does not know $(basename "$unit")"
  done
done
sh -n "$deploy/debian/postinst" && sh -n "$deploy/debian/prerm" && sh -n "$deploy/debian/postrm"
