# shellcheck shell=bash
# How the tests of the command-line tool run it, and what they expect of it. Each script sources this file, has its
# cases, and ends with `run_cases "$@"`:
#
#   SCRIPT LATZERO          runs all of its cases, whichever fail
#   SCRIPT LATZERO CASE...  runs these
#   SCRIPT --list           names them
#
# A case has pools, files and processes of its own, all named after $prefix or in $work, which are gone when it ends.
# Needs bash and the base system.
set -u
export LC_ALL=C
unset LATZERO_AUTH_KEY LATZERO_NEW_AUTH_KEY

cases=()
declare -A sentences=()

# it NAME SENTENCE: the case whose function, test_NAME, follows.
it() {
    cases+=("$1")
    sentences[$1]=$2
}

fail() {
    echo "FAILED: $*"
    echo "  exit status: $status"
    echo "  stdout: $(head -c 500 "$work/out")"
    echo "  stderr: $(head -c 500 "$work/err")"
    exit 1
}

skip() {
    echo "skipped: $*"
    exit 77 # as meson knows it
}

need() { command -v "$1" > /dev/null || skip "there is no '$1'"; }

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
says() { grep -Eq -- "$1" "$work/err" || fail "'$1' expected on stderr"; }

says_nothing() { [ ! -s "$work/err" ] || fail "nothing on stderr expected"; }

# shows REGEX: the last stdout has a line that matches.
shows() { contains "$work/out" "$1" || fail "'$1' expected on stdout"; }

# eventually COMMAND...: true within 10 seconds.
eventually() {
    local end=$((SECONDS + 10))
    until "$@"; do
        if [ $SECONDS -ge $end ]; then fail "not within 10 seconds: $*"; fi
        sleep 0.02
    done
}

contains() { grep -q -- "$2" "$1"; }
listed() { "$latzero" list --json | grep -q "\"name\":\"$1\""; }
unlisted() { ! listed "$1"; }

# ends_with STATUS PROCESS: a process of the case that ends by itself, or has been told to.
ends_with() {
    wait "$2"
    status=$?
    [ "$status" -eq "$1" ] || fail "a process in the background: exit status $1 expected"
}

# start_holding ARGUMENTS...: in the background, returns when the pool is held; $! is the process.
start_holding() {
    : > "$work/held"
    "$latzero" "$@" > "$work/held" 2>&1 &
    eventually contains "$work/held" '^holding pool'
}

# on_terminal ANSWER ARGUMENTS...: with a terminal on standard input, where the answer is typed.
on_terminal() {
    local answer=$1
    shift
    printf '%s\n' "$answer" | script -qec "$(printf '%q ' "$latzero" "$@")" /dev/null > "$work/out" 2> "$work/err"
    status=$?
}

# repeated CHARACTER TIMES
repeated() { head -c "$2" /dev/zero | tr '\0' "$1"; }

# file_of POOL: where its memory lies.
file_of() { echo /dev/shm/lz."$(id -u)"."$1"; }

# overwrite FILE OFFSET BYTES, which are as printf takes them.
overwrite() {
    # shellcheck disable=SC2059
    printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc 2> /dev/null
}

# make_pool: a plain pool for the case, $pool.
make_pool() { expect 0 create "$pool" --persistent; }

# make_guarded_pool: an encrypted one, $guarded, where the key 'name' has the value 'value'. Each try of its auth key,
# $secret, takes a tenth of a second.
make_guarded_pool() {
    printf '%s' "$secret" > "$work/secret"
    expect 0 create "$guarded" --persistent --encryption --cipher xchacha20poly1305 --auth-key-file "$work/secret"
    with_secret expect 0 set "$guarded" name value
}

# with_secret COMMAND...: runs it with the auth key in the environment.
with_secret() { LATZERO_AUTH_KEY=$secret "$@"; }

left_behind() { find /dev/shm -name "*$prefix*" 2> /dev/null; }

clean_up() {
    local job name
    {
        for job in $(jobs -p); do kill -KILL "$job"; done
        wait
    } 2> /dev/null
    left_behind | sed 's/.*\/lz\.[0-9]*\.//' | while read -r name; do "$latzero" destroy -y "$name"; done > /dev/null 2>&1
    find /dev/shm -name "*$prefix*" -delete 2> /dev/null # what is no pool
    rm -rf "$work"
}

# What the case made must be gone by its end, but for the two pools that are made above.
run_case() {
    prefix=clitest-$$-$1
    pool=$prefix-main
    guarded=$prefix-guarded
    secret="open sesame$(printf ', open up%.0s' {1..60})"
    work=$(mktemp -d)
    : > "$work/out"
    : > "$work/err"
    status=0
    trap clean_up EXIT
    trap 'exit 143' INT TERM HUP
    "test_$1"
    local made
    for made in "$pool" "$guarded"; do
        if [ -e "$(file_of "$made")" ]; then expect 0 destroy -y "$made"; fi
    done
    [ -z "$(left_behind)" ] || fail "left behind: $(left_behind)"
}

run_cases() {
    if [ "${1:?the tool, or --list}" = --list ]; then
        printf '%s\n' "${cases[@]}"
        exit
    fi
    latzero=$(realpath "$1")
    shift
    [ $# -gt 0 ] || set -- "${cases[@]}"
    local name skipped=0 failed=0
    for name; do
        [ -n "${sentences[$name]-}" ] || { echo "there is no case '$name'" && exit 2; }
        (run_case "$name")
        case $? in
            0) echo "ok: $name ${sentences[$name]}" ;;
            77) skipped=$((skipped + 1)) ;;
            *) echo "not ok: $name ${sentences[$name]}" && failed=$((failed + 1)) ;;
        esac
    done
    [ "$failed" -eq 0 ] || exit 1
    [ "$skipped" -lt $# ] || exit 77
}
