// latzero: named pools of shared memory that processes on one machine use as a dictionary, through koffi. This is the
// thin layer over the C library: Client has the verbs, LatzeroError is what a failure throws, and the constants are
// those of latzero.h in groups. Results come through buffers, so that 64-bit numbers stay whole.
'use strict';

const koffi = require('koffi');
const generated = require('./generated');
const { packed, packedKeys, unpacked } = require('./items');
const { watches } = require('./watch');

const { ConnectFlag, Kind, MATCH_PREFIX, Status } = generated;
const { structs, functions, initial } = generated.declare(koffi, koffi.load('liblatzero.so.0'));

// A call that failed: its message is the library's sentence, its status is one of Status, or what a newer library has.
class LatzeroError extends Error {
  constructor(status) {
    super(functions.latzero_last_error());
    this.status = status;
    this.name = functions.latzero_status_name(status);
  }
}

function check(status) {
  if (status !== Status.OK) throw new LatzeroError(status);
}

// Calls latzero_<name>, as latzero.h describes it; throws unless it answers OK.
function call(name, ...values) { check(functions[`latzero_${name}`](...values)); }

const size = (buffer) => Number(buffer.readBigUInt64LE());
const bytesAt = (memory, length) => Buffer.from(Buffer.from(koffi.view(memory, length)));

// Copies what the library allocated, and frees it there.
function owned(memory, length) {
  const copy = bytesAt(memory, length);
  functions.latzero_free(memory);
  return copy;
}

// A connection to a pool, or a view of one. Keys are text.
class Client {
  constructor(handle) { Object.assign(this, { handle, waiting: 0 }); }

  // create: makes the pool if there is none. authKey: text or bytes; none if it is empty.
  static connect(pool, { create = false, authKey = '' } = {}) {
    const [handle, key] = [[null], Buffer.from(authKey)];
    call('connect', pool, {
      ...initial('latzero_connect_options'), flags: create ? ConnectFlag.CREATE : 0,
      auth_key: key.length > 0 ? key : null, auth_key_len: key.length,
    }, handle);
    return new Client(handle[0]);
  }

  // Not while a watch or a wait() waits in another thread.
  close() {
    if (this.waiting > 0) throw new Error('a watch or a wait() of this client still waits: close the watch first');
    call('disconnect', this.handle);
  }

  // A view in which each key has the name and a colon before it; it closes on its own.
  namespace(name) {
    const view = [null];
    this.do('namespace', name, view);
    return new Client(view[0]);
  }

  // ---- values that JavaScript has a type for

  // Stores null, a boolean, a bigint (an int64), a number (a double), a string or a Buffer.
  set(key, value, options) {
    const { kind, data } = stored(value);
    this.store('set', key, kind, data, options);
  }

  // What set() has stored, undefined if there is none. A value of another kind is a TypeError: value() and fetch() read
  // that.
  get(key) {
    try {
      return native(this.copy(key));
    } catch (error) {
      if (error.status !== Status.NOT_FOUND) throw error;
      return undefined;
    }
  }

  delete(key) { this.do('delete', key); }

  exists(key) { return this.out('exists', key).readInt32LE() === 1; }

  // Adds to an int64, atomically between processes; an absent one counts as `first`, and ends `ttl` milliseconds after
  // this, if that is not 0, however often it is counted until then. Takes and gives a bigint.
  increment(key, delta = 1n, first = 0n, { ttl = 0 } = {}) {
    if (ttl === 0) return this.int('increment', key, BigInt(delta), BigInt(first));
    const options = { ...initial('latzero_count_options'), ttl_ms: ttl, initial: BigInt(first) };
    return this.int('count', key, BigInt(delta), options);
  }

  decrement(key, delta = 1n, first = 0n) { return this.int('decrement', key, BigInt(delta), BigInt(first)); }

  incrementDouble(key, delta, first = 0) { return this.out('increment_f64', key, delta, first).readDoubleLE(); }

  // ---- any verb and any value

  // Any verb on a key whose further arguments go to C as they are.
  do(verb, key, ...more) {
    const bytes = Buffer.from(key);
    call(verb, this.handle, bytes, bytes.length, ...more);
  }

