#!/bin/bash
# What a try of an auth key costs, and may cost.
# shellcheck source=expect.sh
. "$(dirname "$0")/expect.sh"

# create_costly MEMORY PASSES: $guarded, whose key costs that, with a value.
create_costly() {
    with_secret expect 0 create "$guarded" --persistent --encryption --kdf-memory-bytes "$1" --kdf-passes "$2"
    with_secret expect 0 set "$guarded" name value
    printf '%s' "$secret" > "$work/secret"
}

# header_number OFFSET SIZE: of $guarded.
header_number() { od -An -tu"$2" -j "$1" -N "$2" "$(file_of "$guarded")" | tr -d ' '; }

# costs MEMORY PASSES: those of the wrapped key that counts.
costs() {
    local at=$((328 + 136 * $(header_number 320 4) % 272))
    [ "$(header_number $((at + 8)) 8) $(header_number $((at + 4)) 4)" = "$1 $2" ] ||
        fail "a try of the key that costs $2 passes over $1 bytes expected"
}

it chosen 'makes a key of the cost that was asked for, and refuses costs out of range'
test_chosen() {
    local cost
    create_costly 2097152 3
    costs 2097152 3
    for cost in '--kdf-passes 101' '--kdf-passes 0' '--kdf-memory-bytes 8191' '--kdf-memory-bytes 4294967297'; do
        # shellcheck disable=SC2086
        with_secret expect 2 create "$prefix-a" --encryption $cost
        says 'a whole number from'
    done
    with_secret expect 2 get "$guarded" name --kdf-work-most 0
}

it ceilings 'refuses a pool that asks for more than a ceiling, in every command that takes a key'
test_ceilings() {
    local command
    create_costly 2097152 3
    for command in "get $guarded name" "set $guarded name value" "delete $guarded name" "inspect $guarded" \
        "hold $guarded" "fsck $guarded" "clear $guarded -y" "rekey $guarded --new-auth-key-file $work/secret"; do
        # shellcheck disable=SC2086
        with_secret expect 3 $command --kdf-memory-most 2097151
        says "'$guarded'.* 2097152 bytes .* 3 passes .*raise kdf_memory_most to 2097152"
        # shellcheck disable=SC2086
        with_secret expect 3 $command --kdf-work-most 6291455
        says 'raise kdf_work_most to 6291456'
    done
    with_secret prints value get "$guarded" name --kdf-memory-most 2097152 --kdf-work-most 6291456
}

it rekey 'keeps what a rekey does not name, but never less than the default'
test_rekey() {
    create_costly 2097152 3
    with_secret expect 0 rekey "$guarded" --new-auth-key-file "$work/secret" --kdf-memory-bytes 134217728 --kdf-passes 1
    costs 134217728 1
    with_secret expect 0 rekey "$guarded" --new-auth-key-file "$work/secret"
    costs 134217728 2
    with_secret expect 0 rekey "$guarded" --new-auth-key-file "$work/secret" --kdf-memory-bytes 8192 --kdf-passes 1
    costs 8192 1
    with_secret expect 0 rekey "$guarded" --new-auth-key-file "$work/secret"
    costs 67108864 2
    with_secret prints value get "$guarded" name
}

it hold 'lets the creator into a pool of any cost, and later ones only with a ceiling that allows it'
test_hold() {
    local costly=$prefix-costly end=$((SECONDS + 120)) # two tries over 1 GiB, perhaps beside much else
    : > "$work/held"
    LATZERO_AUTH_KEY=$secret "$latzero" create "$costly" --hold --encryption --kdf-memory-bytes 1073750016 \
        --kdf-passes 1 > "$work/held" 2>&1 &
    until contains "$work/held" '^holding pool' || [ "$SECONDS" -ge "$end" ]; do sleep 0.1; done
    with_secret expect 3 get "$costly" name
    says 'kdf_memory_most to 1073750016'
    kill -TERM $!
    ends_with 0 $!
}

run_cases "$@"
