# What a try of an auth key costs, and may cost; and that no other process looks into the tool. Sourced by cli_test.sh.

# header_number OFFSET SIZE: of the pool $prefix-cost.
header_number() { od -An -tu"$2" -j "$1" -N "$2" "$cost_file" | tr -d ' '; }

# costs MEMORY PASSES: those of the wrapped key that counts.
costs() {
    local at=$((328 + 136 * $(header_number 320 4) % 272))
    [ "$(header_number $((at + 8)) 8) $(header_number $((at + 4)) 4)" = "$1 $2" ] ||
        fail "a try of the key that costs $2 passes over $1 bytes expected"
    passed=$((passed + 1))
}

test_key_cost() {
    local pool=$prefix-cost command
    with_secret expect 0 create "$pool" --persistent --encryption --kdf-memory-bytes 2097152 --kdf-passes 3
    cost_file=$(echo /dev/shm/*"$pool")
    costs 2097152 3
    with_secret expect 0 set "$pool" name value
    for command in "get $pool name" "set $pool name value" "delete $pool name" "inspect $pool" "hold $pool" \
        "fsck $pool" "clear $pool -y" "rekey $pool --new-auth-key-file $work/secret"; do
        # shellcheck disable=SC2086
        with_secret expect 3 $command --kdf-memory-most 2097151
        says "'$pool'.* 2097152 bytes .* 3 passes .*raise kdf_memory_most to 2097152"
        # shellcheck disable=SC2086
        with_secret expect 3 $command --kdf-work-most 6291455
        says 'raise kdf_work_most to 6291456'
    done
    with_secret prints value get "$pool" name --kdf-memory-most 2097152 --kdf-work-most 6291456
    with_secret expect 0 rekey "$pool" --new-auth-key-file "$work/secret" --kdf-memory-bytes 134217728 --kdf-passes 1
    costs 134217728 1
    # What is not named is kept, but for less than the default.
    with_secret expect 0 rekey "$pool" --new-auth-key-file "$work/secret"
    costs 134217728 2
    with_secret expect 0 rekey "$pool" --new-auth-key-file "$work/secret" --kdf-memory-bytes 8192 --kdf-passes 1
    costs 8192 1
    with_secret expect 0 rekey "$pool" --new-auth-key-file "$work/secret"
    costs 67108864 2
    with_secret prints value get "$pool" name
    expect 0 destroy -y "$pool"
    for command in '--kdf-passes 101' '--kdf-passes 0' '--kdf-memory-bytes 8191' '--kdf-memory-bytes 4294967297'; do
        # shellcheck disable=SC2086
        with_secret expect 2 create "$pool" --encryption $command
        says 'a whole number from'
    done
    with_secret expect 2 get "$guarded" name --kdf-work-most 0
}

# Whoever chooses a cost need not allow it as well; who comes later does. Two tries over 1 GiB take a while where much
# else is going on.
test_costly_hold() {
    local pool=$prefix-costly end=$((SECONDS + 120))
    : > "$work/held"
    LATZERO_AUTH_KEY=$secret "$latzero" create "$pool" --hold --encryption --kdf-memory-bytes 1073750016 --kdf-passes 1 \
        > "$work/held" 2>&1 &
    until contains "$work/held" '^holding pool' || [ "$SECONDS" -ge "$end" ]; do sleep 0.1; done
    with_secret expect 3 get "$pool" name
    says 'kdf_memory_most to 1073750016'
    kill -TERM $!
    ends_with 0 $!
}

# A process of the same user, without root's rights, reads neither memory nor environment of the tool.
test_unreadable_memory() {
    local as=() file
    if [ "$(id -u)" -eq 0 ]; then
        as=(setpriv --reuid=4242 --regid=4242 --clear-groups)
        "${as[@]}" "$latzero" --version > /dev/null 2>&1 || return 0 # a build that others cannot reach
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
    # And it would be seen: this shell's own kind of process can be read.
    "${as[@]}" sleep 60 &
    eventually contains "/proc/$!/cmdline" 'sleep'
    "${as[@]}" head -c 1 "/proc/$!/environ" > /dev/null || fail "the environment of another program expected"
    kill $!
}
