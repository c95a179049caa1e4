#!/bin/bash
# The command line itself: help, what is refused, and what standard input and output have to do with it.
# shellcheck source=expect.sh
. "$(dirname "$0")/expect.sh"

it version_and_help 'prints its version, its help, and the help of a command'
test_version_and_help() {
    matches 'latzero [0-9]+\.[0-9]+\.[0-9]+' --version
    expect 0 --help
    shows '^  create '
    expect 0 get --help
    shows '^Usage: latzero get'
}

it help_of_all 'lists every command, in its order, and each has a help of its own'
test_help_of_all() {
    local wanted='create hold rekey list inspect fsck count clear destroy cleanup stats get set delete watch bench demo' command
    expect 0 --help
    [ "$(sed -n '/^Subcommands:/,/^$/s/^  \([a-z]\+\) .*/\1/p' "$work/out" | paste -sd' ')" = "$wanted" ] ||
        fail "the commands '$wanted' expected"
    for command in $wanted; do
        expect 0 "$command" --help
        shows "^Usage: latzero $command "
    done
}

it wrong_usage 'refuses what is missing, surplus or unknown, and shows the usage'
test_wrong_usage() {
    expect 2
    says 'Usage: latzero'
    expect 2 nonsense
    expect 2 --nonsense
    expect 2 get
    says 'Usage: latzero get'
    expect 2 get pool
    expect 2 get pool key surplus
    expect 2 get pool key --nonsense
    says 'Usage: latzero get'
    expect 2 list surplus
    expect 2 list -x
    expect 2 set pool key value --ttl
    expect 2 create "$prefix-a" --encryptoin
    unlisted "$prefix-a" || fail "a refused create left a pool behind"
}

it bad_numbers 'refuses times, sizes and counts that are none or are out of range'
test_bad_numbers() {
    local ttl bytes
    for ttl in 0 -1 0.0001 abc '' nan inf 1e30 0x10 5s ' 5'; do
        expect 2 create "$prefix-a" --ttl "$ttl"
        expect 2 set "$prefix-a" key value --ttl "$ttl"
    done
    for bytes in -1 abc '' 1.5 0x100000 18446744073709551616 1 1048575 68719476737 ' 5'; do
        expect 2 create "$prefix-a" --max-bytes "$bytes"
    done
    expect 2 inspect "$prefix-a" --max-keys -1
    unlisted "$prefix-a" || fail "a refused create left a pool behind"
}

# mistyped SENTENCE ARGUMENTS...: refused as wrong usage, with exactly that first line on standard error.
mistyped() {
    local wanted=$1
    shift
    expect 2 "$@"
    [ "$(head -n 1 "$work/err")" = "latzero: $wanted" ] || fail "latzero $*: '$wanted' expected"
}

it mistyped_command 'names the command that is nearest to what was typed'
test_mistyped_command() {
    mistyped "there is no command 'lsit'; did you mean 'list'?" lsit
    mistyped "there is no command 'lis'; did you mean 'list'?" lis --json
    mistyped "there is no command 'destory'; did you mean 'destroy'?" destory "$prefix-a" -y
    mistyped "there is no command 'creat'; did you mean 'create'?" creat "$prefix-a" --persistent
    mistyped "there is no command 'delet'; did you mean 'delete'?" delet pool key
    # Too far from any, longer than any, and a command that is not for people.
    mistyped "there is no command 'nonsense'; 'latzero --help' lists all" nonsense
    mistyped "there is no command ''; 'latzero --help' lists all" ''
    expect 2 "$(repeated n 100000)"
    says "there is no command 'n+\.\.\.'"
    expect 2 demo-workr
    if grep -q demo-worker "$work/err"; then fail "a hidden command is named"; fi
    unlisted "$prefix-a" || fail "a refused create left a pool behind"
}

it mistyped_flag 'names the flag that is nearest to what was typed, and never its value'
test_mistyped_flag() {
    mistyped "there is no flag '--encryptoin'; did you mean '--encryption'?" create "$prefix-a" --encryptoin
    says 'Usage: latzero create'
    mistyped "there is no flag '--nonsense'; 'latzero list --help' lists all" list --nonsense
    mistyped "there is no flag '--verison'; did you mean '--version'?" --verison
    mistyped "there is no flag '--jsno'; did you mean '--json'?" get pool key --jsno
    mistyped "there is no flag '--auth-kye'; did you mean '--auth-key'?" get pool key --auth-kye=hidden
    if grep -q hidden "$work/err"; then fail "the value of an unknown flag shows"; fi
    expect 2 get pool key -- --json
    if grep -q 'did you mean' "$work/err"; then fail "a flag that is known is called unknown"; fi
    unlisted "$prefix-a" || fail "a refused create left a pool behind"
}

it refused_names 'refuses names that no pool can have'
test_refused_names() {
    local name
    for name in '' / . .. a/b ../x $'new\nline' $'tab\t' $'\x7f' "$(repeated n 201)" \
        "$(repeated n 255)" "$(repeated n 256)"; do
        expect 2 create "$name" --persistent
        expect 2 get "$name" key
        expect 2 destroy -y "$name"
    done
}

