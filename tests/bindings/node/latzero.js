// What the script uses of latzero, through koffi. A status other than OK is a LatzeroError. Results come through
// buffers, so that 64-bit numbers stay whole.
'use strict';

const koffi = require('koffi');

const kind = { NULL: 0, BOOL: 1, INT64: 2, DOUBLE: 3, STRING: 4, BYTES: 5, LIST: 6, TUPLE: 7, DICT: 8, OPAQUE: 9 };
const flag = { COMPRESSED: 1, PENDING: 2 };
const status = {
  OK: 0, AUTHENTICATION: -4, NOT_FOUND: -8, EXISTS: -9, TYPE_MISMATCH: -10, OVERFLOW: -11, TOO_SMALL: -12, CONFLICT: -14,
};

const connectOptions = koffi.struct('latzero_connect_options', {
  struct_size: 'uint32_t', flags: 'uint32_t', timeout_ms: 'int64_t', create_options: 'void *', auth_key: 'void *',
  auth_key_len: 'size_t',
});
const valueInfo = koffi.struct('latzero_value_info', {
  struct_size: 'uint32_t', type: 'uint32_t', size: 'uint64_t', version: 'uint64_t', ttl_ms: 'int64_t',
  tag: 'uint32_t', flags: 'uint32_t',
});
const setOptions = koffi.struct('latzero_set_options', {
  struct_size: 'uint32_t', flags: 'uint32_t', ttl_ms: 'int64_t', tag: 'uint32_t', reserved: 'uint32_t',
});
const entry = koffi.struct('latzero_entry', {
  key: 'void *', key_len: 'size_t', value: 'void *', capacity: 'size_t', size: 'uint64_t', version: 'uint64_t',
  ttl_ms: 'int64_t', type: 'uint32_t', tag: 'uint32_t', status: 'int32_t', reserved: 'uint32_t',
});
const keyStruct = koffi.struct('latzero_key', { key: 'void *', key_len: 'size_t' });
const poolInfo = koffi.struct('latzero_pool_info', {
  struct_size: 'uint32_t', flags: 'uint32_t', name: koffi.array('char', 208, 'String'), clients: 'uint64_t',
  key_count: 'uint64_t', used_bytes: 'uint64_t', capacity_bytes: 'uint64_t', max_bytes: 'uint64_t',
  idle_ttl_ms: 'int64_t', created_ns: 'int64_t', cipher: 'uint32_t', reserved: 'uint32_t',
});
const poolStats = koffi.struct('latzero_pool_stats', {
  struct_size: 'uint32_t', read_only: 'uint32_t', name: koffi.array('char', 208, 'String'), clients: 'uint64_t',
  key_count: 'uint64_t', used_bytes: 'uint64_t', capacity_bytes: 'uint64_t', max_bytes: 'uint64_t',
  utilization: 'double', free_bytes: 'uint64_t', commits: 'uint64_t', encryption: 'uint32_t', flags: 'uint32_t',
  borrowed_bytes: 'uint64_t', integrity_failures: 'uint64_t', cipher: 'uint32_t', reserved: 'uint32_t',
});

