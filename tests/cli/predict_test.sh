#!/usr/bin/env bash
# Predictions on the command line: one instant, and a file.
. "$HVAC_SOURCE_DIR/tests/cli/lib.sh"

six=(--set UCWIT=7.5 --set UCAIT=25 --set UCWF=15 --set UCAIH=50 --set AMBT=22 --set UCTSP=21)
expect 1 twin predict "${six[@]}"
says "no model yet"
expect 0 twin simulate --output "$home/history.csv" --hours 40 --interval 60 --seed 7
expect 0 twin train --data "$home/history.csv" --rounds 10

expect 0 twin predict "${six[@]}"
says "90 % interval"
expect 0 twin --json predict "${six[@]}" --set UCAOT=19
says '"Q_thermal":'
says '"residuals":{"UCAOT"'
expect 2 twin predict --set UCWIT=7.5
says "is missing"
expect 2 twin predict "${six[@]}" --set UCWITT=7
says "did you mean UCWIT"
expect 2 twin predict "${six[@]}" --set UCFS=nan
expect 2 twin predict "${six[@]:0:10}" --set UCTSP=999
says "0..50"
expect 2 twin predict --data "$home/history.csv"
expect 2 twin predict

expect 0 twin predict --data "$home/history.csv" --output "$home/predicted.csv"
says "rows predicted by model v1"
head -1 "$home/predicted.csv" | grep -q '^row,time,UCAOT,UCAOT_low,UCAOT_high,UCAOT_physics,UCWOT,'
rows=$(($(wc -l <"$home/predicted.csv") - 1))
[ "$rows" -gt 2000 ] || { echo "FAILED: only $rows rows"; exit 1; }
sed -n 2p "$home/predicted.csv" | grep -qE '^[0-9]+,20[0-9]{2}-[0-9]{2}-[0-9]{2}T' ||
  { echo "FAILED: no time in $(sed -n 2p "$home/predicted.csv")"; exit 1; }
expect 1 twin predict --data "$home/nowhere.csv" --output "$home/other.csv"
says "nowhere.csv"
[ ! -e "$home/other.csv" ] || { echo "FAILED: a file without predictions was left"; exit 1; }
