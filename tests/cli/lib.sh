# What the tests of the program share. Sourced; HVAC_TWIN is the program.
set -euo pipefail

home=$(mktemp -d)
server=""
cleanup() {
  if [ -n "$server" ] && kill "$server" 2>/dev/null; then wait "$server" 2>/dev/null || true; fi
  rm -rf "$home"
}
trap cleanup EXIT

twin() { "$HVAC_TWIN" --home "$home" "$@"; }

# A port of the loopback that nothing listens at.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 20000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  echo "$port"
}

# serve ARGUMENT...: runs the program in the background ($server) until it says where it answers ($url).
serve() {
  : >"$home/run.json"
  "$HVAC_TWIN" --home "$home" --json run "$@" >"$home/run.json" 2>"$home/run.err" &
  server=$!
  url=""
  for _ in $(seq 600); do
    url=$(sed -n 's/.*"url":"\(http[^"]*\)".*/\1/p' "$home/run.json")
    [ -n "$url" ] && return 0
    sleep 0.1
  done
  echo "FAILED: it does not serve"
  cat "$home/run.err"
  exit 1
}

# expect CODE COMMAND...: runs it and fails unless it ends with that exit code. Output is in $output.
expect() {
  local wanted=$1 got=0
  shift
  output=$("$@" 2>&1) || got=$?
  if [ "$got" -ne "$wanted" ]; then
    echo "FAILED: exit code $got instead of $wanted: $*"
    echo "$output"
    exit 1
  fi
}

# says TEXT: the last output must hold it.
says() {
  case "$output" in *"$1"*) ;; *)
    echo "FAILED: the output does not say \"$1\":"
    echo "$output"
    exit 1 ;;
  esac
}
