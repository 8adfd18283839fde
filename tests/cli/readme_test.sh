#!/usr/bin/env bash
# Every command that the README names exists and explains itself; nothing it links to is missing.
. "$HVAC_SOURCE_DIR/tests/cli/lib.sh"
cd "$HVAC_SOURCE_DIR"
grep -oE '^(build/release/)?hvac-twin [a-z]+( [a-z]+)?' README.md | sed 's/.*hvac-twin //' | sort -u >"$home/commands"
[ -s "$home/commands" ] || { echo "FAILED: the README names no commands"; exit 1; }
while read -r first second; do
  case "$second" in
    check | prepare | tags | fault) expect 0 twin "$first" "$second" --help ;;
    *) expect 0 twin "$first" --help ;;
  esac
done <"$home/commands"
grep -oE '^\| `[^|]*`' README.md | grep -oE '`[a-z]+' | tr -d '`' | grep -vE '^(prepare|tags|command)$' | sort -u |
  while read -r verb; do expect 0 twin "$verb" --help; done
for link in $(grep -oE '\]\([a-z][^)]*\)' README.md | tr -d '])('); do
  [ -e "$link" ] || { echo "FAILED: the README links to $link, which is not there"; exit 1; }
done
for file in scripts/run.sh scripts/test.sh; do [ -x "$file" ] || { echo "FAILED: $file"; exit 1; }; done

# The tour: every command of its section as it stands there, with this build, free ports and small trainings.
mkdir -p "$home/tour/bin" "$home/tour/build/release"
cat >"$home/tour/bin/hvac-twin" <<SCRIPT
#!/bin/sh
case "\$1 \$2" in
  "train "*) set -- "\$@" --rounds 10 ;;
  "evaluate "*) set -- "\$@" --model current ;;
  "run "*) set -- "\$@" --port 0 --dashboard-port 0 --json ;;
  "demo "*) set -- "\$@" --url "\$TOUR_URL" ;;
esac
exec "$HVAC_TWIN" "\$@"
SCRIPT
chmod +x "$home/tour/bin/hvac-twin"
ln -s ../../bin/hvac-twin "$home/tour/build/release/hvac-twin"
section() { sed -n "/^## $1/,/^## /p" README.md; }
section "Five minutes" | awk '/^```/ {inside = !inside; next} inside' | sed -E ':a; /\\$/ {N; s/\\\n *//; ba}; s/ +#.*$//' >"$home/tour/commands"
[ "$(wc -l <"$home/tour/commands")" -ge 8 ] || { echo "FAILED: the README has no tour"; exit 1; }
export PATH=$home/tour/bin:$PATH TOUR_URL
cd "$home/tour"
expect 0 hvac-twin simulate --output telemetry.csv --hours 20 --interval 60 --seed 7
expect 0 twin train --data telemetry.csv --rounds 10
serve --demo --speed 60 --port 0 --dashboard-port 0
TOUR_URL=$url
for _ in $(seq 100); do curl -fsS "$url/api/v1/assets" >"$home/assets" && grep -q '"asset"' "$home/assets" && break; sleep 0.2; done
while IFS= read -r line; do
  case "$line" in
    "hvac-twin run"*)
      kill -TERM "$server"
      wait "$server" || { echo "FAILED: exit $? after SIGTERM"; exit 1; }
      bash -c "exec $line" >own.json 2>own.err &
      server=$!
      for _ in $(seq 300); do grep -q '"url"' own.json && break; sleep 0.2; done
      grep -q '"url"' own.json || { echo "FAILED: $line"; cat own.err; exit 1; } ;;
    *)
      expect 0 bash -c "${line//http:\/\/localhost:8000/-fsS $url}"
      case "$line" in
        */predict*) says '"UCAOT"' ;;
        */health) says '"healthy"' ;;
        */assets) says '"asset"' ;;
        *fault*) says "water-fouling" ;;
        *train*) says "model: v" ;;
      esac ;;
  esac
done <commands
echo "$(wc -l <commands) commands of the tour ran"
