#!/bin/sh
# Holds what shellcheck finds in scripts for sh: nothing. .shellcheckrc has its settings.
#
#   scripts.sh ROOT         reports what it finds in the scripts under ROOT
#   scripts.sh --self-test  shows that a fault in each kind of script is caught
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib.sh"
. "$here/caught.sh"

# Whatever a shell runs: by its first line, or because it is sourced and says so.
check() (
    cd "$1"
    find .ci src abi tests bench -type f -exec \
        awk 'FNR == 1 && /^#!.*[\/ ]sh$|^# shellcheck shell=sh/ { print FILENAME }' {} + >"$scratch/list" 2>/dev/null || true
    if [ ! -s "$scratch/list" ]; then complain "no scripts under $1" && exit 1; fi
    xargs shellcheck <"$scratch/list"
)

sound_tree() {
    cp "$here/../../.shellcheckrc" .
    mkdir -p tests/house .ci
    # shellcheck disable=SC2016  # nothing is to be expanded
    {
        printf '#!/bin/sh\nset -eu\n. "$(dirname "$0")/lib.sh"\nsay "$1"\n' >tests/run
        printf '# shellcheck shell=sh\n\nsay() {\n    printf "%%s\\n" "$1"\n}\n' >tests/lib.sh
        printf '#!/bin/sh\nexec sh tests/run "$@"\n' >.ci/run
    }
}

command -v shellcheck >/dev/null || {
    echo 'skipped: there is no shellcheck (Debian: shellcheck)'
    exit 77 # as meson knows it
}
scratch_directory
if [ "${1:?a root, or --self-test}" != --self-test ]; then
    check "$1"
    exit
fi
# shellcheck disable=SC2016  # nothing is to be expanded
expect_caught check sound_tree <<'END'
tests/run|echo $1|SC2086
tests/lib.sh|cd "$1"|SC2164
.ci/run|echo "$none"|SC2154
tests/house/a.sh|#!/bin/sh\nx=(1 2)|SC3030
tests/house/b|#!/usr/bin/env sh\n[ $# == 0 ]|SC3014
END
