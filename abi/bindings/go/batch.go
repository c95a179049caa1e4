// Many keys in one call.
package latzero

// #include <latzero/latzero.h>
// #include <stdlib.h>
import "C"

import "unsafe"

// Entry is one key of a batch. Status is what happened to it.
type Entry struct {
	Key string
	Value
	Status Status
}

// batch is an array of entries that C sees: it holds pointers, so it lies with all that it points to in C's memory.
type batch struct {
	first   *C.latzero_entry
	entries []C.latzero_entry
}

func newBatch(entries []Entry) *batch {
	count := C.size_t(len(entries))
	first := (*C.latzero_entry)(C.calloc(count+1, C.sizeof_latzero_entry))
	b := &batch{first, unsafe.Slice(first, count)}
	for i, entry := range entries {
		size := len(entry.Data)
		memory := C.calloc(1, C.size_t(size+1))
		copy(unsafe.Slice((*byte)(memory), size), entry.Data)
		b.entries[i] = C.latzero_entry{key: C.CString(entry.Key), key_len: C.size_t(len(entry.Key)), value: memory,
			size: C.uint64_t(size), ttl_ms: C.int64_t(entry.TTL), _type: C.uint32_t(entry.Kind),
			tag: C.uint32_t(entry.Tag)}
	}
	return b
}

func (b *batch) free() {
	for _, entry := range b.entries {
		C.free(unsafe.Pointer(entry.key))
		C.free(entry.value)
	}
	C.free(unsafe.Pointer(b.first))
}

func (b *batch) count() C.size_t { return C.size_t(len(b.entries)) }

func keysOnly(keys []string) []Entry {
	entries := make([]Entry, len(keys))
	for i, key := range keys {
		entries[i].Key = key
	}
	return entries
}

// MSet stores values, each as Store would. Their statuses and versions are written into the entries.
func (c *Client) MSet(entries []Entry) error {
	b := newBatch(entries)
	defer b.free()
	err := latzero_mset(c.handle, C.sizeof_latzero_entry, b.first, b.count())
	for i, entry := range b.entries {
		entries[i].Status, entries[i].Version = Status(entry.status), uint64(entry.version)
	}
	return err
}

// DeleteMany removes keys; it tells what happened to each, and how many there were.
func (c *Client) DeleteMany(keys ...string) (statuses []Status, deleted int, err error) {
	var count C.size_t
	b := newBatch(keysOnly(keys))
	defer b.free()
	err = latzero_delete_many(c.handle, C.sizeof_latzero_entry, b.first, b.count(), &count)
	for _, entry := range b.entries {
		statuses = append(statuses, Status(entry.status))
	}
	return statuses, int(count), err
}
