#!/bin/sh
# Holds the C ABI as baseline.abi has it on record: no function, parameter or struct changes by accident. (Constants
# are no part of it: struct_layout.c pins them.)
#
#   baseline.sh LIBRARY INCLUDE              compares the library with the record
#   baseline.sh LIBRARY INCLUDE --self-test  shows, on edited records, that changes of each kind are caught
#   baseline.sh LIBRARY INCLUDE --renew      puts the library's ABI on record
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib.sh"

skip() {
    echo "skipped: $*"
    exit 77
}

# describe LIBRARY INCLUDE: its ABI, without what another machine or compiler or a comment in the header would change.
describe() {
    abidw --headers-dir "$2" --exported-interfaces-only --drop-private-types --drop-undefined-syms \
        --no-corpus-path --no-comp-dir-path --no-show-locs --no-elf-needed --no-architecture --type-id-style hash \
        --out-file "$scratch/raw.abi" "$1"
    sed "s|path='[^']*/abi/|path='abi/|" "$scratch/raw.abi"
}

# expect WORDS SED-SCRIPT: of the library and a record that is edited so, abidiff says these words.
expect() {
    sed -E "$2" "$scratch/now.abi" >"$scratch/edited.abi"
    if said=$(abidiff --harmless "$scratch/edited.abi" "$scratch/now.abi") || [ "${said#*"$1"}" = "$said" ]; then
        complain "not caught: $1: $2: $said" && exit 1
    fi
    printf 'caught: %s: %s\n' "$1" "$2"
}

self_test() {
    abidiff --harmless "$scratch/now.abi" "$scratch/now.abi"
    word=$(sed -n "s/.*typedef-decl name='uint32_t'.* id='\([0-9a-f]*\)'.*/\1/p" "$scratch/now.abi")
    expire="/name='latzero_expire'/,/function-decl>/"
    expect '1 Removed' "s/'latzero_version_string'/'latzero_gone'/"
    expect '1 Added' "s/'latzero_version_string'/'latzero_gone'/"
    expect 'type size changed' "s/(name='latzero_entry' size-in-bits=)'[0-9]+'/\\1'8'/"
    expect 'offset changed' "/name='latzero_set_options' size/,/class-decl>/s/='128'/='192'/"
    expect 'name of' "/name='latzero_value_info' size/,/class-decl>/s/'tag'/'label'/"
    expect 'parameter 4' "${expire}s/type-id='[^']*' name='ttl_ms'/type-id='$word' name='ttl_ms'/"
    expect 'was added' "${expire}{/name='ttl_ms'/d}"
    expect 'return type changed' "${expire}s/<return type-id='[^']*'/<return type-id='$word'/"
}

library=$1 include=$2
command -v abidw >/dev/null || skip 'there is no abidw (Debian: abigail-tools)'
readelf -SW "$library" | grep -qF .debug_info || skip 'the library has no debug information'

scratch_directory
describe "$library" "$include" >"$scratch/now.abi"
case ${3:-} in
    --renew) cp "$scratch/now.abi" "$here/baseline.abi" ;;
    --self-test) self_test ;;
    *)
        if abidiff --harmless "$here/baseline.abi" "$scratch/now.abi"; then exit; fi
        complain "That is not the ABI on record. If it is meant to change, renew the record and commit it:"
        complain "    meson compile -C $PWD abi-baseline"
        exit 1
        ;;
esac
