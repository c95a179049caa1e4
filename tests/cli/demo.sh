#!/bin/bash
# latzero demo: on a small file, when somebody meddles with its pool, and when it is stopped.
# shellcheck source=expect.sh
. "$(dirname "$0")/expect.sh"

# make_records: a file of 5 records in 3 sections.
make_records() {
    {
        printf 'Package: a\nSection: one\nArchitecture: amd64\n\nPackage: a\nSection: two\nArchitecture: i386\n'
        printf '\r\n \nNo package here\n\nPackage: b/c\nSection: one\n\n\n\nPackage: bytes\n\xff\xfe no newline at the end'
    } > "$work/records"
}

# start_demo: in the background; returns when its workers are started. $demo is its process.
start_demo() {
    make_records
    : > "$work/out" # an earlier demo's output must not be taken for this one's
    "$latzero" demo "$work/records" > "$work/out" 2> "$work/err" &
    demo=$!
    eventually contains "$work/out" '^start'
}

demo_gone() { unlisted "demo-$demo"; }

it unusable_file 'refuses a file without records, and what is no file'
test_unusable_file() {
    : > "$work/empty"
    printf '\n\n  \n' > "$work/blank"
    mkfifo "$work/fifo"
    expect 2 demo "$work/empty"
    says 'no records'
    expect 2 demo "$work/blank"
    expect 2 demo "$work/nonexistent"
    expect 2 demo "$work"
    expect 2 demo "$work/fifo"
}

it records 'accounts for all records of a file, whatever they are like'
test_records() {
    make_records
    LATZERO_AUTH_KEY=superfluous expect 0 demo "$work/records"
    shows '5 records'
    shows 'all 3 sections exact'
    shows "the watcher's copy is equal after [0-9]"
    shows 'vanished'
}

# disturbed_by COMMAND ARGUMENTS...: a demo whose pool somebody changes meanwhile fails, and leaves nothing.
disturbed_by() {
    start_demo
    "$latzero" "$1" "demo-$demo" "${@:2}" || fail "$1 in the pool of a demo"
    wait "$demo"
    status=$?
    [ "$status" -ne 0 ] || fail "a demo that was disturbed by '$*' does not notice"
    demo_gone || fail "a demo that failed leaves its pool"
}

it changed_count 'finds out a counter that somebody else changed'
test_changed_count() {
    disturbed_by set section/one 1000
    says "section 'one' was counted 1,006 times instead of 6"
}

it changed_ledger 'finds out that fewer writes are there than were acknowledged'
test_changed_ledger() {
    disturbed_by set demo/writes 1000
    # Found by the audit, or by readers if the change comes between the audit and the next writer's start.
    says 'not as the last acknowledged write left it|an older write came back'
}

it destroyed_pool 'ends if its pool is destroyed'
test_destroyed_pool() { disturbed_by destroy -y; }

# inherited NAME: that environment variable reached the workers of the demo.
inherited() {
    local worker
    # shellcheck disable=SC2013  # they are words
    for worker in $(cat "/proc/$demo/task/$demo/children"); do
        if contains "/proc/$worker/environ" "$1="; then return; fi
    done
    return 1
}

it stopped 'leaves nothing when it is told to end, and gives no auth key to its workers'
test_stopped() {
    LATZERO_AUTH_KEY=superfluous LATZERO_OTHER=1 start_demo
    inherited LATZERO_OTHER || fail "demo: the environment of its workers expected"
    if inherited LATZERO_AUTH_KEY; then fail "demo: its workers inherit an auth key"; fi
    kill -TERM "$demo"
    ends_with 5 "$demo"
    demo_gone || fail "a demo that was stopped leaves its pool"
}

it killed 'leaves nothing when it is killed'
test_killed() {
    start_demo
    kill -KILL "$demo"
    wait "$demo" 2> /dev/null
    eventually demo_gone
}

it closed_output 'fails if what it prints is not read'
test_closed_output() {
    make_records
    "$latzero" demo "$work/records" 2> "$work/err" | head -n 1 > "$work/out"
    status=${PIPESTATUS[0]}
    [ "$status" -eq 5 ] || fail "a demo that cannot print: exit status 5 expected"
}

run_cases "$@"
