#!/bin/sh
# installed.sh SHM: what holds once README.md was typed, in the tree and on the system where that was: nothing is left in
# the directory SHM, and what was installed runs. Then the step that quickstart names: after an uninstall it installs
# once more, and the example compiles and runs anew.
set -eu
shm=$1

# tells WORDS FILE: its last line has them.
tells() {
    tail -n 1 "$2" | grep -qF "$1" && return
    echo "the last line of $2 does not say '$1':" >&2
    tail -n 3 "$2" >&2
    exit 1
}

nothing_left() {
    left=$(ls -A "$shm")
    [ -z "$left" ] && return
    echo "left in $shm: $left" >&2
    exit 1
}

nothing_left
(cd / && latzero --version)

ninja -C build uninstall >uninstall.log
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
