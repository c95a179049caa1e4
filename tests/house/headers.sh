#!/bin/sh
# headers.sh INCLUDE: every public header compiles alone, without a warning, in each language that it is for, those for
# C++ also without nlohmann-json; and every _INIT of latzero.h initialises its struct there.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib.sh"

scratch_directory
compile_alone() {
    echo "$2 $1"
    case $2 in
        c++*) set -- "${CXX:-c++}" -x c++ "-std=$2" "-I$include" "$1" ;;
        *) set -- "${CC:-cc}" -x c "-std=$2" "-I$include" "$1" ;;
    esac
    "$@" -pedantic -Wall -Wextra -Wshadow -Wconversion -Werror -fsyntax-only
}

include=$1
{
    echo '#include <latzero/latzero.h>'
    sed -n 's/^#define LATZERO_\([A-Z_]*\)_INIT .*/\1/p' "$include/latzero/latzero.h" | while read -r name; do
        type=latzero_$(echo "$name" | tr '[:upper:]' '[:lower:]')
        echo "uint32_t size_of_$type(void);"
        echo "uint32_t size_of_$type(void) { $type value = LATZERO_${name}_INIT; return value.struct_size; }"
    done
} >"$scratch/inits.h"
grep -q _INIT "$scratch/inits.h"

for standard in c99 c11 c++11 c++20; do
    compile_alone "$include/latzero/latzero.h" "$standard"
    compile_alone "$scratch/inits.h" "$standard"
done
# Twice, as a program's files do; by its name, as a header that is itself the file has no use for its guard.
cd "$include"
include_twice() {
    echo "$1 $2"
    printf '%s\n' "$2" "#include <$1>" "#include <$1>" >"$scratch/alone.cpp"
    compile_alone "$scratch/alone.cpp" c++20
}
for header in latzero/*.hpp latzero/cpp/*.hpp; do include_twice "$header" '#define LATZERO_NO_JSON'; done
for header in latzero/latzero.hpp latzero/cpp/json.hpp; do include_twice "$header" ''; done
