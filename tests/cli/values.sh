#!/bin/bash
# Keys and values: what set stores, what get and inspect show.
# shellcheck source=expect.sh
. "$(dirname "$0")/expect.sh"

# stores VALUE TYPE TEXT JSON: what set makes of VALUE, and how get prints it in both ways.
stores() {
    expect 0 set "$pool" key -- "$1"
    [ ! -s "$work/out" ] || fail "set prints nothing"
    prints "$3" get "$pool" key
    expect 0 get "$pool" key --json
    local json
    json=$(echo "$out" | sed -E 's/"version":[0-9]+/"version":N/')
    [ "$json" = "{\"key\":\"key\",\"type\":\"$2\",\"value\":$4,\"version\":N,\"ttl_ms\":null}" ] ||
        fail "value '$1': $2 $4 expected"
}

it scalars 'stores JSON scalars by their types'
test_scalars() {
    make_pool
    stores null null null null
    stores true bool true true
    stores false bool false false
    stores 42 int64 42 42
    stores ' 42 ' int64 42 42
    stores -5 int64 -5 -5
    stores 0 int64 0 0
    stores 9223372036854775807 int64 9223372036854775807 9223372036854775807
    stores -9223372036854775808 int64 -9223372036854775808 -9223372036854775808
    stores 1.5 double 1.5 1.5
    stores 1.0 double 1.0 1.0
    stores 1e3 double 1000.0 1000.0
    stores 0.1 double 0.1 0.1
    stores -2.5E-3 double -0.0025 -0.0025
    expect 0 set "$pool" key -7
    prints -7 get "$pool" key
}

it strings 'stores what is no JSON as a string, as JSON strings'
test_strings() {
    make_pool
    stores '"42"' string 42 '"42"'
    stores '"a\u0041\n"' string 'aA' '"aA\n"'
    stores '' string '' '""'
    stores ' ' string ' ' '" "'
    stores hello string hello '"hello"'
    stores 'two words' string 'two words' '"two words"'
    stores True string True '"True"'
    stores 007 string 007 '"007"'
    stores 42x string 42x '"42x"'
    stores 1e999th string 1e999th '"1e999th"'
    stores '"open' string '"open' '"\"open"'
    stores '"\ud800"' string '"\ud800"' '"\"\\ud800\""'
    stores ümlaut string ümlaut '"ümlaut"'
    stores --json string --json '"--json"'
}

it containers 'stores JSON arrays and objects as lists and dicts, nested 64 deep at most'
test_containers() {
    local many
    make_pool
    stores '{"b": [1, null], "a": {"c": 2.0}}' dict '{"b":[1,null],"a":{"c":2.0}}' '{"b":[1,null],"a":{"c":2.0}}'
    stores '[1,"two",true]' list '[1,"two",true]' '[1,"two",true]'
    stores ' [] ' list '[]' '[]'
    stores '{}' dict '{}' '{}'
    stores '[1,' string '[1,' '"[1,"'
    stores '{"a": 1} x' string '{"a": 1} x' '"{\"a\": 1} x"'
    expect 2 set "$pool" key "$(repeated '[' 65)$(repeated ']' 65)"
    says 'nested'
    many=$(repeated '[' 100000)
    stores "$many" string "$many" "\"$many\""
}

it bytes 'stores what is no UTF-8 as bytes, which JSON shows in base64'
test_bytes() {
    make_pool
    stores $'\xff\xfe' bytes $'\xff\xfe' '{"$bytes":"//4="}'
    stores $'a\xff' bytes $'a\xff' '{"$bytes":"Yf8="}'
    stores $'ab\xff' bytes $'ab\xff' '{"$bytes":"YWL/"}'
    stores $'\xed\xa0\x80' bytes $'\xed\xa0\x80' '{"$bytes":"7aCA"}'
}

it forms 'says within a value what JSON has no words for, reads it back the same, and names the cure for what is no form'
test_forms() {
    local said='[{"$bytes":"//4="},{"$double":"NaN"},{"$tuple":[1]},{"$ext":[5,"AA=="]},{"$dict":[[1,2]]}]'
    make_pool
    stores "$said" list "$said" "$said"
    stores '{"$dict":[["$ref",1]]}' dict '{"$dict":[["$ref",1]]}' '{"$dict":[["$ref",1]]}'
    stores '{"$ref":1}' dict '{"$dict":[["$ref",1]]}' '{"$dict":[["$ref",1]]}'
    stores '{"$bytes":"//4="}' bytes $'\xff\xfe' '{"$bytes":"//4="}'
    stores '{"$tuple":[1,{"$tuple":[]}]}' tuple '[1,{"$tuple":[]}]' '[1,{"$tuple":[]}]'
    stores '{"$double":"-Infinity"}' double -Infinity '{"$double":"-Infinity"}'
    expect 2 set "$pool" key '{"$bytes":"//4"}'
    says '\$dict'
}

it large_numbers 'refuses a number that does not fit, and keeps the value that was there'
test_large_numbers() {
    local number
    make_pool
    expect 0 set "$pool" key 42
    for number in 9223372036854775808 -9223372036854775809 99999999999999999999999 1e999 -1e999; do
        expect 2 set "$pool" key -- "$number"
        says 'does not fit'
    done
    prints 42 get "$pool" key
}

