// Every verb, and the statuses that it answers with.
package main

import (
	"bytes"
	"fmt"
	"strings"
	"time"
)

func refused(err error, status Status) {
	if StatusOf(err) != status {
		panic(fmt.Sprint("expected ", status, ", not ", err))
	}
}

// doors: no key, or another one, opens nothing; nor does any where none is asked for.
func doors(pool, authKey string) {
	_, err := Connect(pool, authKey+"!")
	refused(err, Authentication)
	if authKey != "" {
		_, err = Connect(pool, "")
		refused(err, Authentication)
	}
}

func conditions(view *Client, pool string) {
	const key = "verbs:one"
	one, two, three, four := int64Bytes(1), int64Bytes(2), int64Bytes(3), int64Bytes(4)
	err := view.Store(Replace, key, Int64, one, How{})
	refused(err, NotFound)
	check(strings.Contains(err.Error(), key) && strings.Contains(err.Error(), pool))
	must(view.Store(Add, key, Int64, one, How{}))
	refused(view.Store(Add, key, Int64, two, How{}), Exists)
	must(view.Store(Replace, key, Int64, two, How{}))
	before := got(view.Get(key))
	check(bytes.Equal(before.Data, two))
	version := got(view.CompareAndSet(key, before.Version, Int64, three))
	check(version > before.Version)
	_, err = view.CompareAndSet(key, before.Version, Int64, four)
	refused(err, Conflict)
	check(strings.HasPrefix(err.Error(), "CONFLICT: "))
	_, err = view.CompareAndSet(key, 0, Int64, four)
	refused(err, Conflict)
	old := got(view.Swap(key, Int64, four))
	check(bytes.Equal(old.Data, three) && old.Version == version)
	check(bytes.Equal(got(view.Take(key)).Data, four))
	refused(view.Delete(key), NotFound)
	_, err = view.GetNative("string", Int64)
	refused(err, TypeMismatch)
	_, err = view.Increment("int64_max", 1, 0)
	refused(err, Overflow)
}

func fastSets(view, other *Client, me string) {
	for i := int64(0); i < 10; i++ {
		must(view.Store(SetFast, fmt.Sprint("verbs:fast:", i), Int64, int64Bytes(i), How{}))
	}
	check(!got(other.Exists(me + ":verbs:fast:9")))
	pending := got(view.Get("verbs:fast:9"))
	check(bytes.Equal(pending.Data, int64Bytes(9)) && pending.Flags == Pending && pending.Version == 0)
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
	must(view.Store(Set, "verbs:brief", Int64, int64Bytes(1), How{TTL: 20}))
	time.Sleep(40 * time.Millisecond)
	_, err := view.Get("verbs:brief")
	refused(err, NotFound)
}

func batches(view *Client) {
	written := NewBatch([]string{"verbs:a", "verbs:b", "verbs:c"}, []int64{1, 2, 3}, 60000)
	defer written.Free()
	must(view.MSet(written))
	read := NewBatch([]string{"verbs:a", "verbs:absent", "verbs:b", "verbs:c"}, make([]int64, 4), 0)
	defer read.Free()
	check(got(view.MGet(read)) == 3)
	for i, number := range []int{1, 0, 2, 3} {
		check(int(read.numbers[i]) == number)
	}
	last := read.entries[3]
	check(Kind(last._type) == Int64 && last.ttl_ms > 30000 && last.ttl_ms <= 60000 && last.version > 0)
	check(read.Status(0) == 0 && read.Status(1) == NotFound)
	check(got(view.DeleteMany(read)) == 3)
	check(read.Status(0) == 0 && read.Status(1) == NotFound && read.Status(3) == 0)
}

func loans(view *Client) {
	const key = "verbs:loan"
	expected := bytes.Repeat([]byte{'a'}, 20000)
	reserved := got(view.Reserve(key, Bytes, len(expected)))
	copy(reserved.Memory, expected)
	must(reserved.Commit())
	lent, giveBack, err := view.Borrow(key)
	must(err)
	must(view.SetNative(key, nil))
	check(bytes.Equal(lent, expected))
	must(giveBack())
	must(got(view.Reserve(key, Bytes, 1)).Abandon())
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
	loans(view)
	walksAndDescriptions(view, pool, authKey)
	for i := 0; i < 10; i++ {
		must(view.Delete(fmt.Sprint("verbs:fast:", i)))
	}
	check(got(view.Size()) == before)
}