const library = koffi.load('liblatzero.so');
const lib = {};
const onKey = 'void *c, void *key, size_t n';
const store = 'uint32_t type, void *value, size_t size';
const options = 'latzero_set_options *options';
const info = '_Inout_ latzero_value_info *info';
const prototypes = [
  'const char *last_error()', 'const char *status_name(int32_t status)', 'void free(void *memory)',
  'int32_t connect(const char *name, latzero_connect_options *options, _Out_ void **client)',
  'int32_t disconnect(void *c)',
  `int32_t namespace(${onKey}, _Out_ void **view)`,
  'int32_t pool_list(uint32_t struct_size, _Out_ void **pools, void *count)',
  'int32_t stats(void *c, _Inout_ latzero_pool_stats *stats)', 'int32_t size(void *c, void *size)',
  'int32_t flush(void *c)',
  ...['set', 'set_fast', 'add', 'replace'].map((name) => `int32_t ${name}(${onKey}, ${store}, ${options})`),
  `int32_t set_null(${onKey}, ${options})`, `int32_t set_bool(${onKey}, int32_t value, ${options})`,
  `int32_t set_i64(${onKey}, int64_t value, ${options})`, `int32_t set_f64(${onKey}, double value, ${options})`,
  ...['set_string', 'set_bytes', 'set_json', 'set_msgpack'].map(
    (name) => `int32_t ${name}(${onKey}, void *bytes, size_t size, ${options})`),
  `int32_t get(${onKey}, void *buffer, size_t room, ${info})`,
  `int32_t take(${onKey}, void *buffer, size_t room, ${info})`,
  `int32_t swap(${onKey}, ${store}, ${options}, void *buffer, size_t room, ${info})`,
  `int32_t compare_and_set(${onKey}, uint64_t version, ${store}, ${options}, void *stored)`,
  ...['get_bool', 'get_i64', 'get_f64', 'exists', 'ttl'].map((name) => `int32_t ${name}(${onKey}, void *value)`),
  ...['get_string', 'get_bytes', 'get_json', 'get_msgpack'].map(
    (name) => `int32_t ${name}(${onKey}, _Out_ void **memory, void *size)`),
  `int32_t delete(${onKey})`, `int32_t persist(${onKey})`, `int32_t expire(${onKey}, int64_t ttl_ms)`,
  `int32_t increment(${onKey}, int64_t delta, int64_t initial, void *sum)`,
  `int32_t decrement(${onKey}, int64_t delta, int64_t initial, void *sum)`,
  `int32_t increment_f64(${onKey}, double delta, double initial, void *sum)`,
  `int32_t append(${onKey}, ${store}, void *length)`, `int32_t update(${onKey}, void *dict, size_t size)`,
  'int32_t mset(void *c, uint32_t entry_size, _Inout_ latzero_entry *entries, size_t count)',
  'int32_t mget(void *c, uint32_t entry_size, _Inout_ latzero_entry *entries, size_t count, void *found)',
  'int32_t delete_many(void *c, uint32_t entry_size, _Inout_ latzero_entry *entries, size_t count, void *deleted)',
  `int32_t borrow(${onKey}, _Out_ void **value, ${info}, _Out_ void **borrowed)`, 'int32_t return(void *borrowed)',
  `int32_t reserve(${onKey}, uint32_t type, size_t size, ${options}, _Out_ void **memory, _Out_ void **reserved)`,
  'int32_t commit(void *reserved)', 'int32_t abandon(void *reserved)',
  `int32_t iter_open(${onKey}, _Out_ void **walk)`,
  `int32_t iter_next(void *walk, _Out_ void **key, void *n, _Out_ void **value, ${info})`,
  'void iter_close(void *walk)',
  'int32_t scan(void *c, void *cursor, size_t count, void *pattern, size_t n, _Out_ void **keys, void *found)',
];
for (const prototype of prototypes) {
  const name = prototype.match(/(\w+)\(/)[1];
  lib[name] = library.func(prototype.replace(`${name}(`, `latzero_${name}(`));
}

class LatzeroError extends Error {
  constructor(code) {
    super(lib.last_error());
    this.status = code;
    this.name = lib.status_name(code);
  }
}

function check(code) {
  if (code !== status.OK) throw new LatzeroError(code);
}

const emptyInfo = () => ({ struct_size: koffi.sizeof(valueInfo) });
const how = ({ ttl = 0, tag = 0 } = {}) => ({ struct_size: koffi.sizeof(setOptions), ttl_ms: ttl, tag });
const size = (buffer) => Number(buffer.readBigUInt64LE());
const bytesAt = (memory, length) => Buffer.from(Buffer.from(koffi.view(memory, length)));

class Client {
  constructor(handle) { this.handle = handle; }

  // With an auth key, or none if it is empty.
  static connect(pool, authKey) {
    const [handle, key] = [[null], Buffer.from(authKey)];
    check(lib.connect(pool, {
      struct_size: koffi.sizeof(connectOptions), auth_key: key.length > 0 ? key : null, auth_key_len: key.length,
    }, handle));
    return new Client(handle[0]);
  }

  close() { check(lib.disconnect(this.handle)); }

  namespace(name) {
    const view = [null];
    this.do('namespace', name, view);
    return new Client(view[0]);
  }

  // Any verb on a key whose further arguments go to C as they are.
  do(verb, key, ...more) {
    const bytes = Buffer.from(key);
    check(lib[verb](this.handle, bytes, bytes.length, ...more));
  }

  // A verb whose last argument takes its one result, of 8 bytes or fewer.
  out(verb, key, ...more) {
    const result = Buffer.alloc(8);
    this.do(verb, key, ...more, result);
    return result;
  }

  int(verb, key, ...more) { return this.out(verb, key, ...more).readBigInt64LE(); }

  store(verb, key, type, data, options) { this.do(verb, key, type, data, data.length, how(options)); }

  // A get of bytes of any length.
  fetch(verb, key) {
    const memory = [null];
    const length = Buffer.alloc(8);
    this.do(verb, key, memory, length);
    const copy = bytesAt(memory[0], size(length));
    lib.free(memory[0]);
    return copy;
  }

  // get, take and swap: a value with all that is known of it.
  value(verb, key, ...before) {
    for (let room = 64; ;) {
      const buffer = Buffer.alloc(room);
      const found = emptyInfo();
      try {
        this.do(verb, key, ...before, buffer, room, found);
      } catch (error) {
        if (error.status !== status.TOO_SMALL) throw error;
        room = Number(found.size);
        continue;
      }
      return { ...found, data: buffer.subarray(0, Number(found.size)) };
    }
  }

  compareAndSet(key, version, type, data) {
    return this.out('compare_and_set', key, version, type, data, data.length, null).readBigUInt64LE();
  }

  exists(key) { return this.out('exists', key).readInt32LE() === 1; }

  // mset, or mget and delete_many, which tell how many keys there were.
  batch(verb, entries) {
    const found = Buffer.alloc(8);
    check(lib[verb](this.handle, koffi.sizeof(entry), entries, entries.length, ...(verb === 'mset' ? [] : [found])));
    return size(found);
  }

  // Gives the bytes where they lie, while `use` runs.
  borrow(key, use) {
    const memory = [null];
    const borrowed = [null];
    const found = emptyInfo();
    this.do('borrow', key, memory, found, borrowed);
    try {
      use(Buffer.from(koffi.view(memory[0], Number(found.size))));
    } finally {
      check(lib.return(borrowed[0]));
    }
  }

  // Memory to fill, and what to commit or abandon.
  reserve(key, type, length) {
    const memory = [null];
    const reserved = [null];
    this.do('reserve', key, type, length, null, memory, reserved);
    return [Buffer.from(koffi.view(memory[0], length)), reserved[0]];
  }

  * items(pattern) {
    const walk = [null];
    this.do('iter_open', pattern, walk);
    try {
      const [key, value, length, found] = [[null], [null], Buffer.alloc(8), emptyInfo()];
      while (lib.iter_next(walk[0], key, length, value, found) === status.OK) {
        yield [bytesAt(key[0], size(length)).toString(), bytesAt(value[0], Number(found.size))];
      }
    } finally {
      lib.iter_close(walk[0]);
    }
  }

  // May name a key twice.
  scan(pattern, count) {
    const names = [];
    const [cursor, keys, found, bytes] = [Buffer.alloc(8), [null], Buffer.alloc(8), Buffer.from(pattern)];
    do {
      check(lib.scan(this.handle, cursor, count, bytes, bytes.length, keys, found));
      for (let i = 0; i < size(found); i++) {
        const { key, key_len: length } = koffi.decode(keys[0], i * koffi.sizeof(keyStruct), keyStruct);
        names.push(bytesAt(key, Number(length)).toString());
      }
      lib.free(keys[0]);
    } while (cursor.readBigUInt64LE() !== 0n);
    return names;
  }

  stats() {
    const stats = { struct_size: koffi.sizeof(poolStats) };
    check(lib.stats(this.handle, stats));
    return stats;
  }

  size() {
    const count = Buffer.alloc(8);
    check(lib.size(this.handle, count));
    return size(count);
  }
}

// The pools of this user by name.
function poolList() {
  const [first, count, stride] = [[null], Buffer.alloc(8), koffi.sizeof(poolInfo)];
  check(lib.pool_list(stride, first, count));
  const pools = Array.from({ length: size(count) }, (_, i) => koffi.decode(first[0], i * stride, poolInfo));
  lib.free(first[0]);
  return new Map(pools.map((pool) => [pool.name, pool]));
}

module.exports = { Client, LatzeroError, check, flag, kind, lib, poolList, status };
