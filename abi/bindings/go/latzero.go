// Package latzero: named pools of shared memory that processes on one machine use as a dictionary, through cgo.
//
// This is the thin layer over the C library: a Client has the verbs, a status other than OK is an Error, and the
// constants are those of latzero.h as typed ones. ffi.go has all functions of the header, for this package.
package latzero

// #cgo LDFLAGS: -llatzero
// #include <latzero/latzero.h>
// #include <stdlib.h>
import "C"

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"
	"unsafe"
)

func (s Status) String() string { return C.GoString(latzero_status_name(C.latzero_status(s))) }

// Error makes a status what errors.Is compares with: errors.Is(err, latzero.StatusNotFound).
func (s Status) Error() string { return s.String() }

// Error is a call that failed. Its text is the library's sentence.
type Error struct {
	Status Status
	Text   string
}

func (e *Error) Error() string { return e.Status.String() + ": " + e.Text }

func (e *Error) Unwrap() error { return e.Status }

// StatusOf is StatusOk for an error that is not of latzero.
func StatusOf(err error) Status {
	var failed *Error
	if errors.As(err, &failed) {
		return failed.Status
	}
	return StatusOk
}

// failure makes an error of a status, in the thread of the call.
func failure(status C.latzero_status) error {
	if status == C.LATZERO_OK {
		return nil
	}
	return &Error{Status(status), C.GoString(latzero_last_error())}
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
	Flags   ValueFlag
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

// PoolInfo is what is known of a pool from outside.
type PoolInfo struct {
	Clients uint64
	Cipher  Cipher
}

// PoolList has this user's pools by name.
func PoolList() (map[string]PoolInfo, error) {
	var first *C.latzero_pool_info
	var count C.size_t
	err := latzero_pool_list(C.sizeof_latzero_pool_info, &first, &count)
	defer latzero_free(unsafe.Pointer(first))
	pools := map[string]PoolInfo{}
	for _, pool := range unsafe.Slice(first, count) {
		pools[C.GoString(&pool.name[0])] = PoolInfo{uint64(pool.clients), Cipher(pool.cipher)}
	}
	return pools, err
}

// Client is a connection to a pool, or a view of one.
type Client struct {
	handle                 *C.latzero_client
	watches, subscriptions sync.Map // those that are open
}

// How to connect.
type ConnectOptions struct {
	Create  bool   // the pool is made if there is none
	AuthKey string // "" for none
}

// Connect opens a pool. What options point at lives in C's memory.
func Connect(pool string, how ConnectOptions) (*Client, error) {
	var handle *C.latzero_client
	name, key := C.CString(pool), C.CString(how.AuthKey)
	defer C.free(unsafe.Pointer(name))
	defer C.free(unsafe.Pointer(key))
	options := C.latzero_connect_options{struct_size: C.sizeof_latzero_connect_options}
	if how.Create {
		options.flags = C.LATZERO_CONNECT_CREATE
	}
	if how.AuthKey != "" {
		options.auth_key, options.auth_key_len = unsafe.Pointer(key), C.size_t(len(how.AuthKey))
	}
	if err := latzero_connect(name, &options, &handle); err != nil {
		return nil, err
	}
	return &Client{handle: handle}, nil
}

// Close ends the connection, and its watches and subscriptions before it; the client is of no use afterwards. No other
// call may run.
func (c *Client) Close() error {
	c.subscriptions.Range(func(subscription, _ any) bool {
		_ = subscription.(*Subscription).Close()
		return true
	})
	c.watches.Range(func(watch, _ any) bool {
		watch.(*Watch).Close()
		return true
	})
	return latzero_disconnect(c.handle)
}

// Namespace opens a view in which each key has the name and a colon before it.
func (c *Client) Namespace(name string) (*Client, error) {
	var handle *C.latzero_client
	chars, size := text(name)
	if err := latzero_namespace(c.handle, chars, size, &handle); err != nil {
		return nil, err
	}
	return &Client{handle: handle}, nil
}

// Set stores nil, a bool, an int64, a float64, a string or a []byte.
func (c *Client) Set(key string, native any) error {
	kind, data, err := Stored(native)
	if err != nil {
		return err
	}
	return c.Store(Set, key, kind, data, How{})
}

// Native reads what Set has stored; an error for values that Go has no type for, which Get reads.
func (c *Client) Native(key string) (any, error) {
	found, err := c.Get(key)
	if err != nil {
		return nil, err
	}
	native, err := found.Native()
	if err != nil {
		return nil, fmt.Errorf("%q: %w", key, err)
	}
	return native, nil
}

// Native is what Stored has stored; an error for values that Go has no type for.
func (v *Value) Native() (any, error) {
	switch v.Kind {
	case KindNull:
		return nil, nil
	case KindBool:
		return v.Data[0] == 1, nil
	case KindInt64:
		return int64(binary.LittleEndian.Uint64(v.Data)), nil
	case KindDouble:
		return math.Float64frombits(binary.LittleEndian.Uint64(v.Data)), nil
	case KindString:
		return string(v.Data), nil
	case KindBytes:
		return v.Data, nil
	}
	return nil, fmt.Errorf("the value is of kind %d, which Go has no type for", v.Kind)
}

// Stored tells the kind and the stored bytes of a value.
func Stored(native any) (Kind, []byte, error) {
	switch value := native.(type) {
	case nil:
		return KindNull, nil, nil
	case bool:
		return KindBool, []byte{map[bool]byte{true: 1}[value]}, nil
	case int64:
		return KindInt64, binary.LittleEndian.AppendUint64(nil, uint64(value)), nil
	case float64:
		return KindDouble, binary.LittleEndian.AppendUint64(nil, math.Float64bits(value)), nil
	case string:
		return KindString, []byte(value), nil
	case []byte:
		return KindBytes, value, nil
	}
	return 0, nil, fmt.Errorf("latzero has no type for a %T", native)
}

// SetTyped stores what Set does, by the verb of its type.
func (c *Client) SetTyped(key string, native any) error {
	k, n := text(key)
	switch value := native.(type) {
	case nil:
		return latzero_set_null(c.handle, k, n, nil)
	case bool:
		return latzero_set_bool(c.handle, k, n, map[bool]C.int32_t{true: 1}[value], nil)
	case int64:
		return latzero_set_i64(c.handle, k, n, C.int64_t(value), nil)
	case float64:
		return latzero_set_f64(c.handle, k, n, C.double(value), nil)
	case string:
		chars, size := text(value)
		return latzero_set_string(c.handle, k, n, chars, size, nil)
	case []byte:
		return latzero_set_bytes(c.handle, k, n, pointer(value), C.size_t(len(value)), nil)
	}
	return fmt.Errorf("latzero has no type for a %T", native)
}

func (c *Client) SetJSON(key, json string) error {
	k, n := text(key)
	chars, size := text(json)
	return latzero_set_json(c.handle, k, n, chars, size, nil)
}

func (c *Client) SetMsgpack(key string, data []byte) error {
	k, n := text(key)
	return latzero_set_msgpack(c.handle, k, n, pointer(data), C.size_t(len(data)), nil)
}

// Verb is one that stores a value of any kind.
type Verb int

const (
	Set Verb = iota
	SetFast
	Add
	Replace
)

// Store stores a value by its bytes.
func (c *Client) Store(verb Verb, key string, kind Kind, data []byte, how How) error {
	k, n := text(key)
	t, value, size, options := C.uint32_t(kind), pointer(data), C.size_t(len(data)), how.options()
	switch verb {
	case SetFast:
		return latzero_set_fast(c.handle, k, n, t, value, size, &options)
	case Add:
		return latzero_add(c.handle, k, n, t, value, size, &options)
	case Replace:
		return latzero_replace(c.handle, k, n, t, value, size, &options)
	default:
		return latzero_set(c.handle, k, n, t, value, size, &options)
	}
}

func (c *Client) Flush() error {
	return latzero_flush(c.handle)
}

type reader func(buffer unsafe.Pointer, room C.size_t, info *C.latzero_value_info) error

// reading copies a value into a buffer, and into a larger one if it has to.
func reading(read reader) (*Value, error) {
	for room := 64; ; {
		buffer, info := make([]byte, room), emptyInfo()
		err := read(pointer(buffer), C.size_t(room), &info)
		if StatusOf(err) == StatusTooSmall {
			room = int(info.size)
			continue
		}
		if err != nil {
			return nil, err
		}
		found := described(&info)
		found.Data = buffer[:info.size]
		return found, nil
	}
}

func (c *Client) Get(key string) (*Value, error) {
	var memory unsafe.Pointer
	k, n := text(key)
	info := emptyInfo()
	if err := latzero_get_copy(c.handle, k, n, &memory, &info); err != nil {
		return nil, err
	}
	defer latzero_free(memory)
	found := described(&info)
	found.Data = append([]byte{}, unsafe.Slice((*byte)(memory), info.size)...)
	return found, nil
}

// Info is what is known of a value without its bytes, and their number.
func (c *Client) Info(key string) (*Value, uint64, error) {
	k, n := text(key)
	info := emptyInfo()
	err := latzero_info(c.handle, k, n, &info)
	return described(&info), uint64(info.size), err
}

func described(info *C.latzero_value_info) *Value {
	return &Value{Kind(info._type), uint32(info.tag), nil, ValueFlag(info.flags), uint64(info.version), int64(info.ttl_ms)}
}

func (c *Client) Take(key string) (*Value, error) {
	k, n := text(key)
	return reading(func(buffer unsafe.Pointer, room C.size_t, info *C.latzero_value_info) error {
		return latzero_take(c.handle, k, n, buffer, room, info)
	})
}

func (c *Client) Swap(key string, kind Kind, data []byte) (*Value, error) {
	k, n := text(key)
	return reading(func(buffer unsafe.Pointer, room C.size_t, info *C.latzero_value_info) error {
		size := C.size_t(len(data))
		return latzero_swap(c.handle, k, n, C.uint32_t(kind), pointer(data), size, nil, buffer, room, info)
	})
}

func (c *Client) CompareAndSet(key string, version uint64, kind Kind, data []byte) (uint64, error) {
	var stored C.uint64_t
	k, n := text(key)
	err := latzero_compare_and_set(c.handle, k, n, C.uint64_t(version), C.uint32_t(kind), pointer(data),
		C.size_t(len(data)), nil, &stored)
	return uint64(stored), err
}

// Typed reads a bool, int64, double, string or bytes by the verb of that type.
func (c *Client) Typed(key string, kind Kind) (native any, err error) {
	var yes C.int32_t
	var number C.int64_t
	var double C.double
	var chars *C.char
	var memory unsafe.Pointer
	var size C.size_t
	k, n := text(key)
	switch kind {
	case KindBool:
		err = latzero_get_bool(c.handle, k, n, &yes)
		return yes == 1, err
	case KindInt64:
		err = latzero_get_i64(c.handle, k, n, &number)
		return int64(number), err
	case KindDouble:
		err = latzero_get_f64(c.handle, k, n, &double)
		return float64(double), err
	case KindString:
		err = latzero_get_string(c.handle, k, n, &chars, &size)
		defer latzero_free(unsafe.Pointer(chars))
		return C.GoStringN(chars, C.int(size)), err
	case KindBytes:
		err = latzero_get_bytes(c.handle, k, n, &memory, &size)
		defer latzero_free(memory)
		return C.GoBytes(memory, C.int(size)), err
	}
	return nil, fmt.Errorf("no verb of latzero reads kind %d alone", kind)
}

func (c *Client) GetJSON(key string) (string, error) {
	var json *C.char
	k, n := text(key)
	err := latzero_get_json(c.handle, k, n, &json, nil)
	defer latzero_free(unsafe.Pointer(json))
	return C.GoString(json), err
}

func (c *Client) GetMsgpack(key string) ([]byte, error) {
	var memory unsafe.Pointer
	var size C.size_t
	k, n := text(key)
	err := latzero_get_msgpack(c.handle, k, n, &memory, &size)
	defer latzero_free(memory)
	return C.GoBytes(memory, C.int(size)), err
}