  // A verb whose last argument takes its one result, of 8 bytes or fewer.
  out(verb, key, ...more) {
    const result = Buffer.alloc(8);
    this.do(verb, key, ...more, result);
    return result;
  }

  int(verb, key, ...more) { return this.out(verb, key, ...more).readBigInt64LE(); }

  // set, set_fast, add or replace: stores a value of any kind by its bytes.
  store(verb, key, kind, data, { ttl = 0, tag = 0 } = {}) {
    this.do(verb, key, kind, data, data.length, { ...initial('latzero_set_options'), ttl_ms: ttl, tag });
  }

  // get_string, get_bytes, get_json or get_msgpack: the bytes of it.
  fetch(verb, key) {
    const [memory, length] = [[null], Buffer.alloc(8)];
    this.do(verb, key, memory, length);
    return owned(memory[0], size(length));
  }

  // get, take and swap: a value with all that is known of it.
  value(verb, key, ...before) { return this.read(verb, key, before, []); }

  // The same of a verb that has more arguments behind those of the buffer.
  read(verb, key, before, behind) {
    for (let room = 64; ;) {
      const [buffer, found] = [Buffer.alloc(room), initial('latzero_value_info')];
      try {
        this.do(verb, key, ...before, buffer, room, found, ...behind);
      } catch (error) {
        if (error.status !== Status.TOO_SMALL) throw error;
        room = Number(found.size);
        continue;
      }
      return { ...found, kind: found.type, data: buffer.subarray(0, Number(found.size)) };
    }
  }

  // A value of any kind with all that is known of it.
  copy(key) {
    const [memory, found] = [[null], initial('latzero_value_info')];
    this.do('get_copy', key, memory, found);
    return { ...found, kind: found.type, data: owned(memory[0], Number(found.size)) };
  }

  // What is known of a value without it, as a latzero_value_info.
  info(key) {
    const found = initial('latzero_value_info');
    this.do('info', key, found);
    return found;
  }

  // Stores a value if the key has that version, or is absent and that is 0; gives the new version.
  compareAndSet(key, version, kind, data) {
    return this.out('compare_and_set', key, version, kind, data, data.length, null).readBigUInt64LE();
  }

  // Stores a value if the key is absent; gives its version, with which only who stored it deletes it.
  addVersioned(key, value, { ttl = 0 } = {}) {
    const { kind, data } = stored(value);
    const options = { ...initial('latzero_set_options'), ttl_ms: ttl };
    return this.out('add_versioned', key, kind, data, data.length, options).readBigUInt64LE();
  }

  // Removes a key if it has that version.
  compareAndDelete(key, version) { this.do('compare_and_delete', key, version); }

  // Appends what set() would store to a list; gives its new length.
  append(key, value) {
    const { kind, data } = stored(value);
    return size(this.out('append', key, kind, data, data.length));
  }

  // Takes the first element of a list, with all that is known of it; undefined if there is none. With append() the list
  // is a queue: each element goes to one caller.
  popFront(key) { return this.pop('pop_front', key); }

  // Takes the last element of a list; else as popFront().
  popBack(key) { return this.pop('pop_back', key); }

  pop(verb, key) {
    try {
      return this.read(verb, key, [], [null]);
    } catch (error) {
      if (error.status !== Status.NOT_FOUND) throw error;
      return undefined;
    }
  }

  // Appends what a text says to a list; gives its new length.
  appendJson(key, json) {
    const text = Buffer.from(json);
    return size(this.out('append_json', key, text, text.length));
  }

  // Merges the object that a text says into a dict.
  updateJson(key, json) {
    const text = Buffer.from(json);
    this.do('update_json', key, text, text.length);
  }

  // mset, or mget and delete_many, which tell how many keys there were, on an array of latzero_entry.
  batch(verb, entries) {
    const found = Buffer.alloc(8);
    const stride = koffi.sizeof(structs.latzero_entry);
    call(verb, this.handle, stride, entries, entries.length, ...(verb === 'mset' ? [] : [found]));
    return size(found);
  }

