#!/bin/bash
# What expect.sh must not let pass.
# shellcheck source=expect.sh
. "$(dirname "$0")/expect.sh"

# caught WORDS COMMAND...: the command fails as a case does, and says these words.
caught() {
    local words=$1 said
    shift
    if said=$("$@"); then fail "it passes: $*"; fi
    [[ $said == *"$words"* ]] || fail "'$words' expected, not: $said"
}

it status 'notices another exit status, and a failure without a sentence or with output'
test_status() {
    caught 'exit status 0 expected' expect 0 nonsense
    caught 'exit status 2 expected' expect 2 --version
    printf '#!/bin/sh\nexit 2\n' > "$work/mute"
    printf '#!/bin/sh\necho more; echo why >&2; exit 2\n' > "$work/talkative"
    chmod +x "$work/mute" "$work/talkative"
    latzero=$work/mute caught 'a sentence on stderr expected' expect 2
    latzero=$work/talkative caught 'nothing on stdout expected' expect 2
}

it output 'notices another output or sentence'
test_output() {
    caught "'latzero 0' expected" prints 'latzero 0' --version
    caught "'latzero' expected" matches latzero --version
    expect 2 nonsense
    caught "'a command is' expected on stderr" says 'a command is'
    caught 'nothing on stderr expected' says_nothing
    caught "'Usage' expected on stdout" shows 'Usage'
}

test_that_leaves_a_pool() { expect 0 create "$prefix" --persistent; }

it pool_left 'notices a pool that is left behind, and removes it'
test_pool_left() {
    caught 'left behind: ' run_case that_leaves_a_pool
    unlisted "clitest-$$-that_leaves_a_pool" || fail "a pool that was left behind is still there"
}

test_that_fails() { fail 'as it should'; }
test_that_passes() { :; }
test_that_skips() { need no-such-program; }

it all_cases 'runs the cases behind one that fails, and says how each ended'
test_all_cases() {
    cases=(that_fails that_passes that_skips)
    sentences=([that_fails]=fails [that_passes]=passes [that_skips]=skips)
    caught 'not ok: that_fails fails
ok: that_passes passes
skipped: ' run_cases "$latzero"
    caught 'there is no case' run_cases "$latzero" that_is_unknown
    caught 'skipped: ' run_cases "$latzero" that_skips
}

run_cases "$@"
