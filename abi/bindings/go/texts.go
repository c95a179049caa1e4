// Locks that only their holder lets go, and values as JSON.
package latzero

// #include <latzero/latzero.h>
import "C"

import "unsafe"

// AddVersioned stores a value if the key is absent; with its version only who stored it deletes it.
func (c *Client) AddVersioned(key string, kind Kind, data []byte, how How) (uint64, error) {
	var version C.uint64_t
	k, n := text(key)
	options := how.options()
	err := latzero_add_versioned(c.handle, k, n, C.uint32_t(kind), pointer(data), C.size_t(len(data)), &options, &version)
	return uint64(version), err
}

// CompareAndDelete removes a key if it has that version.
func (c *Client) CompareAndDelete(key string, version uint64) error {
	k, n := text(key)
	return latzero_compare_and_delete(c.handle, k, n, C.uint64_t(version))
}

// AppendJSON appends what a text says to a list; it gives the new length.
func (c *Client) AppendJSON(key, json string) (uint64, error) {
	var length C.uint64_t
	k, n := text(key)
	chars, size := text(json)
	err := latzero_append_json(c.handle, k, n, chars, size, &length)
	return uint64(length), err
}

// UpdateJSON merges the object that a text says into a dict.
func (c *Client) UpdateJSON(key, json string) error {
	k, n := text(key)
	chars, size := text(json)
	return latzero_update_json(c.handle, k, n, chars, size)
}

// ToJSON is the text of a value of any kind by its bytes.
func ToJSON(kind Kind, data []byte) (string, error) {
	var json *C.char
	var size C.size_t
	if err := latzero_to_json(C.uint32_t(kind), pointer(data), C.size_t(len(data)), &json, &size); err != nil {
		return "", err
	}
	defer latzero_free(unsafe.Pointer(json))
	return C.GoStringN(json, C.int(size)), nil
}

// FromJSON gives the kind and the stored bytes of what a text says.
func FromJSON(json string) (Kind, []byte, error) {
	var kind C.uint32_t
	var value unsafe.Pointer
	var size C.size_t
	chars, length := text(json)
	if err := latzero_from_json(chars, length, &kind, &value, &size); err != nil {
		return 0, nil, err
	}
	defer latzero_free(value)
	return Kind(kind), append([]byte{}, unsafe.Slice((*byte)(value), size)...), nil
}
