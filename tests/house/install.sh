#!/bin/sh
# install.sh BUILD VERSION: installs BUILD as a package would, then uses it as a stranger does: compiles a C and a
# C++ program with what pkg-config says, runs them, asks the tool for its version, and looks for the header's
# description.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib.sh"

scratch_directory
root=$scratch/root
quietly "$scratch/log" meson install -C "$1" --no-rebuild --destdir "$root"

found=$(find "$root" -name latzero.pc)
export PKG_CONFIG_SYSROOT_DIR="$root" PKG_CONFIG_PATH="${found%/latzero.pc}"
libraries=$(find "$root" -name liblatzero.so)
export LD_LIBRARY_PATH="${libraries%/liblatzero.so}"

test "$(pkg-config --modversion latzero)" = "$2"
# shellcheck disable=SC2046  # a list of options
"${CC:-cc}" -std=c99 -Wall -Wextra -Werror -o "$scratch/stranger" "$here/stranger.c" \
    $(pkg-config --cflags --libs latzero)
"$scratch/stranger"
# shellcheck disable=SC2046  # a list of options
"${CXX:-c++}" -std=c++20 -Wall -Wextra -Werror -o "$scratch/stranger" "$here/stranger.cpp" \
    $(pkg-config --cflags --libs latzero)
"$scratch/stranger"

# It is that of this version, and whole: it says so at its beginning and ends as it should.
description=$(pkg-config --variable=latzero_json latzero)
grep -qF "\"version\": \"$2\"" "$description"
test "$(tail -n 1 "$description")" = '}'

said=$("$(find "$root" -type f -name latzero)" --version)
echo "$said"
test "${said#*"$2"}" != "$said"
