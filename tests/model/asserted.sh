#!/bin/sh
# Which of the faults in faults.txt an assertion stops, of some that a seed draws: asserted_workload.cpp runs with each.
#
#   asserted.sh ROOT [COUNT [SEED]]   prints a row for each: a fault, and where it was stopped, or `-`; then the sum
#   asserted.sh --check ROOT          fails if asserted.txt, the record, names what is gone
#
# Not drawn are faults that only weaken the order of a load or a store. No assertion can see that on a processor that
# orders them anyway; the models see it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib.sh"

# population: `fault NAME` or `control NAME` for each that changes more than an order.
population() {
    awk '
        function give() { if (kind != "" && more) print kind, name; more = 0 }
        /^(fault|control|always) / { give(); kind = $1 == "always" ? "" : $1; name = $1 == "fault" ? $3 : $2
                                       more = $1 == "control" }
        /^\+ / && index($0, "FAULT(" name ")") { more = 1 }
        END { give() }' "$here/faults.txt"
}

draw() {
    population | awk -v seed="$2" 'BEGIN { srand(seed) } { printf "%.9f %s\n", rand(), $0 }' | LC_ALL=C sort | head -n "$1" |
        cut -d' ' -f2- | LC_ALL=C sort
}

# copy TREE CONTROL: the sources with all faults, asleep, or without that safeguard.
copy() {
    mkdir -p "$1/tests"
    cp -r "$root/src" "$root/abi" "$root/include" "$1/"
    mkdir "$1/model" && cp "$here/asserted_workload.cpp" "$1/model/"
    LC_ALL=C awk -v tree="$1/src" -v control="$2" -f "$here/seed.awk" "$here/faults.txt"
    cat >"$1/asleep.hpp" <<'EOF'
#include <atomic>
#include <cstdlib>
#include <cstring>
inline bool latzero_has_fault(const char *name) {
    static const char *const chosen = std::getenv("LATZERO_FAULT");
    return chosen != nullptr && std::strcmp(chosen, name) == 0;
}
#define FAULT(name) latzero_has_fault(#name)
#define WEAKER(name, order) (order)
EOF
}

# compile TREE: the library with assertions and the workload, in one program. Of a tree without a safeguard only what is
# not as in the tree of the faults, which is built by then.
compile() (
    cd "$1"
    find src abi model -name '*.cpp' ! -path 'src/cli/*' ! -path 'abi/bindings/*' >sources
    cp sources changed
    if [ "$1" != "$scratch/faults" ] && ! diff -rq "$root/src" src | grep -q 'hpp differ'; then
        diff -rq "$root/src" src | sed -n 's/.* and \(.*cpp\) differ/\1/p' >changed
    fi
    launcher=$(command -v ccache || true)
    # shellcheck disable=SC2016  # for the inner shell
    xargs -P "$(nproc)" -n 1 sh -c '$1 g++ -std=c++20 -O0 -UNDEBUG -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 \
        -DLATZERO_BUILDING -Isrc -Iinclude -include asleep.hpp -c "$2" -o "$(echo "$2" | tr / _).o"' - "$launcher" <changed
    tr / _ <sources | while read -r name; do
        if [ -f "$name.o" ]; then echo "$name.o"; else echo "$scratch/faults/$name.o"; fi
    done | xargs sh -c 'exec g++ "$@" -o workload -lsodium -lzstd -lpthread' -
)

# stopped TREE FAULT: where an assertion ended the workload; `-` if none did.
stopped() {
    LATZERO_FAULT=$2 timeout 60 "$1/workload" >"$scratch/out" 2>&1 || true
    at=$(sed -n 's/^latzero: \([^ ]*\):[0-9]*: assertion failed: \(.*\)/\1: \2/p' "$scratch/out" | head -n 1)
    echo "${at:--}"
}

run() {
    root=$(cd "$1" && pwd) drawn=${2:-30} seed=${3:-1}
    copy "$scratch/faults" ''
    compile "$scratch/faults"
    if [ "$(stopped "$scratch/faults" none)" != - ]; then complain 'an assertion fails without a fault' && exit 1; fi
    draw "$drawn" "$seed" >"$scratch/draw"
    caught=0
    while read -r kind name; do
        tree=$scratch/faults
        if [ "$kind" = control ]; then
            tree=$scratch/$name
            copy "$tree" "$name"
            compile "$tree"
        fi
        at=$(stopped "$tree" "$name")
        if [ "$at" != - ]; then caught=$((caught + 1)); fi
        echo "$kind $name: $at"
        if [ "$kind" = control ]; then rm -r "$tree"; fi
    done <"$scratch/draw"
    echo "# $caught of $drawn, seed $seed"
}

# Each fault of the record is one, and each assertion stands where the record has it.
check() {
    population >"$scratch/population"
    sed -n 's/^\([a-z]* [a-z_]*\): .*/\1/p' "$here/asserted.txt" >"$scratch/recorded"
    grep -q . "$scratch/recorded" || { complain 'asserted.txt has no rows' && return 1; }
    if grep -vxFf "$scratch/population" "$scratch/recorded" >&2; then complain 'are no such faults' && return 1; fi
    sed -n 's/^[a-z]* [a-z_]*: \([^ :-]*\): \(.*\)/\1 \2/p' "$here/asserted.txt" | while read -r file condition; do
        tr -s ' \n' ' ' <"$1/$file" | grep -qF "($condition)" ||
            { complain "$file no longer asserts $condition" && exit 1; }
    done
}

scratch_directory
if [ "${1:?a root, or --check}" = --check ]; then check "$2"; else run "$@"; fi
