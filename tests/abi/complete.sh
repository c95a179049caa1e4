#!/bin/sh
# complete.sh HEADER LIST: every function of the header that takes a client is called in the list.
set -eu

# The declarations as one line, cut at each function.
functions=$(tr '\n' ' ' <"$1" | grep -oE 'latzero_[a-z0-9_]+\(latzero_client \*' | sed 's/(.*//' | sort -u)
test -n "$functions"
missing=$(for function in $functions; do
    # Closing a handle is no call to try: it ends what the others need.
    [ "$function" = latzero_disconnect ] || grep -qE "[(](${function#latzero_})[,)]" "$2" || echo "$function"
done)
[ -z "$missing" ] || { printf 'not called:\n%s\n' "$missing" && exit 1; }
echo "called: $(echo "$functions" | wc -l)"