  // ---- many keys in one call

  // For each key its value with all that is known of it; its status tells whether there is one.
  mget(keys) {
    const names = packedKeys(keys);
    return this.unpack('mget_copy', names, names.length);
  }

  // Stores items, each with key, kind and data, and a tag if it is opaque.
  mset(items, { ttl = 0 } = {}) {
    const block = packed(items, ttl);
    call('mset_packed', this.handle, block, block.length, null);
  }

  // What mget() gives of all keys that match, or that begin so, read a page at a time; a key may come twice.
  * allItems(pattern, { prefix = false, page = 1000 } = {}) {
    const [cursor, bytes] = [Buffer.alloc(8), Buffer.from(pattern)];
    do {
      yield* this.unpack('items', cursor, page, 0, bytes, bytes.length, prefix ? MATCH_PREFIX : 0);
    } while (cursor.readBigUInt64LE() !== 0n);
  }

  // A verb that gives items.
  unpack(verb, ...more) {
    const [memory, length, found] = [[null], Buffer.alloc(8), Buffer.alloc(8)];
    call(verb, this.handle, ...more, memory, length, found);
    return size(length) === 0 ? [] : [...unpacked(owned(memory[0], size(length)))];
  }

  // How many keys match, or begin so.
  count(pattern, { prefix = false } = {}) { return size(this.out('size_match', pattern, prefix ? MATCH_PREFIX : 0)); }

  // Removes the keys that match, or that begin so; tells how many there were.
  clear(pattern, { prefix = false } = {}) { return size(this.out('clear_match', pattern, prefix ? MATCH_PREFIX : 0)); }

  // ---- changes

  // A Watch of the keys that match `pattern`, all if there is none, from now on, or from a revision(), `since`, on.
  // updates, deletes, expiries: true unless told otherwise; clients; values: each event has the key's value by then;
  // others: without what this connection does; follow: all that it takes to keep a copy, which begins with what is
  // there. history: how many changes of each stripe are kept, 16 to 4,096, if nobody else watches.
  watch(options) { return new Watch(this, options); }

  // Calls a function with each event of such a watch, until close() of the Subscription that this returns.
  on(callback, options) { return new Subscription(new Watch(this, options), callback); }

  // A promise of a key's version, as a bigint, once it is another than that, 0 being its absence; of undefined if it
  // still has that after so many milliseconds, -1 being for ever. It waits in a thread of Node's pool.
  async wait(key, knownVersion, timeout = -1) {
    const [bytes, version] = [Buffer.from(key), Buffer.alloc(8)];
    const arguments_ = [this.handle, bytes, bytes.length, BigInt(knownVersion)];
    const status = await later(this, 'latzero_wait', ...arguments_, timeout, version);
    if (status === Status.TIMEOUT) return undefined;
    // The sentence of what went wrong there is to be had here: by the same call.
    if (status !== Status.OK) call('wait', ...arguments_, 0, version);
    return version.readBigUInt64LE();
  }

  // ---- bytes in place, walks, descriptions

  // Gives the bytes where they lie, while `use` runs.
  borrow(key, use) {
    const [memory, borrowed, found] = [[null], [null], initial('latzero_value_info')];
    this.do('borrow', key, memory, found, borrowed);
    try {
      use(Buffer.from(koffi.view(memory[0], Number(found.size))));
    } finally {
      call('return', borrowed[0]);
    }
  }

  // Memory to fill, and what to commit or abandon.
  reserve(key, kind, length) {
    const [memory, reserved] = [[null], [null]];
    this.do('reserve', key, kind, length, null, memory, reserved);
    return [Buffer.from(koffi.view(memory[0], length)), reserved[0]];
  }

  // Keys that match, with the bytes of their values.
  * items(pattern) {
    const walk = [null];
    this.do('iter_open', pattern, walk);
    try {
      const [key, value, length, found] = [[null], [null], Buffer.alloc(8), initial('latzero_value_info')];
      for (;;) {
        const status = functions.latzero_iter_next(walk[0], key, length, value, found);
        if (status === Status.NOT_FOUND) return;
        check(status);
        yield [bytesAt(key[0], size(length)).toString(), bytesAt(value[0], Number(found.size))];
      }
    } finally {
      functions.latzero_iter_close(walk[0]);
    }
  }

