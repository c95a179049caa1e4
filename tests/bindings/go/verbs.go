// Every verb, and the statuses that it answers with.
package main

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	. "latzero"
)

func refused(err error, status Status) {
	if StatusOf(err) != status {
		panic(fmt.Sprint("expected ", status, ", not ", err))
	}
}

// doors: no key, or another one, opens nothing; nor does any where none is asked for.
func doors(pool, authKey string) {
	_, err := Connect(pool, ConnectOptions{AuthKey: authKey + "!"})
	refused(err, StatusAuthentication)
	if authKey != "" {
		_, err = Connect(pool, ConnectOptions{})
		refused(err, StatusAuthentication)
	}
}

func conditions(view *Client, pool string) {
	const key = "verbs:one"
	one, two, three, four := int64Bytes(1), int64Bytes(2), int64Bytes(3), int64Bytes(4)
	err := view.Store(Replace, key, KindInt64, one, How{})
	refused(err, StatusNotFound)
	check(strings.Contains(err.Error(), key) && strings.Contains(err.Error(), pool))
	must(view.Store(Add, key, KindInt64, one, How{}))
	refused(view.Store(Add, key, KindInt64, two, How{}), StatusExists)
	must(view.Store(Replace, key, KindInt64, two, How{}))
	before := got(view.Get(key))
	info, size, err := view.Info(key)
	check(err == nil && info.Version == before.Version && size == 8)
	check(bytes.Equal(before.Data, two))
	version := got(view.CompareAndSet(key, before.Version, KindInt64, three))
	check(version > before.Version)
	_, err = view.CompareAndSet(key, before.Version, KindInt64, four)
	refused(err, StatusConflict)
	check(strings.HasPrefix(err.Error(), "CONFLICT: "))
	_, err = view.CompareAndSet(key, 0, KindInt64, four)
	refused(err, StatusConflict)
	old := got(view.Swap(key, KindInt64, four))
	check(bytes.Equal(old.Data, three) && old.Version == version)
	check(bytes.Equal(got(view.Take(key)).Data, four))
	refused(view.Delete(key), StatusNotFound)
	_, err = view.Typed("string", KindInt64)
	refused(err, StatusTypeMismatch)
	_, err = view.Increment("int64_max", 1, 0)
	refused(err, StatusOverflow)
}

func fastSets(view, other *Client, me string) {
	for i := int64(0); i < 10; i++ {
		must(view.Store(SetFast, fmt.Sprint("verbs:fast:", i), KindInt64, int64Bytes(i), How{}))
	}
	check(!got(other.Exists(me + ":verbs:fast:9")))
	pending := got(view.Get("verbs:fast:9"))
	check(bytes.Equal(pending.Data, int64Bytes(9)) && pending.Flags == ValuePending && pending.Version == 0)
	must(view.Flush())
	check(got(other.Exists(me + ":verbs:fast:9")))
}

func lifetimes(view *Client) {
	const key = "verbs:fast:0"
	check(got(view.TTL(key)) == -1)
	must(view.Expire(key, 60000))
	left := got(view.TTL(key))
	check(left > 30000 && left <= 60000)
	must(view.Persist(key))
	check(got(view.TTL(key)) == -1)
	must(view.Store(Set, "verbs:brief", KindInt64, int64Bytes(1), How{TTL: 20}))
	time.Sleep(40 * time.Millisecond)
	_, err := view.Get("verbs:brief")
	refused(err, StatusNotFound)
}

func batches(view *Client) {
	long := bytes.Repeat([]byte{'b'}, 1000)
	written := []Entry{
		{Key: "verbs:a", Value: Value{Kind: KindInt64, Data: int64Bytes(1), TTL: 60000}},
		{Key: "verbs:b", Value: Value{Kind: KindBytes, Data: long, TTL: 60000}},
		{Key: "verbs:c", Value: Value{Kind: KindInt64, Data: int64Bytes(3), TTL: 60000}},
	}
	must(view.MSet(written))
	keys := []string{"verbs:a", "verbs:absent", "verbs:b", "verbs:c"}
	read := got(view.MGet(keys...))
	check(len(read) == 4 && read[1].Status == StatusNotFound)
	for i, entry := range []Entry{read[0], read[2], read[3]} {
		check(entry.Status == StatusOk && entry.Kind == written[i].Kind && bytes.Equal(entry.Data, written[i].Data))
		check(entry.TTL > 30000 && entry.TTL <= 60000 && entry.Version == written[i].Version && entry.Version > 0)
	}
	packedBatches(view, keys, read)
	for _, keys := range []Keys{{"verbs:[abc]", false}, {"verbs:", true}} {
		met := map[string]Status{}
		must(view.AllItems(keys, 1, func(entry Entry) { met[entry.Key] = entry.Status }))
		check(met["verbs:b"] == StatusOk && uint64(len(met)) == got(view.Count(keys)) && len(met) >= 3)
	}
	must(view.Store(Set, "batch:x", KindNull, nil, How{}))
	check(got(view.Clear(Keys{"batch:", true})) == 1 && got(view.Clear(Keys{"batch:*", false})) == 0)
	statuses, deleted, err := view.DeleteMany(keys...)
	must(err)
	check(deleted == 3 && statuses[0] == StatusOk && statuses[1] == StatusNotFound && statuses[3] == StatusOk)
}

