# Pools: their lists, their life, their limits. Sourced by cli_test.sh.

test_list_and_stats() {
    local number='[0-9]+'
    expect 0 list --json
    [[ $out =~ \{\"name\":\"$pool\",\"state\":\"asked\",\"clients\":0,\"key_count\":$number,\"used_bytes\":$number,\"capacity_bytes\":$number,\"max_bytes\":104857600,\"persistent\":true,\"idle_ttl_ms\":null,\"created_ns\":$number,\"auth\":false,\"encrypted\":false,\"cipher\":null\} ]] ||
        fail "list --json: the pool's entry expected"
    [[ $out == \[*\] ]] || fail "list --json: an array expected"
    expect 0 list
    contains "$work/out" "^$pool " || fail "list: the pool's line expected"
    matches "\\{\"pool_count\":$number,\"total_clients\":$number,\"total_keys\":$number,\"total_used_bytes\":$number,\"total_capacity_bytes\":$number,\"encrypted_pools\":$number,\"not_asked\":$number,\"not_sound\":$number\\}" stats --json
    expect 0 stats
    matches '\{"removed":[0-9]+\}' cleanup --json
    matches 'removed [0-9]+ pools?' cleanup
    expect 0 create "$prefix-options" --persistent --ttl 600.2 --max-bytes 2097152
    expect 0 list --json
    [[ $out =~ \"name\":\"$prefix-options\"[^}]*\"max_bytes\":2097152,\"persistent\":true,\"idle_ttl_ms\":600200, ]] ||
        fail "list --json: the options of create expected"
    expect 0 destroy -y "$prefix-options"
    expect 0 create "$prefix-ttl" --persistent --ttl 0.2
    sleep 0.25
    expect 0 cleanup
    unlisted "$prefix-ttl" || fail "cleanup leaves a pool past its idle TTL"
}

# A pool that a stopped process holds and a file that is none are listed as such, in time; the totals say what they lack.
test_held_and_unsound_pools() {
    local held=$prefix-held-up junk=$prefix-junk path began
    path=/dev/shm/lz.$(id -u)
    expect 0 create "$held" --persistent
    echo junk > "$path.$junk"
    (exec 9< "$path.$held" && flock 9 && touch "$work/holds" && exec sleep 30) &
    eventually test -e "$work/holds"
    began=$SECONDS
    expect 0 list --json
    [[ $out == *"{\"name\":\"$held\",\"state\":\"not asked\"}"* ]] || fail "list --json: a held pool expected"
    [[ $out == *"{\"name\":\"$junk\",\"state\":\"not sound\"}"* ]] || fail "list --json: a junk file expected"
    expect 0 stats --json
    [[ $out =~ \"not_asked\":[1-9][0-9]*,\"not_sound\":[1-9] ]] || fail "stats --json: what is missing expected"
    says 'not asked'
    [ $((SECONDS - began)) -le 15 ] || fail "list and stats take $((SECONDS - began)) s beside a held pool"
    kill $! 2> /dev/null
    wait $! 2> /dev/null
    eventually flock --nonblock "$path.$held" true
    expect 0 list
    contains "$work/out" "^$junk .* not sound" || fail "list: a junk file expected"
    rm "$path.$junk"
    expect 0 destroy -y "$held"
}

test_full() {
    local value i
    value=$(head -c 75000 /dev/urandom | base64 -w 0)  # what can be compressed takes longer to fill a pool
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

test_create() {
    expect 5 create "$pool" --persistent
    says "$pool"
    expect 0 create "$prefix-brief"
    says '--hold.*--persistent'
    unlisted "$prefix-brief" || fail "a pool outlives its last process"
    expect 1 get "$prefix-brief" key
}

test_hold() {
    local held=$prefix-held first second
    start_holding create "$held" --hold
    first=$!
    expect 0 set "$held" key 1
    start_holding hold "$held"
    second=$!
    expect 0 inspect "$held"
    contains "$work/out" "^ *$first *read-write *20[0-9-]* [0-9:]* *-$" || fail "the first holder among the clients expected"
    matches ".*\"connected\":\[.*\{\"process\":$second,\"read_only\":false,\"self\":false,\"connected_ns\":[0-9]+,\"holds\":\[\],\"stripes\":\[\]\}.*" inspect "$held" --json
    kill -TERM "$first"
    ends_with 0 "$first"
    prints 1 get "$held" key
    kill -INT "$second"
    ends_with 0 "$second"
    unlisted "$held" || fail "a pool outlives its last client"

    start_holding create "$held" --hold
    expect 1 get "$held" key
    expect 0 destroy -y "$held"
    ends_with 1 $!

    start_holding create "$held" --hold
    expect 5 create "$held"
    kill -KILL $!
    wait $! 2> /dev/null
    unlisted "$held" || fail "a pool outlives its killed client"
    expect 1 get "$held" key

    start_holding create "$held" --hold --persistent
    kill -TERM $!
    ends_with 0 $!
    listed "$held" || fail "a persistent pool ended with its holder"
    expect 0 destroy -y "$held"
}

test_squatted_name() {
    local squatted=$prefix-squat file
    expect 0 create --persistent "$squatted"
    file=$(echo /dev/shm/*"$squatted"*)
    expect 0 destroy -y "$squatted"
    case $file in *'*'* | *' '*) return ;; esac # not one file with the name in it: nothing to squat
    echo precious > "$work/precious"
    ln -s "$work/precious" "$file"
    expect 3 create "$squatted"
    rm -f "$file"
    echo precious > "$file"
    expect 5 create "$squatted"
    [ "$(cat "$file")" = precious ] || fail "create touched another program's file"
    rm -f "$file"
    [ "$(cat "$work/precious")" = precious ] || fail "create followed a link"
}

# On a terminal, and nowhere else, a check that takes over a second says so; pool $1 is held.
tells_its_progress() {
    run fsck "$1" --timeout 1.2
    [ ! -s "$work/out" ] && ! contains "$work/err" 'checking pool' || fail "fsck: no progress expected without a terminal"
    if ! command -v script > /dev/null; then return; fi
    script -qec "$(printf '%q ' "$latzero" fsck "$1" --timeout 1.5)" /dev/null > "$work/out" < /dev/null || true
    contains "$work/out" "checking pool '$1': 1 s" || fail "fsck on a terminal: progress expected"
}

# A pool that is sound, one that is not, and one that is none: fsck says so by its exit status too.
test_fsck() {
    local sick=$prefix-sick file holder before
    expect 1 fsck "$prefix-absent"
    expect 2 fsck
    expect 2 fsck "$sick" --nonsense
    expect 0 create "$sick" --persistent
    expect 0 set "$sick" key 1
    expect 0 fsck "$sick"
    contains "$work/out" "^pool '$sick' is sound\$" || fail "fsck: a verdict expected"
    matches "\\{\"name\":\"$sick\",\"sound\":true,.*\"keys\":1,.*\"findings\":\\[\\]\\}" fsck "$sick" --json
    LATZERO_AUTH_KEY=none expect 3 fsck "$sick"
    file=$(echo /dev/shm/*"$sick"*)
    if [ -f "$file" ]; then
        printf '\377' | dd of="$file" bs=1 seek=1168 conv=notrunc 2> /dev/null
        run fsck "$sick"
        [ "$status" -eq 1 ] || fail "fsck of a damaged pool: exit status 1 expected"
        contains "$work/out" '^broken: used_pages' || fail "fsck: the finding expected"
        says 'is not sound.*--repair'
        run fsck "$sick" --json
        [ "$status" -eq 1 ] || fail "fsck --json of a damaged pool: exit status 1 expected"
        contains "$work/out" '"sound":false.*"kind":"broken","part":"counter"' || fail "fsck --json: the finding expected"
        expect 2 fsck "$sick" --timeout 0
        flock --no-fork "$file" sleep 20 &
        holder=$!
        until ! flock --nonblock "$file" true; do sleep 0.01; done
        before=$(date +%s%N)
        expect 5 fsck "$sick" --timeout 0.1
        [ $(($(date +%s%N) - before)) -lt 3000000000 ] || fail "fsck --timeout: it waited longer"
        says "process $holder is stuck"
        tells_its_progress "$sick"
        kill "$holder"
        wait "$holder" 2> /dev/null || true
        flock "$file" true
        expect 0 fsck "$sick" --repair
        contains "$work/out" "^pool '$sick' is sound again\$" || fail "fsck --repair: a verdict expected"
        expect 0 fsck "$sick"
        prints 1 get "$sick" key
        printf 'none' | dd of="$file" bs=1 seek=16 conv=notrunc 2> /dev/null
        expect 1 fsck "$sick" --repair
        says 'no latzero pool'
        rm -f "$file"
    else
        expect 0 destroy -y "$sick"
    fi
}
