// The script in Go. See ../README.md.
package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	. "latzero"
)

const tag = 0xdeadbeef
const dictJSON = `{"name":"Zoë","numbers":[1,-2,300,1099511627776],"half":0.5,"nested":{"deep":{"er":null}},"ok":true}`
const updateJSON = `{"a":1,"b":3,"c":[]}`
const dictBytes = "\x85\xa4name\xa4Zo\xc3\xab\xa7numbers\x94\x01\xfe\xcd\x01\x2c\xcf\x00\x00\x01\x00\x00\x00\x00\x00" +
	"\xa4half\xcb\x3f\xe0\x00\x00\x00\x00\x00\x00\xa6nested\x81\xa4deep\x81\xa2er\xc0\xa2ok\xc3"

// packed is a value that Go has no type for.
type packed struct {
	kind Kind
	data string
}

type namedValue struct {
	name   string
	native any // nil, bool, int64, float64, string, []byte or packed
}

func values() []namedValue {
	all, reserved := make([]byte, 256), make([]byte, 20000)
	for i := range all {
		all[i] = byte(i)
	}
	for i := range reserved {
		reserved[i] = byte(i*7 + i/256)
	}
	return []namedValue{
		{"null", nil}, {"true", true}, {"false", false},
		{"int64_min", int64(math.MinInt64)}, {"int64_max", int64(math.MaxInt64)}, {"int64_zero", int64(0)},
		{"double_tenth", 0.1}, {"double_minus_zero", math.Copysign(0, -1)}, {"double_infinity", math.Inf(1)},
		{"double_large", 1e308}, {"double_nan", math.Float64frombits(0x7ff8dead00000001)},
		{"increment", int64(95)}, {"increment_f64", 1.75},
		{"string", "Grüße, 世界 🌍\x00end"}, {"string_empty", ""}, {"large", strings.Repeat("latzero ", 1000)},
		{"bytes", all}, {"bytes_empty", []byte{}}, {"reserve", reserved},
		{"opaque", packed{KindOpaque, "\x00\x01\x02\xfe\xff"}},
		{"list", packed{KindList, "\x96\x01\xa4zwei\x92\xcb\x40\x04\x00\x00\x00\x00\x00\x00\xc0\xc3\xc4\x02\x00\xff" +
			"\xc7\x03\x54\x92\x01\x02"}},
		{"tuple", packed{KindTuple, "\x93\xff\xa1x\xc2"}},
		{"dict", packed{KindDict, dictBytes}}, {"dict_json", packed{KindDict, dictBytes}},
		{"append", packed{KindList, "\x95\x01\xa3two\xcb\x3f\xe0\x00\x00\x00\x00\x00\x00\xc7\x03\x54\x92\x01\x02" +
			"\xc4\x02\x00\xff"}},
		{"update", packed{KindDict, "\x83\xa1a\x01\xa1b\x03\xa1c\x90"}},
	}
}

// stored tells the kind and the stored bytes.
func stored(native any) (Kind, []byte) {
	if value, isPacked := native.(packed); isPacked {
		return value.kind, []byte(value.data)
	}
	kind, data, err := Stored(native)
	must(err)
	return kind, data
}

func int64Bytes(number int64) []byte {
	_, data := stored(number)
	return data
}

// must ends the process: what the script does must go well.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

func got[T any](value T, err error) T {
	must(err)
	return value
}

func check(holds bool) {
	if !holds {
		panic("not as expected")
	}
}

func writeValue(view *Client, name string, native any) {
	kind, data := stored(native)
	switch {
	case name == "reserve":
		reserved := got(view.Reserve(name, kind, len(data)))
		copy(reserved.Memory, data)
		must(reserved.Commit())
	case name == "dict_json":
		must(view.SetJSON(name, dictJSON))
	case kind == KindList || kind == KindDict:
		must(view.SetMsgpack(name, data))
	case kind == KindTuple:
		must(view.Store(Set, name, kind, data, How{}))
	case kind == KindOpaque:
		must(view.Store(Set, name, kind, data, How{Tag: tag}))
	default:
		must(view.SetTyped(name, native))
	}
}

// spoil makes it wrong by as little as can be: another tag, another type or one bit.
func spoil(view *Client, name string, native any) {
	kind, data := stored(native)
	switch {
	case kind == KindOpaque:
		must(view.Store(Set, name, kind, data, How{Tag: tag + 1}))
	case name == "string":
		must(view.Set(name, data))
	default:
		data[len(data)-1] ^= 1
		must(view.Store(Set, name, kind, data, How{}))
	}
}

func writeValues(view *Client, wrong string) {
	got(view.Increment("increment", 5, 100))
	got(view.Decrement("increment", 10, 0))
	got(view.IncrementDouble("increment_f64", 0.25, 1.5))
	for _, element := range []any{int64(1), "two", 0.5, packed{KindTuple, "\x92\x01\x02"}, []byte{0, 255}} {
		kind, data := stored(element)
		must(view.Append("append", kind, data))
	}
	must(view.Update("update", []byte("\x82\xa1a\x01\xa1b\x02")))
	must(view.Update("update", []byte("\x82\xa1b\x03\xa1c\x90")))
	for _, value := range values() {
		switch value.name {
		case "increment", "increment_f64", "append", "update":
		default:
			writeValue(view, value.name, value.native)
		}
		if value.name == wrong {
			spoil(view, value.name, value.native)
		}
	}
}

