# latzero demo: on a small file, and when it is stopped. Sourced by cli_test.sh.

# The pool of the demo whose process id is $1.
demo_gone() { unlisted "demo-$1"; }

test_demo() {
    : > "$work/empty"
    printf '\n\n  \n' > "$work/blank"
    mkfifo "$work/fifo"
    expect 2 demo "$work/empty"
    says 'no records'
    expect 2 demo "$work/blank"
    expect 2 demo "$work/nonexistent"
    expect 2 demo "$work"
    expect 2 demo "$work/fifo"
    {
        printf 'Package: a\nSection: one\nArchitecture: amd64\n\nPackage: a\nSection: two\nArchitecture: i386\n'
        printf '\r\n \nNo package here\n\nPackage: b/c\nSection: one\n\n\n\nPackage: bytes\n\xff\xfe no newline at the end'
    } > "$work/records"
    LATZERO_AUTH_KEY=superfluous expect 0 demo "$work/records"
    contains "$work/out" '5 records' || fail "demo: 5 records expected"
    contains "$work/out" 'all 3 sections exact' || fail "demo: 3 sections expected"
    contains "$work/out" 'vanished' || fail "demo: the pool's end expected"
}

# start_demo: in the background; returns when its workers are started. $demo is its process.
start_demo() {
    : > "$work/out" # the last demo's output must not be taken for this one's
    "$latzero" demo "$work/records" > "$work/out" 2> "$work/err" &
    demo=$!
    eventually contains "$work/out" '^start'
}

# disturbed_by COMMAND ARGUMENTS...: a demo whose pool somebody changes meanwhile fails, and leaves nothing.
disturbed_by() {
    start_demo
    "$latzero" "$1" "demo-$demo" "${@:2}" || fail "$1 in the pool of a demo"
    wait "$demo"
    status=$?
    [ "$status" -ne 0 ] || fail "a demo that was disturbed by '$*' does not notice"
    demo_gone "$demo" || fail "a demo that failed leaves its pool"
    passed=$((passed + 1))
}

test_disturbed_demo() {
    disturbed_by set section/one 1000
    says "section 'one' was counted 1,006 times instead of 6"
    disturbed_by set demo/writes 1000
    # Found by who audits the pool, or by readers if it comes between the audit and the next writer's start.
    says 'not as the last acknowledged write left it|an older write came back'
    disturbed_by destroy -y
}

# inherited NAME: that environment variable reached the workers of the demo.
inherited() {
    local worker
    for worker in $(cat "/proc/$demo/task/$demo/children"); do
        if contains "/proc/$worker/environ" "$1="; then return; fi
    done
    return 1
}

test_stopped_demo() {
    LATZERO_AUTH_KEY=superfluous LATZERO_OTHER=1 start_demo
    inherited LATZERO_OTHER || fail "demo: the environment of its workers expected"
    if inherited LATZERO_AUTH_KEY; then fail "demo: its workers inherit an auth key"; fi
    kill -TERM "$demo"
    ends_with 5 "$demo"
    demo_gone "$demo" || fail "a demo that was stopped leaves its pool"

    start_demo
    kill -KILL "$demo"
    wait "$demo" 2> /dev/null
    eventually demo_gone "$demo"

    "$latzero" demo "$work/records" 2> "$work/err" | head -n 1 > "$work/out"
    status=${PIPESTATUS[0]}
    [ "$status" -eq 5 ] || fail "a demo that cannot print: exit status 5 expected"
    passed=$((passed + 1))
}
