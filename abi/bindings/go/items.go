// Keys with values in one block of memory, as latzero_item describes it.
package latzero

// #include <latzero/latzero.h>
import "C"

import (
	"encoding/binary"
	"unsafe"
)

// taken gives the items of a block, which it frees.
func taken(items unsafe.Pointer, size C.size_t) (entries []Entry) {
	defer latzero_free(items)
	padded := func(size uint32) uint64 { return (uint64(size)/8 + 1) * 8 }
	for block := unsafe.Slice((*byte)(items), size); len(block) > 0; {
		head := (*C.latzero_item)(unsafe.Pointer(&block[0]))
		key := block[head.struct_size:]
		value := key[padded(uint32(head.key_len)):]
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
