#!/bin/bash
# Black-box test of the command-line tool: cli_test.sh PATH_OF_LATZERO
# Stops at the first difference. Needs nothing but bash and the base system.
set -u
export LC_ALL=C
unset LATZERO_AUTH_KEY LATZERO_NEW_AUTH_KEY

latzero=$(realpath "$1")
prefix=clitest-$$
pool=$prefix-main
guarded=$prefix-guarded
work=$(mktemp -d)
passed=0

finish() {
    local status=$?
    for job in $(jobs -p); do kill -KILL "$job"; done 2> /dev/null
    "$latzero" list --json | grep -o "\"name\":\"${prefix}[^\"]*\"" | cut -d'"' -f4 | while read -r name; do
        "$latzero" destroy -y "$name"
    done
    rm -rf "$work"
    if [ "$status" -eq 0 ]; then echo "$passed passed"; else echo "$passed passed, 1 failed"; fi
    exit "$status"
}
trap finish EXIT
trap 'exit 143' INT TERM HUP

for part in expect usage values pools keys cost typed demo bench; do
    # shellcheck source=expect.sh source=usage.sh
    . "$(dirname "$0")/$part.sh"
done

test_nothing_left() {
    expect 0 destroy -y "$guarded"
    expect 0 destroy -y "$pool"
    expect 0 cleanup
    local left
    left=$(find /dev/shm -name "*$prefix*" 2> /dev/null)
    [ -z "$left" ] || fail "left behind: $left"
}

: > "$work/out"
: > "$work/err"
status=0
test_usage
test_mistyped
test_names
test_absent_pool
expect 0 create "$pool" --persistent
test_values
test_keys
test_ttl
test_inspect
test_list_and_stats
test_held_and_unsound_pools
test_consent
test_full
test_output_failures
test_create
test_hold
test_squatted_name
test_fsck
test_key_sources
test_key_files
test_refused
test_every_command
test_hidden_keys
test_ciphers
test_tampered
test_rekey
test_key_cost
test_costly_hold
test_unreadable_memory
test_typed_keys
test_typed_new_keys
test_interrupted_prompt
test_demo
test_disturbed_demo
test_stopped_demo
test_bench
test_nothing_left
