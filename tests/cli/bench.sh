#!/bin/bash
# latzero bench: what it prints, what it refuses, and that it leaves nothing behind, however it ends.
# shellcheck source=expect.sh
. "$(dirname "$0")/expect.sh"

# The pools of the bench whose process id is $1, as files.
files_of_bench() { find /dev/shm -name "*bench-$1-*" 2> /dev/null; }
bench_gone() { [ -z "$(files_of_bench "$1")" ]; }
bench_unlisted() { ! "$latzero" list --json | grep -q "\"name\":\"bench-$1-"; }

# start_bench ARGUMENTS...: in the background; returns when it measures. $bench is its process.
start_bench() {
    "$latzero" bench "$@" > "$work/out" 2> "$work/err" < /dev/null &
    bench=$!
    eventually has_children "$bench"
}

children_of() { cat "/proc/$1/task/$1/children" 2> /dev/null; }
has_children() { [ -n "$(children_of "$1")" ]; }

# ended PROCESS...: none of them runs any more; a zombie does not.
ended() {
    local process state
    for process in "$@"; do
        state=$(sed 's/.*) \(.\).*/\1/' "/proc/$process/stat" 2> /dev/null)
        case $state in '' | Z | X) ;; *) return 1 ;; esac
    done
}

# bench_ends_with STATUS: with a sentence if it is not 0, and its pools are gone.
bench_ends_with() {
    wait "$bench"
    status=$?
    [ "$status" -eq "$1" ] || fail "bench: exit status $1 expected"
    [ "$status" -eq 0 ] || [ -s "$work/err" ] || fail "bench: a sentence on stderr expected"
    [ "$status" -eq 0 ] || [ ! -s "$work/out" ] || fail "bench: nothing on stdout expected"
    bench_gone "$bench" || fail "bench left behind: $(files_of_bench "$bench")"
}

bench_rows='get 1 plain
set 1 plain
set_fast + flush 1 plain
mget of 100 1 plain
mset of 100 1 plain
increment one key 1 plain
exists 1 plain
delete + set 1 plain
get, no such key 1 plain
get int64 1 plain
set int64 1 plain
get with a TTL 1 plain
set with a TTL 1 plain
connect + disconnect 1 plain
get 1 MiB 1 plain
borrow + return 1 MiB 1 plain
set 1 MiB 1 plain
get 3 plain
90% get, 10% set 3 plain
increment one key 3 plain
get 1 encrypted
set 1 encrypted'

it table 'prints a row of figures for each verb'
test_table() {
    local figure='[0-9][0-9,]*(\.[0-9])?' rows
    LATZERO_AUTH_KEY=superfluous start_bench --seconds 1 --processes 3 --keys 500 --value-bytes 100
    bench_ends_with 0
    contains "$work/out" "^library  *$("$latzero" --version)\$" || fail "bench: the library's version expected"
    contains "$work/out" '^keys  *500,' || fail "bench: the keys expected"
    contains "$work/out" '^values  *100 bytes' || fail "bench: the values' size expected"
    contains "$work/out" '^processes  *3 ' || fail "bench: the processes expected"
    contains "$work/out" "^cores  *$(nproc)," || fail "bench: the cores expected"
    rows=$(sed -n '/^VERB /,/^(/p' "$work/out" | grep -E "^.* (plain|encrypted) +$figure +$figure\.\.$figure +[1-9][0-9,]*\$" |
        sed -E 's/^(.*[^ ]) +([0-9]+) +(plain|encrypted) .*/\1 \2 \3/')
    [ "$rows" = "$bench_rows" ] || fail "bench: other rows expected than: $rows"
    rows=$(sed -n '/^LATENCY /,/^(/p' "$work/out" | grep -Ec "^(get|set) +[13] +(plain|encrypted)( +[1-9][0-9,]*){5}\$")
    [ "$rows" -eq 5 ] || fail "bench: 5 rows of latencies expected, not $rows"
}

