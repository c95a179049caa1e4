#!/bin/sh
# readme.sh README INCLUDE LIBRARIES LANGUAGE...: compiles and runs that text's examples in each language, straight from
# it. The control: it must be missed when it is not there, and fail when it does not compile or counts otherwise.
# With a language whose compiler this machine lacks, the test counts as skipped after the others.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib.sh"

skipped=77 # as meson knows it
readme=$1 include=$2 libraries=$3
shift 3
scratch_directory
export LD_LIBRARY_PATH="$libraries"

# A pkg-config file as an installed library has it.
mkdir "$scratch/pkgconfig"
printf 'Name: latzero\nDescription: built\nVersion: 0\nCflags: -I%s\nLibs: -L%s -llatzero\n' "$include" "$libraries" \
    >"$scratch/pkgconfig/latzero.pc"
export PKG_CONFIG_PATH="$scratch/pkgconfig"
export GO111MODULE=off GOPATH="$scratch/go" GOCACHE="$scratch/go/cache"

can() {
    case $1 in
        rust) command -v rustc ;;
        go) command -v go ;;
        csharp) command -v mcs && command -v mono ;;
    esac >"$scratch/where"
}

# examples TEXT LANGUAGE: the names of files, one for each fenced block of that language that has a main.
examples() {
    rm -f "$scratch"/block.*
    awk -v language="$2" -v to="$scratch/block." '
        /^```/ && !inside { inside = 1; wanted = $1 == "```" language; file = to (++n); next }
        /^```/ { inside = 0; next }
        inside && wanted { print > file }
    ' "$1"
    grep -ls -e 'int main(' -e 'fn main(' -e 'func main(' -e 'void Main(' "$scratch"/block.*
}

# run_example LANGUAGE FILE: its output says how many visits there were.
run_example() {
    cp "$2" "$scratch/example.$1"
    (
        cd "$scratch"
        case $1 in
            c) "${CC:-cc}" -std=c99 "-I$include" "-L$libraries" -pedantic -Wall -Wextra -Werror -o example example.c \
                -llatzero && ./example ;;
            cpp) "${CXX:-c++}" -std=c++20 "-I$include" "-L$libraries" -pedantic -Wall -Wextra -Werror -o example \
                example.cpp -llatzero && ./example ;;
            rust) rustc --edition 2021 -L "$libraries" -o example example.rust && ./example ;;
            go) go run example.go ;;
            csharp) mcs -warnaserror -out:example.exe example.csharp && mono example.exe ;;
        esac
    ) >"$scratch/said" 2>&1 && grep -Eq '(^| )(1|42) visits$' "$scratch/said" && return
    cat "$scratch/said"
    return 1
}

# run_examples TEXT LANGUAGE
run_examples() {
    files=$(examples "$1" "$2") || { complain "$1 has no example in $2" && return 1; }
    for file in $files; do run_example "$2" "$file" || return 1; done
}

# must_fail LANGUAGE WORDS SED-SCRIPT: the README with that change, which must lead to those words (a pattern).
must_fail() {
    sed "$3" "$readme" >"$scratch/changed.md"
    if run_examples "$scratch/changed.md" "$1" >"$scratch/log" 2>&1 || ! grep -Eq "$2" "$scratch/log"; then
        cat "$scratch/log" >&2
        complain "not caught: the example in $1 with $3"
        return 1
    fi
    echo "caught: $1: $(grep -E "$2" "$scratch/log" | head -n 1)"
}

status=0
for language in "$@"; do
    if ! can "$language"; then
        echo "skipped: $language is not installed"
        status=$skipped
        continue
    fi
    run_examples "$readme" "$language"
    echo "runs: $language: $(grep visits "$scratch/said")"
    must_fail "$language" 'has no example' "s/^\`\`\`$language\$/\`\`\`text/"
    must_fail "$language" 'incremend' 's/increment(/incremend(/g'
    must_fail "$language" ' ?(2|43) visits$' 's/, 1, 0/, 2, 0/; s/increment("visits")/increment("visits", 2)/'
done
exit "$status"
