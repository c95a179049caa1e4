#!/bin/sh
# Types README.md as a person would who has a bare Debian 12, then looks at what is left.
#
#   typed.sh ROOT CACHE   types README.md of the tree in ROOT; CACHE keeps the bare system and its packages
#   typed.sh --self-test  shows that a README with a fault is caught, on this system
#
# Without root, debootstrap, namespaces or a mirror the test counts as skipped.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib.sh"
. "$here/bare.sh"

skip() {
    echo "skipped: $*"
    exit 77 # as meson knows it
}

# copy_tree FROM TO: what git knows of it, as it is now; without git, all but builds.
copy_tree() (
    mkdir -p "$2"
    cd "$1"
    { git -c safe.directory="$1" ls-files -z 2>/dev/null || find . -path './build*' -prune -o -type f -print0; } |
        tar --null --files-from=- --ignore-failed-read -c 2>/dev/null | tar -x -C "$2"
)

# type_out README PLACE COMMAND...: makes the session PLACE/session, which that command runs.
type_out() {
    rm -f "$scratch/done"
    python3 "$here/typed.py" session "$1" >"$2/session" || return 1
    shift 2
    { "$@" 2>&1 && : >"$scratch/done"; } | tee "$scratch/typed"
    if ! grep -Eqx 'typed ([0-9]+) of \1 lines' "$scratch/typed"; then
        complain 'the session has ended before its last line'
        return 1
    fi
    [ -e "$scratch/done" ]
}

# can_update CACHE ROOT: there is a mirror with packages. What this finds out is forgotten: README.md must ask itself.
can_update() {
    in_bare "$1" "$2" sh -c 'apt-get -qq -o APT::Update::Error-Mode=any update && rm -rf /var/lib/apt/lists/*' \
        >"$1/update.log" 2>&1
}

# type_in_bare ROOT CACHE COPY: in that copy of the bare system.
type_in_bare() {
    copy_base "$2" "$3"
    copy_tree "$1" "$3/latzero"
    can_update "$2" "$3" || skip "no packages: $(tail -n 1 "$2/update.log")"
    type_out "$1/README.md" "$3" in_bare "$2" "$3" \
        sh -c 'cd /latzero && bash /session && exec sh tests/house/installed.sh' || return 1
    grep -qF 'next: sh tests/quickstart --install' "$scratch/typed" && return
    complain 'quickstart does not name the next step'
    return 1
}

# type_here README: in a directory of its own on this system.
type_here() {
    rm -rf "$scratch/place"
    mkdir "$scratch/place"
    type_out "$1" "$scratch" sh -c "cd '$scratch/place' && exec bash ../session </dev/null"
}

check_packages() {
    python3 "$here/typed.py" packages "$1" build_packages
}

# must_fail CHECK README WORDS SED-SCRIPT: the README with that change must not pass, and the check say those words.
must_fail() {
    sed "$4" "$2" >"$scratch/changed.md"
    if said=$($1 "$scratch/changed.md" 2>&1) || [ "${said#*"$3"}" = "$said" ]; then
        complain "not caught: $3: $said" && return 1
    fi
    echo "caught: $3"
}

small_readme() {
    cat <<'END'
# Small

    cd . && two=2

## Test it

    sh tests/run

## An example

```c
int main(void) { return 0; }
```

    cc -o example \
        example.c
    ./example && test "$two" = 2
END
}

# What only a bare system shows (a package too few, a wrong directory) is no part of this.
# shellcheck disable=SC2016  # these are sed's to expand
self_test() {
    readme=$here/../../README.md small=$scratch/small.md
    small_readme >"$small"
    type_here "$small"
    check_packages "$readme"
    must_fail type_here "$small" 'exit status 127: cdd' 's/^    cd /    cdd /'
    must_fail type_here "$small" 'exit status 1: cc -o example' 's/return 0/return zero/'
    must_fail type_here "$small" 'exit status 1: ./example' 's/two=2/two=3/'
    must_fail type_here "$small" 'ended before its last line' 's/^    cd .*/    exit 0/'
    must_fail type_here "$small" "nobody runs this block of 'c'" 's/example\.c/other.cpp/'
    must_fail type_here "$small" 'a fence without an end' '/return 0/,$d'
    must_fail type_here "$small" 'no block any more of: sh tests/run' 's/tests.run/tests\/run --quick/'
    must_fail type_here "$readme" "nobody runs this block of 'text'" '/^## Install/a \\n```text\nmake\n```\n'
    must_fail type_here "$readme" "nobody runs this block of 'c'" '/^## License/a \\n```c\nint number;\n```\n'
    must_fail check_packages "$readme" 'differ in: meson' 's/ meson ninja-build/ ninja-build/'
    must_fail check_packages "$readme" 'differ in: cowsay' 's/ meson ninja-build/ meson cowsay ninja-build/'
}

scratch_directory
if [ "${1:?a root and a cache, or --self-test}" = --self-test ]; then
    self_test
    exit
fi
missing=$(what_is_missing)
[ -z "$missing" ] || skip "$missing"
mkdir -p "$2"
rm -rf --one-file-system "$2"/run.*
make_base "$2" || skip "debootstrap: $(tail -n 1 "$2/debootstrap.log")"
check_packages "$1/README.md"
trap 'rm -rf --one-file-system "$scratch" "$2/run.$$"' EXIT
type_in_bare "$1" "$2" "$2/run.$$"
