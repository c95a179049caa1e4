"""Watches and waits, and a copy that follows what all languages write."""

import asyncio
import os
import random
import subprocess
import sys
import threading
import time

import latzero
from latzero import STRIPES, EventFlag, EventKind, Status

KEYS = 200
BRIEF = 20  # keys that are known to the copy, and deleted before it reads on


class Mirror:
    """A copy of keys. One that is forgetful keeps what was deleted in a gap."""

    def __init__(self, forgetful):
        self.forgetful, self.gaps, self.keys, self.stripes, self.stale = forgetful, 0, {}, {}, {}

    def apply(self, event):
        if event.key is not None:
            self.stripes[event.key] = event.stripe
            self.stale.get(event.stripe, set()).discard(event.key)
            if event.status == Status.OK:
                self.keys[event.key] = event.value
            else:
                assert event.status == Status.NOT_FOUND, event
                self.keys.pop(event.key, None)
        elif event.kind == EventKind.RESYNC:
            self.gaps += 1
            self.stale[event.stripe] = {key for key in self.keys if self.stripes[key] == event.stripe}
        else:
            assert event.kind == EventKind.SYNCED, event
            for key in self.stale.pop(event.stripe, ()):
                if not self.forgetful:
                    self.keys.pop(key, None)


def everybody(client, key, count):
    """Waits until all have come here."""
    client.increment(key)
    while True:
        found = client.value("get", key)
        if latzero.native(found) >= count:
            return
        assert client.wait(key, found.version, 60) is not None


def take(watch, mirror, most, timeout):
    for _ in range(most):
        event = watch.next(timeout)
        if event is None:
            return
        mirror.apply(event)


def write_something(client, me, number):
    key = f"copy:{random.randrange(KEYS)}"
    if random.randrange(4) == 0:
        try:
            client.delete(key)
        except latzero.Error as error:
            assert error.status == Status.NOT_FOUND, error
    else:
        client.set(key, number if number % 2 else f"{me} {number}")


def follow(client, me, count, rounds, forgetful):
    """1 if the copy differs from the pool in the end."""
    mirror = Mirror(forgetful)
    with client.watch("copy:*", follow=True, history=16) as watch:
        for i in range(BRIEF):
            client.set(f"copy:{me}:{i}", True)
        take(watch, mirror, 10**9, 0)
        everybody(client, "shared:watching", count)
        for i in range(BRIEF):
            client.delete(f"copy:{me}:{i}")
        for i in range(rounds):
            write_something(client, me, i)
            if i % 500 == 0 and i >= rounds / 2:
                take(watch, mirror, 50, 0)
        everybody(client, "shared:written", count)
        take(watch, mirror, 10**9, 0.2)
    expected = {key: client.get(key) for key, _ in client.items("copy:*")}
    print(f"{'equal' if mirror.keys == expected else 'different'}: {len(expected)} keys, {mirror.gaps} gaps")
    assert mirror.gaps > 0 and len(expected) > 0
    return mirror.keys != expected


# ---- what a watch delivers


def events(watch, sealed):
    """Those with a key: in an encrypted pool nobody may be able to tell whose value came and went."""
    while True:
        event = watch.next(10)
        assert event is not None and event.kind != EventKind.LOST, event
        if not sealed or not event.flags & EventFlag.NAMELESS:
            yield event


def kinds_and_values(view, other, key, sealed):
    with view.watch("watched:*", values=True, history=16) as watch:
        told = events(watch, sealed)
        other.set(key, "first")
        event = next(told)
        assert (event.kind, event.key, event.value) == (EventKind.CREATED, "watched:a", "first")
        assert event.version == event.found.version == view.value("get", "watched:a").version
        assert event.status == Status.OK
        assert event.revision % STRIPES == event.stripe and event.process == os.getpid() and event.lost == 0
        other.set(key, 2)
        event = next(told)
        assert (event.kind, event.value) == (EventKind.SET, 2)
        other.increment(key)
        event = next(told)
        assert (event.kind, event.value) == (EventKind.SET if sealed else EventKind.CHANGED, 3)
        before = watch.revision()
        other.do("expire", key, 60000)
        assert next(told).kind == EventKind.TTL
        with view.watch("watched:*", since=before) as again:
            event = next(events(again, sealed))
            assert event.kind == EventKind.TTL and event.found is None
        other.delete(key)
        event = next(told)
        assert (event.kind, event.value, event.status) == (EventKind.ERASED, None, Status.NOT_FOUND)
        assert sealed or watch.next(0) is None


