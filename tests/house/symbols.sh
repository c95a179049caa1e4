#!/bin/sh
# Holds the binary's face: what the library exports, is called, and needs.
#
#   symbols.sh LIBRARY HEADER  compares the two
#   symbols.sh --self-test     shows, on libraries made for it, that each rule is caught when it is broken
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib.sh"

soname=liblatzero.so.0
needs='libc|libm|libstdc\+\+|libgcc_s|libsodium|libzstd|ld-linux-[a-z0-9-]+'

# The functions that the header declares, one a line.
declared() {
    sed -n '/^LATZERO_API /s/[^(]*[ *]\(latzero_[a-z0-9_]*\)(.*/\1/p' "$1" | sort
}

check() {
    library=$1 header=$2
    faults=0
    nm -D --defined-only "$library" | awk '{ print $2, $3 }' | sort >"$scratch/exported"
    declared "$header" >"$scratch/declared"
    if [ ! -s "$scratch/declared" ] || [ "$(grep -c '^LATZERO_API ' "$header")" -ne "$(wc -l <"$scratch/declared")" ]; then
        complain "cannot read the functions of $header" && return 1
    fi

    # Besides its functions, a library exports the name of its symbol version.
    if grep -vxE 'T latzero_[a-z0-9_]+@@LATZERO_0|A LATZERO_0(@@LATZERO_0)?' "$scratch/exported"; then
        complain 'exported, but none of ours' && faults=1
    fi
    sed -n 's/^T \(latzero_[a-z0-9_]*\)@.*/\1/p' "$scratch/exported" | sort >"$scratch/functions"
    if comm -23 "$scratch/declared" "$scratch/functions" | grep .; then
        complain 'declared, but not exported' && faults=1
    fi
    if comm -13 "$scratch/declared" "$scratch/functions" | grep .; then
        complain 'exported, but not declared' && faults=1
    fi

    readelf -dW "$library" >"$scratch/dynamic"
    if ! grep -qF "soname: [$soname]" "$scratch/dynamic"; then
        complain "not called $soname" && faults=1
    fi
    if grep NEEDED "$scratch/dynamic" | grep -vE "\[($needs)\.so"; then
        complain 'needs what it should not' && faults=1
    fi
    return "$faults"
}

# library SOURCE CC-OPTION...: makes one from that C text.
library() {
    printf '%s\n' "$1" >"$scratch/a.c"
    shift
    "${CC:-cc}" -shared -fPIC -o "$scratch/a.so" "$scratch/a.c" -Wl,--version-script="$scratch/map" "$@"
}

# expect WORDS SOURCE CC-OPTION...: the check of such a library complains with these words.
expect() {
    words=$1
    shift
    library "$@"
    if said=$(check "$scratch/a.so" "$scratch/a.h" 2>&1) || [ "${said#*"$words"}" = "$said" ]; then
        complain "not caught: $words: $1: $said" && exit 1
    fi
    echo "caught: $words: $1"
}

self_test() {
    echo 'LATZERO_API int latzero_fine(void);' >"$scratch/a.h"
    echo 'LATZERO_0 { global: latzero_*; stray; local: *; };' >"$scratch/map"
    echo 'int other(void) { return 0; }' >"$scratch/other.c"
    "${CC:-cc}" -shared -fPIC -o "$scratch/libother.so" "$scratch/other.c"
    fine='int latzero_fine(void) { return 0; }'
    named=-Wl,-soname,$soname
    library "$fine" "$named"
    check "$scratch/a.so" "$scratch/a.h"
    expect 'none of ours' "$fine int stray(void) { return 0; }" "$named"
    expect 'none of ours' "$fine int latzero_variable;" "$named"
    expect 'not exported' 'int latzero_other(void) { return 0; }' "$named"
    expect 'not declared' "$fine int latzero_more(void) { return 0; }" "$named"
    expect "not called $soname" "$fine" -Wl,-soname,liblatzero.so.1
    expect 'needs what it should not' "$fine" "$named" -Wl,--no-as-needed -L"$scratch" -lother
    echo '{ global: latzero_*; local: *; };' >"$scratch/map"
    expect 'none of ours' "$fine" "$named"
}

scratch_directory
if [ "${1:?a library and its header, or --self-test}" = --self-test ]; then self_test; else check "$1" "$2"; fi