it json 'prints the same rows as JSON'
# To the letter: a regular expression is stricter than a parser.
test_json() {
    local number='([1-9][0-9]*(\.[0-9]+)?|0\.[0-9]*[1-9][0-9]*)(e\+[0-9]+)?' count='[1-9][0-9]*' row head rows
    local latency="(null|\\{\"calls\":$count,\"p50_ns\":$count,\"p99_ns\":$count,\"p99_9_ns\":$count,\"max_ns\":$count\\})"
    row="\\{\"verb\":\"[^\"]+\",\"processes\":[12],\"encrypted\":(true|false),\"median_ns\":$number,\"least_ns\":$number"
    row="$row,\"most_ns\":$number,\"operations_per_second\":$number,\"rounds_ns\":\\[$number(,$number){4}\\],\"latency\":$latency\\}"
    head="\"version\":\"[^\"]+\",\"keys\":1000,\"value_bytes\":64,\"processes\":2,\"cores\":$count"
    head="$head,\"cipher\":\"[a-z0-9]+\",\"seconds\":$number,\"rounds\":5,\"clock_ns\":$number"
    matches "\\{$head,\"rows\":\\[$row(,$row)*\\]\\}" bench --json --seconds 1 --processes 2
    [ "$(wc -l < "$work/out")" -eq 1 ] || fail "bench --json: one line expected"
    rows=$(sed -E 's/\{"verb":"([^"]+)","processes":([0-9]+),"encrypted":(true|false)/\n\1 \2 \3\n/g' "$work/out" |
        sed -n 's/ true$/ encrypted/p; s/ false$/ plain/p')
    [ "$rows" = "$(printf '%s\n' "$bench_rows" | sed 's/ 3 plain$/ 2 plain/')" ] ||
        fail "bench --json: the rows of the table expected"
    [ "$(grep -o '"latency":{' "$work/out" | wc -l)" -eq 5 ] || fail "bench --json: 5 latencies expected"
}

it refused 'refuses numbers out of range, and what is no flag'
test_refused() {
    local option number
    for option in --seconds --processes --keys --value-bytes; do
        for number in 0 -1 1.5 abc '' 0x10 ' 5' 100000000 18446744073709551616; do
            expect 2 bench "$option" "$number"
            says "$option takes a whole number from"
        done
        expect 2 bench "$option"
    done
    expect 2 bench --processes 1
    expect 2 bench --keys 10000000 --value-bytes 1000000
    says '64 GiB'
    expect 2 bench surplus
    expect 2 bench --nonsense
}

it stopped 'ends at once when it is told to, and leaves nothing'
test_stopped() {
    local signal
    for signal in INT TERM; do
        start_bench --seconds 60
        kill -"$signal" "$bench"
        bench_ends_with 5
        says 'stopped by a signal'
    done
}

it killed 'leaves nothing when it is killed'
# Stops the parent while its children wait for its word to begin, which they would do for ever, and kills it.
test_killed() {
    local children
    start_bench --seconds 60
    # shellcheck disable=SC2086  # a list
    until kill -STOP "$bench" && children=$(children_of "$bench") && sleep 0.3 && [ -n "$children" ] &&
        ! ended $children; do
        kill -CONT "$bench"
        sleep 0.05
    done
    kill -KILL "$bench"
    wait "$bench" 2> /dev/null
    # shellcheck disable=SC2086  # a list
    eventually ended $children
    bench_unlisted "$bench" || fail "the pools of a killed bench are still there"
    bench_gone "$bench" || fail "a killed bench left behind: $(files_of_bench "$bench")"
}

# plain_pool: the name of the plain pool of the bench that runs.
plain_pool() {
    "$latzero" list --json | grep -o "\"bench-$bench-[^\"]*-encrypted\"" | tr -d '"' | sed 's/-encrypted$//'
}

it destroyed_pool 'names its pool if somebody destroys it'
test_destroyed_pool() {
    local name
    start_bench --seconds 60
    name=$(plain_pool)
    expect 0 destroy -y "$name"
    bench_ends_with 1
    says "$name"
}

it changed_count 'finds out a counter that somebody else changed'
test_changed_count() {
    start_bench --seconds 2
    "$latzero" set "$(plain_pool)" ctr:00000000 5 || fail "set in the pool of a bench"
    bench_ends_with 5
    says 'counter'
}

it without_room 'says what is missing where there is too little shared memory'
test_without_room() {
    unshare -rm true 2> /dev/null || skip 'there are no name spaces'
    # shellcheck disable=SC2016  # the inner shell expands it
    unshare -rm sh -c 'mount -t tmpfs -o size=4m tmpfs /dev/shm && exec "$1" bench --seconds 1' sh "$latzero" \
        > "$work/out" 2> "$work/err"
    status=$?
    [ "$status" -eq 4 ] || fail "bench without room: exit status 4 expected"
    says 'no room.*shared memory.*--keys'
    [ ! -s "$work/out" ] || fail "bench without room: nothing on stdout expected"
}

run_cases "$@"
