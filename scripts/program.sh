# Sourced by the wrappers beside it: finds the program. $HVAC_TWIN, the installed one, or this tree's.
if [ -n "${HVAC_TWIN:-}" ]; then
  program=$HVAC_TWIN
elif command -v hvac-twin >/dev/null; then
  program=hvac-twin
else
  program=$(dirname "${BASH_SOURCE[0]}")/../build/release/hvac-twin
  [ -x "$program" ] || { echo "hvac-twin is neither installed nor built (scripts/run.sh builds it)" >&2; exit 1; }
fi
