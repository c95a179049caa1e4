#!/bin/bash
# Watching a pool: a line for each change.
# shellcheck source=expect.sh
. "$(dirname "$0")/expect.sh"

# start_watching ARGUMENTS...: in the background, returns when it watches; $! is the process, $work/seen what it prints.
start_watching() {
    : > "$work/seen"
    "$latzero" watch "$pool" "$@" --clients > "$work/seen" 2> "$work/watch_err" &
    eventually is_connected
    sleep 0.3
}
is_connected() { "$latzero" inspect "$pool" --json | grep -q '"connected":\[{.*},{'; }
sees() { eventually contains "$work/seen" "$1"; }
sees_no() { ! contains "$work/seen" "$1" || fail "no '$1' expected"; }

it lines 'prints a line for each change'
test_lines() {
    make_pool
    start_watching
    local watcher=$!
    expect 0 set "$pool" key 1
    expect 0 set "$pool" key 2
    expect 0 delete "$pool" key
    expect 0 set "$pool" $'odd\nkey' 3
    sees '^created key$'
    sees '^set key$'
    sees '^erased key$'
    sees '^created odd\\nkey$'
    sees '^connect client [0-9]*, process [0-9]*$'
    sees '^disconnect client [0-9]*'
    kill -INT "$watcher"
    ends_with 0 "$watcher"
}

it json 'prints an object for each change, with the value if it is asked for'
test_json() {
    local number='[0-9]\{1,\}'
    make_pool
    start_watching --json --values
    local watcher=$!
    expect 0 set "$pool" key '{"a":[1,"x"]}'
    sees "^{\"kind\":\"created\",\"key\":\"key\",\"stripe\":$number,\"revision\":$number,\"version\":$number,\"lost\":0,\"client\":$number,\"process\":$number,\"type\":\"dict\",\"value\":{\"a\":\[1,\"x\"\]}}$"
    kill -TERM "$watcher"
    ends_with 0 "$watcher"
}

it pattern 'prints only the keys that match'
test_pattern() {
    make_pool
    start_watching 'user:*'
    local watcher=$!
    expect 0 set "$pool" other 1
    expect 0 set "$pool" user:1 1
    sees '^created user:1$'
    sees_no other
    kill -INT "$watcher"
    ends_with 0 "$watcher"
}

it follow 'begins with what is there'
test_follow() {
    make_pool
    expect 0 set "$pool" before 1
    start_watching --follow
    local watcher=$!
    sees '^present before = 1$'
    sees '^synced all$'
    expect 0 set "$pool" before 2
    sees '^set before = 2$'
    kill -INT "$watcher"
    ends_with 0 "$watcher"
}

it from 'resumes where the last one ended, and tells what nobody kept'
test_from() {
    make_pool
    start_watching --from "$work/revision"
    local watcher=$!
    expect 0 set "$pool" key 1
    sees '^created key$'
    kill -INT "$watcher"
    ends_with 0 "$watcher"
    [ "$(wc -c < "$work/revision")" -eq 528 ] || fail "a revision of 528 bytes expected"
    expect 0 set "$pool" key 2
    expect 0 set "$pool" key 3
    start_watching --from "$work/revision"
    watcher=$!
    sees '^lost up to 2 changes of stripe [0-9]*$'
    kill -INT "$watcher"
    ends_with 0 "$watcher"
    echo nonsense > "$work/revision"
    expect 2 watch "$pool" --from "$work/revision"
    says 'holds no revision'
}

it end 'ends with the pool, and without one'
test_end() {
    make_pool
    start_watching
    local watcher=$!
    expect 0 destroy -y "$pool"
    ends_with 1 "$watcher"
    contains "$work/seen" '^destroyed$' || fail "'destroyed' expected"
    expect 1 watch "$pool"
    says "$pool"
}

run_cases "$@"