it odd_names 'takes any other name, up to 200 bytes'
test_odd_names() {
    local name
    for name in "$(printf '%s%0200d' "$prefix" 0 | head -c 200)" "$prefix with spaces" "$prefix-ümlaut" \
        "$prefix-"$'\xff' "$prefix;\$(x)'\"\\"; do
        expect 0 create --persistent "$name"
        expect 0 set "$name" key 1
        prints 1 get "$name" key
        expect 0 list
        expect 0 list --json
        expect 0 destroy -y "$name"
        expect 1 get "$name" key
    done
}

it absent_pool 'says that a pool is not there, and makes none'
test_absent_pool() {
    local absent=$prefix-absent
    expect 1 get "$absent" key
    says "$absent"
    expect 1 get "$absent" key --json
    expect 1 set "$absent" key 1
    expect 1 delete "$absent" key
    expect 1 inspect "$absent"
    expect 1 inspect "$absent" --json
    expect 1 clear -y "$absent"
    expect 1 destroy -y "$absent"
    expect 1 hold "$absent"
    unlisted "$absent" || fail "a read created the pool"
}

it consent_by_flag 'clears and destroys only with -y where there is no terminal to ask on'
test_consent_by_flag() {
    make_pool
    expect 0 set "$pool" kept 1
    expect 2 clear "$pool"
    says '-y'
    expect 2 destroy "$pool"
    says '-y'
    "$latzero" destroy "$pool" <&- 2> "$work/err"
    status=$?
    [ "$status" -eq 2 ] || fail "destroy with standard input closed: exit status 2 expected"
    prints 1 get "$pool" kept
    expect 0 clear -y "$pool"
    expect 1 get "$pool" kept
}

it clears_by_pattern 'clears what matches a pattern or begins with it, and only that'
test_clears_by_pattern() {
    make_pool
    for key in user:1 user:2 'user*' other; do expect 0 set "$pool" "$key" 1; done
    expect 2 clear "$pool" --match 'user*' --prefix
    says "begin with 'user"
    expect 0 clear -y "$pool" --match 'user*' --prefix
    expect 1 get "$pool" 'user*'
    prints 1 get "$pool" user:1
    expect 2 clear -y "$pool" --prefix
    expect 0 clear -y "$pool" --match 'user:?'
    expect 1 get "$pool" user:2
    expect 0 clear -y "$pool" --match ''
    prints 1 get "$pool" other
}

it counts_by_pattern 'counts all keys, what matches a pattern, or what begins with it'
test_counts_by_pattern() {
    make_pool
    prints 0 count "$pool"
    for key in user:1 user:2 'user*' other; do expect 0 set "$pool" "$key" 1; done
    expect 0 set "$pool" brief 1 --ttl 0.01
    sleep 0.02
    prints 4 count "$pool"
    prints 3 count "$pool" 'user*'
    prints 1 count "$pool" 'user*' --prefix
    prints 2 count "$pool" 'user:?'
    prints 0 count "$pool" absent
    prints '{"count":2}' count "$pool" user: --prefix --json
    expect 1 count "$pool-absent"
    expect 2 count "$pool" a b
}

it consent_on_terminal 'asks on a terminal, and does nothing unless the answer is yes'
test_consent_on_terminal() {
    need script
    make_pool
    expect 0 set "$pool" kept 1
    on_terminal n clear "$pool"
    [ "$status" -eq 5 ] || fail "clear, answered with n: exit status 5 expected"
    prints 1 get "$pool" kept
    on_terminal y clear "$pool"
    [ "$status" -eq 0 ] || fail "clear, answered with y: exit status 0 expected"
    expect 1 get "$pool" kept
    on_terminal '' destroy "$pool"
    [ "$status" -eq 5 ] || fail "destroy, not answered: exit status 5 expected"
    listed "$pool" || fail "destroy without consent"
}

it output_failures 'fails if standard output is full or closed'
test_output_failures() {
    local command
    make_pool
    expect 0 set "$pool" key 1
    for command in "get $pool key" "get $pool key --json" "inspect $pool" list "list --json" stats cleanup --help \
        --version; do
        # shellcheck disable=SC2086
        "$latzero" $command > /dev/full 2> "$work/err"
        status=$?
        [ "$status" -eq 5 ] || fail "latzero $command > /dev/full: exit status 5 expected"
        says 'standard output'
        # shellcheck disable=SC2086
        "$latzero" $command >&- 2> "$work/err"
        status=$?
        [ "$status" -eq 5 ] || fail "latzero $command >&-: exit status 5 expected"
        says 'standard output'
    done
}

it no_streams 'needs no standard streams where it has nothing to print'
test_no_streams() {
    make_pool
    "$latzero" set "$pool" key 2 <&- >&- 2>&-
    status=$?
    [ "$status" -eq 0 ] || fail "set without standard streams: exit status 0 expected"
    prints 2 get "$pool" key
}

run_cases "$@"
