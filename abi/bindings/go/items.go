// Keys with values in one block of memory, as latzero_item describes it.
package latzero

// #include <latzero/latzero.h>
import "C"

import (
	"encoding/binary"
	"unsafe"
)

// padded is what a key or value of so many bytes takes in a block, its NUL and zeros included.
func padded(size uint64) uint64 { return (size/8 + 1) * 8 }

// packed is the block of entries, for as long as their TTL.
func packed(entries []Entry) (block []byte) {
	for _, entry := range entries {
		key, value := padded(uint64(len(entry.Key))), padded(uint64(len(entry.Data)))
		size := C.sizeof_latzero_item + key + value
		head := C.latzero_item{struct_size: C.sizeof_latzero_item, key_len: C.uint32_t(len(entry.Key)),
			item_size: C.uint64_t(size), size: C.uint64_t(len(entry.Data)), ttl_ms: C.int64_t(entry.TTL),
			_type: C.uint32_t(entry.Kind), tag: C.uint32_t(entry.Tag), status: C.latzero_status(entry.Status)}
		item := make([]byte, size)
		copy(item, (*[C.sizeof_latzero_item]byte)(unsafe.Pointer(&head))[:])
		copy(item[C.sizeof_latzero_item:], entry.Key)
		copy(item[C.sizeof_latzero_item+key:], entry.Data)
		block = append(block, item...)
	}
	return block
}

// MSetPacked stores values, each as Store would, from one block of memory, where MSet, which tells their versions, has
// C's memory for each of them. What MGet or AllItems gave can be given as it is: an entry with another status than
// StatusOk is passed over. It tells how many entries it has done; after an error, the one behind them was refused.
func (c *Client) MSetPacked(entries []Entry) (int, error) {
	var done C.size_t
	block := packed(entries)
	err := latzero_mset_packed(c.handle, pointer(block), C.size_t(len(block)), &done)
	return int(done), err
}

// taken gives the items of a block, which it frees.
func taken(items unsafe.Pointer, size C.size_t) (entries []Entry) {
	defer latzero_free(items)
	for block := unsafe.Slice((*byte)(items), size); len(block) > 0; {
		head := (*C.latzero_item)(unsafe.Pointer(&block[0]))
		key := block[head.struct_size:]
		value := key[padded(uint64(head.key_len)):]
		entries = append(entries, Entry{string(key[:head.key_len]), Value{Kind(head._type), uint32(head.tag),
			append([]byte{}, value[:head.size]...), ValueFlag(head.flags), uint64(head.version), int64(head.ttl_ms)},
			Status(head.status)})
		block = block[head.item_size:]
	}
	return entries
}

// MGet reads values, in the order of the keys; an absent one has the status StatusNotFound.
func (c *Client) MGet(keys ...string) ([]Entry, error) {
	var packed []byte
	for _, key := range keys {
		packed = append(binary.LittleEndian.AppendUint32(packed, uint32(len(key))), key...)
	}
	var items unsafe.Pointer
	var size C.size_t
	if err := latzero_mget_copy(c.handle, pointer(packed), C.size_t(len(packed)), &items, &size, nil); err != nil {
		return nil, err
	}
	return taken(items, size), nil
}

// Keys says which are meant.
type Keys struct {
	Pattern string
	Prefix  bool // the pattern is what they begin with
}

func (k Keys) arguments() (*C.char, C.size_t, C.uint32_t) {
	chars, size := text(k.Pattern)
	if k.Prefix {
		return chars, size, C.LATZERO_MATCH_PREFIX
	}
	return chars, size, 0
}

// AllItems visits keys with their values, of which it reads a page at a time; a key may come twice.
func (c *Client) AllItems(keys Keys, page int, visit func(entry Entry)) error {
	var cursor C.uint64_t
	for {
		var items unsafe.Pointer
		var size, found C.size_t
		k, n, flags := keys.arguments()
		if err := latzero_items(c.handle, &cursor, C.size_t(page), 0, k, n, flags, &items, &size, &found); err != nil {
			return err
		}
		for _, entry := range taken(items, size) {
			visit(entry)
		}
		if cursor == 0 {
			return nil
		}
	}
}

// Count tells how many of these keys there are.
func (c *Client) Count(keys Keys) (uint64, error) {
	var count C.uint64_t
	k, n, flags := keys.arguments()
	err := latzero_size_match(c.handle, k, n, flags, &count)
	return uint64(count), err
}

// Clear removes these keys, and tells how many there were.
func (c *Client) Clear(keys Keys) (uint64, error) {
	var removed C.uint64_t
	k, n, flags := keys.arguments()
	err := latzero_clear_match(c.handle, k, n, flags, &removed)
	return uint64(removed), err
}
