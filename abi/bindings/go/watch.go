// More of latzero: watches and waits.
package latzero

// #include <latzero/latzero.h>
// #include <stdlib.h>
import "C"

import (
	"errors"
	"sync"
	"time"
	"unsafe"
)

// Forever is the timeout that never ends.
const Forever = time.Duration(-1)

// WatchOptions say what to watch. The zero value: sets, deletions and expiries of all keys, from now on.
type WatchOptions struct {
	Pattern string    // "" for all keys
	What    WatchFlag // 0 for WatchUpdates, WatchDeletes and WatchExpiries
	Since   *Revision // goes on where another watch was
	History uint32    // how many changes of each stripe are kept, 16 to 4,096, if nobody else watches; 0: 64
}

// with calls open with the same for C; what it points at lives in C's memory.
func (how WatchOptions) with(open func(options *C.latzero_watch_options) error) error {
	pattern := C.CString(how.Pattern)
	defer C.free(unsafe.Pointer(pattern))
	options := C.latzero_watch_options{struct_size: C.sizeof_latzero_watch_options, what: C.uint32_t(how.What),
		history: C.uint32_t(how.History)}
	if how.Pattern != "" {
		options.pattern, options.pattern_len = pattern, C.size_t(len(how.Pattern))
	}
	if how.Since != nil {
		from := C.CBytes(unsafe.Slice((*byte)(unsafe.Pointer(how.Since)), unsafe.Sizeof(*how.Since)))
		defer C.free(from)
		options.from = (*C.latzero_revision)(from)
	}
	return open(&options)
}

// Revision is where a watch was. It may be stored.
type Revision struct {
	PoolID  [16]byte
	Commits [Stripes]uint64
}

// Event is what a watch tells. Key is "" if it has none.
type Event struct {
	Kind                    EventKind
	Flags                   EventFlag
	Stripe, Client, Process uint32
	Key                     string
	Revision, Version, Lost uint64
	Value                   *Value // with WatchValues what the key has by then; else Status says why not
	Status                  Status
}

// Watch delivers events. One goroutine may wait in Next; others may wake or close it.
type Watch struct {
	client *Client
	handle *C.latzero_watch
	next   sync.Mutex // held while Next waits
	ending sync.RWMutex
}

// Watch watches the changes of keys, until it or the client is closed.
func (c *Client) Watch(how WatchOptions) (*Watch, error) {
	var handle *C.latzero_watch
	err := how.with(func(options *C.latzero_watch_options) error {
		return latzero_watch_open(c.handle, options, &handle)
	})
	if err != nil {
		return nil, err
	}
	watch := &Watch{client: c, handle: handle}
	c.watches.Store(watch, nil)
	return watch, nil
}

// Next waits for the next event; nil if none comes in that time. It is StatusCancelled when the watch is woken or
// closed, and StatusDestroyed after the pool's end was told.
func (w *Watch) Next(timeout time.Duration) (*Event, error) {
	w.next.Lock()
	defer w.next.Unlock()
	told := C.latzero_event{struct_size: C.sizeof_latzero_event}
	err := latzero_watch_next(w.handle, milliseconds(timeout), &told)
	if StatusOf(err) == StatusTimeout {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return eventOf(&told), nil
}

// Each calls visit with each event until it gives false or the watch is woken or closed, or its pool has ended.
func (w *Watch) Each(visit func(event *Event) bool) error {
	for {
		event, err := w.Next(Forever)
		if errors.Is(err, StatusCancelled) || errors.Is(err, StatusDestroyed) {
			return nil
		}
		if err != nil || !visit(event) {
			return err
		}
	}
}

// Wake ends the wait of Next, or its next one.
func (w *Watch) Wake() error {
	w.ending.RLock()
	defer w.ending.RUnlock()
	return latzero_watch_wake(w.handle)
}

// Close wakes Next, and ends the watch.
func (w *Watch) Close() {
	w.ending.Lock()
	defer w.ending.Unlock()
	if w.handle != nil {
		// The one that waits has to go first.
		_ = latzero_watch_wake(w.handle)
	}
	w.next.Lock()
	defer w.next.Unlock()
	latzero_watch_close(w.handle)
	w.handle = nil
	w.client.watches.Delete(w)
}

// Revision tells where the watch is.
func (w *Watch) Revision() (*Revision, error) {
	var revision Revision
	w.next.Lock()
	defer w.next.Unlock()
	err := latzero_watch_revision(w.handle, (*C.latzero_revision)(unsafe.Pointer(&revision)))
	return &revision, err
}

// Wait waits until a key has another version than that, 0 being its absence, and gives it. It is StatusTimeout if the
// key still has it after that time.
func (c *Client) Wait(key string, knownVersion uint64, timeout time.Duration) (uint64, error) {
	var version C.uint64_t
	k, n := text(key)
	err := latzero_wait(c.handle, k, n, C.uint64_t(knownVersion), milliseconds(timeout), &version)
	return uint64(version), err
}

func milliseconds(timeout time.Duration) C.int64_t {
	if timeout < 0 {
		return -1
	}
	return C.int64_t(timeout.Milliseconds())
}

func eventOf(told *C.latzero_event) *Event {
	event := &Event{Kind: EventKind(told.kind), Flags: EventFlag(told.flags), Stripe: uint32(told.stripe),
		Client: uint32(told.client), Process: uint32(told.client_process), Revision: uint64(told.revision),
		Version: uint64(told.version), Lost: uint64(told.lost), Status: Status(told.value_status)}
	if told.key != nil {
		event.Key = C.GoStringN(told.key, C.int(told.key_len))
	}
	if info := told.info; info != nil {
		event.Value = &Value{Kind(info._type), uint32(info.tag), C.GoBytes(told.value, C.int(info.size)),
			ValueFlag(info.flags), uint64(info.version), int64(info.ttl_ms)}
	}
	return event
}
