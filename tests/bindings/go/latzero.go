// What the script uses of latzero, through cgo. A status other than OK is an Error.
package main

// #cgo LDFLAGS: -llatzero
// #include <latzero/latzero.h>
// #include <stdlib.h>
import "C"

import (
	"encoding/binary"
	"errors"
	"runtime"
	"unsafe"
)

type Kind uint32

const (
	Null   Kind = C.LATZERO_TYPE_NULL
	Bool   Kind = C.LATZERO_TYPE_BOOL
	Int64  Kind = C.LATZERO_TYPE_INT64
	Double Kind = C.LATZERO_TYPE_DOUBLE
	String Kind = C.LATZERO_TYPE_STRING
	Bytes  Kind = C.LATZERO_TYPE_BYTES
	List   Kind = C.LATZERO_TYPE_LIST
	Tuple  Kind = C.LATZERO_TYPE_TUPLE
	Dict   Kind = C.LATZERO_TYPE_DICT
	Opaque Kind = C.LATZERO_TYPE_OPAQUE
)

const (
	Compressed = C.LATZERO_VALUE_COMPRESSED
	Pending    = C.LATZERO_VALUE_PENDING
)

type Status int32

const (
	Authentication Status = C.LATZERO_AUTHENTICATION
	NotFound       Status = C.LATZERO_NOT_FOUND
	Exists         Status = C.LATZERO_EXISTS
	TypeMismatch   Status = C.LATZERO_TYPE_MISMATCH
	Overflow       Status = C.LATZERO_OVERFLOW
	TooSmall       Status = C.LATZERO_TOO_SMALL
	Conflict       Status = C.LATZERO_CONFLICT
)

func (s Status) String() string { return C.GoString(C.latzero_status_name(C.latzero_status(s))) }

type Error struct {
	Status Status
	Text   string
}

func (e *Error) Error() string { return e.Status.String() + ": " + e.Text }

// StatusOf is 0 for an error that is not of latzero.
func StatusOf(err error) Status {
	var failed *Error
	if errors.As(err, &failed) {
		return failed.Status
	}
	return 0
}

// The last error belongs to the thread, and a goroutine may go on in another one.
func do(call func() C.latzero_status) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	status := call()
	if status == C.LATZERO_OK {
		return nil
	}
	return &Error{Status(status), C.GoString(C.latzero_last_error())}
}

func pointer(bytes []byte) unsafe.Pointer {
	if len(bytes) == 0 {
		return nil
	}
	return unsafe.Pointer(&bytes[0])
}

func text(s string) (*C.char, C.size_t) { return (*C.char)(pointer([]byte(s))), C.size_t(len(s)) }

// Value is a value with all that is known of it.
type Value struct {
	Kind    Kind
	Tag     uint32
	Data    []byte
	Flags   uint32
	Version uint64
	TTL     int64
}

// How to set.
type How struct {
	TTL int64
	Tag uint32
}

func (h How) options() C.latzero_set_options {
	return C.latzero_set_options{struct_size: C.sizeof_latzero_set_options, ttl_ms: C.int64_t(h.TTL),
		tag: C.uint32_t(h.Tag)}
}

func emptyInfo() C.latzero_value_info {
	return C.latzero_value_info{struct_size: C.sizeof_latzero_value_info}
}

type PoolInfo struct {
	Clients uint64
	Cipher  uint32
}

// PoolList has this user's pools by name.
func PoolList() (map[string]PoolInfo, error) {
	var first *C.latzero_pool_info
	var count C.size_t
	err := do(func() C.latzero_status { return C.latzero_pool_list(C.sizeof_latzero_pool_info, &first, &count) })
	defer C.latzero_free(unsafe.Pointer(first))
	pools := map[string]PoolInfo{}
	for _, pool := range unsafe.Slice(first, count) {
		pools[C.GoString(&pool.name[0])] = PoolInfo{uint64(pool.clients), uint32(pool.cipher)}
	}
	return pools, err
}

type Client struct{ handle *C.latzero_client }

// Connect takes an auth key, or "" for none. What options point at lives in C's memory.
func Connect(pool, authKey string) (*Client, error) {
	var client Client
	name, key := C.CString(pool), C.CString(authKey)
	defer C.free(unsafe.Pointer(name))
	defer C.free(unsafe.Pointer(key))
	options := C.latzero_connect_options{struct_size: C.sizeof_latzero_connect_options}
	if authKey != "" {
		options.auth_key, options.auth_key_len = unsafe.Pointer(key), C.size_t(len(authKey))
	}
	return &client, do(func() C.latzero_status { return C.latzero_connect(name, &options, &client.handle) })
}

func (c *Client) Close() error {
	return do(func() C.latzero_status { return C.latzero_disconnect(c.handle) })
}

func (c *Client) Namespace(name string) (*Client, error) {
	var view Client
	chars, size := text(name)
	return &view, do(func() C.latzero_status { return C.latzero_namespace(c.handle, chars, size, &view.handle) })
}

// SetNative stores what Go has a type for.
func (c *Client) SetNative(key string, native any) error {
	k, n := text(key)
	return do(func() C.latzero_status {
		switch value := native.(type) {
		case nil:
			return C.latzero_set_null(c.handle, k, n, nil)
		case bool:
			return C.latzero_set_bool(c.handle, k, n, map[bool]C.int32_t{true: 1}[value], nil)
		case int64:
			return C.latzero_set_i64(c.handle, k, n, C.int64_t(value), nil)
		case float64:
			return C.latzero_set_f64(c.handle, k, n, C.double(value), nil)
		case string:
			chars, size := text(value)
			return C.latzero_set_string(c.handle, k, n, chars, size, nil)
		default:
			bytes := value.([]byte)
			return C.latzero_set_bytes(c.handle, k, n, pointer(bytes), C.size_t(len(bytes)), nil)
		}
	})
}

