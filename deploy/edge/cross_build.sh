#!/usr/bin/env bash
# The Debian package for arm64, made on this machine. On a Debian 12 that is there for nothing else (a
# container, a chroot): `packages` adds the architecture and replaces libraries by its.
# Usage: deploy/edge/cross_build.sh packages   as root: installs what it takes
#        deploy/edge/cross_build.sh build      writes build/edge/hvac-twin_VERSION_arm64.deb
set -euo pipefail
cd "$(dirname "$0")/../.."

case "${1:-}" in
  packages)
    export DEBIAN_FRONTEND=noninteractive
    dpkg --add-architecture arm64
    apt-get update -qq
    tools=(cmake ninja-build ccache ca-certificates dpkg-dev file binutils qemu-user-static
      g++-aarch64-linux-gnu binutils-aarch64-linux-gnu libstdc++-12-dev-arm64-cross)
    command -v npm >/dev/null || tools+=(nodejs npm)
    libraries=()
    while read -r section package; do
      case "$section $package" in
        "build libgtest-dev" | "build libgmock-dev" | "build libbenchmark-dev") continue ;;
        "build lib"*-dev) ;;
        *) continue ;;
      esac
      # Packages of headers only are the same for every architecture.
      if apt-cache show --no-all-versions "$package" | grep -qx 'Architecture: all'; then
        libraries+=("$package")
      else
        libraries+=("$package:arm64")
      fi
    done < <(grep -v '^#' scripts/packages.txt)
    apt-get install -y -qq --no-install-recommends "${tools[@]}" "${libraries[@]}" libstdc++6:arm64 >/dev/null
    ;;
  build)
    for lock in web/*/package-lock.json; do
      [ -d "$(dirname "$lock")/node_modules" ] || (cd "$(dirname "$lock")" && npm ci --no-audit --no-fund --silent)
    done
    cmake -S . -B build/edge -G Ninja -DCMAKE_BUILD_TYPE=Release "-DCMAKE_CXX_FLAGS_RELEASE=-O2 -DNDEBUG" \
      -DCMAKE_TOOLCHAIN_FILE=deploy/edge/arm64.cmake
    cmake --build build/edge --target deb
    ls -l build/edge/hvac-twin_*_arm64.deb
    ;;
  *)
    echo "usage: deploy/edge/cross_build.sh packages|build" >&2
    exit 2
    ;;
esac
