#!/usr/bin/env bash
# Installs what is missing, builds and runs the tests: under address and undefined sanitizers
# (default), and with --full also the optimised program, the threaded parts under the thread
# sanitizer, the fuzz targets for a longer while, and what is slow. The last line counts them all.
# Usage: scripts/test.sh [--full]
set -uo pipefail
cd "$(dirname "$0")/.."

full=no
case "${1:-}" in
  "") ;;
  --full) full=yes ;;
  *) echo "usage: scripts/test.sh [--full]"; exit 2 ;;
esac

scripts/setup.sh full || exit 1
reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT
passed=0 failed=0 skipped=0
failures=()

attribute() { grep -oE "<testsuites[^>]* $2=\"[0-9]+\"" "$1" | grep -oE '[0-9]+"$' | tr -d '"'; }

# Adds up one run of ctest: each GoogleTest case counts, a script counts as one.
count_run() {  # PRESET FOLDER
  local preset=$1 folder=$2 name status report bad all skips
  while IFS=$'\t' read -r name status; do
    report=$folder/${name}_test.xml
    if [ -s "$report" ]; then
      all=$(attribute "$report" tests)
      bad=$(attribute "$report" failures)
      skips=$(grep -c 'result="skipped"' "$report")
      passed=$((passed + all - bad - skips)) failed=$((failed + bad)) skipped=$((skipped + skips))
      [ "$bad" -gt 0 ] && failures+=("$preset: $name")
      if [ "$status" = fail ] && [ "$bad" -eq 0 ]; then failed=$((failed + 1)); failures+=("$preset: $name"); fi
    elif [ "$status" = run ]; then
      passed=$((passed + 1))
    elif [ "$status" = notrun ]; then
      skipped=$((skipped + 1))
    else
      failed=$((failed + 1)); failures+=("$preset: $name")
    fi
  done < <(sed -nE 's/.*<testcase name="([^"]+)".* status="([a-z]+)".*/\1\t\2/p' "$folder/ctest.xml")
}

# Builds a preset and runs its tests that ctest's further arguments pick.
run_preset() {  # PRESET TARGETS CTEST-ARGUMENT...
  local preset=$1 targets=$2 folder=$reports/$1
  shift 2
  echo "== $preset: build"
  cmake --preset "$preset" >/dev/null || { failed=$((failed + 1)); failures+=("$preset: configure"); return; }
  # shellcheck disable=SC2086
  if ! cmake --build --preset "$preset" $targets >"$reports/build.log" 2>&1; then
    tail -40 "$reports/build.log"
    failed=$((failed + 1)); failures+=("$preset: build"); return
  fi
  echo "== $preset: test"
  mkdir -p "$folder"
  GTEST_OUTPUT="xml:$folder/" ctest --preset "$preset" --output-junit "$folder/ctest.xml" "$@"
  grep -rhoE '<skipped message="[^"]*"' "$folder" | sort | uniq -c | sed 's/<skipped message=/skipped: /'
  count_run "$preset" "$folder"
}

# Every fuzz target for a short while, from its seeds.
run_fuzz() {  # SECONDS
  echo "== fuzz"
  local targets
  mapfile -t targets < <(basename -s .cpp fuzz/*.cpp)
  cmake --preset fuzz >/dev/null &&
    cmake --build --preset fuzz --target "${targets[@]}" >"$reports/build.log" 2>&1 ||
    { tail -40 "$reports/build.log"; failed=$((failed + 1)); failures+=("fuzz: build"); return; }
  local source name corpus
  for source in fuzz/*.cpp; do
    name=$(basename "$source" .cpp)
    corpus=$reports/corpus/$name
    mkdir -p "$corpus"
    [ -d "fuzz/corpus/$name" ] && cp fuzz/corpus/"$name"/* "$corpus/"
    if "build/fuzz/$name" -max_total_time="$1" -timeout=10 -rss_limit_mb=2048 -verbosity=0 \
        -artifact_prefix="$reports/" "$corpus" >"$reports/$name.log" 2>&1; then
      passed=$((passed + 1))
      echo "fuzz $name: clean for $1 s"
    else
      failed=$((failed + 1)); failures+=("fuzz: $name")
      tail -30 "$reports/$name.log"
    fi
  done
}

if [ $full = yes ]; then
  run_preset dev ""
  run_preset release "--target hvac-twin benches"  # What scripts/run.sh builds, and the loss over 100 kills.
  run_preset tsan "--target tsan_tests" -L threads
  run_fuzz 20
else
  run_preset dev "" -LE slow
  run_fuzz 3
fi

for failure in "${failures[@]}"; do echo "FAILED $failure"; done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
