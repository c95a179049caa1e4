#!/bin/sh
# readme.sh README INCLUDE LIBRARY-DIRECTORY: compiles and runs every C and C++ example of the README that has a main.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib.sh"

readme=$1 include=$2 libraries=$3
scratch_directory
# One file for each fenced block, named by its number and language.
awk -v to="$scratch" '
    /^```/ && !inside { inside = 1; language = substr($1, 4); file = to "/" ++n "." language; next }
    /^```/ { inside = 0; next }
    inside && (language == "c" || language == "cpp") { print > file }
' "$readme"

if ! grep -qs 'int main' "$scratch"/*.c; then complain "$readme has no C example" && exit 1; fi
export LD_LIBRARY_PATH="$libraries"
for example in $(grep -ls 'int main' "$scratch"/*.c "$scratch"/*.cpp); do
    case $example in
        *.c) set -- "${CC:-cc}" -std=c99 "-I$include" "-L$libraries" ;;
        *.cpp) set -- "${CXX:-c++}" -std=c++20 "-I$include" "-L$libraries" ;;
    esac
    "$@" -pedantic -Wall -Wextra -Werror -o "$scratch/example" "$example" -llatzero
    echo "runs: example $(basename "$example")"
    "$scratch/example"
done