it newline 'prints a newline after a string, and none after bytes'
test_newline() {
    make_pool
    expect 0 set "$pool" key text
    [ "$("$latzero" get "$pool" key | od -An -c | tr -d ' ')" = 'text\n' ] || fail "a string ends in a newline"
    expect 0 set "$pool" key $'\xff'
    [ "$("$latzero" get "$pool" key | od -An -tx1 | tr -d ' ')" = ff ] || fail "bytes come without a newline"
}

it refused_keys 'refuses the empty key, and keys of over 65,535 bytes'
test_refused_keys() {
    local longer
    longer=$(repeated k 65536)
    make_pool
    expect 2 set "$pool" '' 1
    expect 2 get "$pool" ''
    expect 2 delete "$pool" ''
    expect 2 set "$pool" "$longer" 1
    expect 2 get "$pool" "$longer"
}

it odd_keys 'takes any other key'
test_odd_keys() {
    local key
    make_pool
    for key in "$(repeated k 65535)" ' ' list get a/b ünï $'new\nline' $'\x01' $'\xc3' '*' %s 5; do
        expect 0 set "$pool" "$key" 1
        prints 1 get "$pool" "$key"
        expect 0 inspect "$pool"
        expect 0 inspect "$pool" --json
        expect 0 delete "$pool" "$key"
        expect 1 get "$pool" "$key"
        expect 1 delete "$pool" "$key"
    done
    expect 0 set "$pool" -- -dash- 1
    prints 1 get "$pool" -- -dash-
    expect 0 delete "$pool" -- -dash-
}

it key_in_json 'shows a key that is no UTF-8 in base64'
test_key_in_json() {
    make_pool
    expect 0 set "$pool" $'\xc3k' 1
    matches '\{"key":\{"\$bytes":"w2s="\},"type":"int64","value":1,"version":[0-9]+,"ttl_ms":null\}' \
        get "$pool" $'\xc3k' --json
    expect 0 delete "$pool" $'\xc3k'
}

it absent_key 'says which key is not there'
test_absent_key() {
    make_pool
    expect 1 get "$pool" absent
    says absent
    expect 1 get "$pool" absent --json
}

it ttl 'lets a key expire, and shows for how long it stays'
test_ttl() {
    make_pool
    expect 0 set "$pool" short 1 --ttl 0.3
    sleep 0.35
    expect 1 get "$pool" short
    expect 0 set "$pool" long 1 --ttl=60
    matches '.*"ttl_ms":5[0-9]{4}\}' get "$pool" long --json
    expect 0 set "$pool" long 2
    matches '.*"ttl_ms":null\}' get "$pool" long --json
    expect 0 delete "$pool" long
}

it inspect_json 'shows a pool with its clients and keys as JSON'
test_inspect_json() {
    local number='[0-9]+' head client
    client="\\{\"process\":$number,\"read_only\":true,\"self\":true,\"watches\":false,\"connected_ns\":null,\"holds\":\[\],\"stripes\":\[\]\}"
    head="\\{\"name\":\"$pool\",\"clients\":$number,\"key_count\":$number,\"used_bytes\":$number"
    head="$head,\"capacity_bytes\":$number,\"max_bytes\":104857600,\"utilization\":[0-9.e+-]+,\"free_bytes\":$number"
    head="$head,\"huge_bytes\":$number"
    head="$head,\"commits\":$number,\"persistent\":true,\"events\":false,\"auth\":false,\"encrypted\":false,\"cipher\":null"
    head="$head,\"integrity_failures\":0,\"connected\":\[$client\],\"keys\":"
    make_pool
    matches "$head\\[\\],\"truncated\":false\\}" inspect "$pool" --json
    expect 0 set "$pool" a 1
    expect 0 set "$pool" b text
    local entry_a="\\{\"key\":\"a\",\"type\":\"int64\",\"value\":1,\"version\":$number,\"ttl_ms\":null\\}"
    local entry_b="\\{\"key\":\"b\",\"type\":\"string\",\"value\":\"text\",\"version\":$number,\"ttl_ms\":null\\}"
    matches "$head\\[($entry_a,$entry_b|$entry_b,$entry_a)\\],\"truncated\":false\\}" inspect "$pool" --json
    matches "$head\\[($entry_a|$entry_b)\\],\"truncated\":true\\}" inspect "$pool" --json --max-keys 1
    matches "$head\\[\\],\"truncated\":true\\}" inspect "$pool" --json --max-keys 0
}

it inspect_tables 'shows a pool with its clients and keys in tables, and says how to see more keys'
test_inspect_tables() {
    make_pool
    expect 0 set "$pool" a 1
    expect 0 set "$pool" b text
    expect 0 inspect "$pool"
    shows 'KEY *TYPE *SIZE *TTL *VALUE'
    shows 'PROCESS *ACCESS *SINCE *HOLDS'
    shows '[0-9] *read-only, this command *- *-$'
    expect 0 inspect "$pool" --max-keys 1
    shows '--max-keys'
}

run_cases "$@"
