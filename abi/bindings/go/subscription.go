// More of latzero: callbacks.
package latzero

// #include <latzero/latzero.h>
// #include <stdlib.h>
// void latzeroTold(latzero_event *event, void *user_data);
import "C"

import (
	"fmt"
	"runtime/cgo"
	"sync"
	"unsafe"
)

// Subscription is a callback that is called with each event until Close.
type Subscription struct {
	client       *Client
	callback     func(event *Event)
	number       *C.uintptr_t // its cgo.Handle, in C's memory
	mutex        sync.Mutex   // guards what follows
	registration C.uint64_t   // 0 once it has ended
	failure      error
}

// On calls a function with each event that such a watch would deliver, one after another, in a thread of the library,
// until the subscription or the client is closed. It may use the client, but not close it. If it panics it is not called
// again, and Close tells.
func (c *Client) On(how WatchOptions, callback func(event *Event)) (*Subscription, error) {
	s := &Subscription{client: c, callback: callback, number: (*C.uintptr_t)(C.malloc(C.sizeof_uintptr_t))}
	*s.number = C.uintptr_t(cgo.NewHandle(s))
	// An event that comes at once, and closes it, waits until the registration is known.
	s.mutex.Lock()
	err := how.with(func(options *C.latzero_watch_options) error {
		told := C.latzero_event_callback(C.latzeroTold)
		return latzero_on(c.handle, options, told, unsafe.Pointer(s.number), &s.registration)
	})
	s.mutex.Unlock()
	if err != nil {
		s.free()
		return nil, err
	}
	c.subscriptions.Store(s, nil)
	return s, nil
}

// Close ends it: behind it the callback does not run any more; within the callback, behind its return. Any goroutine may
// call it, also again. It fails if the callback has panicked.
func (s *Subscription) Close() error {
	s.mutex.Lock()
	registration := s.registration
	s.registration = 0
	s.mutex.Unlock()
	if registration != 0 {
		err := latzero_off(s.client.handle, registration)
		s.client.subscriptions.Delete(s)
		s.free()
		if err != nil {
			return err
		}
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.failure
}

func (s *Subscription) free() {
	cgo.Handle(*s.number).Delete()
	C.free(unsafe.Pointer(s.number))
}

// No panic may pass through C.
func (s *Subscription) recovered(reason any) {
	s.mutex.Lock()
	s.failure = fmt.Errorf("the callback panicked: %v", reason)
	s.mutex.Unlock()
	_ = s.Close()
}

//export latzeroTold
func latzeroTold(event *C.latzero_event, userData unsafe.Pointer) {
	s := cgo.Handle(*(*C.uintptr_t)(userData)).Value().(*Subscription)
	defer func() {
		if reason := recover(); reason != nil {
			s.recovered(reason)
		}
	}()
	s.callback(eventOf(event))
}
