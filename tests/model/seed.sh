#!/bin/sh
# Copies the sources that the models simulate, with all faults in them, each asleep until it is asked for.
#
#   seed.sh SOURCES FAULTS DIRECTORY SOURCE.cpp...
#
# Headers go to DIRECTORY/seeded, each source to DIRECTORY, flat; beside them the names of the faults, and what make and
# ninja call a depfile.
set -eu
sources=$1 faults=$2 directory=$3
shift 3
seeded=$directory/seeded
rm -rf "$seeded"
mkdir -p "$seeded"
cp -r "$sources/store" "$sources/pool" "$seeded/"
LC_ALL=C awk -v tree="$seeded" -f "$(dirname "$0")/seed.awk" "$faults"
for source in "$@"; do cp "$seeded/$source" "$directory/seeded_$(echo "$source" | tr / _)"; done
{
    echo 'inline constexpr std::string_view kFaults[] = {'
    sed -n 's/^fault [a-z]* \([a-z_]*\)$/    "\1",/p' "$faults"
    echo '};'
} >"$directory/seeded_faults.hpp"
{
    # shellcheck disable=SC1003  # a backslash at the end of a line
    echo 'seeded_faults.hpp: \'
    find "$sources/store" "$sources/pool" -name '*.[ch]pp' | sed 's/$/ \\/'
    echo
} >"$directory/seeded.d"
