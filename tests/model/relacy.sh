#!/bin/sh
# One model in the weak-memory simulator: as it is it must pass, and with each of its faults it must fail.
#
#   relacy.sh PROGRAM MODEL FAULTS SCHEDULES   SCHEDULES is a share; LATZERO_TEST_SCALE multiplies it
set -eu
program=$1 model=$2 faults=$3
schedules=$(($4 * ${LATZERO_TEST_SCALE:-1}))
# A fault is rarely met late; it has as many schedules as a full run.
most=400000

"$program" --schedules "$schedules"
found=0
# shellcheck disable=SC2013  # words
for fault in $(sed -n "s/^fault $model //p" "$faults"); do
    "$program" --fault "$fault" --schedules "$most"
    found=$((found + 1))
done
if [ "$found" -eq 0 ]; then echo "no fault is seeded for $model" >&2 && exit 1; fi
