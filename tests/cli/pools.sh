#!/bin/bash
# Pools: their lists, their life, their limits.
# shellcheck source=expect.sh
. "$(dirname "$0")/expect.sh"

it list 'lists a pool in a table, and as JSON'
test_list() {
    local number='[0-9]+' entry
    entry="\\{\"name\":\"$pool\",\"state\":\"asked\",\"clients\":0,\"key_count\":$number,\"used_bytes\":$number"
    entry="$entry,\"capacity_bytes\":$number,\"max_bytes\":104857600,\"persistent\":true,\"events\":false,\"idle_ttl_ms\":null"
    entry="$entry,\"created_ns\":$number,\"auth\":false,\"encrypted\":false,\"cipher\":null\\}"
    make_pool
    expect 0 list --json
    [[ $out =~ $entry ]] || fail "list --json: the pool's entry expected"
    [[ $out == \[*\] ]] || fail "list --json: an array expected"
    expect 0 list
    shows "^$pool .*  none$"
}

it stats 'adds up all pools'
test_stats() {
    local number='[0-9]+' totals
    totals="\"pool_count\":[1-9][0-9]*,\"total_clients\":$number,\"total_keys\":[1-9][0-9]*,\"total_used_bytes\":$number"
    totals="$totals,\"total_capacity_bytes\":$number,\"encrypted_pools\":$number"
    totals="$totals,\"not_asked\":$number,\"not_sound\":$number"
    make_pool
    expect 0 set "$pool" key 1
    matches "\\{$totals\\}" stats --json
    expect 0 stats
    shows '^pools  *[1-9]'
}

it cleanup 'says how many pools it removed'
test_cleanup() {
    matches '\{"removed":[0-9]+\}' cleanup --json
    matches 'removed [0-9]+ pools?' cleanup
}

