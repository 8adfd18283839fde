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
