#!/bin/sh
# Whether the functions that the Spin models mirror are still those that they were written after.
#
#   mirrored.sh ROOT           fails if one has changed: compare the model with it, then renew the record
#   mirrored.sh --renew ROOT   puts them on record as they are
#   mirrored.sh --self-test ROOT
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib.sh"

# body FILE FUNCTION: its lines, from the one that begins with no blank and names it to the first one of that kind that
# ends with a `}`; without comments, assertions and indentation.
body() {
    awk -v name="$2" '
        !inside && /^[^ \t\/#}]/ && $0 !~ /;$/ && match($0, "(^|[ *&:~])" name "\\(") { inside = 1 }
        inside {
            line = $0
            sub(/\/\/.*/, "", line)
            gsub(/^[ \t]+|[ \t]+$/, "", line)
            if (line ~ /^LATZERO_ASSERT\(/) asserts = 1
            if (line != "" && !asserts) print line
            if (line ~ /;$/) asserts = 0
        }
        inside && /^[^ ].*}$|^}/ { exit }' "$1"
}

# sums ROOT: each row of the record with the sum that it should have.
sums() {
    while read -r model file function _; do
        case $model in '' | '#'*) continue ;; esac
        text=$(body "$1/$file" "$function")
        if [ -z "$text" ]; then complain "$file has no function $function: $model.pml mirrors it" && return 1; fi
        printf '%s %s %s %s\n' "$model" "$file" "$function" "$(printf '%s\n' "$text" | cksum | cut -d' ' -f1)"
    done <"$here/mirrored.txt"
}

check() {
    sums "$1" >"$scratch/now"
    grep -v '^#' "$here/mirrored.txt" | grep . >"$scratch/then"
    if diff "$scratch/then" "$scratch/now" >"$scratch/changed"; then return; fi
    sed -n 's/^> \([a-z]*\) \([^ ]*\) \([^ ]*\) .*/\2: \3() has changed: see whether \1.pml still mirrors it/p' \
        "$scratch/changed" >&2
    complain 'then: sh tests/model/mirrored.sh --renew .'
    return 1
}

self_test() {
    mkdir "$scratch/tree"
    cp -r "$1/src" "$scratch/tree/"
    check "$scratch/tree"
    lock=$scratch/tree/src/store/lock.cpp
    sed 's/^    for (const int pauses .*/    \/\/ A comment is no change.\n&/' "$lock" >"$scratch/lock"
    cp "$scratch/lock" "$lock"
    check "$scratch/tree"
    sed 's/if (recovered.outcome == Recovery::done && try_lock/if (try_lock/' "$lock" >"$scratch/lock"
    cp "$scratch/lock" "$lock"
    if said=$(check "$scratch/tree" 2>&1) || [ "${said#*lock_contended}" = "$said" ]; then
        complain "a changed function was not noticed: $said" && exit 1
    fi
    echo 'caught: a changed function'
}

scratch_directory
case ${1:?a root} in
    --renew)
        sums "$2" >"$scratch/now"
        grep '^#' "$here/mirrored.txt" >"$scratch/record"
        cat "$scratch/record" "$scratch/now" >"$here/mirrored.txt"
        ;;
    --self-test) self_test "$2" ;;
    *) check "$1" ;;
esac
