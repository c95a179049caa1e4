#!/bin/sh
# run.sh BUILD LIBRARIES LANGUAGE...: a value written from one language is the same value in all others. BUILD has the
# compiled programs. All languages run at the same time on one pool; what they do there is in README.md. -LANGUAGE is
# one that this machine lacks: with the others all is done, then the test counts as skipped.
#
# 1. Each stores all values and tries every verb; each reads what each has stored: the matrix must be all equal.
# 2. Each counts, appends and compares-and-sets on the same keys: the sums must be right.
# 3. The control, on another pool: each stores one value wrongly, and each must find exactly those.
# 4. Each watches and waits; then each keeps a copy of what all write at the same time, faster than they read: the copies
#    must be equal in the end. The control: copies that forget what was deleted in a gap must not be.
#
# All of it is done in plain pools first, then in encrypted ones, with an auth key.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
bindings=$(cd "$here/../../abi/bindings" && pwd)
. "$here/../lib.sh"
. "$here/koffi.sh"

values=26 # in README.md
build=$1
export LD_LIBRARY_PATH="$2"
# What the others are told of by another process.
export LATZERO_TEST_TICKER="$build/c"
shift 2
scale=${LATZERO_TEST_SCALE:-1}
rounds=$((2000 * scale))
changes=$((2000 * scale))

wrong_value_of() {
    case $1 in
        c) echo opaque ;;
        rust) echo string ;;
        go) echo double_minus_zero ;;
        csharp) echo bytes ;;
        python) echo dict ;;
        node) echo large ;;
    esac
}

# start LANGUAGE ARGUMENT...
start() {
    language=$1
    shift
    case $language in
        c | rust | go) set -- "$build/$language" "$@" ;;
        csharp) set -- mono "$build/dotnet.exe" "$@" ;;
        python) set -- env PYTHONPATH="$bindings/python" python3 -B "$here/python/script.py" "$@" ;;
        node) set -- env NODE_PATH="$build/koffi/node_modules" node "$here/node/script.js" "$@" ;;
        *) complain "no program in $language" && return 2 ;;
    esac
    timeout "$((120 * scale))" "$@"
}

# ---- one pool, all languages

# The pool lives as long as descriptor 9 is open. The others do not inherit that.
hold() {
    mkfifo "$scratch/alive.$1"
    "$build/c" hold "$1" <"$scratch/alive.$1" >"$scratch/held.$1" &
    holder=$!
    exec 9>"$scratch/alive.$1"
    until [ -s "$scratch/held.$1" ]; do
        if ! kill -0 "$holder"; then complain "no pool $1" && exit 1; fi
        sleep 0.1
    done
}

let_go() {
    exec 9>&-
    wait "$holder"
}

# run_all PHASE POOL STATUS: all languages at once; each must end with that status. Output: $scratch/PHASE.LANGUAGE.
run_all() {
    phase=$1 pool=$2 expected=$3
    for language in $languages; do
        case $phase in
            together) last=$rounds ;;
            follow | forget) last=$changes ;;
            spoil) last=$(wrong_value_of "$language") ;;
            *) last= ;;
        esac
        verb=$phase
        if [ "$phase" = spoil ]; then verb='write'; fi
        (
            status=0
            start "$language" "$verb" "$pool" "$language" "$all" "$last" >"$scratch/$phase.$language" || status=$?
            echo "$status" >"$scratch/status.$language"
        ) 9>&- &
        eval "pid_of_$language=$!"
    done
    result=0
    for language in $languages; do
        eval "wait \$pid_of_$language"
        if [ "$(cat "$scratch/status.$language")" = "$expected" ]; then continue; fi
        complain "$language: $phase ended with status $(cat "$scratch/status.$language"), not $expected"
        cat "$scratch/$phase.$language" >&2
        result=1
    done
    return "$result"
}