// typedGetAgrees tells whether the typed get of that value says the same.
func typedGetAgrees(client *Client, key, name string, kind Kind, data []byte) (bool, error) {
	if kind == KindDict {
		json, err := client.GetJSON(key)
		if err != nil || json != map[bool]string{true: updateJSON, false: dictJSON}[name == "update"] {
			return false, err
		}
	}
	switch kind {
	case KindDict, KindList, KindTuple:
		msgpack, err := client.GetMsgpack(key)
		return bytes.Equal(msgpack, data), err
	case KindOpaque:
		return true, nil
	}
	native, err := client.Native(key)
	if err == nil && kind != KindNull {
		var typed any
		typed, err = client.Typed(key, kind)
		if _, found := stored(typed); !bytes.Equal(found, data) {
			return false, err
		}
	}
	foundKind, found := stored(native)
	return foundKind == kind && bytes.Equal(found, data), err
}

func difference(client *Client, key, name string, native any) string {
	kind, data := stored(native)
	expectedTag := map[bool]uint32{true: tag}[kind == KindOpaque]
	expectedFlags := map[bool]ValueFlag{true: ValueCompressed}[name == "large" && os.Getenv("LATZERO_TEST_AUTH_KEY") == ""]
	found, err := client.Get(key)
	switch {
	case err != nil:
		return err.Error()
	case found.Kind != kind:
		return "another type"
	case found.Tag != expectedTag:
		return "another tag"
	case !bytes.Equal(found.Data, data):
		return "other bytes"
	case found.Flags != expectedFlags || found.Version == 0 || found.TTL != -1:
		return "another TTL, version or flags"
	}
	if agrees, err := typedGetAgrees(client, key, name, kind, data); err != nil {
		return err.Error()
	} else if !agrees {
		return "the typed get differs"
	}
	return ""
}

func compareValues(client *Client, language string) (different int) {
	for _, value := range values() {
		key := language + ":" + value.name
		if found := difference(client, key, value.name, value.native); found != "" {
			fmt.Printf("different %s (%s)\n", key, found)
			different++
		}
	}
	if different == 0 {
		fmt.Println("equal", language, len(values()))
	}
	return different
}

// addOne adds one by compare-and-set; returns how often somebody else was quicker.
func addOne(client *Client) (conflicts int) {
	for {
		var version, number uint64
		found, err := client.Get("shared:number")
		if err == nil {
			version, number = found.Version, binary.LittleEndian.Uint64(found.Data)
		} else if !errors.Is(err, StatusNotFound) {
			panic(err)
		}
		_, err = client.CompareAndSet("shared:number", version, KindInt64, int64Bytes(int64(number)+1))
		if err == nil {
			return conflicts
		} else if !errors.Is(err, StatusConflict) {
			panic(err)
		}
		conflicts++
	}
}

func together(client *Client, me string, all int, rounds int) {
	conflicts := 0
	deadline := time.Now().Add(time.Minute)
	got(client.Increment("shared:ready", 1, 0))
	for got(client.Typed("shared:ready", KindInt64)).(int64) < int64(all) {
		check(time.Now().Before(deadline))
		time.Sleep(time.Millisecond)
	}
	for i := 0; i < rounds; i++ {
		got(client.Increment("shared:count", 1, 0))
		must(client.Append("shared:list", KindString, []byte(me+" "+strconv.Itoa(i))))
		conflicts += addOne(client)
		if i%100 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	fmt.Println("conflicts", conflicts)
}

func main() {
	phase, pool, me, all := os.Args[1], os.Args[2], os.Args[3], strings.Split(os.Args[4], ",")
	last := append(os.Args, "")[5]
	authKey := os.Getenv("LATZERO_TEST_AUTH_KEY")
	status := 0
	client := got(Connect(pool, ConnectOptions{AuthKey: authKey}))
	switch phase {
	case "write":
		view, other := got(client.Namespace(me)), got(Connect(pool, ConnectOptions{AuthKey: authKey}))
		writeValues(view, last)
		useVerbs(view, other, pool, me, authKey)
		must(view.Close())
		must(other.Close())
	case "read":
		for _, language := range all {
			if compareValues(client, language) > 0 {
				status = 1
			}
		}
	case "together":
		together(client, me, len(all), got(strconv.Atoi(last)))
	case "follow", "forget":
		view, other := got(client.Namespace(me)), got(Connect(pool, ConnectOptions{AuthKey: authKey}))
		useWatches(view, other, pool, me, authKey != "")
		must(view.Close())
		must(other.Close())
		status = follow(client, me, int64(len(all)), got(strconv.Atoi(last)), phase == "forget")
	default:
		status = 2
	}
	must(client.Close())
	os.Exit(status)
}
