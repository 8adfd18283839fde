#!/usr/bin/env bash
# The manual page: made from the commands' own help, all of them, and without a fault in its language.
. "$HVAC_SOURCE_DIR/tests/deploy/lib.sh"
page=$(mktemp -d)
trap 'rm -rf "$page"' EXIT
"$HVAC_TWIN" completion man >"$page/hvac-twin.1"

# Every command of the help, and theirs, is in it with each of its options.
walk() {  # COMMAND...
  local help name option
  help=$("$HVAC_TWIN" "$@" --help)
  for option in $(sed -nE 's/^  (-[a-z],)?(--[a-z-]+).*/\2/p' <<<"$help" | grep -vx -e --help); do
    grep -qF -- "\\fB${option//-/\\-}\\fR" "$page/hvac-twin.1" || failed "$* $option is not in the page"
  done
  for name in $(sed -n '/^Subcommands:/,$p' <<<"$help" | sed -nE 's/^  ([a-z][a-z-]*) .*/\1/p'); do
    grep -qE "^\.SS \\\\fB$(sed 's/-/\\\\-/g' <<<"${*:+$* }$name")\\\\fR" "$page/hvac-twin.1" ||
      failed "the command \"${*:+$* }$name\" is not in the page"
    walk "$@" "$name"
  done
}
walk
[ "$(grep -c '^\.SS' "$page/hvac-twin.1")" -ge 20 ] || failed "the page has hardly any command"

checked=0
if command -v mandoc >/dev/null; then
  # No date, so that the same program makes the same page.
  output=$(mandoc -T lint -W warning "$page/hvac-twin.1" | grep -v 'missing date' || true)
  [ -z "$output" ] || failed "mandoc says: $output"
  checked=1
fi
if command -v groff >/dev/null; then
  output=$(groff -t -man -ww -Tutf8 -P-cbou -k "$page/hvac-twin.1" 2>&1 >"$page/text")
  [ -z "$output" ] || failed "groff says: $output"
  grep -q "EXIT STATUS" "$page/text" || failed "the page ends too early"
  checked=1
fi
[ $checked -eq 1 ] || { echo "skipped: neither mandoc nor groff is installed (Debian packages mandoc, groff-base)"; exit 77; }

# The completions are scripts that their shells understand.
for shell in bash zsh fish; do
  "$HVAC_TWIN" completion $shell >"$page/completion"
  if command -v $shell >/dev/null; then $shell -n "$page/completion" || failed "$shell does not understand its completion"; fi
done
output=$(bash -c "source <('$HVAC_TWIN' completion bash); COMP_WORDS=(hvac-twin models ''); COMP_CWORD=2; _hvac_twin; echo \${COMPREPLY[*]}")
case "$output" in *promote*) ;; *) failed "after \"models\" bash offers: $output" ;; esac
