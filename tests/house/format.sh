#!/bin/sh
# Holds .clang-format in all C and C++ sources, as version 14 of clang-format lays them out; others differ in details.
#
#   format.sh ROOT         reports what is laid out otherwise under ROOT
#   format.sh --self-test  shows that a fault in each kind of file is caught
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib.sh"
. "$here/caught.sh"

check() (
    cd "$1"
    find src abi include tests bench -name '*.[ch]' -o -name '*.[ch]pp' >"$scratch/list" 2>/dev/null || true
    if [ ! -s "$scratch/list" ]; then complain "no sources under $1" && exit 1; fi
    xargs "$format" --dry-run -Werror <"$scratch/list" && return
    complain "mend it: $format -i FILE"
    return 1
)

sound_tree() {
    cp "$here/../../.clang-format" .
    mkdir -p src/base abi include/latzero tests/abi bench
    printf 'inline int add(int a, int b) { return a + b; }\n' >src/base/add.hpp
    printf '#include "add.hpp"\n\nint one() { return add(0, 1); }\n' >src/base/one.cpp
    printf '/* Text. */\nint latzero_one(void);\n' >include/latzero/latzero.h
    printf 'int main(void) {\n    char *text = 0;\n    return text != 0;\n}\n' >tests/abi/one_test.c
}

format=$(tool_of_version 14 clang-format) || {
    echo 'skipped: there is no clang-format 14 (Debian: clang-format-14)'
    exit 77 # as meson knows it
}
scratch_directory
if [ "${1:?a root, or --self-test}" != --self-test ]; then
    check "$1"
    exit
fi
expect_caught check sound_tree <<'END'
src/base/one.cpp|int two() {return 2;}|clang-format-violations
src/base/add.hpp|int two(int  a);|clang-format-violations
include/latzero/latzero.h|int latzero_text(char* text);|clang-format-violations
tests/abi/one_test.c|int two(void) {\n  return 2;\n}|clang-format-violations
bench/a.cpp|#include <vector>\n#include <string>|clang-format-violations
abi/a.cpp|int three(int a,\n    int b);|clang-format-violations
END
