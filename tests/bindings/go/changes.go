// Watches and waits, and a copy that follows what all languages write.
package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"time"

	. "latzero"
)

const keys = 200
const brief = 20 // keys that are known to the copy, and deleted before it reads on

// mirror is a copy of keys. One that is forgetful keeps what was deleted in a gap.
type mirror struct {
	forgetful bool
	gaps      int
	keys      map[string]any
	stripes   map[string]uint32
	stale     map[uint32]map[string]bool
}

func (m *mirror) apply(event *Event) {
	switch {
	case event.Key != "":
		m.stripes[event.Key] = event.Stripe
		delete(m.stale[event.Stripe], event.Key)
		if event.Status == StatusOk {
			m.keys[event.Key] = got(event.Value.Native())
		} else {
			check(event.Status == StatusNotFound)
			delete(m.keys, event.Key)
		}
	case event.Kind == EventKindResync:
		m.gaps++
		m.stale[event.Stripe] = map[string]bool{}
		for key := range m.keys {
			if m.stripes[key] == event.Stripe {
				m.stale[event.Stripe][key] = true
			}
		}
	default:
		check(event.Kind == EventKindSynced)
		for key := range m.stale[event.Stripe] {
			if !m.forgetful {
				delete(m.keys, key)
			}
		}
		delete(m.stale, event.Stripe)
	}
}

// everybody waits until all have come here.
func everybody(client *Client, key string, count int64) {
	got(client.Increment(key, 1, 0))
	for {
		found := got(client.Get(key))
		if int64(binary.LittleEndian.Uint64(found.Data)) >= count {
			return
		}
		got(client.Wait(key, found.Version, time.Minute))
	}
}

func take(watch *Watch, copied *mirror, most int, timeout time.Duration) {
	for i := 0; i < most; i++ {
		event := got(watch.Next(timeout))
		if event == nil {
			return
		}
		copied.apply(event)
	}
}

func writeSomething(client *Client, me string, number int) {
	key := fmt.Sprint("copy:", rand.Intn(keys))
	if rand.Intn(4) == 0 {
		if err := client.Delete(key); !errors.Is(err, StatusNotFound) {
			must(err)
		}
	} else if number%2 == 0 {
		must(client.Set(key, int64(number)))
	} else {
		must(client.Set(key, fmt.Sprint(me, " ", number)))
	}
}

// follow is 1 if the copy differs from the pool in the end.
func follow(client *Client, me string, count int64, rounds int, forgetful bool) int {
	rand.Seed(int64(os.Getpid()))
	copied := &mirror{forgetful, 0, map[string]any{}, map[string]uint32{}, map[uint32]map[string]bool{}}
	watch := got(client.Watch(WatchOptions{Pattern: "copy:*", What: WatchFollow, History: 16}))
	for i := 0; i < brief; i++ {
		must(client.Set(fmt.Sprint("copy:", me, ":", i), true))
	}
	take(watch, copied, math.MaxInt, 0)
	everybody(client, "shared:watching", count)
	for i := 0; i < brief; i++ {
		must(client.Delete(fmt.Sprint("copy:", me, ":", i)))
	}
	for i := 0; i < rounds; i++ {
		writeSomething(client, me, i)
		if i%500 == 0 && i >= rounds/2 {
			take(watch, copied, 50, 0)
		}
	}
	everybody(client, "shared:written", count)
	take(watch, copied, math.MaxInt, 200*time.Millisecond)
	watch.Close()
	expected, said, status := map[string]any{}, "equal", 0
	must(client.Each("copy:*", func(key string, _ []byte) { expected[key] = got(client.Native(key)) }))
	if !reflect.DeepEqual(copied.keys, expected) {
		said, status = "different", 1
	}
	fmt.Printf("%s: %d keys, %d gaps\n", said, len(expected), copied.gaps)
	check(copied.gaps > 0 && len(expected) > 0)
	return status
}

// ---- what a watch delivers

// next is the next one with a key: in an encrypted pool nobody may be able to tell whose value came and went.
func next(watch *Watch, sealed bool) *Event {
	for {
		event := got(watch.Next(10 * time.Second))
		check(event != nil && event.Kind != EventKindLost)
		if !sealed || event.Flags&EventNameless == 0 {
			return event
		}
	}
}

func expect(watch *Watch, sealed bool, kind EventKind, native any) *Event {
	event := next(watch, sealed)
	check(event.Kind == kind && event.Key == "watched:a" && event.Status == StatusOk)
	check(got(event.Value.Native()) == native)
	return event
}

