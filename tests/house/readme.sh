#!/bin/sh
# readme.sh README INCLUDE LIBRARIES LANGUAGE...: compiles and runs that text's examples in each language, straight from
# it. Languages other than C and C++ do so with the package in abi/bindings. The control: it must be missed when it is not there, and fail when it does not compile or counts otherwise.
# With a language whose compiler this machine lacks, the test counts as skipped after the others.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
bindings=$(cd "$here/../../abi/bindings" && pwd)
. "$here/../lib.sh"
. "$here/../bindings/koffi.sh"

readme=$1 include=$2 libraries=$3
shift 3
scratch_directory
export LD_LIBRARY_PATH="$libraries"

export CGO_CFLAGS="-I$include" CGO_LDFLAGS="-L$libraries" GOFLAGS=-mod=mod GOPROXY=off
built=${libraries%/abi}/tests/bindings
# Go's own packages are compiled there once.
export GOPATH="$scratch/go" GOCACHE="$built/go-files/cache"
export PYTHONPATH="$bindings/python" PYTHONDONTWRITEBYTECODE=1
koffi=$built/koffi
export NODE_PATH="$koffi/node_modules"

can() {
    case $1 in
        rust) command -v rustc ;;
        go) command -v go ;;
        csharp) command -v mcs && command -v mono ;;
        python) command -v python3 ;;
        javascript) command -v node && command -v npm ;;
    esac >"$scratch/where"
}

# prepare LANGUAGE: the package as an example finds it; 77 if that cannot be reached from here.
prepare() {
    case $1 in
        rust) rust --crate-type rlib --crate-name latzero "$bindings/rust/src/lib.rs" ;;
        go) printf 'module example\nrequire latzero v0.0.0\nreplace latzero => %s\n' "$bindings/go" >"$scratch/go.mod" ;;
        csharp) mcs -warnaserror -unsafe -target:library "-out:$scratch/Latzero.dll" "$bindings"/dotnet/*.cs ;;
        javascript) fetch_koffi "$bindings/node" "$koffi" ;;
    esac
}

rust() {
    rustc --edition 2021 -D warnings -L "$libraries" -L "$scratch" --out-dir "$scratch" "$@"
}

# examples TEXT LANGUAGE: the names of files, one for each fenced block of that language that has a main.
examples() {
    rm -f "$scratch"/block.*
    awk -v language="$2" -v to="$scratch/block." '
        /^```/ && !inside { inside = 1; wanted = $1 == "```" language; file = to (++n); next }
        /^```/ { inside = 0; next }
        inside && wanted { print > file }
    ' "$1"
    grep -lsE '(int|fn|func|void) [mM]ain\(|latzero\.Client\(|Client\.connect\(' "$scratch"/block.*
}

# One at a time, since an example may count with another that is in its pool.
alone() {
    flock "$libraries" "$@"
}

# run_example LANGUAGE FILE: its output says how many visits there were.
run_example() {
    cp "$2" "$scratch/example.$1"
    (
        cd "$scratch"
        case $1 in
            c) "${CC:-cc}" -std=c99 "-I$include" "-L$libraries" -pedantic -Wall -Wextra -Werror -o example example.c \
                -llatzero && alone ./example ;;
            cpp) "${CXX:-c++}" -std=c++20 "-I$include" "-L$libraries" -pedantic -Wall -Wextra -Werror -o example \
                example.cpp -llatzero && alone ./example ;;
            rust) rust --extern latzero=liblatzero.rlib example.rust && alone ./example ;;
            go) go build -o example example.go && alone ./example ;;
            csharp) mcs -warnaserror -r:Latzero.dll -out:example.exe example.csharp && alone mono example.exe ;;
            python) alone python3 example.python ;;
            javascript) alone node example.javascript ;;
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
    prepared=$skipped
    if can "$language"; then
        prepared=0
        prepare "$language" || prepared=$?
    fi
    if [ "$prepared" -eq "$skipped" ]; then
        echo "skipped: $language is not installed, or what it needs cannot be reached"
        status=$skipped
        continue
    fi
    [ "$prepared" -eq 0 ]
    run_examples "$readme" "$language"
    echo "runs: $language: $(grep visits "$scratch/said")"
    must_fail "$language" 'has no example' "s/^\`\`\`$language\$/\`\`\`text/"
    must_fail "$language" 'ncremend' 's/ncrement(/ncremend(/g'
    must_fail "$language" ' ?(2|43) visits$' 's/, 1, 0/, 2, 0/; s/increment("visits")/increment("visits", 2)/'
done
exit "$status"
