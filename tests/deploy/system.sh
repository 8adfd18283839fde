# A Debian 12 of its own for the tests that install something: made by debootstrap in a folder, and
# started with systemd as its first process in namespaces of its own (also of the network: nothing of
# it is reachable from outside, and its ports are its own). Sourced after lib.sh; needs root.

init=""          # systemd's process, as this machine sees it; empty: it does not run.
system_group=""  # Its control group.

# pack_deb FILE: the Debian package of the program under test, packed once for each build of it.
pack_deb() {
  local build kept
  build=$(dirname "$HVAC_TWIN")
  kept=$build/hvac-twin.deb
  if [ ! -e "$kept" ] || [ "$HVAC_TWIN" -nt "$kept" ]; then
    cmake --build "$build" --target deb >"$home/pack.log" 2>&1 || failed "cannot be packed: $(tail -20 "$home/pack.log")"
    mv "$build"/hvac-twin_*.deb "$kept"
  fi
  cp "$kept" "$1"
}

# make_system FOLDER: a small Debian 12 with what a package under systemd needs. Made once in a build
# folder, and unpacked for each test.
make_system() {
  local mirror kept made
  kept=$(dirname "$HVAC_TWIN")/debian-12.tar
  mkdir -p "$1"
  if [ -e "$kept" ]; then tar -C "$1" -xpf "$kept"; return; fi
  [ "$(id -u)" -eq 0 ] || { echo "skipped: only root can make a system with debootstrap"; exit 77; }
  needs debootstrap debootstrap
  mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 2>/dev/null | grep -v security | head -1)
  if ! debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,adduser,curl,procps bookworm "$1" ${mirror:+"$mirror"} >"$home/debootstrap.log" 2>&1; then
    echo "skipped: debootstrap cannot run here: $(tail -1 "$home/debootstrap.log")"
    exit 77
  fi
  # Nothing is started while packages are installed from outside.
  printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
  chmod +x "$1/usr/sbin/policy-rc.d"
  made=$(mktemp "$kept.XXXX")
  tar -C "$1" -cpf "$made" . && mv "$made" "$kept"
}

# outside COMMAND...: runs it in the folder's system, with this machine's network. $root is the folder.
outside() { DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 chroot "$root" "$@"; }

# inside COMMAND...: runs it in the started system.
inside() {
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    nsenter -t "$init" -m -u -i -n -p -C -r -w -- "$@"
}

# What runs as root of the new namespaces, before systemd.
first_steps() {
  local hierarchy
  mount --bind "$root" "$root"
  mount -t proc proc "$root/proc"
  mount --bind -o ro "$root/proc/sys" "$root/proc/sys"  # The kernel's settings are this machine's.
  mount -o remount,bind,ro "$root/proc/sys"
  mount -t sysfs -o ro sysfs "$root/sys"
  if [ -d /sys/fs/cgroup/systemd ]; then
    mount -t tmpfs -o mode=755 tmpfs "$root/sys/fs/cgroup"
    mkdir "$root/sys/fs/cgroup/systemd" "$root/sys/fs/cgroup/unified"
    mount -t cgroup -o none,name=systemd cgroup "$root/sys/fs/cgroup/systemd"
    mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup/unified"
  else
    mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
  fi
  for folder in run tmp dev; do mount -t tmpfs -o mode=755 tmpfs "$root/$folder"; done
  chmod 1777 "$root/tmp"
  for device in null zero full random urandom tty; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
  done
  mkdir "$root/dev/pts" "$root/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts"
  mount -t tmpfs tmpfs "$root/dev/shm"
  ln -s pts/ptmx "$root/dev/ptmx"
  # Not chroot: what lives in one cannot make the namespaces of PrivateUsers=.
  cd "$root"
  pivot_root . mnt
  exec env -i container=hvac-test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    sh -c 'umount -l /mnt && exec /lib/systemd/systemd --log-target=null systemd.unit=multi-user.target'
}

# start_system: systemd as first process in $root. Returns 1, saying why, where that is not possible.
start_system() {
  local unit group parent
  for unit in systemd-sysctl.service systemd-modules-load.service console-getty.service; do
    ln -sf /dev/null "$root/etc/systemd/system/$unit"
  done
  rm -f "$root/usr/sbin/policy-rc.d"
  system_group=hvac-test-$$
  export root
  (
    for group in /sys/fs/cgroup/systemd /sys/fs/cgroup/unified /sys/fs/cgroup; do
      [ -e "$group/cgroup.procs" ] || continue
      mkdir -p "$group/$system_group" && echo "$BASHPID" >"$group/$system_group/cgroup.procs" || exit 1
    done
    exec unshare -C -m -p -n -u -i -f --kill-child --propagation private \
      bash -c "$(declare -f first_steps); set -e; first_steps"
  ) >"$home/boot.log" 2>&1 &
  parent=$!
  for _ in $(seq 200); do
    init=$(pgrep -P "$parent" || true)
    if [ -n "$init" ] && inside systemctl is-system-running 2>/dev/null | grep -qE 'running|degraded'; then return 0; fi
    kill -0 "$parent" 2>/dev/null || break
    sleep 0.2
  done
  stop_system
  echo "systemd cannot be started in namespaces here: $(tail -1 "$home/boot.log")"
  return 1
}

stop_system() {
  local group
  [ -z "$init" ] || kill -KILL "$init" 2>/dev/null || true
  init=""
  [ -n "$system_group" ] || return 0
  for group in /sys/fs/cgroup/systemd /sys/fs/cgroup/unified /sys/fs/cgroup; do
    [ -d "$group/$system_group" ] || continue
    for _ in $(seq 50); do
      find "$group/$system_group" -depth -type d -exec rmdir {} + 2>/dev/null || true
      [ -d "$group/$system_group" ] || break
      sleep 0.1
    done
  done
  system_group=""
}
