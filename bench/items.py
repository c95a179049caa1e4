#!/usr/bin/env python3
"""items.py [KEYS]: what many keys cost from Python, in one call and key by key.

Each figure is the best of several rounds, in microseconds a key, of strings of some bytes through the package in
abi/bindings/python: so it is for the most part ctypes and Python. mget of 100 keys is to take a fifth of 100 gets, a walk
with values a tenth of scans and gets.

    LD_LIBRARY_PATH=build/abi PYTHONPATH=abi/bindings/python python3 bench/items.py
"""

import collections
import os
import sys
import time

import latzero


def best(rounds, keys, work):
    """Microseconds a key."""
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return min(times) / keys * 1e6


def consume(pairs):
    collections.deque(pairs, maxlen=0)


def compare(what, one, many):
    print(f"{what}: {many:.2f} us a key, key by key {one:.2f}: {one / many:.1f} times as fast")


def measure(client, keys):
    values = {f"key:{i}": f"value {i}" for i in range(keys)}
    some = list(values)[:100]
    compare("mset of 100", best(50, 100, lambda: [client.set(key, values[key]) for key in some]),
            best(50, 100, lambda: client.mset({key: values[key] for key in some})))
    client.mset(values)
    assert dict(client.all_items()) == values
    compare("mget of 100", best(50, 100, lambda: [client.get(key) for key in some]),
            best(50, 100, lambda: client.mget(some)))
    compare(f"items of {keys}", best(7, keys, lambda: consume((key, client.get(key)) for key in client.scan("*", 1000))),
            best(7, keys, lambda: consume(client.all_items())))


def main(keys="10000"):
    with latzero.Client(f"bench-items-{os.getpid()}", create=True) as client:
        measure(client, int(keys))


main(*sys.argv[1:])
