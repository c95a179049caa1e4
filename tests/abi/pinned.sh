#!/bin/sh
# pinned.sh HEADER TEST: everything of the header that a compiled caller carries in itself (structs, fields, constants,
# _INITs) is named by the test that pins it.
set -eu

# One word for each: type, type,field or CONSTANT.
pinnable() {
    awk '
        /^typedef struct latzero_[a-z_]+ \{/ { type = $3; print type; next }
        /^\}/ { type = "" }
        type && /;/ {
            sub(/;.*/, "")
            sub(/\[.*/, "")
            sub(/.*[ *]/, "")
            print type "," $0
        }
        match($0, /LATZERO_[A-Z0-9_]+ = /) { print substr($0, RSTART, RLENGTH - 3) }
        /^#define LATZERO_[A-Z0-9_]+ / && $2 != "LATZERO_API" { print $2 }
    ' "$1"
}

words=$(pinnable "$1")
test -n "$words"
missing=$(for word in $words; do
    tr -d ' ' <"$2" | grep -qE "(^|[^A-Za-z0-9_])$word([^A-Za-z0-9_]|\$)" || echo "$word"
done)
[ -z "$missing" ] || { printf 'not pinned:\n%s\n' "$missing" && exit 1; }
echo "pinned: $(echo "$words" | wc -l)"