// What was read goes back as it is; of three the second is refused.
func packedBatches(view *Client, keys []string, read []Entry) {
	_, deleted, err := view.DeleteMany(keys...)
	must(err)
	check(deleted == 3 && got(view.MSetPacked(read)) == 4 && got(view.MSetPacked(nil)) == 0)
	for i, entry := range got(view.MGet(keys...)) {
		check(entry.Status == read[i].Status && entry.Kind == read[i].Kind && bytes.Equal(entry.Data, read[i].Data))
		check(entry.Status != StatusOk || entry.TTL > 30000 && entry.TTL <= 60000)
	}
	opaque := Value{Kind: KindOpaque, Tag: 7, Data: []byte{0, 255}}
	done, err := view.MSetPacked([]Entry{{Key: "packed:a", Value: opaque}, {}, {Key: "packed:b", Value: opaque}})
	refused(err, StatusInvalidArgument)
	stored := got(view.Get("packed:a"))
	check(done == 1 && stored.Tag == 7 && bytes.Equal(stored.Data, opaque.Data) && stored.TTL == -1)
	check(got(view.Clear(Keys{"packed:", true})) == 1)
}

func locksAndTexts(view *Client) {
	me := []byte("me")
	version := got(view.AddVersioned("verbs:lock", KindString, me, How{TTL: 60000}))
	_, err := view.AddVersioned("verbs:lock", KindString, me, How{})
	refused(err, StatusExists)
	refused(view.CompareAndDelete("verbs:lock", version+64), StatusConflict)
	must(view.CompareAndDelete("verbs:lock", version))
	refused(view.CompareAndDelete("verbs:lock", version), StatusConflict)
	check(got(view.AppendJSON("verbs:texts", `{"a": [1]}`)) == 1 && got(view.AppendJSON("verbs:texts", "null")) == 2)
	found := got(view.Get("verbs:texts"))
	check(got(ToJSON(found.Kind, found.Data)) == `[{"a":[1]},null]`)
	kind, data, err := FromJSON(`[{"a": [1]}, null]`)
	check(err == nil && kind == KindList && bytes.Equal(data, found.Data))
	must(view.Delete("verbs:texts"))
	must(view.UpdateJSON("verbs:texts", `{"a": 1}`))
	check(got(view.GetJSON("verbs:texts")) == `{"a":1}`)
	must(view.Delete("verbs:texts"))
}

// queues: counters that end, and a list as a queue.
func queues(view, other *Client, me string) {
	const queue, count = "verbs:queue", "verbs:count"
	check(got(view.IncrementTTL(count, 2, 40, 60000)) == 42 && got(view.IncrementTTL(count, 2, 40, 60000)) == 44)
	left := got(view.TTL(count))
	check(left > 30000 && left <= 60000)
	_, err := view.IncrementTTL(count, 1, 0, -1)
	refused(err, StatusInvalidArgument)
	for _, pop := range []func(string) (*Value, error){view.PopFront, view.PopBack} {
		_, err = pop(queue)
		refused(err, StatusNotFound)
		_, err = pop(count)
		refused(err, StatusTypeMismatch)
	}
	long := bytes.Repeat([]byte{'q'}, 1000)
	must(view.Append(queue, KindInt64, int64Bytes(1)))
	must(view.Append(queue, KindBytes, long))
	must(view.Append(queue, KindString, []byte("last")))
	check(string(got(view.PopBack(queue)).Data) == "last")
	first, second := got(other.PopFront(me+":"+queue)), got(view.PopFront(queue))
	check(first.Kind == KindInt64 && bytes.Equal(first.Data, int64Bytes(1)))
	check(second.Kind == KindBytes && bytes.Equal(second.Data, long))
	_, err = view.PopFront(queue)
	refused(err, StatusNotFound)
	must(view.Delete(queue))
	must(view.Delete(count))
}

func loans(view *Client) {
	const key = "verbs:loan"
	expected := bytes.Repeat([]byte{'a'}, 20000)
	reserved := got(view.Reserve(key, KindBytes, len(expected)))
	copy(reserved.Memory, expected)
	must(reserved.Commit())
	lent, giveBack, err := view.Borrow(key)
	must(err)
	must(view.Set(key, nil))
	check(bytes.Equal(lent, expected))
	must(giveBack())
	must(got(view.Reserve(key, KindBytes, 1)).Abandon())
	must(view.Delete(key))
}

func walksAndDescriptions(view *Client, pool, authKey string) {
	met, scanned := map[string]bool{}, map[string]bool{}
	must(view.Each("verbs:fast:*", func(key string, value []byte) {
		check(!met[key] && bytes.Equal(value, int64Bytes(int64(key[len(key)-1]-'0'))))
		met[key] = true
	}))
	for _, key := range got(view.Scan("verbs:fast:[0-9]", 3)) {
		check(met[key])
		scanned[key] = true
	}
	check(len(met) == 10 && len(scanned) == 10)
	stats := got(view.Stats())
	check(stats.Name == pool && stats.Clients >= 2 && stats.KeyCount >= 10)
	check(stats.MaxBytes == 104857600 && stats.Utilization > 0 && stats.Utilization <= 1)
	sealed := authKey != ""
	check(stats.Sealed == sealed && (stats.Cipher != 0) == sealed && stats.IntegrityFailures == 0)
	info := got(PoolList())[pool]
	check(info.Clients >= 2 && info.Cipher == stats.Cipher)
}

func useVerbs(view, other *Client, pool, me, authKey string) {
	before := got(view.Size())
	doors(pool, authKey)
	conditions(view, pool)
	fastSets(view, other, me)
	lifetimes(view)
	batches(view)
	locksAndTexts(view)
	queues(view, other, me)
	loans(view)
	walksAndDescriptions(view, pool, authKey)
	for i := 0; i < 10; i++ {
		must(view.Delete(fmt.Sprint("verbs:fast:", i)))
	}
	check(got(view.Size()) == before)
}
