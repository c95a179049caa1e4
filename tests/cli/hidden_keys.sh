#!/bin/bash
# What other processes see of the tool and of the keys that it was given.
# shellcheck source=expect.sh
. "$(dirname "$0")/expect.sh"

# memory_of PROCESS: all that it may write to. Nothing of a sanitizer's, which reserves terabytes and has a copy of the
# environment, nor where no process may read the memory of another.
memory_of() {
    local range rights start end
    if [ ! -r "/proc/$1/mem" ]; then return; fi
    if contains "/proc/$1/maps" 'san\.so'; then return; fi
    while read -r range rights _; do
        if [[ $rights != rw* ]]; then continue; fi
        start=$((16#${range%-*})) end=$((16#${range#*-}))
        dd if="/proc/$1/mem" bs=4096 skip=$((start / 4096)) count=$(((end - start) / 4096)) 2> /dev/null
    done < "/proc/$1/maps"
}

# hides_secret PROCESS: the key shows neither in ps nor in the environment nor in the memory of the process.
hides_secret() {
    if contains "/proc/$1/cmdline" "$secret"; then fail "the key shows in the arguments"; fi
    if [ -r "/proc/$1/environ" ] && contains "/proc/$1/environ" "$secret"; then fail "the key shows in the environment"; fi
    memory_of "$1" > "$work/memory"
    if [ -s "$work/memory" ]; then contains "$work/memory" "$guarded" || fail "the memory of the process expected"; fi
    # Memory that was freed may have been taken for something shorter since: any part of the key counts.
    if contains "$work/memory" ', open up, open up'; then fail "the key stays in memory"; fi
}

it arguments 'wipes a key that was given as an argument'
test_arguments() {
    make_guarded_pool
    start_holding hold "$guarded" --auth-key "$secret"
    contains "/proc/$!/cmdline" 'hold' || fail "hold: the arguments expected"
    hides_secret $!
    kill -TERM $!
    ends_with 0 $!
}

it environment 'wipes a key that was given in the environment'
test_environment() {
    with_secret start_holding create "$guarded-2" --hold --encryption
    if [ -r "/proc/$!/environ" ]; then
        contains "/proc/$!/environ" 'LATZERO_AUTH_KEY=xxx' || fail "create: the environment expected"
    fi
    hides_secret $!
    kill -TERM $!
    ends_with 0 $!
}

it memory "lets no process of the same user, without root's rights, read its memory or environment"
test_memory() {
    local as=() file
    if [ "$(id -u)" -eq 0 ]; then
        as=(setpriv --reuid=4242 --regid=4242 --clear-groups)
        "${as[@]}" "$latzero" --version > /dev/null 2>&1 || skip 'other users cannot reach the build'
    fi
    : > "$work/held"
    "${as[@]}" "$latzero" create "$prefix-unread" --hold > "$work/held" 2> /dev/null &
    eventually contains "$work/held" '^holding'
    for file in mem environ maps; do
        if "${as[@]}" head -c 1 "/proc/$!/$file" > /dev/null 2> "$work/err"; then fail "$file of the tool can be read"; fi
        says 'Permission denied'
    done
    kill -TERM $!
    ends_with 0 $!
    # And it would be seen: other programs can be read.
    "${as[@]}" sleep 60 &
    eventually contains "/proc/$!/comm" '^sleep'
    "${as[@]}" head -c 1 "/proc/$!/environ" > /dev/null || fail "the environment of another program expected"
    kill $!
}

run_cases "$@"
