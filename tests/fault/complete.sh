#!/bin/sh
# complete.sh LIBRARY PROGRAM: what the library takes from the C library is made to fail in the program, or is listed
# here because its failure is nobody's concern: it works in memory alone, fails for no sound argument, only lets go, or
# is what a failure calls for.
set -eu

harmless='mem[a-z]+|fstat64|str[a-z]+|explicit_bzero|v?snprintf|free|malloc_usable_size|clock_gettime|getpid|geteuid|getrlimit64'
harmless="$harmless|sysconf|pthread_(mutex|cond)_[a-z]+|pthread_(self|setcancelstate)|close|closedir|dirfd|munmap"
harmless="$harmless|sysinfo|ftruncate64|__[a-z_]+|__isoc[0-9]+_sscanf|pthread_join|abort|fputs|stderr|secure_getenv"
harmless="$harmless|sig(emptyset|addset|ismember|pending)|pthread_sigmask"

names() {
    sed -nE "s/^[0-9a-f ]*$1 ([A-Za-z0-9_]+)(@GLIBC_.*)?$/\1/p" | sort -u
}
defined=$(nm -D --defined-only "$2" | names T)
taken=$(nm -D --undefined-only "$1" | grep '@GLIBC_' | names U | grep -Evx "$harmless")
test -n "$taken"
missing=$(for name in $taken; do echo "$defined" | grep -qx "$name" || echo "$name"; done)
[ -z "$missing" ] || { printf 'never made to fail:\n%s\n' "$missing" && exit 1; }
echo "made to fail: $(echo "$taken" | wc -l) functions"
