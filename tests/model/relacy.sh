#!/bin/sh
# One model in the weak-memory simulator: as it is it must pass, and with each of its faults it must fail.
#
#   relacy.sh PROGRAM MODEL FAULTS SCHEDULES   SCHEDULES is a share; LATZERO_TEST_SCALE multiplies it
set -eu
program=$1 model=$2 faults=$3
schedules=$(($4 * ${LATZERO_TEST_SCALE:-1}))
# Most faults are met among the first thousands; the rarest, a record that moves back, once in a million.
most=4000000

"$program" --schedules "$schedules"
found=0
# shellcheck disable=SC2013  # words
for fault in $(sed -n "s/^fault $model //p" "$faults"); do
    "$program" --fault "$fault" --schedules "$most"
    found=$((found + 1))
done
if [ "$found" -eq 0 ]; then echo "no fault is seeded for $model" >&2 && exit 1; fi
