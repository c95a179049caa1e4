#!/bin/bash
# Pools with an auth key: where the key comes from, who is refused, what shows of it.
# shellcheck source=expect.sh
. "$(dirname "$0")/expect.sh"

it sources 'takes the key from a file, from the environment, or with a warning from the arguments'
test_sources() {
    make_guarded_pool
    prints value get "$guarded" name --auth-key-file "$work/secret"
    says_nothing
    with_secret prints value get "$guarded" name
    says_nothing
    prints value get "$guarded" --auth-key "$secret" name
    says '^latzero: warning: .*--auth-key-file'
    [ "$(wc -l < "$work/err")" -eq 1 ] || fail "a warning of one line expected"
    matches '\{"key":"name".*\}' get "$guarded" name --json --auth-key="$secret"
}

it precedence 'prefers a file or an argument to the environment, and refuses both at once'
test_precedence() {
    make_guarded_pool
    printf 'wrong' > "$work/wrong"
    LATZERO_AUTH_KEY=wrong prints value get "$guarded" name --auth-key-file "$work/secret"
    LATZERO_AUTH_KEY=wrong prints value get "$guarded" name --auth-key "$secret"
    with_secret expect 3 get "$guarded" name --auth-key-file "$work/wrong"
    with_secret expect 3 get "$guarded" name --auth-key --wrong
    with_secret expect 2 get "$guarded" name --auth-key "$secret" --auth-key-file "$work/secret"
    says 'excludes'
    with_secret expect 2 get "$guarded" name --auth-key "$secret" --auth-key "$secret"
}

it empty 'refuses an argument that is an empty key or none'
test_empty() {
    make_guarded_pool
    with_secret expect 2 get "$guarded" name --auth-key
    with_secret expect 2 get "$guarded" name --auth-key ''
    says 'empty'
    with_secret expect 2 get "$guarded" name --auth-key=
    says 'empty'
}

it flag_as_key 'takes --auth-key after -- for a key of the pool'
test_flag_as_key() {
    make_pool
    expect 0 set "$pool" -- --auth-key value
    prints value get "$pool" -- --auth-key
    with_secret expect 3 get "$pool" -- --auth-key
    says "auth key.*$pool"
    LATZERO_AUTH_KEY='' prints value get "$pool" -- --auth-key
}

it files 'takes all of a file but one newline at its end'
test_files() {
    make_guarded_pool
    printf '%s\n' "$secret" > "$work/line"
    printf '%s\r\n' "$secret" > "$work/dos-line"
    printf '%s\n\n' "$secret" > "$work/two-lines"
    prints value get "$guarded" name --auth-key-file "$work/line"
    prints value get "$guarded" name --auth-key-file "$work/dos-line"
    expect 3 get "$guarded" name --auth-key-file "$work/two-lines"
    mkfifo "$work/pipe"
    printf '%s\n' "$secret" > "$work/pipe" &
    prints value get "$guarded" name --auth-key-file "$work/pipe"
    wait $!
}

it refused_files 'refuses files that are empty, not there, or of over 64 KiB'
test_refused_files() {
    local file
    make_guarded_pool
    head -c 65536 /dev/zero > "$work/largest"
    head -c 65537 /dev/zero > "$work/too-large"
    : > "$work/empty"
    printf '\n' > "$work/newline"
    expect 3 get "$guarded" name --auth-key-file "$work/largest"
    for file in too-large empty newline missing .; do
        with_secret expect 2 get "$guarded" name --auth-key-file "$work/$file"
        says "$work/$file"
    done
    expect 2 get "$guarded" name --auth-key-file ''
    expect 2 get "$guarded" name --auth-key-file
}

it refused_alike 'refuses a wrong key, an empty one and none with the same sentence'
test_refused_alike() {
    make_guarded_pool
    expect 3 get "$guarded" name
    cp "$work/err" "$work/missing-key"
    says "auth key.*$guarded"
    LATZERO_AUTH_KEY=wrong expect 3 get "$guarded" name
    cmp -s "$work/err" "$work/missing-key" || fail "a wrong and a missing key: the same sentence expected"
    LATZERO_AUTH_KEY='' expect 3 get "$guarded" name
    printf 'another\n' > "$work/another"
    expect 3 rekey "$guarded" --new-auth-key-file "$work/another"
    cmp -s "$work/err" "$work/missing-key" || fail "rekey without the key: the same sentence expected"
}

