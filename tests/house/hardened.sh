#!/bin/sh
# Holds what makes mistakes in the built library and tool harder to use.
#
#   hardened.sh FILE...      looks at them
#   hardened.sh --self-test  shows, on libraries made for it, that each rule is caught when it is broken
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib.sh"

# In .data lies what is not zero at the start; all else takes no room in the file.
most_data=16384

# Whether a function of ours, of disassembled ones, begins with what a call by address has to find.
has_landing_mark() {
    awk '/^[0-9a-f]+ <(latzero_connect|main|copy)(@@[A-Z0-9_]+)?>:/ { getline; found += /endbr64/ } END { exit !found }'
}

check() {
    file=$1
    faults=0
    readelf -lW "$file" >"$scratch/segments"
    readelf -dW "$file" >"$scratch/dynamic"
    readelf -SW "$file" >"$scratch/sections"
    nm -D --undefined-only "$file" >"$scratch/taken"
    if ! grep -q 'GNU_STACK.* RW  ' "$scratch/segments"; then complain "$file: its stack may be executed" && faults=1; fi
    if ! grep -q GNU_RELRO "$scratch/segments" || ! grep -q 'FLAGS.* NOW' "$scratch/dynamic"; then
        complain "$file: what the loader has filled in stays writable" && faults=1
    fi
    if ! grep -q __stack_chk_fail "$scratch/taken"; then complain "$file: no stack protector" && faults=1; fi
    if ! grep -Eq '__[a-z]+_chk(@|$)' "$scratch/taken"; then complain "$file: not fortified" && faults=1; fi
    size=$(printf '%d' "0x$(sed -n 's/.* \.data  *PROGBITS  *[0-9a-f]* [0-9a-f]* \([0-9a-f]*\) .*/\1/p' "$scratch/sections")")
    if [ "$size" -gt "$most_data" ]; then complain "$file: $size bytes of .data" && faults=1; fi
    # For processors that look where a call by address leads.
    if [ "$(uname -m)" = x86_64 ] && ! objdump -d --no-show-raw-insn "$file" | has_landing_mark; then
        complain "$file: no landing marks" && faults=1
    fi
    return "$faults"
}

all='-O2 -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fcf-protection -Wl,-z,noexecstack,-z,relro,-z,now'

# expect WORDS CC-OPTION...: the check of a library made with these complains with these words; "": not at all.
expect() {
    words=$1
    shift
    cat >"$scratch/a.c" <<'TEXT'
#include <string.h>
#include <unistd.h>
char data[100000] = {DATA};
void taken(char *);
void copy(const char *from, size_t size) {
    char to[100];
    memcpy(to, from, size);
    taken(to);
}
TEXT
    # shellcheck disable=SC2086  # a list of options
    "${CC:-cc}" -shared -fPIC -o "$scratch/a.so" "$scratch/a.c" -DDATA=0 $all "$@"
    told=$(check "$scratch/a.so" 2>&1) || true
    case $words in
        '') [ -z "$told" ] || { complain "complains of a hardened library: $told" && return 1; } ;;
        *) case $told in
            *"$words"*) ;;
            *) complain "not caught: $words" && return 1 ;;
        esac ;;
    esac
}

scratch_directory
if [ "$1" = --self-test ]; then
    expect ''
    expect 'executed' -Wl,-z,execstack
    expect 'stays writable' -Wl,-z,lazy
    expect 'stays writable' -Wl,-z,norelro
    expect 'no stack protector' -fno-stack-protector
    expect 'not fortified' -U_FORTIFY_SOURCE
    expect 'bytes of .data' -UDATA -DDATA=1
    if [ "$(uname -m)" = x86_64 ]; then expect 'no landing marks' -fcf-protection=none; fi
    exit
fi
for file in "$@"; do check "$file"; done
