#!/usr/bin/env bash
# slow: the image, without a container engine (none runs here): the steps of its last stage in a Debian of
# its own, then the program as a container would run it: by number, without capabilities, in namespaces of
# its own, on a file system that cannot be written to.
. "$HVAC_SOURCE_DIR/tests/cli/lib.sh"
. "$HVAC_SOURCE_DIR/tests/deploy/lib.sh"
. "$HVAC_SOURCE_DIR/tests/deploy/system.sh"
root=$home/system
container=""
trap '[ -z "$container" ] || kill -KILL "$container" 2>/dev/null || true; cleanup' EXIT

node_check dockerfile_steps.mjs "$deploy/container/Dockerfile.edge" >/dev/null
node_check dockerfile_steps.mjs "$deploy/container/Dockerfile" >"$home/stage"
stage() { node -p "const s=JSON.parse(require('fs').readFileSync('$home/stage')); [$1].flat().join('\n')"; }

pack_deb "$home/hvac-twin.deb"
make_system "$root"
cp "$home/hvac-twin.deb" "$root/"
mount -t proc proc "$root/proc" && trap '[ -z "$container" ] || kill -KILL "$container" 2>/dev/null || true; umount "$root/proc"; cleanup' EXIT
while read -r step; do
  outside sh -ec "$step" >"$home/step.log" 2>&1 || {
    if grep -q 'Unable to fetch\|Failed to fetch' "$home/step.log"; then echo "skipped: packages cannot be had"; exit 77; fi
    failed "RUN $step: $(tail -5 "$home/step.log")"
  }
done < <(stage s.run)

mapfile -t environment < <(stage "Object.entries(s.env).map(([k,v]) => k+'='+v)")
user=$(stage s.user)
# What a container has: its own namespaces, a read-only root, /tmp and the volume, nothing of root's.
contain() {
  mount --rbind "$root" "$root"
  mount -o remount,bind,ro "$root"
  mount -t tmpfs tmpfs "$root/tmp"
  mount -t proc proc "$root/proc"
  mount --bind "$volume" "$root/var/lib/hvac-twin"
  ip link set lo up 2>/dev/null || true
  cd "$root"
  exec chroot "$root" setpriv --reuid "${user%:*}" --regid "${user#*:}" --clear-groups --no-new-privs \
    --bounding-set=-all --inh-caps=-all env -i PATH=/usr/bin:/bin "${environment[@]}" "$@"
}
export root user volume=$home/volume
mkdir "$volume" && chown "$user" "$volume" && chmod 750 "$volume"
run_contained() { exec unshare -m -p -n -u -i -f --kill-child --propagation private bash -c "environment=($(printf '%q ' "${environment[@]}")); $(declare -f contain); set -e; contain \"\$@\"" contain "$@"; }
mapfile -t entry < <(stage s.entrypoint)
mapfile -t command < <(stage s.cmd)
mapfile -t health < <(stage s.health)

"$HVAC_TWIN" simulate --output "$volume/history.csv" --hours 40 --interval 60 --seed 7 >/dev/null
expect 0 run_contained "${entry[@]}" train --data /var/lib/hvac-twin/history.csv --rounds 10
expect 1 run_contained sh -c 'touch /usr/bin/written || touch /etc/written || touch /written'
expect 0 run_contained sh -c 'grep -E "^CapBnd:.0+$" /proc/self/status'
run_contained "${entry[@]}" "${command[@]}" >"$home/out" 2>&1 &
container=$!
for _ in $(seq 200); do grep -q serving "$home/out" && break; sleep 0.1; done
grep -q serving "$home/out" || failed "the image does not serve: $(cat "$home/out")"
pid=$(pgrep -P "$container")
expect 0 nsenter -t "$pid" -m -n -p -r env -i PATH=/usr/bin:/bin "${health[@]}"
says "healthy"
kill -TERM "$pid"
wait "$container" || failed "exit code $? after SIGTERM"
container=""
# The dashboard's door of the composed system is in the image, and what its backups need.
expect 0 outside socat -V
expect 0 outside pg_dump --version
expect 0 outside rclone version
echo "image: no container engine runs here; its last stage and its command were run in namespaces instead"
