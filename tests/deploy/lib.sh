# What the tests of deploy/ share. Sourced, after tests/cli/lib.sh where a program is run.
set -euo pipefail
here="$HVAC_SOURCE_DIR/tests/deploy"
deploy="$HVAC_SOURCE_DIR/deploy"

failed() { echo "FAILED: $*"; exit 1; }

# needs PROGRAM PACKAGE: skips the test, and says why, where that Debian package is not installed.
needs() {
  command -v "$1" >/dev/null || { echo "skipped: $1 is not installed (Debian package $2)"; exit 77; }
}

# node_check SCRIPT ARGUMENT...: runs it with the packages of tests/deploy, from their lock file.
node_check() {
  if [ ! -d "$here/node_modules" ]; then
    echo "skipped: the packages of tests/deploy are not installed (scripts/setup.sh full)"
    exit 77
  fi
  node "$here/$1" "${@:2}"
}
