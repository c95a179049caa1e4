// Every verb, and the statuses that it answers with.
'use strict';

const assert = require('assert');
const {
  Client, Kind, Status, ValueFlag, call, fromJson, native, poolList, stored, toJson,
} = require('latzero');

const { INT64, BYTES } = Kind;

function int(number) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(number));
  return bytes;
}

function refused(code, call) {
  try {
    call();
  } catch (error) {
    assert.strictEqual(error.status, code, error);
    return error;
  }
  throw new Error('it went well');
}

// No key, or another one, opens nothing; nor does any where none is asked for.
function doors(pool, authKey) {
  refused(Status.AUTHENTICATION, () => Client.connect(pool, { authKey: `${authKey}!` }));
  if (authKey) refused(Status.AUTHENTICATION, () => Client.connect(pool));
}

function conditions(view, pool) {
  const key = 'verbs:one';
  let error = refused(Status.NOT_FOUND, () => view.store('replace', key, INT64, int(1)));
  assert(error.message.includes(key) && error.message.includes(pool));
  view.store('add', key, INT64, int(1));
  refused(Status.EXISTS, () => view.store('add', key, INT64, int(2)));
  view.store('replace', key, INT64, int(2));
  const before = view.value('get', key);
  assert(view.info(key).version === before.version);
  assert(before.data.equals(int(2)));
  const version = view.compareAndSet(key, before.version, INT64, int(3));
  assert(version > before.version);
  error = refused(Status.CONFLICT, () => view.compareAndSet(key, before.version, INT64, int(4)));
  assert.strictEqual(error.name, 'CONFLICT');
  refused(Status.CONFLICT, () => view.compareAndSet(key, 0, INT64, int(4)));
  const old = view.value('swap', key, INT64, int(4), 8, null);
  assert(old.data.equals(int(3)) && BigInt(old.version) === version);
  assert(view.value('take', key).data.equals(int(4)));
  refused(Status.NOT_FOUND, () => view.do('delete', key));
  refused(Status.TYPE_MISMATCH, () => view.int('get_i64', 'string'));
  refused(Status.OVERFLOW, () => view.int('increment', 'int64_max', 1n, 0n));
}

function fastSets(view, other, me) {
  for (let i = 0; i < 10; i++) view.store('set_fast', `verbs:fast:${i}`, INT64, int(i));
  assert(!other.exists(`${me}:verbs:fast:9`));
  const pending = view.value('get', 'verbs:fast:9');
  assert(pending.data.equals(int(9)) && pending.flags === ValueFlag.PENDING && pending.version === 0);
  view.flush();
  assert(other.exists(`${me}:verbs:fast:9`));
}

async function lifetimes(view, sleep) {
  const key = 'verbs:fast:0';
  assert.strictEqual(view.int('ttl', key), -1n);
  view.do('expire', key, 60000n);
  const left = view.int('ttl', key);
  assert(left > 30000n && left <= 60000n);
  view.do('persist', key);
  assert.strictEqual(view.int('ttl', key), -1n);
  view.store('set', 'verbs:brief', INT64, int(1), { ttl: 20 });
  await sleep(40);
  refused(Status.NOT_FOUND, () => view.value('get', 'verbs:brief'));
}

function entriesOf(keys, buffers, ttl) {
  return keys.map((key, i) => ({
    key: Buffer.from(key), key_len: key.length, value: buffers[i], capacity: 8, size: 8, version: 0, ttl_ms: ttl,
    type: INT64, tag: 0, status: 0, reserved: 0,
  }));
}

function batches(view) {
  view.batch('mset', entriesOf(['verbs:a', 'verbs:b', 'verbs:c'], [int(1), int(2), int(3)], 60000));
  const buffers = [int(0), int(0), int(0), int(0)];
  const keys = ['verbs:a', 'verbs:absent', 'verbs:b', 'verbs:c'];
  let entries = entriesOf(keys, buffers, 0);
  assert.strictEqual(view.batch('mget', entries), 3);
  assert(Buffer.concat(buffers).equals(Buffer.concat([int(1), int(0), int(2), int(3)])));
  const { type, ttl_ms: left, version } = entries[3];
  assert(type === INT64 && left > 30000 && left <= 60000 && version > 0);
  assert.deepStrictEqual(entries.map((entry) => entry.status), [0, Status.NOT_FOUND, 0, 0]);
  entries = entriesOf(keys, buffers, 0);
  assert.strictEqual(view.batch('delete_many', entries), 3);
  assert.deepStrictEqual(entries.map((entry) => entry.status), [0, Status.NOT_FOUND, 0, 0]);
}

