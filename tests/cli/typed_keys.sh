#!/bin/bash
# Auth keys that are typed on a terminal.
# shellcheck source=expect.sh
. "$(dirname "$0")/expect.sh"

# prompted TIMES: a key was asked for at least so often.
prompted() { [ "$(grep -Eo "(uth key of pool '[^']*'|Once more): " "$work/out" | wc -l)" -ge "$1" ]; }

# typed COMMAND ANSWER...: runs a shell's command on a terminal and types each answer when it is asked for. All that the
# terminal shows is in $work/out.
typed() {
    local command=$1 answer asked=0 terminal
    shift
    : > "$work/out"
    rm -f "$work/keyboard"
    mkfifo "$work/keyboard"
    exec 7<> "$work/keyboard" # both ends, so that no end of the input is met
    # Shells let what they start in the background ignore what a keyboard can send.
    SHELL=/bin/sh env --default-signal=INT,QUIT timeout --foreground 30 script -qec "$command" /dev/null \
        <&7 > "$work/out" 2> "$work/err" &
    terminal=$!
    for answer; do
        asked=$((asked + 1))
        eventually prompted "$asked"
        printf '%b\n' "$answer" >&7
    done
    wait "$terminal"
    status=$?
    exec 7>&-
    if contains "$work/out" "$secret"; then fail "what is typed shows"; fi
}

# typed_expect STATUS WORDS ANSWER...: of `latzero WORDS`.
typed_expect() {
    local wanted=$1 words=$2
    shift 2
    typed "'$latzero' $words" "$@"
    [ "$status" -eq "$wanted" ] || fail "latzero $words, answered with '$*': exit status $wanted expected"
    if prompted $(($# + 1)); then fail "latzero $words: asked more than $# times"; fi
}

it any_command 'asks for the key of a pool that has one, where none is given'
test_any_command() {
    need script
    make_pool
    make_guarded_pool
    printf 'wrong' > "$work/wrong"
    typed_expect 0 "get $guarded name" "$secret"
    shows '^value'
    typed_expect 3 "get $guarded name" wrong
    shows 'the auth key is not that of pool'
    typed_expect 3 "get $guarded name" ''
    typed_expect 3 "get $guarded name --auth-key-file $work/wrong"
    typed_expect 1 "get $pool absent"
    typed_expect 1 "get $prefix-absent name"
    typed_expect 0 "clear -y $guarded" "$secret"
    with_secret expect 1 get "$guarded" name
}

it create 'asks twice for the key of a new pool that is to be encrypted'
test_create() {
    need script
    local made=$prefix-typed
    typed_expect 5 "create $made --persistent --encryption" "$secret" 'open sesame'
    shows 'differ'
    typed_expect 2 "create $made --persistent --encryption" ''
    unlisted "$made" || fail "create without a key made a pool"
    typed_expect 0 "create $made --persistent" # no key is wanted
    expect 0 destroy -y "$made"
    typed_expect 0 "create $made --persistent --encryption" "$secret" "$secret"
    with_secret expect 0 set "$made" name value
    expect 0 destroy -y "$made"
}

it rekey 'asks for the old key, and twice for the new one once the old one is right'
test_rekey() {
    need script
    make_guarded_pool
    typed_expect 3 "rekey $guarded" wrong
    typed_expect 0 "rekey $guarded" "$secret" another another
    LATZERO_AUTH_KEY=another prints value get "$guarded" name
}

it interrupted 'ends of a signal at a prompt, with the terminal as it was before'
test_interrupted() {
    need script
    local signal
    make_guarded_pool
    for signal in INT:'\003' QUIT:'\034'; do
        typed "trap : ${signal%:*}; ulimit -c 0; '$latzero' hold $guarded; echo ended: \$?; stty -a" "${signal#*:}"
        shows "ended: $((128 + $(kill -l "${signal%:*}")))"
        shows '[^-]echo '
    done
}

run_cases "$@"
