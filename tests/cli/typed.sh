# Auth keys that are typed on a terminal. Sourced by cli_test.sh; goes on with the pool of keys.sh.

# prompted TIMES: so often a key was asked for.
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
    passed=$((passed + 1))
}

test_typed_keys() {
    if ! command -v script > /dev/null; then return; fi
    typed_expect 0 "get $guarded name" "$secret"
    contains "$work/out" '^value' || fail "get: the value expected"
    typed_expect 3 "get $guarded name" wrong
    contains "$work/out" 'the auth key is not that of pool' || fail "get with a wrong key: the sentence expected"
    typed_expect 3 "get $guarded name" ''
    typed_expect 3 "get $guarded name --auth-key-file $work/wrong"
    typed_expect 1 "get $pool absent"
    typed_expect 1 "get $prefix-absent name"
    typed_expect 0 "clear -y $guarded" "$secret"
    with_secret expect 1 get "$guarded" name
    with_secret expect 0 set "$guarded" name value
}

test_typed_new_keys() {
    if ! command -v script > /dev/null; then return; fi
    local typed=$prefix-typed
    typed_expect 5 "create $typed --persistent --encryption" "$secret" 'open sesame'
    contains "$work/out" 'differ' || fail "create: a sentence on the keys that differ expected"
    typed_expect 2 "create $typed --persistent --encryption" ''
    unlisted "$typed" || fail "create without a key made a pool"
    typed_expect 0 "create $typed --persistent" # no key is wanted
    expect 0 destroy -y "$typed"
    typed_expect 0 "create $typed --persistent --encryption" "$secret" "$secret"
    with_secret expect 0 set "$typed" name value
    typed_expect 3 "rekey $typed" wrong
    typed_expect 0 "rekey $typed" "$secret" another another
    LATZERO_AUTH_KEY=another prints value get "$typed" name
    expect 0 destroy -y "$typed"
}

# The terminal shows again what is typed, and the process ended of the signal.
test_interrupted_prompt() {
    if ! command -v script > /dev/null; then return; fi
    local signal
    for signal in INT:'\003' QUIT:'\034'; do
        typed "trap : ${signal%:*}; ulimit -c 0; '$latzero' hold $guarded; echo ended: \$?; stty -a" "${signal#*:}"
        contains "$work/out" "ended: $((128 + $(kill -l "${signal%:*}")))" || fail "a prompt ends of ${signal%:*}"
        contains "$work/out" '[^-]echo ' || fail "after ${signal%:*} at a prompt the terminal does not show what is typed"
    done
}
