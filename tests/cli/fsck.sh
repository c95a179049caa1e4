#!/bin/bash
# latzero fsck: what it says of a pool that is sound, of one that is not, and of what is none.
# shellcheck source=expect.sh
. "$(dirname "$0")/expect.sh"

# damage_pool: $pool has a key, and a counter of its header is wrong.
damage_pool() {
    make_pool
    expect 0 set "$pool" key 1
    overwrite "$(file_of "$pool")" 1168 '\377'
}

# hold_life_lock: another process holds what a check of $pool waits for; $holder is its number.
hold_life_lock() {
    local file
    file=$(file_of "$pool")
    flock --no-fork "$file" sleep 20 &
    holder=$!
    until ! flock --nonblock "$file" true; do sleep 0.01; done
}

it sound 'says that a pool is sound'
test_sound() {
    make_pool
    expect 0 set "$pool" key 1
    expect 0 fsck "$pool"
    shows "^pool '$pool' is sound\$"
    matches "\\{\"name\":\"$pool\",\"sound\":true,.*\"keys\":1,.*\"findings\":\\[\\]\\}" fsck "$pool" --json
}

it refused 'checks no pool that is not there, nor one with a key that is not its own'
test_refused() {
    make_pool
    expect 1 fsck "$prefix-absent"
    expect 2 fsck
    expect 2 fsck "$pool" --nonsense
    expect 2 fsck "$pool" --timeout 0
    LATZERO_AUTH_KEY=none expect 3 fsck "$pool"
}

it damaged 'tells each finding, and by its exit status that there are some'
test_damaged() {
    damage_pool
    run fsck "$pool"
    [ "$status" -eq 1 ] || fail "fsck of a damaged pool: exit status 1 expected"
    shows '^broken: used_pages'
    says 'is not sound.*--repair'
    run fsck "$pool" --json
    [ "$status" -eq 1 ] || fail "fsck --json of a damaged pool: exit status 1 expected"
    shows '"sound":false.*"kind":"broken","part":"counter"'
}

it repair 'repairs a damaged pool, and keeps its keys'
test_repair() {
    damage_pool
    expect 0 fsck "$pool" --repair
    shows "^pool '$pool' is sound again\$"
    expect 0 fsck "$pool"
    prints 1 get "$pool" key
}

it unknown_header 'repairs nothing whose header is not that of a pool'
test_unknown_header() {
    make_pool
    overwrite "$(file_of "$pool")" 16 none
    expect 1 fsck "$pool" --repair
    says 'no latzero pool'
    rm "$(file_of "$pool")"
}

it held_pool 'waits for a pool that is held no longer than it is told to, and names the holder'
test_held_pool() {
    local before
    make_pool
    hold_life_lock
    before=$(date +%s%N)
    expect 5 fsck "$pool" --timeout 0.1
    [ $(($(date +%s%N) - before)) -lt 3000000000 ] || fail "fsck --timeout: it waited longer"
    says "process $holder is stuck"
    kill "$holder"
    wait "$holder" 2> /dev/null
    flock "$(file_of "$pool")" true
}

it no_progress 'does not say how long it has taken where there is no terminal'
test_no_progress() {
    make_pool
    hold_life_lock
    run fsck "$pool" --timeout 1.2
    [ ! -s "$work/out" ] || fail "fsck of a held pool: nothing on stdout expected"
    if contains "$work/err" 'checking pool'; then fail "no progress expected without a terminal"; fi
    kill "$holder"
    wait "$holder" 2> /dev/null
}

it progress 'says on a terminal how long it has taken'
test_progress() {
    need script
    make_pool
    hold_life_lock
    script -qec "$(printf '%q ' "$latzero" fsck "$pool" --timeout 1.5)" /dev/null > "$work/out" < /dev/null
    shows "checking pool '$pool': 1 s"
    kill "$holder"
    wait "$holder" 2> /dev/null
}

run_cases "$@"