it options_of_create 'makes a pool with the cap and the idle TTL that were asked for'
test_options_of_create() {
    local made=$prefix-options
    expect 0 create "$made" --persistent --events --ttl 600.2 --max-bytes 2097152
    expect 0 list --json
    [[ $out =~ \"name\":\"$made\"[^}]*\"max_bytes\":2097152,\"persistent\":true,\"events\":true,\"idle_ttl_ms\":600200, ]] ||
        fail "list --json: the options of create expected"
    expect 0 destroy -y "$made"
    expect 0 create "$made" --persistent --events --history 256
    expect 0 destroy -y "$made"
    expect 2 create "$made" --persistent --history 256
    expect 2 create "$made" --persistent --events --history 100
    says 'power of two'
}

it idle_ttl 'removes a pool past its idle TTL'
test_idle_ttl() {
    expect 0 create "$prefix-ttl" --persistent --ttl 2
    [ -e "$(file_of "$prefix-ttl")" ] || fail "a pool with an idle TTL expected"
    sleep 2.1
    expect 0 cleanup
    unlisted "$prefix-ttl" || fail "cleanup leaves a pool past its idle TTL"
}

it held_pool 'lists a pool that a stopped process holds as such, in time, and says what the totals lack'
test_held_pool() {
    local held=$prefix-held-up file began
    file=$(file_of "$held")
    expect 0 create "$held" --persistent
    (exec 9< "$file" && flock 9 && touch "$work/holds" && exec sleep 30) &
    eventually test -e "$work/holds"
    began=$SECONDS
    expect 0 list --json
    [[ $out == *"{\"name\":\"$held\",\"state\":\"not asked\"}"* ]] || fail "list --json: a held pool expected"
    expect 0 stats --json
    [[ $out =~ \"not_asked\":[1-9][0-9]*, ]] || fail "stats --json: what is missing expected"
    says 'not asked'
    [ $((SECONDS - began)) -le 15 ] || fail "list and stats take $((SECONDS - began)) s beside a held pool"
    kill $! 2> /dev/null
    wait $! 2> /dev/null
    eventually flock --nonblock "$file" true
    expect 0 destroy -y "$held"
}

it unsound_pool 'lists a file that is no pool as such'
test_unsound_pool() {
    local junk=$prefix-junk
    echo junk > "$(file_of "$junk")"
    expect 0 list --json
    [[ $out == *"{\"name\":\"$junk\",\"state\":\"not sound\"}"* ]] || fail "list --json: a junk file expected"
    expect 0 stats --json
    [[ $out =~ \"not_sound\":[1-9] ]] || fail "stats --json: a junk file expected"
    expect 0 list
    shows "^$junk .* not sound"
    rm "$(file_of "$junk")"
}

it full 'says that a pool is full, and goes on once there is room'
test_full() {
    local value i
    value=$(head -c 75000 /dev/urandom | base64 -w 0) # what can be compressed takes longer to fill a pool
    expect 0 create "$prefix-full" --persistent --max-bytes 1048576
    for i in {1..40}; do
        run set "$prefix-full" "key$i" "$value"
        [ "$status" -eq 0 ] || break
    done
    [ "$status" -eq 4 ] || fail "filling a pool: exit status 4 expected"
    says "$prefix-full"
    [ "$i" -gt 5 ] || fail "a pool of 1 MiB is full after $i values of 100,000 bytes"
    prints "$value" get "$prefix-full" key1
    expect 0 delete "$prefix-full" key1
    expect 0 set "$prefix-full" "key$i" "$value"
    expect 0 destroy -y "$prefix-full"
}

it name_in_use 'creates no pool whose name is taken'
test_name_in_use() {
    make_pool
    expect 5 create "$pool" --persistent
    says "$pool"
}

it brief_pool 'lets a pool go with its last process, and says how to keep it'
test_brief_pool() {
    expect 0 create "$prefix-brief"
    says '--hold.*--persistent'
    unlisted "$prefix-brief" || fail "a pool outlives its last process"
    expect 1 get "$prefix-brief" key
}

it hold 'keeps a pool alive until the last holder is told to end'
test_hold() {
    local held=$prefix-held first second client
    start_holding create "$held" --hold
    first=$!
    expect 0 set "$held" key 1
    start_holding hold "$held"
    second=$!
    expect 0 inspect "$held"
    shows "^ *$first *read-write *20[0-9-]* [0-9:]* *-$"
    client="\"process\":$second,\"read_only\":false,\"self\":false,\"watches\":false,\"connected_ns\":[0-9]+,\"holds\":\[\],\"stripes\":\[\]"
    matches ".*\"connected\":\[.*\{$client\}.*" inspect "$held" --json
    kill -TERM "$first"
    ends_with 0 "$first"
    prints 1 get "$held" key
    kill -INT "$second"
    ends_with 0 "$second"
    unlisted "$held" || fail "a pool outlives its last client"
}

it hold_of_destroyed 'stops holding a pool that is destroyed'
test_hold_of_destroyed() {
    local held=$prefix-held
    start_holding create "$held" --hold
    expect 1 get "$held" key
    expect 0 destroy -y "$held"
    ends_with 1 $!
}

it killed_holder 'lets a pool go with a holder that is killed'
test_killed_holder() {
    local held=$prefix-held
    start_holding create "$held" --hold
    expect 5 create "$held"
    kill -KILL $!
    wait $! 2> /dev/null
    unlisted "$held" || fail "a pool outlives its killed client"
    expect 1 get "$held" key
}

it persistent_hold 'leaves a persistent pool to others when its holder ends'
test_persistent_hold() {
    local held=$prefix-held
    start_holding create "$held" --hold --persistent
    kill -TERM $!
    ends_with 0 $!
    listed "$held" || fail "a persistent pool ended with its holder"
    expect 0 destroy -y "$held"
}

it link_in_place 'follows no link that lies where a pool would'
test_link_in_place() {
    echo precious > "$work/precious"
    ln -s "$work/precious" "$(file_of "$prefix-squat")"
    expect 3 create "$prefix-squat"
    [ "$(cat "$work/precious")" = precious ] || fail "create followed a link"
    rm "$(file_of "$prefix-squat")"
}

it file_in_place "leaves another program's file alone that lies where a pool would"
test_file_in_place() {
    local file
    file=$(file_of "$prefix-squat")
    echo precious > "$file"
    expect 5 create "$prefix-squat"
    [ "$(cat "$file")" = precious ] || fail "create touched another program's file"
    rm "$file"
}

run_cases "$@"