  // Keys that match, about `count` looked at in a step; a key may come twice.
  scan(pattern, count) {
    const [names, bytes, stride] = [[], Buffer.from(pattern), koffi.sizeof(structs.latzero_key)];
    const [cursor, keys, found] = [Buffer.alloc(8), [null], Buffer.alloc(8)];
    do {
      call('scan', this.handle, cursor, count, bytes, bytes.length, keys, found);
      for (let i = 0; i < size(found); i++) {
        const { key, key_len: length } = koffi.decode(keys[0], i * stride, structs.latzero_key);
        names.push(bytesAt(key, Number(length)).toString());
      }
      functions.latzero_free(keys[0]);
    } while (cursor.readBigUInt64LE() !== 0n);
    return names;
  }

  // The pool as a latzero_pool_stats.
  stats() {
    const stats = initial('latzero_pool_stats');
    call('stats', this.handle, stats);
    return stats;
  }

  size() {
    const count = Buffer.alloc(8);
    call('size', this.handle, count);
    return size(count);
  }

  flush() { call('flush', this.handle); }
}

const { Event, Subscription, Watch, later } = watches({ koffi, structs, functions, initial, check, bytesAt, native }, generated);

// The kind and the stored bytes of a value of JavaScript's.
function stored(value) {
  const eight = Buffer.alloc(8);
  if (value === null) return { kind: Kind.NULL, data: Buffer.alloc(0) };
  if (Buffer.isBuffer(value)) return { kind: Kind.BYTES, data: value };
  switch (typeof value) {
    case 'boolean': return { kind: Kind.BOOL, data: Buffer.from([value ? 1 : 0]) };
    case 'bigint': eight.writeBigInt64LE(value); return { kind: Kind.INT64, data: eight };
    case 'number': eight.writeDoubleLE(value); return { kind: Kind.DOUBLE, data: eight };
    case 'string': return { kind: Kind.STRING, data: Buffer.from(value) };
    default: throw new TypeError(`latzero has no type for this ${typeof value} here; store() takes bytes of any kind`);
  }
}

// What stored() has made of a value.
function native({ kind, data }) {
  switch (kind) {
    case Kind.NULL: return null;
    case Kind.BOOL: return data[0] === 1;
    case Kind.INT64: return data.readBigInt64LE();
    case Kind.DOUBLE: return data.readDoubleLE();
    case Kind.STRING: return data.toString();
    case Kind.BYTES: return data;
    default: throw new TypeError(`a value of kind ${kind} has no type here; value() and fetch() read it`);
  }
}

// The JSON text of a value of any kind by its bytes.
function toJson({ kind, data }) {
  const [memory, length] = [[null], Buffer.alloc(8)];
  call('to_json', kind, data, data.length, memory, length);
  return owned(memory[0], size(length)).toString();
}

// The kind and the stored bytes of what a text says.
function fromJson(json) {
  const [text, kind, memory, length] = [Buffer.from(json), Buffer.alloc(4), [null], Buffer.alloc(8)];
  call('from_json', text, text.length, kind, memory, length);
  return { kind: kind.readUInt32LE(), data: owned(memory[0], size(length)) };
}

// The pools of this user by name, each as a latzero_pool_info.
function poolList() {
  const [first, count, stride] = [[null], Buffer.alloc(8), koffi.sizeof(structs.latzero_pool_info)];
  call('pool_list', stride, first, count);
  const pools = Array.from({ length: size(count) }, (_, i) => (
    koffi.decode(first[0], i * stride, structs.latzero_pool_info)));
  functions.latzero_free(first[0]);
  return new Map(pools.map((pool) => [pool.name, pool]));
}

const { declare, checkLayout, ...constants } = generated;
module.exports = {
  ...constants, Client, Event, LatzeroError, Subscription, Watch, call,
  checkLayout: () => checkLayout(koffi, structs), fromJson, native, poolList, stored, toJson,
};
