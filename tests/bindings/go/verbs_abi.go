// More of latzero: counters, lifetimes, batches, loans, walks, descriptions.
package main

// #include <latzero/latzero.h>
// #include <stdlib.h>
import "C"

import "unsafe"

func (c *Client) Increment(key string, delta, initial int64) (int64, error) {
	var sum C.int64_t
	k, n := text(key)
	err := do(func() C.latzero_status {
		return C.latzero_increment(c.handle, k, n, C.int64_t(delta), C.int64_t(initial), &sum)
	})
	return int64(sum), err
}

func (c *Client) Decrement(key string, delta, initial int64) (int64, error) {
	var sum C.int64_t
	k, n := text(key)
	err := do(func() C.latzero_status {
		return C.latzero_decrement(c.handle, k, n, C.int64_t(delta), C.int64_t(initial), &sum)
	})
	return int64(sum), err
}

func (c *Client) IncrementDouble(key string, delta, initial float64) (float64, error) {
	var sum C.double
	k, n := text(key)
	err := do(func() C.latzero_status {
		return C.latzero_increment_f64(c.handle, k, n, C.double(delta), C.double(initial), &sum)
	})
	return float64(sum), err
}

func (c *Client) Append(key string, kind Kind, data []byte) error {
	k, n := text(key)
	return do(func() C.latzero_status {
		return C.latzero_append(c.handle, k, n, C.uint32_t(kind), pointer(data), C.size_t(len(data)), nil)
	})
}

func (c *Client) Update(key string, dict []byte) error {
	k, n := text(key)
	return do(func() C.latzero_status {
		return C.latzero_update(c.handle, k, n, pointer(dict), C.size_t(len(dict)))
	})
}

func (c *Client) Exists(key string) (bool, error) {
	var exists C.int32_t
	k, n := text(key)
	err := do(func() C.latzero_status { return C.latzero_exists(c.handle, k, n, &exists) })
	return exists == 1, err
}

func (c *Client) Delete(key string) error {
	k, n := text(key)
	return do(func() C.latzero_status { return C.latzero_delete(c.handle, k, n) })
}

func (c *Client) TTL(key string) (int64, error) {
	var left C.int64_t
	k, n := text(key)
	err := do(func() C.latzero_status { return C.latzero_ttl(c.handle, k, n, &left) })
	return int64(left), err
}

func (c *Client) Expire(key string, milliseconds int64) error {
	k, n := text(key)
	return do(func() C.latzero_status { return C.latzero_expire(c.handle, k, n, C.int64_t(milliseconds)) })
}

func (c *Client) Persist(key string) error {
	k, n := text(key)
	return do(func() C.latzero_status { return C.latzero_persist(c.handle, k, n) })
}

func (c *Client) Size() (uint64, error) {
	var size C.uint64_t
	err := do(func() C.latzero_status { return C.latzero_size(c.handle, &size) })
	return uint64(size), err
}

// Batch is an array of int64 entries that C sees: it holds pointers, so it lives in C's memory.
type Batch struct {
	entries []C.latzero_entry
	numbers []C.int64_t
	names   []*C.char
}

func NewBatch(keys []string, numbers []int64, ttl int64) *Batch {
	count := C.size_t(len(keys))
	b := &Batch{entries: unsafe.Slice((*C.latzero_entry)(C.calloc(count, C.sizeof_latzero_entry)), count),
		numbers: unsafe.Slice((*C.int64_t)(C.calloc(count, 8)), count)}
	for i, key := range keys {
		b.numbers[i] = C.int64_t(numbers[i])
		b.names = append(b.names, C.CString(key))
		b.entries[i] = C.latzero_entry{key: b.names[i], key_len: C.size_t(len(key)), value: unsafe.Pointer(&b.numbers[i]),
			capacity: 8, size: 8, ttl_ms: C.int64_t(ttl), _type: C.LATZERO_TYPE_INT64}
	}
	return b
}

func (b *Batch) Free() {
	for _, name := range b.names {
		C.free(unsafe.Pointer(name))
	}
	C.free(unsafe.Pointer(&b.numbers[0]))
	C.free(unsafe.Pointer(&b.entries[0]))
}

func (b *Batch) Status(i int) Status { return Status(b.entries[i].status) }

