#!/usr/bin/env bash
# slow: the package for arm64: cross-compiled in a Debian of its own as Dockerfile.edge does, and its program
# run under qemu: it predicts what this machine's program predicts. Half an hour on two cores: only where
# HVAC_EDGE_TEST=1 asks for it.
. "$HVAC_SOURCE_DIR/tests/cli/lib.sh"
. "$HVAC_SOURCE_DIR/tests/deploy/lib.sh"
. "$HVAC_SOURCE_DIR/tests/deploy/system.sh"
[ "${HVAC_EDGE_TEST:-}" = 1 ] || { echo "skipped: cross-compiling takes half an hour; HVAC_EDGE_TEST=1 runs it"; exit 77; }
root=$home/system
mounts=()
# Nothing that is mounted may be there still when the folder is removed.
finish() {
  if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" || true; fi
  local at
  for at in "${mounts[@]}"; do umount "$at" || umount -l "$at"; done
  cleanup
}
trap finish EXIT
mounted() { mount "${@:1:$#-1}" "${!#}" && mounts=("${!#}" "${mounts[@]}"); }

make_system "$root"
mkdir "$root/src" "$root/ccache"
(cd "$HVAC_SOURCE_DIR" && { git ls-files; find web/*/node_modules -not -type d; } | tar -cf - -T -) | tar -C "$root/src" -xmf -
kept=$(dirname "$HVAC_TWIN")/ccache-arm64
mkdir -p "$kept"
mounted -t proc proc "$root/proc"
mounted --bind /dev "$root/dev"
mounted --bind "$kept" "$root/ccache"
outside bash /src/deploy/edge/cross_build.sh packages >"$home/packages.log" 2>&1 ||
  { echo "skipped: the arm64 packages cannot be had: $(tail -1 "$home/packages.log")"; exit 77; }
# It trusts for npm whom this machine trusts.
cp /etc/ssl/certs/ca-certificates.crt "$root/machine-ca.crt"
outside env CCACHE_DIR=/ccache NODE_EXTRA_CA_CERTS=/machine-ca.crt bash /src/deploy/edge/cross_build.sh build >"$home/build.log" 2>&1 || failed "cross build: $(tail -20 "$home/build.log")"

package=$(ls "$root"/src/build/edge/hvac-twin_*_arm64.deb)
[ "$(dpkg-deb -f "$package" Architecture)" = arm64 ] || failed "it is for $(dpkg-deb -f "$package" Architecture)"
dpkg-deb -f "$package" Depends | grep -q 'libxgboost0' || failed "it depends on $(dpkg-deb -f "$package" Depends)"
dpkg-deb -x "$package" "$root/edge"
readelf -h "$root/edge/usr/bin/hvac-twin" | grep -q AArch64 || failed "the program is not for arm64"
zcat "$root/edge/usr/share/man/man1/hvac-twin.1.gz" | grep 'hvac' >/dev/null || failed "it has no manual page"

# The device's program with a model of this machine's, and the other way round nothing else.
edge() { outside qemu-aarch64-static /edge/usr/bin/hvac-twin --home /instance "$@"; }
twin simulate --output "$home/history.csv" --hours 40 --interval 60 --seed 7 >/dev/null
twin train --data "$home/history.csv" --rounds 10 >/dev/null
cp -r "$home/models" "$root/instance-models"
mkdir "$root/instance" && mv "$root/instance-models" "$root/instance/models"
expect 0 edge --version
values=(--set UCWIT=7.5 --set UCAIT=25 --set UCWF=15 --set UCAIH=50 --set AMBT=22 --set UCTSP=21)
numbers() { node -e 'const p=JSON.parse(require("fs").readFileSync(0,"utf8")); for (const k of ["UCAOT","UCWOT","UCAF","Q_thermal"]) console.log(k, p[k].toPrecision(9))'; }
twin --json predict "${values[@]}" | numbers >"$home/here"
edge --json predict "${values[@]}" | numbers >"$home/there"
diff "$home/here" "$home/there" || failed "the device predicts something else"
expect 0 edge models verify
(exec chroot "$root" qemu-aarch64-static /edge/usr/bin/hvac-twin --home /instance run --port 0 --dashboard-port 0) >"$home/out" 2>&1 &
server=$!
for _ in $(seq 300); do grep -q serving "$home/out" && break; sleep 0.2; done
url=$(grep -oE 'http://127[^ ]*' "$home/out" | head -1)
expect 0 twin health --url "$url"
