# Keys and values: what set stores, what get and inspect show. Sourced by cli_test.sh.

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

test_values() {
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
    stores '{"b": [1, null], "a": {"c": 2.0}}' dict '{"b":[1,null],"a":{"c":2.0}}' '{"b":[1,null],"a":{"c":2.0}}'
    stores '[1,"two",true]' list '[1,"two",true]' '[1,"two",true]'
    stores ' [] ' list '[]' '[]'
    stores '{}' dict '{}' '{}'
    stores '[1,' string '[1,' '"[1,"'
    stores '{"a": 1} x' string '{"a": 1} x' '"{\"a\": 1} x"'
    expect 2 set "$pool" key "$(printf '[%.0s' {1..65})$(printf ']%.0s' {1..65})"
    says 'nested'
    stores --json string --json '"--json"'
    stores $'\xff\xfe' bytes $'\xff\xfe' '{"base64":"//4="}'
    stores $'a\xff' bytes $'a\xff' '{"base64":"Yf8="}'
    stores $'ab\xff' bytes $'ab\xff' '{"base64":"YWL/"}'
    stores $'\xed\xa0\x80' bytes $'\xed\xa0\x80' '{"base64":"7aCA"}'
    stores "$(printf '[%.0s' {1..100000})" string "$(printf '[%.0s' {1..100000})" "\"$(printf '[%.0s' {1..100000})\""
    expect 0 set "$pool" key -7
    prints -7 get "$pool" key

    expect 0 set "$pool" key 42
    local number
    for number in 9223372036854775808 -9223372036854775809 99999999999999999999999 1e999 -1e999; do
        expect 2 set "$pool" key -- "$number"
        says 'does not fit'
    done
    prints 42 get "$pool" key

    expect 0 set "$pool" key text
    [ "$("$latzero" get "$pool" key | od -An -c | tr -d ' ')" = 'text\n' ] || fail "a string ends in a newline"
    expect 0 set "$pool" key $'\xff'
    [ "$("$latzero" get "$pool" key | od -An -tx1 | tr -d ' ')" = ff ] || fail "bytes come without a newline"
}

test_keys() {
    local most key
    most=$(printf 'k%.0s' {1..65535})
    expect 2 set "$pool" '' 1
    expect 2 get "$pool" ''
    expect 2 delete "$pool" ''
    expect 2 set "$pool" "${most}k" 1
    expect 2 get "$pool" "${most}k"
    for key in "$most" ' ' list get a/b ünï $'new\nline' $'\x01' $'\xc3' '*' %s 5; do
        expect 0 set "$pool" "$key" 1
        prints 1 get "$pool" "$key"
        expect 0 inspect "$pool"
        expect 0 inspect "$pool" --json
        expect 0 delete "$pool" "$key"
        expect 1 get "$pool" "$key"
        expect 1 delete "$pool" "$key"
    done
    expect 0 set "$pool" $'\xc3k' 1
    matches '\{"key":\{"base64":"w2s="\},"type":"int64","value":1,"version":[0-9]+,"ttl_ms":null\}' \
        get "$pool" $'\xc3k' --json
    expect 0 delete "$pool" $'\xc3k'
    expect 1 get "$pool" absent
    says absent
    expect 1 get "$pool" absent --json
    expect 0 set "$pool" -- -dash- 1
    prints 1 get "$pool" -- -dash-
    expect 0 delete "$pool" -- -dash-
}

test_ttl() {
    expect 0 set "$pool" short 1 --ttl 0.3
    sleep 0.35
    expect 1 get "$pool" short
    expect 0 set "$pool" long 1 --ttl=60
    matches '.*"ttl_ms":5[0-9]{4}\}' get "$pool" long --json
    expect 0 set "$pool" long 2
    matches '.*"ttl_ms":null\}' get "$pool" long --json
    expect 0 delete "$pool" long
}

test_inspect() {
    local number='[0-9]+'
    local head="\\{\"name\":\"$pool\",\"clients\":$number,\"key_count\":$number,\"used_bytes\":$number,\"capacity_bytes\":$number,\"max_bytes\":104857600,\"utilization\":[0-9.e+-]+,\"free_bytes\":$number,\"commits\":$number,\"persistent\":true,\"auth\":false,\"encrypted\":false,\"cipher\":null,\"integrity_failures\":0,\"connected\":\[\{\"process\":$number,\"read_only\":true,\"self\":true,\"connected_ns\":null,\"holds\":\[\],\"stripes\":\[\]\}\],\"keys\":"
    expect 0 clear -y "$pool"
    matches "$head\\[\\],\"truncated\":false\\}" inspect "$pool" --json
    expect 0 set "$pool" a 1
    expect 0 set "$pool" b text
    local entry_a="\\{\"key\":\"a\",\"type\":\"int64\",\"value\":1,\"version\":$number,\"ttl_ms\":null\\}"
    local entry_b="\\{\"key\":\"b\",\"type\":\"string\",\"value\":\"text\",\"version\":$number,\"ttl_ms\":null\\}"
    matches "$head\\[($entry_a,$entry_b|$entry_b,$entry_a)\\],\"truncated\":false\\}" inspect "$pool" --json
    matches "$head\\[($entry_a|$entry_b)\\],\"truncated\":true\\}" inspect "$pool" --json --max-keys 1
    matches "$head\\[\\],\"truncated\":true\\}" inspect "$pool" --json --max-keys 0
    expect 0 inspect "$pool"
    contains "$work/out" 'KEY *TYPE *SIZE *TTL *VALUE' || fail "a table of keys expected"
    contains "$work/out" 'PROCESS *ACCESS *SINCE *HOLDS' || fail "a table of clients expected"
    contains "$work/out" '[0-9] *read-only, this command *- *-$' || fail "the command among the clients expected"
    expect 0 inspect "$pool" --max-keys 1
    contains "$work/out" '--max-keys' || fail "the rest of the keys is not mentioned"
}