def other_threads(view):
    """They end a wait, and a loop. So does the end of the client."""
    with view.watch("watched:none") as watch:
        threading.Timer(0.02, watch.wake).start()
        assert not [event for event in watch if not event.flags & EventFlag.NAMELESS]
        threading.Timer(0.02, watch.close).start()
        assert not [event for event in watch if not event.flags & EventFlag.NAMELESS]
    try:
        watch.next(0)
    except latzero.Error as error:
        assert error.status == Status.INVALID_ARGUMENT, error
    else:
        raise AssertionError("a closed watch goes on")


def client_goes(client):
    watch = client.watch("watched:none")
    threading.Timer(0.02, client.close).start()
    assert not [event for event in watch if not event.flags & EventFlag.NAMELESS]


async def event_loop(view, other, key):
    """Other tasks go on meanwhile."""
    heard = []

    async def write():
        for i in range(300):
            other.set(key, i)
            await asyncio.sleep(0.01 if i % 100 == 0 else 0)

    with view.watch("watched:loop", values=True, history=16) as watch:
        writing = asyncio.create_task(write())
        async for event in watch:
            if event.key is not None:
                heard.append(event.value)
            if heard and heard[-1] == 299:
                break
        await writing
        asyncio.get_running_loop().call_later(0.02, watch.wake)
        async for event in watch:
            assert event.key is None or event.value == 299
    for closed_by in asyncio.get_running_loop().call_later, lambda *when: threading.Timer(*when).start():
        watch = view.watch("watched:none")
        closed_by(0.02, watch.close)
        async for event in watch:
            assert event.flags & EventFlag.NAMELESS
    assert heard == sorted(heard)


def waits(view, other, key):
    began = time.monotonic()
    assert view.wait("watched:w", 0, 0.02) is None and time.monotonic() - began < 5
    threading.Timer(0.02, other.set, (key, 1)).start()
    version = view.wait("watched:w", 0)
    assert version == view.value("get", "watched:w").version
    assert view.wait("watched:w", version, 0) is None
    other.delete(key)
    assert view.wait("watched:w", version, 0) == 0


def callbacks(view, pool, me):
    """They hear what another process writes. One closes itself; what one raises keeps nobody from being told."""
    heard, once, raised, enough = [], [], [], threading.Event()
    hook, sys.unraisablehook = sys.unraisablehook, lambda broken: raised.append(broken.exc_value)

    def hear(event):
        if event.value is not None:
            heard.append((event.key, event.value, event.process))
            if len(heard) == 10:
                enough.set()
            raise ValueError(event.key)

    def hear_once(event):
        if event.key is not None:
            once.append(event.key)
            short.close()

    with view.on(hear, "watched:on", values=True) as long, view.on(hear_once, "watched:on") as short:
        command = [os.environ["LATZERO_TEST_TICKER"], "tick", pool, f"{me}:watched:on"]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as ticker:
            assert enough.wait(20)
            closers = [threading.Thread(target=long.close) for _ in range(4)]
            for closer in closers:
                closer.start()
            long.close()
            for closer in closers:
                closer.join()
            count = len(heard)
            time.sleep(0.02)
        assert ticker.returncode == 0
    sys.unraisablehook = hook
    values = [value for _, value, _ in heard]
    assert len(heard) == len(raised) == count and values == sorted(values), heard
    assert {(key, process) for key, _, process in heard} == {("watched:on", ticker.pid)}
    assert once == ["watched:on"]
    gone = view.namespace("gone")
    gone.on(heard.append)
    gone.close()


def use_watches(view, other, pool, me, sealed):
    kinds_and_values(view, other, f"{me}:watched:a", sealed)
    other_threads(view)
    client_goes(view.namespace("gone"))
    asyncio.run(event_loop(view, other, f"{me}:watched:loop"))
    waits(view, other, f"{me}:watched:w")
    callbacks(view, pool, me)
