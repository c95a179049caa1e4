#!/bin/sh
# Holds the style of the house: short files and functions, clean lines, nothing left over. The rules are in style.awk.
#
#   style.sh ROOT         reports what breaks a rule under ROOT
#   style.sh --self-test  shows that each rule is caught when it is broken
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib.sh"
. "$here/caught.sh"

# Every text of the repository: its rooms and the files beside them, but nothing that a build left there, nor the file
# that git puts into a further worktree.
texts() {
    {
        find . ! -name . -prune -type f ! -name .git
        find ./src ./abi ./include ./tests ./bench ./.ci -name __pycache__ -prune -o -type f -print
    } 2>/dev/null | xargs grep -Il ''
}

# dangling_links FILE: names what a text links to in the repository, and is not there.
dangling_links() {
    grep -o '](\(\.\./\)*[A-Za-z][^):]*)' "$1" | sed 's/^](//; s/)$//; s/#.*//' | sort -u | while read -r target; do
        if [ ! -e "$(dirname "$1")/$target" ]; then echo "$1: links to $target, which is not there"; fi
    done
}

check() (
    cd "$1"
    texts >"$scratch/list" || true
    if [ ! -s "$scratch/list" ]; then complain "no files under $1" && exit 1; fi
    grep '\.md$' "$scratch/list" | while read -r text; do dangling_links "$text"; done >"$scratch/links"
    cat "$scratch/links"
    LC_ALL=C xargs awk -f "$here/style.awk" <"$scratch/list" && [ ! -s "$scratch/links" ]
)

sound_tree() {
    mkdir -p src/base include/latzero tests/bindings
    # shellcheck disable=SC2016  # nothing is to be expanded
    printf 'A readme.\n\n```go\nfunc main() {\n\treturn\n}\n```\n' >README.md
    printf '#pragma once\n\nint add(int a,\n        int b);\n' >src/base/sound.hpp
    printf '#ifndef LATZERO_H\n#define LATZERO_H\n#endif\n' >include/latzero/latzero.h
    printf 'namespace latzero {\n\nint add(int a, int b) {\n    return a + b;\n}\n\n}  // namespace\n' >src/base/sound.cpp
    printf 'func main() {\n\treturn\n}\n' >tests/bindings/main.go
    # A public header may be longer than a file of the house: half of it is prose.
    awk 'BEGIN { for (i = 0; i < 600; i++) print "// prose" }' >>include/latzero/latzero.h
}

# lines N LINE: that line N times, for a fault's text.
lines() {
    awk -v n="$1" -v line="$2" 'BEGIN { while (n-- > 0) printf "%s\\n", line }'
}

scratch_directory
if [ "${1:?a root, or --self-test}" != --self-test ]; then
    check "$1"
    exit
fi
# Cuts a word in two, lest this file break the rules itself.
cut=
expect_caught check sound_tree <<EOF
src/base/a.cpp|$(lines 401 '// line')|over 400 lines
tests/long|#!/bin/sh\n$(lines 401 ':')|over 400 lines
src/base/a.cpp|int f() {\n$(lines 70 '    g();')}|over 70 lines
src/base/a.cpp|int f(int a,\n      int b) {\n$(lines 69 '    g();')}|over 70 lines
src/base/a.cpp|// TO${cut}DO later|left over
tests/a.sh|: # (FIX${cut}ME)|left over
src/base/a.cpp|// XX${cut}X|left over
bench/a.cpp|// HA${cut}CK: faster|left over
src/base/a.cpp|\tint x;|a tab
README.md|\tint x;|a tab
README.md|Blank at the end. |blank at the end
README.md|See [this](src/base/none.hpp#part).|which is not there
src/base/a.cpp|$(awk 'BEGIN { printf "//%119s", "x" }')|over 120 columns
src/base/a.hpp|int add(int a, int b);|no include guard
include/latzero/a.h|#ifndef LATZERO_A_H|no include guard
README.md|See /wor${cut}k/main.|a path of one machine
tests/data.json|"/roo${cut}t/x"|a path of one machine
EOF
