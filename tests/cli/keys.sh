# Pools with an auth key: where the key comes from, who is refused, what shows of it. Sourced by cli_test.sh.
# Each try of a key takes a tenth of a second.

secret="open sesame$(printf ', open up%.0s' {1..60})"

# with_secret COMMAND...: runs it with the key in the environment.
with_secret() { LATZERO_AUTH_KEY=$secret "$@"; }

says_nothing() { [ ! -s "$work/err" ] || fail "nothing on stderr expected"; }

test_key_sources() {
    printf '%s' "$secret" > "$work/secret"
    printf 'wrong' > "$work/wrong"
    expect 0 create "$guarded" --persistent --encryption --cipher xchacha20poly1305 --auth-key-file "$work/secret"
    with_secret expect 0 set "$guarded" name value
    prints value get "$guarded" name --auth-key-file "$work/secret"
    says_nothing
    with_secret prints value get "$guarded" name
    says_nothing
    prints value get "$guarded" --auth-key "$secret" name
    says '^latzero: warning: .*--auth-key-file'
    [ "$(wc -l < "$work/err")" -eq 1 ] || fail "a warning of one line expected"
    matches '\{"key":"name".*\}' get "$guarded" name --json --auth-key="$secret"

    LATZERO_AUTH_KEY=wrong prints value get "$guarded" name --auth-key-file "$work/secret"
    LATZERO_AUTH_KEY=wrong prints value get "$guarded" name --auth-key "$secret"
    with_secret expect 3 get "$guarded" name --auth-key-file "$work/wrong"
    with_secret expect 3 get "$guarded" name --auth-key --wrong
    with_secret expect 2 get "$guarded" name --auth-key "$secret" --auth-key-file "$work/secret"
    says 'excludes'
    with_secret expect 2 get "$guarded" name --auth-key "$secret" --auth-key "$secret"
    with_secret expect 2 get "$guarded" name --auth-key
    with_secret expect 2 get "$guarded" name --auth-key ''
    says 'empty'
    with_secret expect 2 get "$guarded" name --auth-key=
    says 'empty'
    expect 0 set "$pool" -- --auth-key value
    prints value get "$pool" -- --auth-key
}

test_key_files() {
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

    head -c 65536 /dev/zero > "$work/largest"
    head -c 65537 /dev/zero > "$work/too-large"
    : > "$work/empty"
    printf '\n' > "$work/newline"
    expect 3 get "$guarded" name --auth-key-file "$work/largest"
    local file
    for file in too-large empty newline missing .; do
        with_secret expect 2 get "$guarded" name --auth-key-file "$work/$file"
        says "$work/$file"
    done
    expect 2 get "$guarded" name --auth-key-file ''
    expect 2 get "$guarded" name --auth-key-file
}

test_refused() {
    expect 3 get "$guarded" name
    cp "$work/err" "$work/missing-key"
    says "auth key.*$guarded"
    LATZERO_AUTH_KEY=wrong expect 3 get "$guarded" name
    cmp -s "$work/err" "$work/missing-key" || fail "a wrong and a missing key: the same sentence expected"
    LATZERO_AUTH_KEY='' expect 3 get "$guarded" name
    with_secret expect 3 get "$pool" -- --auth-key
    says "auth key.*$pool"
    LATZERO_AUTH_KEY='' prints value get "$pool" -- --auth-key
    with_secret expect 0 list
    with_secret expect 2 list --auth-key "$secret"
    with_secret expect 2 get
}

