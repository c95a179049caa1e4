#!/bin/sh
# examples.sh BUILT: runs the programs of abi/examples, which are built there, as a person would in several terminals.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib.sh"
built=$1
scratch_directory

# Pools of these names may be somebody's.
for pool in work-queue rate-limiter; do
    if [ -e "/dev/shm/lz.$(id -u).$pool" ]; then
        complain "there is a pool '$pool' already: remove it first"
        exit 1
    fi
done
trap 'rm -f "/dev/shm/lz.$(id -u).work-queue" "/dev/shm/lz.$(id -u).rate-limiter"; rm -rf "$scratch"' EXIT

expect() {
    [ "$1" = "$2" ] && return
    complain "'$1' where '$2' was expected"
    exit 1
}

# Jobs wait for workers, and workers for jobs; three workers, of which each ends by an empty job.
queue() {
    "$built/work_queue" "$@"
}
queue add early
for worker in 1 2 3; do queue work >"$scratch/did.$worker" & done
numbers=$(seq 200)
# shellcheck disable=SC2086 # a job each
queue add $numbers
queue add '' '' ''
wait
expect "$(sort "$scratch"/did.* | wc -l)" 201
expect "$(sort "$scratch"/did.* | uniq -d)" ""
expect "$(cat "$scratch"/did.* | grep -c early)" 1
for worker in 1 2 3; do
    grep -v early "$scratch/did.$worker" | cut -d' ' -f2 >"$scratch/order" || continue
    sort -nc "$scratch/order"
done
queue remove
[ ! -e "/dev/shm/lz.$(id -u).work-queue" ]

# Three calls in two seconds, and then again.
ask() {
    "$built/rate_limiter" alice 3 2
}
expect "$(ask)" 'alice: call 1 of 3'
expect "$(ask)" 'alice: call 2 of 3'
expect "$(ask)" 'alice: call 3 of 3'
said=$(ask) && complain 'a fourth call was let in' && exit 1
case $said in
    'alice: no more calls for '[12]' s') ;;
    *) expect "$said" 'alice: no more calls for 2 s' ;;
esac
expect "$("$built/rate_limiter" bob 3 2)" 'bob: call 1 of 3'
tries=0
until ask >"$scratch/again"; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ]
    sleep 0.1
done
expect "$(cat "$scratch/again")" 'alice: call 1 of 3'
