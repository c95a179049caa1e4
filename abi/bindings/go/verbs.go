// More of latzero: counters, lifetimes, batches, loans, walks, descriptions.
package latzero

// #include <latzero/latzero.h>
// #include <stdlib.h>
import "C"

import "unsafe"

func (c *Client) Increment(key string, delta, initial int64) (int64, error) {
	var sum C.int64_t
	k, n := text(key)
	err := latzero_increment(c.handle, k, n, C.int64_t(delta), C.int64_t(initial), &sum)
	return int64(sum), err
}

// IncrementTTL is Increment of a key that ends so many milliseconds after the call that makes it, however often it is
// counted until then; then it is made anew.
func (c *Client) IncrementTTL(key string, delta, initial, ttl int64) (int64, error) {
	var sum C.int64_t
	k, n := text(key)
	options := C.latzero_count_options{struct_size: C.sizeof_latzero_count_options, ttl_ms: C.int64_t(ttl),
		initial: C.int64_t(initial)}
	err := latzero_count(c.handle, k, n, C.int64_t(delta), &options, &sum)
	return int64(sum), err
}

func (c *Client) Decrement(key string, delta, initial int64) (int64, error) {
	var sum C.int64_t
	k, n := text(key)
	err := latzero_decrement(c.handle, k, n, C.int64_t(delta), C.int64_t(initial), &sum)
	return int64(sum), err
}

func (c *Client) IncrementDouble(key string, delta, initial float64) (float64, error) {
	var sum C.double
	k, n := text(key)
	err := latzero_increment_f64(c.handle, k, n, C.double(delta), C.double(initial), &sum)
	return float64(sum), err
}

func (c *Client) Append(key string, kind Kind, data []byte) error {
	k, n := text(key)
	return latzero_append(c.handle, k, n, C.uint32_t(kind), pointer(data), C.size_t(len(data)), nil)
}

// PopFront takes the first element of a list; StatusNotFound if there is none. With Append the list is a queue: each
// element goes to one caller.
func (c *Client) PopFront(key string) (*Value, error) {
	k, n := text(key)
	return reading(func(buffer unsafe.Pointer, room C.size_t, info *C.latzero_value_info) error {
		return latzero_pop_front(c.handle, k, n, buffer, room, info, nil)
	})
}

// PopBack takes the last element of a list; else as PopFront.
func (c *Client) PopBack(key string) (*Value, error) {
	k, n := text(key)
	return reading(func(buffer unsafe.Pointer, room C.size_t, info *C.latzero_value_info) error {
		return latzero_pop_back(c.handle, k, n, buffer, room, info, nil)
	})
}

func (c *Client) Update(key string, dict []byte) error {
	k, n := text(key)
	return latzero_update(c.handle, k, n, pointer(dict), C.size_t(len(dict)))
}

func (c *Client) Exists(key string) (bool, error) {
	var exists C.int32_t
	k, n := text(key)
	err := latzero_exists(c.handle, k, n, &exists)
	return exists == 1, err
}

func (c *Client) Delete(key string) error {
	k, n := text(key)
	return latzero_delete(c.handle, k, n)
}

func (c *Client) TTL(key string) (int64, error) {
	var left C.int64_t
	k, n := text(key)
	err := latzero_ttl(c.handle, k, n, &left)
	return int64(left), err
}

func (c *Client) Expire(key string, milliseconds int64) error {
	k, n := text(key)
	return latzero_expire(c.handle, k, n, C.int64_t(milliseconds))
}

func (c *Client) Persist(key string) error {
	k, n := text(key)
	return latzero_persist(c.handle, k, n)
}

func (c *Client) Size() (uint64, error) {
	var size C.uint64_t
	err := latzero_size(c.handle, &size)
	return uint64(size), err
}

// Borrow gives the bytes where they lie, until giveBack is called.
func (c *Client) Borrow(key string) (value []byte, giveBack func() error, err error) {
	var memory unsafe.Pointer
	var borrowed *C.latzero_borrowed
	info := emptyInfo()
	k, n := text(key)
	err = latzero_borrow(c.handle, k, n, &memory, &info, &borrowed)
	giveBack = func() error { return latzero_return(borrowed) }
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
	err := latzero_reserve(c.handle, k, n, C.uint32_t(kind), C.size_t(size), nil, &memory, &reserved.handle)
	reserved.Memory = unsafe.Slice((*byte)(memory), size)
	return &reserved, err
}

func (r *Reserved) Commit() error {
	return latzero_commit(r.handle)
}

func (r *Reserved) Abandon() error {
	return latzero_abandon(r.handle)
}

func (c *Client) Each(pattern string, visit func(key string, value []byte)) error {
	var walk *C.latzero_iter
	var key *C.char
	var size C.size_t
	var value unsafe.Pointer
	info := emptyInfo()
	k, n := text(pattern)
	if err := latzero_iter_open(c.handle, k, n, &walk); err != nil {
		return err
	}
	defer latzero_iter_close(walk)
	for {
		err := latzero_iter_next(walk, &key, &size, &value, &info)
		if StatusOf(err) == StatusNotFound {
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
		err = latzero_scan(c.handle, &cursor, C.size_t(count), k, n, &first, &found)
		if err != nil {
			return names, err
		}
		for _, key := range unsafe.Slice(first, found) {
			names = append(names, C.GoStringN(key.key, C.int(key.key_len)))
		}
		latzero_free(unsafe.Pointer(first))
		if cursor == 0 {
			return names, nil
		}
	}
}

// Stats is what a client knows of its pool.
type Stats struct {
	Name                        string
	Clients, KeyCount, MaxBytes uint64
	Utilization                 float64
	Sealed                      bool
	Cipher                      Cipher
	IntegrityFailures           uint64
}

// Stats describes the pool; in a namespace, too, the whole pool.
func (c *Client) Stats() (Stats, error) {
	stats := C.latzero_pool_stats{struct_size: C.sizeof_latzero_pool_stats}
	err := latzero_stats(c.handle, &stats)
	return Stats{C.GoString(&stats.name[0]), uint64(stats.clients), uint64(stats.key_count), uint64(stats.max_bytes),
		float64(stats.utilization), stats.encryption == 1, Cipher(stats.cipher), uint64(stats.integrity_failures)}, err
}