it with_key 'changes, shows and lists an encrypted pool'
test_with_key() {
    local protection='"auth":true,"encrypted":true,"cipher":"xchacha20poly1305"'
    make_guarded_pool
    with_secret expect 0 set "$guarded" brief 1
    with_secret expect 0 delete "$guarded" brief
    with_secret expect 0 inspect "$guarded"
    shows '^protection *auth key, xchacha20poly1305'
    if contains "$work/out" '^failures'; then fail "inspect: no failures expected"; fi
    with_secret matches "\\{\"name\":\"$guarded\",.*,$protection,\"integrity_failures\":0,\"connected\":.*,\"keys\":.*" \
        inspect "$guarded" --json
    expect 0 list --json
    [[ $out =~ \{\"name\":\"$guarded\",[^}]*,$protection\} ]] || fail "list --json: the protection expected"
    expect 0 list
    shows "^$guarded .*  auth key, xchacha20poly1305$"
    matches '.*,"encrypted_pools":[1-9][0-9]*,"not_asked":[0-9]+,"not_sound":[0-9]+\}' stats --json
    if contains "$(file_of "$guarded")" 'name'; then fail "a key shows in an encrypted pool"; fi
}

it without_key 'refuses every command on an encrypted pool that comes without its key'
test_without_key() {
    local command
    make_guarded_pool
    for command in "delete $guarded name" "set $guarded name 1" "clear -y $guarded" "inspect $guarded" "count $guarded" "hold $guarded"; do
        # shellcheck disable=SC2086
        expect 3 $command
    done
}

it needless 'ignores a key in the environment where none is needed, but not an argument'
test_needless() {
    with_secret expect 0 list
    with_secret expect 2 list --auth-key "$secret"
    with_secret expect 2 get
}

it plain_gate 'guards a pool with a key without encrypting it'
test_plain_gate() {
    local gate=$prefix-gate
    printf '%s' "$secret" > "$work/secret"
    expect 0 create "$gate" --persistent --auth-key-file "$work/secret"
    with_secret matches '.*,"auth":true,"encrypted":false,"cipher":null,.*' inspect "$gate" --json
    expect 3 get "$gate" name
    with_secret expect 0 clear -y "$gate"
    expect 0 destroy -y "$gate"
}

it ciphers 'encrypts with the cipher that is asked for'
test_ciphers() {
    local made=$prefix-cipher
    expect 2 create "$made" --encryption
    says 'auth key'
    with_secret expect 2 create "$made" --cipher xchacha20poly1305
    with_secret expect 2 create "$made" --encryption --cipher AES
    says 'aes256gcm or xchacha20poly1305'
    with_secret run create "$made" --persistent --encryption --cipher aes256gcm
    if [ "$status" -ne 0 ]; then # a processor without instructions for it
        [ "$status" -eq 5 ] || fail "create --cipher aes256gcm: exit status 0 or 5 expected"
        says 'AES'
        return
    fi
    with_secret matches '.*,"cipher":"aes256gcm",.*' inspect "$made" --json
    expect 0 destroy -y "$made"
}

it tampered_value 'finds out a byte that was changed in a value, and shows other keys'
test_tampered_value() {
    local file at value
    make_guarded_pool
    file=$(file_of "$guarded")
    cp "$file" "$work/before"
    value=$(head -c 30000 /dev/urandom | base64 -w 0)
    with_secret expect 0 set "$guarded" tampered "$value"
    at=$(cmp -l "$file" "$work/before" | awk '{ place[NR] = $1 } END { print place[int(NR / 2)] - 1 }')
    value=$(od -An -tu1 -j "$at" -N 1 "$file")
    overwrite "$file" "$at" "\\$(printf %o $((value ^ 1)))"
    with_secret expect 5 get "$guarded" tampered
    says 'tampered'
    with_secret prints value get "$guarded" name
    with_secret matches '.*"integrity_failures":[1-9].*\[\{"key":"name"[^}]*\}\],"truncated":false\}' \
        inspect "$guarded" --json
    with_secret expect 0 inspect "$guarded"
    shows '^failures *[1-9]'
    with_secret expect 0 delete "$guarded" tampered
}

it refused_rekey 'takes no new key without the old one, for a plain pool, or that is empty'
test_refused_rekey() {
    make_pool
    make_guarded_pool
    printf 'another\n' > "$work/another"
    printf 'wrong' > "$work/wrong"
    : > "$work/empty"
    with_secret expect 2 rekey "$guarded"
    says '--new-auth-key-file'
    with_secret expect 2 rekey "$guarded" --new-auth-key-file "$work/empty"
    expect 3 rekey "$guarded" --new-auth-key-file "$work/another"
    expect 3 rekey "$guarded" --auth-key-file "$work/wrong" --new-auth-key-file "$work/another"
    expect 3 rekey "$pool" --new-auth-key-file "$work/another"
    says "$pool"
    with_secret expect 3 rekey "$pool" --new-auth-key-file "$work/another"
    with_secret expect 1 rekey "$prefix-absent" --new-auth-key-file "$work/another"
    with_secret prints value get "$guarded" name
}

it rekey 'changes the key of a pool that is in use'
test_rekey() {
    make_guarded_pool
    printf 'another\n' > "$work/another"
    with_secret start_holding hold "$guarded"
    with_secret expect 0 rekey "$guarded" --new-auth-key-file "$work/another"
    [ ! -s "$work/out" ] || fail "rekey prints nothing"
    with_secret expect 3 get "$guarded" name
    LATZERO_AUTH_KEY=another prints value get "$guarded" name
    LATZERO_AUTH_KEY=another LATZERO_NEW_AUTH_KEY=$secret expect 0 rekey "$guarded"
    with_secret prints value get "$guarded" name
    kill -TERM $!
    ends_with 0 $!
}

run_cases "$@"
