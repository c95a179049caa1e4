#!/bin/sh
# installed.sh: what holds once README.md was typed, in the tree and on the system where that was: nothing is left in
# /dev/shm, and what was installed runs. Then the step that quickstart names: after an uninstall it installs once more,
# and the example compiles and runs anew.
set -eu

# tells WORDS FILE: its last line has them.
tells() {
    tail -n 1 "$2" | grep -qF "$1" && return
    echo "the last line of $2 does not say '$1':" >&2
    tail -n 3 "$2" >&2
    exit 1
}

nothing_left() {
    left=$(ls -A /dev/shm)
    [ -z "$left" ] && return
    echo "left in /dev/shm: $left" >&2
    exit 1
}

# must_notice: the control: a pool that is left is.
must_notice() {
    latzero create left --persistent
    if (nothing_left); then echo 'a pool that is left goes unnoticed' >&2 && exit 1; fi
    echo 'caught: a pool that is left'
    latzero destroy left -y
}

nothing_left
must_notice
(cd / && latzero --version)
grep -q '"format": 1' "$(pkg-config --variable=latzero_json latzero)"

ninja -C build uninstall >uninstall.log
hash -r # the shell remembers where the tool was
if command -v latzero; then echo 'uninstalled, and still there' >&2 && exit 1; fi

sh tests/quickstart --install /var/lib/dpkg/status >demo.out 2>demo.err
tells 'nothing of it is left' demo.out
tells "next: \"A minute's example\" in README.md" demo.err
head -n 1 demo.out | grep -q '^demo '
(cd / && latzero --version)
rm a.out
# shellcheck disable=SC2046  # a list of options
cc example.c $(pkg-config --cflags --libs latzero)
./a.out
nothing_left