test_every_command() {
    with_secret expect 0 set "$guarded" brief 1
    with_secret expect 0 delete "$guarded" brief
    with_secret expect 0 inspect "$guarded"
    contains "$work/out" '^protection *auth key, xchacha20poly1305' || fail "inspect: the protection expected"
    if contains "$work/out" '^failures'; then fail "inspect: no failures expected"; fi
    local protection='"auth":true,"encrypted":true,"cipher":"xchacha20poly1305"'
    with_secret matches "\\{\"name\":\"$guarded\",.*,$protection,\"integrity_failures\":0,\"connected\":.*,\"keys\":.*" inspect "$guarded" --json
    expect 0 list --json
    [[ $out =~ \{\"name\":\"$guarded\",[^}]*,$protection\} ]] || fail "list --json: the protection expected"
    expect 0 list
    contains "$work/out" "^$guarded .*  auth key, xchacha20poly1305$" || fail "list: the protection expected"
    contains "$work/out" "^$pool .*  none$" || fail "list: no protection of the plain pool expected"
    matches '.*,"encrypted_pools":[1-9][0-9]*,"not_asked":0,"not_sound":[0-9]+\}' stats --json
    local file
    file=$(echo /dev/shm/*"$guarded"*)
    if [ -f "$file" ] && contains "$file" 'name'; then fail "a key shows in an encrypted pool"; fi

    local command
    for command in "delete $guarded name" "set $guarded name 1" "clear -y $guarded" "inspect $guarded" "hold $guarded"; do
        # shellcheck disable=SC2086
        expect 3 $command
    done
    expect 0 create "$prefix-gate" --persistent --auth-key-file "$work/secret"
    with_secret matches '.*,"auth":true,"encrypted":false,"cipher":null,.*' inspect "$prefix-gate" --json
    expect 3 get "$prefix-gate" name
    with_secret expect 0 clear -y "$prefix-gate"
    expect 0 destroy -y "$prefix-gate"
}

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
    passed=$((passed + 1))
}

test_hidden_keys() {
    start_holding hold "$guarded" --auth-key "$secret"
    contains "/proc/$!/cmdline" 'hold' || fail "hold: the arguments expected"
    hides_secret $!
    kill -TERM $!
    ends_with 0 $!
    with_secret start_holding create "$guarded-2" --hold --encryption
    if [ -r "/proc/$!/environ" ]; then
        contains "/proc/$!/environ" 'LATZERO_AUTH_KEY=xxx' || fail "create: the environment expected"
    fi
    hides_secret $!
    kill -TERM $!
    ends_with 0 $!
}

test_ciphers() {
    expect 2 create "$prefix-cipher" --encryption
    says 'auth key'
    with_secret expect 2 create "$prefix-cipher" --cipher xchacha20poly1305
    with_secret expect 2 create "$prefix-cipher" --encryption --cipher AES
    says 'aes256gcm or xchacha20poly1305'
    with_secret run create "$prefix-cipher" --persistent --encryption --cipher aes256gcm
    if [ "$status" -ne 0 ]; then # a processor without instructions for it
        [ "$status" -eq 5 ] || fail "create --cipher aes256gcm: exit status 0 or 5 expected"
        says 'AES'
        return
    fi
    with_secret matches '.*,"cipher":"aes256gcm",.*' inspect "$prefix-cipher" --json
    expect 0 destroy -y "$prefix-cipher"
}

# A changed byte in the middle of a value is found out, and other keys are as good as ever.
test_tampered() {
    local file at value
    file=$(echo /dev/shm/*"$guarded"*)
    if [ ! -f "$file" ]; then return; fi
    cp "$file" "$work/before"
    value=$(head -c 30000 /dev/urandom | base64 -w 0)
    with_secret expect 0 set "$guarded" tampered "$value"
    at=$(cmp -l "$file" "$work/before" | awk '{ place[NR] = $1 } END { print place[int(NR / 2)] - 1 }')
    value=$(od -An -tu1 -j "$at" -N 1 "$file")
    # shellcheck disable=SC2059
    printf "\\$(printf %o $((value ^ 1)))" | dd of="$file" bs=1 seek="$at" conv=notrunc 2> /dev/null
    with_secret expect 5 get "$guarded" tampered
    says 'tampered'
    with_secret prints value get "$guarded" name
    with_secret matches '.*"integrity_failures":[1-9].*\[\{"key":"name"[^}]*\}\],"truncated":false\}' inspect "$guarded" --json
    with_secret expect 0 inspect "$guarded"
    contains "$work/out" '^failures *[1-9]' || fail "inspect: failures expected"
    with_secret expect 0 delete "$guarded" tampered
}

test_rekey() {
    printf 'another\n' > "$work/another"
    with_secret expect 2 rekey "$guarded"
    says '--new-auth-key-file'
    with_secret expect 2 rekey "$guarded" --new-auth-key-file "$work/empty"
    expect 3 rekey "$guarded" --new-auth-key-file "$work/another"
    cmp -s "$work/err" "$work/missing-key" || fail "rekey without the key: the same sentence expected"
    expect 3 rekey "$guarded" --auth-key-file "$work/wrong" --new-auth-key-file "$work/another"
    expect 3 rekey "$pool" --new-auth-key-file "$work/another"
    says "$pool"
    with_secret expect 3 rekey "$pool" --new-auth-key-file "$work/another"
    with_secret expect 1 rekey "$prefix-absent" --new-auth-key-file "$work/another"
    with_secret prints value get "$guarded" name

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
