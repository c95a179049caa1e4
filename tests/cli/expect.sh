# How the tests of the command-line tool run it and what they expect. Sourced by cli_test.sh, which sets $latzero,
# $prefix, $pool, $guarded and $work.

fail() {
    echo "FAILED: $*"
    echo "  exit status: $status"
    echo "  stdout: $(head -c 500 "$work/out")"
    echo "  stderr: $(head -c 500 "$work/err")"
    exit 1
}

# run ARGUMENTS...: leaves $status, $out (stdout) and $work/err behind.
run() {
    "$latzero" "$@" > "$work/out" 2> "$work/err" < /dev/null
    status=$?
    out=$(tr -d '\0' < "$work/out")
}

# expect STATUS ARGUMENTS...: a failure must say why on stderr and print nothing on stdout.
expect() {
    local wanted=$1
    shift
    run "$@"
    [ "$status" -eq "$wanted" ] || fail "latzero ${*:0:200}: exit status $wanted expected"
    if [ "$wanted" -ne 0 ]; then
        [ -s "$work/err" ] || fail "latzero $*: a sentence on stderr expected"
        [ ! -s "$work/out" ] || fail "latzero $*: nothing on stdout expected"
    fi
    passed=$((passed + 1))
}

# prints TEXT ARGUMENTS...: exactly this on stdout (up to trailing newlines), status 0.
prints() {
    local wanted=$1
    shift
    expect 0 "$@"
    [ "$out" = "$wanted" ] || fail "latzero $*: '$wanted' expected"
}

# matches REGEX ARGUMENTS...: one line on stdout that matches from end to end.
matches() {
    local wanted=$1
    shift
    expect 0 "$@"
    [[ $out =~ ^$wanted$ ]] || fail "latzero $*: '$wanted' expected"
}

# says REGEX: the last stderr matches.
says() {
    grep -Eq -- "$1" "$work/err" || fail "'$1' expected on stderr"
}

# eventually COMMAND...: true within 10 seconds.
eventually() {
    local end=$((SECONDS + 10))
    until "$@"; do
        if [ $SECONDS -ge $end ]; then fail "not within 10 seconds: $*"; fi
        sleep 0.02
    done
    passed=$((passed + 1))
}

listed() { "$latzero" list --json | grep -q "\"name\":\"$1\""; }
unlisted() { ! listed "$1"; }
contains() { grep -q -- "$2" "$1"; }

# start_holding ARGUMENTS...: in the background, returns when the pool is held; $! is the process.
start_holding() {
    : > "$work/held"
    "$latzero" "$@" > "$work/held" 2>&1 &
    eventually contains "$work/held" '^holding pool'
}

# ends_with STATUS PROCESS
ends_with() {
    wait "$2"
    status=$?
    [ "$status" -eq "$1" ] || fail "hold: exit status $1 expected"
    passed=$((passed + 1))
}