# matrix: what each reader says of each writer. Fails unless every cell is $1.
matrix() {
    expected=$1 result=0
    printf '%-12s' 'written by'
    for reader in $languages; do printf '%-12s' "in $reader"; done
    echo
    for writer in $languages; do
        printf '%-12s' "$writer"
        for reader in $languages; do
            cell=nothing
            if grep -q "^different $writer:" "$scratch/read.$reader"; then
                cell=different
            elif grep -qx "equal $writer $values" "$scratch/read.$reader"; then
                cell=equal
            fi
            if [ "$cell" != "$expected" ]; then result=1; fi
            printf '%-12s' "$cell"
        done
        echo
    done
    return "$result"
}

# ---- the three proofs

same_values() {
    heading "$values values of each language, read in each"
    run_all write "$1" 0
    run_all read "$1" 0
    matrix equal
    right_bytes "$1"
}

# The names of keys are to be seen in the segment of a plain pool, and in that of an encrypted one not.
right_bytes() {
    expected=yes seen=no
    if [ -n "${LATZERO_TEST_AUTH_KEY:-}" ]; then expected=no; fi
    if grep -q int64_min /dev/shm/*".$(id -u).$1"; then seen=yes; fi
    if [ "$seen" = "$expected" ]; then return; fi
    complain "names of keys can be seen in the segment of $1: $seen"
    return 1
}

wrong_values() {
    heading 'the control: one wrong value of each language must be found in each'
    run_all spoil "$1" 0
    run_all read "$1" 1
    matrix different
    for language in $languages; do
        echo "different $language:$(wrong_value_of "$language")"
    done >"$scratch/expected"
    for reader in $languages; do
        sed 's/ (.*//' "$scratch/read.$reader" | diff "$scratch/expected" - >&2 && continue
        complain "$reader does not find exactly the wrong values"
        return 1
    done
    cat "$scratch/read.c"
}

right_sums() {
    heading "all at once on the same keys, $rounds rounds each"
    run_all together "$1" 0
    for language in $languages; do echo "$language: $(cat "$scratch/together.$language")"; done
    "$build/c" check "$1" "$all" "$rounds"
    if "$build/c" check "$1" "$all" $((rounds + 1)) >"$scratch/one_more" 2>&1; then
        complain 'sums that are wrong are not noticed'
        return 1
    fi
}

# copies POOL PHASE STATUS WHAT: what each must say of its copy.
copies() {
    heading "copies of what all write at once, $changes changes each: $2"
    run_all "$2" "$1" "$3"
    for language in $languages; do
        echo "$language: $(cat "$scratch/$2.$language")"
        if grep -Eq "^$4: [1-9][0-9]* keys, [1-9][0-9]* gaps\$" "$scratch/$2.$language"; then continue; fi
        complain "$language: its copy is not $4 in the end"
        return 1
    done
}

prove() {
    hold "$1"
    same_values "$1"
    right_sums "$1"
    copies "$1" follow 0 equal
    let_go
    hold "$1-forget"
    copies "$1-forget" forget 1 different
    let_go
    hold "$1-control"
    wrong_values "$1-control"
    let_go
}

scratch_directory
skip=0
languages=
for language in "$@"; do
    why='it is not installed'
    status=0
    case $language in
        -*) status=$skipped ;;
        node) fetch_koffi "$bindings/node" "$build/koffi" || status=$? && why='the registry that has koffi cannot be reached' ;;
    esac
    case $status in
        0) languages="$languages $language" ;;
        "$skipped") skip=$skipped && echo "skipped: ${language#-}, since $why" ;;
        *) exit 1 ;;
    esac
done
# shellcheck disable=SC2086  # a list of names
all=$(printf '%s,' $languages)
all=${all%,}

prove "ffi-$$"
echo
echo 'the same in encrypted pools'
export LATZERO_TEST_AUTH_KEY='Schlüssel 🔑'
rounds=2000 # whatever the scale: a sealed list is written anew with each element
prove "ffi-$$-sealed"
if [ "$skip" -ne 0 ]; then echo 'what was not skipped is sound'; fi
exit "$skip"