func (c *Client) MSet(b *Batch) error {
	return do(func() C.latzero_status {
		return C.latzero_mset(c.handle, C.sizeof_latzero_entry, &b.entries[0], C.size_t(len(b.entries)))
	})
}

func (c *Client) MGet(b *Batch) (found int, err error) {
	var count C.size_t
	err = do(func() C.latzero_status {
		return C.latzero_mget(c.handle, C.sizeof_latzero_entry, &b.entries[0], C.size_t(len(b.entries)), &count)
	})
	return int(count), err
}

func (c *Client) DeleteMany(b *Batch) (deleted int, err error) {
	var count C.size_t
	err = do(func() C.latzero_status {
		return C.latzero_delete_many(c.handle, C.sizeof_latzero_entry, &b.entries[0], C.size_t(len(b.entries)), &count)
	})
	return int(count), err
}

// Borrow gives the bytes where they lie, until giveBack is called.
func (c *Client) Borrow(key string) (value []byte, giveBack func() error, err error) {
	var memory unsafe.Pointer
	var borrowed *C.latzero_borrowed
	info := emptyInfo()
	k, n := text(key)
	err = do(func() C.latzero_status { return C.latzero_borrow(c.handle, k, n, &memory, &info, &borrowed) })
	giveBack = func() error { return do(func() C.latzero_status { return C.latzero_return(borrowed) }) }
	return unsafe.Slice((*byte)(memory), info.size), giveBack, err
}

// Reserved is room for a value, to fill and then to commit or abandon.
type Reserved struct {
	Memory []byte
	handle *C.latzero_reserved
}

func (c *Client) Reserve(key string, kind Kind, size int) (*Reserved, error) {
	var memory unsafe.Pointer
	var reserved Reserved
	k, n := text(key)
	err := do(func() C.latzero_status {
		return C.latzero_reserve(c.handle, k, n, C.uint32_t(kind), C.size_t(size), nil, &memory, &reserved.handle)
	})
	reserved.Memory = unsafe.Slice((*byte)(memory), size)
	return &reserved, err
}

func (r *Reserved) Commit() error {
	return do(func() C.latzero_status { return C.latzero_commit(r.handle) })
}

func (r *Reserved) Abandon() error {
	return do(func() C.latzero_status { return C.latzero_abandon(r.handle) })
}

func (c *Client) Each(pattern string, visit func(key string, value []byte)) error {
	var walk *C.latzero_iter
	var key *C.char
	var size C.size_t
	var value unsafe.Pointer
	info := emptyInfo()
	k, n := text(pattern)
	if err := do(func() C.latzero_status { return C.latzero_iter_open(c.handle, k, n, &walk) }); err != nil {
		return err
	}
	defer C.latzero_iter_close(walk)
	for {
		err := do(func() C.latzero_status { return C.latzero_iter_next(walk, &key, &size, &value, &info) })
		if StatusOf(err) == NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		visit(C.GoStringN(key, C.int(size)), C.GoBytes(value, C.int(info.size)))
	}
}

// Scan may name a key twice.
func (c *Client) Scan(pattern string, count int) (names []string, err error) {
	var cursor C.uint64_t
	for {
		var first *C.latzero_key
		var found C.size_t
		k, n := text(pattern)
		err = do(func() C.latzero_status {
			return C.latzero_scan(c.handle, &cursor, C.size_t(count), k, n, &first, &found)
		})
		if err != nil {
			return names, err
		}
		for _, key := range unsafe.Slice(first, found) {
			names = append(names, C.GoStringN(key.key, C.int(key.key_len)))
		}
		C.latzero_free(unsafe.Pointer(first))
		if cursor == 0 {
			return names, nil
		}
	}
}

type Stats struct {
	Name                        string
	Clients, KeyCount, MaxBytes uint64
	Utilization                 float64
	Sealed                      bool
	Cipher                      uint32
	IntegrityFailures           uint64
}

func (c *Client) Stats() (Stats, error) {
	stats := C.latzero_pool_stats{struct_size: C.sizeof_latzero_pool_stats}
	err := do(func() C.latzero_status { return C.latzero_stats(c.handle, &stats) })
	return Stats{C.GoString(&stats.name[0]), uint64(stats.clients), uint64(stats.key_count), uint64(stats.max_bytes),
		float64(stats.utilization), stats.encryption == 1, uint32(stats.cipher), uint64(stats.integrity_failures)}, err
}
