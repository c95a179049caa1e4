#!/bin/sh
# Holds what each verb takes in instructions as record.txt has it: none takes more by accident. Unlike times, they are
# the same in every run.
#
#   count.sh --compare PROGRAM FACT...    fails if a verb takes 5 % more than on record, or 5 % fewer
#   count.sh --self-test PROGRAM FACT...  shows, on edited records and a slower program, that this is noticed
#   count.sh --renew PROGRAM FACT...      puts what they take now on record
#
# A FACT is "what: which", as in the record's head. Where one of them is another, the record says nothing, and the test
# is skipped.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib.sh"
tolerance=5

skip() {
    echo "skipped: $*"
    exit 77
}

# What the build does not know. By its processor, libc chooses how to copy; valgrind plays one with AVX2 where there is
# AVX2, whatever else the real one has.
facts_of_here() {
    printf 'libc: %s\nvalgrind: %s\n' "$(getconf GNU_LIBC_VERSION)" "$(valgrind --version)"
    if grep -qw avx2 /proc/cpuinfo; then echo 'processor: with avx2'; else echo 'processor: without avx2'; fi
}

# Skips where the record says nothing of what is here; fails if it does not tell.
check_facts() {
    while read -r fact; do
        of_record=$(grep "^${fact%%:*}: " "$1") || of_record=
        if [ -z "$of_record" ]; then complain "not on record: for which ${fact%%:*} it holds" && return 1; fi
        if [ "$of_record" != "$fact" ]; then skip "the record holds for '$of_record'; here it is '$fact'"; fi
    done <"$scratch/facts"
}

# count ROWS ARGUMENT...: runs the program and writes a row for each round, with the instructions of an operation.
# Nothing of the environment takes part, nor do anybody's own settings of valgrind.
count() {
    rows=$1
    shift
    quietly "$scratch/log" env -i PATH="$PATH" LC_ALL=C LD_BIND_NOW=1 \
        valgrind --command-line-only=yes --log-file="$scratch/valgrind" --tool=callgrind --zero-before=counted \
        --dump-after=counted --callgrind-out-file="$scratch/round" "$program" "$@" ||
        { cat "$scratch/valgrind" >&2 || true && exit 1; }
    part=0
    while read -r operations verb; do
        part=$((part + 1))
        awk -v operations="$operations" -v verb="$verb" '
            /^summary:/ { printf "%10.1f %s\n", $2 / operations, verb; found = 1 }
            END { exit !found }' "$scratch/round.$part"
    done <"$scratch/log" >"$rows"
    test -s "$rows"
}

# compare RECORD ROWS: prints each row with what has changed, then a sentence for each one that fails.
compare() {
    awk -v tolerance="$tolerance" '
        { verb = $0; sub(/^ *[0-9.]+ /, "", verb) }
        FNR == NR { if (/^ *[0-9]/) recorded[verb] = $1; next }
        !(verb in recorded) { complaint[++complaints] = "not on record: " verb; next }
        {
            change = ($1 / recorded[verb] - 1) * 100
            printf "%10.1f %+7.1f %%  %s\n", $1, change, verb
            counted[verb] = 1
            if (change > tolerance || change < -tolerance)
                complaint[++complaints] = sprintf("%s: %.1f %% %s instructions than the %.1f on record", verb,
                    change > 0 ? change : -change, change > 0 ? "more" : "fewer", recorded[verb])
        }
        END {
            for (verb in recorded) if (!(verb in counted)) complaint[++complaints] = "not counted: " verb
            for (i = 1; i <= complaints; i++) print complaint[i]
            exit complaints > 0
        }' "$1" "$2"
}

# A record of these rows, with what it holds for.
write_record() {
    echo '# Instructions per operation, by count.sh; tests/README.md says how to read and renew them. This holds for'
    cat "$scratch/facts" "$1"
}

# edited AWK-PROGRAM: the record of now, edited so.
edited() {
    awk "$1" "$scratch/record" >"$scratch/edited"
}

# expect WORDS AWK-PROGRAM: of a record that is edited so, these words are said.
expect() {
    edited "$2"
    if said=$(check_facts "$scratch/edited" 2>&1 && compare "$scratch/edited" "$scratch/now") ||
        [ "${said#*"$1"}" = "$said" ]; then
        complain "not caught: $1: $2: $said" && exit 1
    fi
    printf 'caught: %s: %s\n' "$1" "$2"
}

# Each verb of fewer than 600 instructions must be found to take more than 5 % more with 30 more of them.
expect_waste() {
    count "$scratch/slow" --waste 15
    compare "$scratch/record" "$scratch/slow" >"$scratch/said" && complain 'no waste was caught' && exit 1
    awk '/^ *[0-9]/ && $1 < 600 { sub(/^ *[0-9.]+ /, ""); print }' "$scratch/record" >"$scratch/short"
    test -s "$scratch/short"
    while read -r verb; do
        grep -q "^$verb: .* more instructions" "$scratch/said" || { complain "waste was not caught: $verb" && exit 1; }
        echo "caught: 30 instructions more: $verb"
    done <"$scratch/short"
}

self_test() {
    write_record "$scratch/now" >"$scratch/record"
    for factor in 1 0.96 1.04; do
        edited "/^ *[0-9]/ { \$1 *= $factor } { print }"
        compare "$scratch/edited" "$scratch/now" >"$scratch/said" || { cat "$scratch/said" && exit 1; }
        echo "passed: $factor times as many on record"
    done
    # shellcheck disable=SC2016  # nothing is to be expanded
    {
        expect 'set_fast of 64 B, with its share of the flush: 6.4 % more' '/set_fast/ { $1 *= 0.94 } { print }'
        expect 'connect and disconnect: 5.7 % fewer' '/connect/ { $1 *= 1.06 } { print }'
        expect 'not on record: increment' '!/increment/'
        expect 'not counted: a verb of before' '{ print } END { print 100.0, "a verb of before" }'
        expect 'not on record: for which compiler' '!/^compiler: /'
        expect "skipped: the record holds for 'compiler: another'" '/^compiler: / { $2 = "another"; NF = 2 } { print }'
    }
    expect_waste
}

mode=$1 program=$2
shift 2
command -v valgrind >/dev/null || skip 'there is no valgrind (Debian: valgrind)'

scratch_directory
{ printf '%s\n' "$@" && facts_of_here; } >"$scratch/facts"
if [ "$mode" != --renew ]; then check_facts "$here/record.txt"; fi
count "$scratch/now"
case $mode in
    --compare)
        if compare "$here/record.txt" "$scratch/now"; then exit; fi
        complain 'That is not what is on record. If it is meant to change, also to the better, renew the record and'
        complain 'commit it; one that is too high would hide the next rise:'
        complain "    meson compile -C $PWD instructions-record"
        exit 1
        ;;
    --self-test) self_test ;;
    --renew)
        if ! grep -q '^options: optimization=3 .*b_sanitize=none ' "$scratch/facts"; then
            complain 'the record is of a release build: meson setup --buildtype=release' && exit 1
        fi
        write_record "$scratch/now" >"$here/record.txt"
        ;;
    *) complain "unknown: $mode" && exit 2 ;;
esac