func kindsAndValues(view, other *Client, key string, sealed bool) {
	watch := got(view.Watch(WatchOptions{Pattern: "watched:*", What: WatchValues, History: 16}))
	defer watch.Close()
	must(other.Set(key, "first"))
	event := expect(watch, sealed, EventKindCreated, "first")
	check(event.Version == got(view.Get("watched:a")).Version && event.Version == event.Value.Version)
	check(event.Revision%Stripes == uint64(event.Stripe) && event.Process == uint32(os.Getpid()) && event.Lost == 0)
	must(other.Set(key, int64(2)))
	expect(watch, sealed, EventKindSet, int64(2))
	got(other.Increment(key, 1, 0))
	expect(watch, sealed, map[bool]EventKind{true: EventKindSet, false: EventKindChanged}[sealed], int64(3))
	before := got(watch.Revision())
	must(other.Expire(key, 60000))
	expect(watch, sealed, EventKindTtl, int64(3))
	again := got(view.Watch(WatchOptions{Pattern: "watched:*", Since: before}))
	defer again.Close()
	event = next(again, sealed)
	check(event.Kind == EventKindTtl && event.Value == nil)
	must(other.Delete(key))
	event = next(watch, sealed)
	check(event.Kind == EventKindErased && event.Value == nil && event.Status == StatusNotFound)
	check(sealed || got(watch.Next(0)) == nil)
}

// otherRoutines: they end a wait, and a loop; so does the end of the client.
func otherRoutines(view *Client) {
	watch := got(view.Watch(WatchOptions{Pattern: "watched:none"}))
	nameless := func(event *Event) bool {
		check(event.Flags&EventNameless != 0)
		return true
	}
	time.AfterFunc(20*time.Millisecond, func() { must(watch.Wake()) })
	must(watch.Each(nameless))
	closed := make(chan bool)
	time.AfterFunc(20*time.Millisecond, func() {
		watch.Close()
		close(closed)
	})
	must(watch.Each(nameless))
	<-closed
	_, err := watch.Next(0)
	refused(err, StatusInvalidArgument)
	refused(watch.Wake(), StatusInvalidArgument)
	gone := got(view.Namespace("gone"))
	watch = got(gone.Watch(WatchOptions{}))
	time.AfterFunc(20*time.Millisecond, func() { must(gone.Close()) })
	must(watch.Each(nameless))
}

func waits(view, other *Client, key string) {
	_, err := view.Wait("watched:w", 0, 20*time.Millisecond)
	refused(err, StatusTimeout)
	time.AfterFunc(20*time.Millisecond, func() { must(other.Set(key, int64(1))) })
	version := got(view.Wait("watched:w", 0, Forever))
	check(version == got(view.Get("watched:w")).Version)
	_, err = view.Wait("watched:w", version, 0)
	refused(err, StatusTimeout)
	must(other.Delete(key))
	check(got(view.Wait("watched:w", version, 0)) == 0)
}

// callbacks hear what another process writes. One closes itself; one that panics is not called again.
func callbacks(view *Client, pool, me string) {
	how := WatchOptions{Pattern: "watched:on", What: WatchValues}
	heard, once := make(chan *Event, 1<<16), 0
	all := got(view.On(how, func(event *Event) {
		if event.Value != nil {
			heard <- event
		}
	}))
	var short *Subscription
	short = got(view.On(how, func(event *Event) {
		if event.Key != "" {
			once++
			must(short.Close())
		}
	}))
	broken := got(view.On(how, func(event *Event) { panic("broken") }))
	ticker := exec.Command(os.Getenv("LATZERO_TEST_TICKER"), "tick", pool, me+":watched:on")
	input := got(ticker.StdinPipe())
	must(ticker.Start())
	last := int64(0)
	for i := 0; i < 10; i++ {
		event := <-heard
		count := got(event.Value.Native()).(int64)
		check(event.Key == "watched:on" && event.Process == uint32(ticker.Process.Pid) && count >= last)
		last = count
	}
	closed := make(chan bool)
	for i := 0; i < 4; i++ {
		go func() {
			must(all.Close())
			closed <- true
		}()
	}
	for i := 0; i < 4; i++ {
		<-closed
	}
	must(input.Close())
	must(ticker.Wait())
	must(short.Close())
	check(once == 1)
	err := broken.Close()
	check(err != nil && strings.HasSuffix(err.Error(), "panicked: broken"))
	gone := got(view.Namespace("gone"))
	got(gone.On(WatchOptions{}, func(*Event) {}))
	must(gone.Close())
}

func useWatches(view, other *Client, pool, me string, sealed bool) {
	kindsAndValues(view, other, me+":watched:a", sealed)
	otherRoutines(view)
	waits(view, other, me+":watched:w")
	callbacks(view, pool, me)
}
