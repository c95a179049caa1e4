#!/bin/sh
# One model in Spin: all states of each configuration are explored. It must hold as it is, and not with any fault.
#
#   spin.sh MODEL   a row of spin_runs.txt each; those of a full run from LATZERO_TEST_SCALE=10 on
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib.sh"

# explore ROW...: its figures in a line, and `whole` if no state was left out.
explore() {
    env "$@" ./pan -m100000 -w22 >found || { cat found && return 1; }
    errors=$(sed -n 's/.*errors: \([0-9]*\)$/\1/p' found)
    states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' found)
    depth=$(sed -n 's/.*depth reached \([0-9]*\),.*/\1/p' found)
    whole=$(grep -c 'Search not completed\|max search depth too small\|out of memory' found || true)
    printf '%s: %s states, depth %s%s\n' "$*" "$states" "$depth" "$(sed -n 's/^pan:1: /: /p' found)"
}

model=$1
scratch_directory
cp "$here"/*.pml "$scratch/"
cd "$scratch"
spin -a "$model.pml" >said || { cat said && exit 1; }
# Not optimised: that takes the compiler longer than the optimised program would save.
${CC:-cc} -O0 -w -DSAFETY -DCOLLAPSE -DMEMLIM=2000 -o pan pan.c
faults=0
while read -r of kind row; do
    if [ "$of" != "$model" ]; then continue; fi
    if [ "$kind" = full ] && [ "${LATZERO_TEST_SCALE:-1}" -lt 10 ]; then continue; fi
    # shellcheck disable=SC2086  # a list of settings
    explore $row
    case $kind in
        fault)
            faults=$((faults + 1))
            if [ "$errors" -ne 1 ]; then complain "not found: $row" && exit 1; fi
            ;;
        *) if [ "$errors" -ne 0 ] || [ "$whole" -ne 0 ]; then tail -n 40 found && exit 1; fi ;;
    esac
done <"$here/spin_runs.txt"
if [ "$faults" -eq 0 ]; then complain "no fault is seeded for $model" && exit 1; fi
# Each fault that the model knows is in the table.
# shellcheck disable=SC2013  # words
for fault in $(sed -n 's/^#define FAULT_\([a-z_]*\) [0-9]*$/\1/p' "$model.pml"); do
    if ! grep -q "^$model fault FAULT=$fault " "$here/spin_runs.txt"; then complain "never seeded: $fault" && exit 1; fi
done