func (c *Client) SetJSON(key, json string) error {
	k, n := text(key)
	chars, size := text(json)
	return do(func() C.latzero_status { return C.latzero_set_json(c.handle, k, n, chars, size, nil) })
}

func (c *Client) SetMsgpack(key string, data []byte) error {
	k, n := text(key)
	return do(func() C.latzero_status {
		return C.latzero_set_msgpack(c.handle, k, n, pointer(data), C.size_t(len(data)), nil)
	})
}

// Verb is one that stores a value of any type.
type Verb int

const (
	Set Verb = iota
	SetFast
	Add
	Replace
)

func (c *Client) Store(verb Verb, key string, kind Kind, data []byte, how How) error {
	k, n := text(key)
	t, size, options := C.uint32_t(kind), C.size_t(len(data)), how.options()
	return do(func() C.latzero_status {
		switch verb {
		case SetFast:
			return C.latzero_set_fast(c.handle, k, n, t, pointer(data), size, &options)
		case Add:
			return C.latzero_add(c.handle, k, n, t, pointer(data), size, &options)
		case Replace:
			return C.latzero_replace(c.handle, k, n, t, pointer(data), size, &options)
		default:
			return C.latzero_set(c.handle, k, n, t, pointer(data), size, &options)
		}
	})
}

func (c *Client) Flush() error {
	return do(func() C.latzero_status { return C.latzero_flush(c.handle) })
}

type reader func(buffer unsafe.Pointer, room C.size_t, info *C.latzero_value_info) C.latzero_status

// reading copies a value into a buffer, and into a larger one if it has to.
func reading(read reader) (*Value, error) {
	for room := 64; ; {
		buffer, info := make([]byte, room), emptyInfo()
		err := do(func() C.latzero_status { return read(pointer(buffer), C.size_t(room), &info) })
		if StatusOf(err) == TooSmall {
			room = int(info.size)
			continue
		}
		if err != nil {
			return nil, err
		}
		return &Value{Kind(info._type), uint32(info.tag), buffer[:info.size], uint32(info.flags), uint64(info.version),
			int64(info.ttl_ms)}, nil
	}
}

func (c *Client) Get(key string) (*Value, error) {
	k, n := text(key)
	return reading(func(buffer unsafe.Pointer, room C.size_t, info *C.latzero_value_info) C.latzero_status {
		return C.latzero_get(c.handle, k, n, buffer, room, info)
	})
}

func (c *Client) Take(key string) (*Value, error) {
	k, n := text(key)
	return reading(func(buffer unsafe.Pointer, room C.size_t, info *C.latzero_value_info) C.latzero_status {
		return C.latzero_take(c.handle, k, n, buffer, room, info)
	})
}

func (c *Client) Swap(key string, kind Kind, data []byte) (*Value, error) {
	k, n := text(key)
	return reading(func(buffer unsafe.Pointer, room C.size_t, info *C.latzero_value_info) C.latzero_status {
		size := C.size_t(len(data))
		return C.latzero_swap(c.handle, k, n, C.uint32_t(kind), pointer(data), size, nil, buffer, room, info)
	})
}

func (c *Client) CompareAndSet(key string, version uint64, kind Kind, data []byte) (uint64, error) {
	var stored C.uint64_t
	k, n := text(key)
	err := do(func() C.latzero_status {
		return C.latzero_compare_and_set(c.handle, k, n, C.uint64_t(version), C.uint32_t(kind), pointer(data),
			C.size_t(len(data)), nil, &stored)
	})
	return uint64(stored), err
}

// GetNative reads null, bool, int64, double, string and bytes as what Go has for them.
func (c *Client) GetNative(key string, kind Kind) (native any, err error) {
	var yes C.int32_t
	var number C.int64_t
	var double C.double
	var chars *C.char
	var memory unsafe.Pointer
	var size C.size_t
	k, n := text(key)
	switch kind {
	case Bool:
		err = do(func() C.latzero_status { return C.latzero_get_bool(c.handle, k, n, &yes) })
		return yes == 1, err
	case Int64:
		err = do(func() C.latzero_status { return C.latzero_get_i64(c.handle, k, n, &number) })
		return int64(number), err
	case Double:
		err = do(func() C.latzero_status { return C.latzero_get_f64(c.handle, k, n, &double) })
		return float64(double), err
	case String:
		err = do(func() C.latzero_status { return C.latzero_get_string(c.handle, k, n, &chars, &size) })
		defer C.latzero_free(unsafe.Pointer(chars))
		return C.GoStringN(chars, C.int(size)), err
	case Bytes:
		err = do(func() C.latzero_status { return C.latzero_get_bytes(c.handle, k, n, &memory, &size) })
		defer C.latzero_free(memory)
		return C.GoBytes(memory, C.int(size)), err
	}
	return nil, nil
}

func (c *Client) GetJSON(key string) (string, error) {
	var json *C.char
	k, n := text(key)
	err := do(func() C.latzero_status { return C.latzero_get_json(c.handle, k, n, &json, nil) })
	defer C.latzero_free(unsafe.Pointer(json))
	return C.GoString(json), err
}

func (c *Client) GetMsgpack(key string) ([]byte, error) {
	var memory unsafe.Pointer
	var size C.size_t
	k, n := text(key)
	err := do(func() C.latzero_status { return C.latzero_get_msgpack(c.handle, k, n, &memory, &size) })
	defer C.latzero_free(memory)
	return C.GoBytes(memory, C.int(size)), err
}

func int64Bytes(number int64) []byte { return binary.LittleEndian.AppendUint64(nil, uint64(number)) }