// Many keys in one call, packed.
function blocks(view) {
  const values = {
    'block:none': null, 'block:int': -5n, 'block:text': 'Grüße'.repeat(40), 'block:bytes': Buffer.alloc(9000),
  };
  const keys = Object.keys(values);
  view.mset(keys.map((key) => ({ key, ...stored(values[key]) })), { ttl: 60000 });
  const found = view.mget([...keys, 'block:absent']);
  assert.deepStrictEqual(found.slice(0, 4).map(native), Object.values(values));
  assert(found[4].status === Status.NOT_FOUND && found[1].version === BigInt(view.info('block:int').version));
  assert(found[2].ttl_ms > 30000n && found[2].ttl_ms <= 60000n && found[0].key === 'block:none');
  for (const walk of [view.allItems('block:', { prefix: true, page: 1 }), view.allItems('block:*')]) {
    assert.deepStrictEqual(new Set([...walk].map(({ key }) => key)), new Set(keys));
  }
  assert(view.count('block:*') === 4 && view.clear('block:', { prefix: true }) === 4 && view.count('block:*') === 0);
}

function locksAndTexts(view) {
  const version = view.addVersioned('verbs:lock', 'me', { ttl: 60000 });
  refused(Status.EXISTS, () => view.addVersioned('verbs:lock', 'other'));
  refused(Status.CONFLICT, () => view.compareAndDelete('verbs:lock', version + 64n));
  view.compareAndDelete('verbs:lock', version);
  refused(Status.CONFLICT, () => view.compareAndDelete('verbs:lock', version));
  assert(view.appendJson('verbs:texts', '{"a": [1]}') === 1 && view.appendJson('verbs:texts', 'null') === 2);
  const found = view.copy('verbs:texts');
  assert.strictEqual(toJson(found), '[{"a":[1]},null]');
  assert(fromJson('[{"a": [1]}, null]').data.equals(found.data));
  view.delete('verbs:texts');
  view.updateJson('verbs:texts', '{"a": 1}');
  assert.strictEqual(view.fetch('get_json', 'verbs:texts').toString(), '{"a":1}');
  view.delete('verbs:texts');
}

// Counters that end, and a list as a queue.
function queues(view, other, me) {
  assert.deepStrictEqual([1, 2].map(() => view.increment('verbs:count', 2, 40, { ttl: 60000 })), [42n, 44n]);
  const left = view.int('ttl', 'verbs:count');
  assert(left > 30000n && left <= 60000n);
  refused(Status.INVALID_ARGUMENT, () => view.increment('verbs:count', 1, 0, { ttl: -1 }));
  assert(view.popFront('verbs:queue') === undefined && view.popBack('verbs:queue') === undefined);
  const elements = [1n, 'two', Buffer.alloc(1000), null];
  assert.deepStrictEqual(elements.map((element) => view.append('verbs:queue', element)), [1, 2, 3, 4]);
  assert.strictEqual(native(view.popBack('verbs:queue')), null);
  assert.strictEqual(native(other.popFront(`${me}:verbs:queue`)), 1n);
  assert.deepStrictEqual([1, 2].map(() => native(view.popFront('verbs:queue'))), elements.slice(1, 3));
  assert.strictEqual(view.popFront('verbs:queue'), undefined);
  refused(Status.TYPE_MISMATCH, () => view.popFront('verbs:count'));
  ['verbs:queue', 'verbs:count'].forEach((key) => view.delete(key));
}

function loans(view) {
  const key = 'verbs:loan';
  const expected = Buffer.alloc(20000, 'a');
  const [memory, reserved] = view.reserve(key, BYTES, expected.length);
  expected.copy(memory);
  call('commit', reserved);
  view.borrow(key, (lent) => {
    view.do('set_null', key, null);
    assert(lent.equals(expected));
  });
  call('abandon', view.reserve(key, BYTES, 1)[1]);
  view.do('delete', key);
}

function walksAndDescriptions(view, pool, authKey) {
  const names = Array.from({ length: 10 }, (_, i) => `verbs:fast:${i}`);
  const items = Array.from(view.items('verbs:fast:*')).sort();
  assert.deepStrictEqual(items.map(([name]) => name), names);
  items.forEach(([, value], i) => assert(value.equals(int(i))));
  assert.deepStrictEqual([...new Set(view.scan('verbs:fast:[0-9]', 3))].sort(), names);
  const stats = view.stats();
  assert(stats.name === pool && stats.clients >= 2 && stats.key_count >= 10);
  assert(stats.max_bytes === 104857600 && stats.utilization > 0 && stats.utilization <= 1);
  const sealed = authKey !== '';
  assert((stats.encryption === 1) === sealed && (stats.cipher !== 0) === sealed && stats.integrity_failures === 0);
  const { clients, cipher } = poolList().get(pool);
  assert(clients >= 2 && cipher === stats.cipher);
}

async function useVerbs(view, other, pool, me, authKey, sleep) {
  const before = view.size();
  doors(pool, authKey);
  conditions(view, pool);
  fastSets(view, other, me);
  await lifetimes(view, sleep);
  batches(view);
  blocks(view);
  locksAndTexts(view);
  queues(view, other, me);
  loans(view);
  walksAndDescriptions(view, pool, authKey);
  for (let i = 0; i < 10; i++) view.do('delete', `verbs:fast:${i}`);
  assert.strictEqual(view.size(), before);
}

module.exports = { useVerbs };
