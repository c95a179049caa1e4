// The script in JavaScript. See ../README.md.
'use strict';

const { Client, Kind, LatzeroError, Status, ValueFlag, call, checkLayout, stored: storedAs } = require('latzero');
const { follow, useWatches } = require('./changes');
const { useVerbs } = require('./verbs');

const TAG = 0xdeadbeef;
const DICT_JSON = '{"name":"Zoë","numbers":[1,-2,300,1099511627776],"half":0.5,' +
  '"nested":{"deep":{"er":null}},"ok":true}';
const UPDATE_JSON = '{"a":1,"b":3,"c":[]}';
const DICT = '85a46e616d65a45a6fc3aba76e756d626572739401fecd012ccf0000010000000000a468616c66cb3fe0000000000000' +
  'a66e657374656481a46465657081a26572c0a26f6bc3';
const MADE_BY_VERBS = ['increment', 'increment_f64', 'append', 'update'];

// A value that JavaScript has no type for. It does not promise to keep the bits of a NaN, either.
const packed = (kind, digits) => ({ kind, data: Buffer.from(digits, 'hex') });

// null, a boolean, a bigint (int64), a number (double), a string, a Buffer (bytes) or packed.
const values = {
  null: null, true: true, false: false,
  int64_min: -(2n ** 63n), int64_max: 2n ** 63n - 1n, int64_zero: 0n,
  double_tenth: 0.1, double_minus_zero: -0, double_infinity: Infinity, double_large: 1e308,
  double_nan: packed(Kind.DOUBLE, '01000000addef87f'),
  increment: 95n, increment_f64: 1.75,
  string: 'Grüße, 世界 🌍\0end', string_empty: '', large: 'latzero '.repeat(1000),
  bytes: Buffer.from(Array.from({ length: 256 }, (_, i) => i)), bytes_empty: Buffer.alloc(0),
  reserve: Buffer.from(Array.from({ length: 20000 }, (_, i) => (i * 7 + Math.floor(i / 256)) % 256)),
  opaque: packed(Kind.OPAQUE, '000102feff'),
  list: packed(Kind.LIST, '9601a47a77656992cb4004000000000000c0c3c40200ffc70354920102'),
  tuple: packed(Kind.TUPLE, '93ffa178c2'),
  dict: packed(Kind.DICT, DICT), dict_json: packed(Kind.DICT, DICT),
  append: packed(Kind.LIST, '9501a374776fcb3fe0000000000000c70354920102c40200ff'),
  update: packed(Kind.DICT, '83a16101a16203a16390'),
};

// The kind and the stored bytes of each.
function stored(native) {
  return native && native.data ? native : storedAs(native);
}

function writeValue(view, name, native) {
  const { kind, data } = stored(native);
  if (name === 'reserve') {
    const [memory, reserved] = view.reserve(name, kind, data.length);
    data.copy(memory);
    call('commit', reserved);
  } else if (name === 'dict_json') {
    view.do('set_json', name, Buffer.from(DICT_JSON), Buffer.byteLength(DICT_JSON), null);
  } else if (native === null) {
    view.do('set_null', name, null);
  } else if (kind === Kind.BOOL) {
    view.do('set_bool', name, native ? 1 : 0, null);
  } else if (kind === Kind.INT64) {
    view.do('set_i64', name, native, null);
  } else if (typeof native === 'number') {
    view.do('set_f64', name, native, null);
  } else if (kind === Kind.STRING) {
    view.do('set_string', name, data, data.length, null);
  } else if (kind === Kind.BYTES) {
    view.do('set_bytes', name, data, data.length, null);
  } else if (kind === Kind.LIST || kind === Kind.DICT) {
    view.do('set_msgpack', name, data, data.length, null);
  } else {
    view.store('set', name, kind, data, { tag: kind === Kind.OPAQUE ? TAG : 0 });
  }
}

// Wrong by as little as can be: another tag, another kind or one bit.
function spoil(view, name, native) {
  const { kind, data } = stored(native);
  const copy = Buffer.from(data);
  if (kind === Kind.OPAQUE) return view.store('set', name, kind, data, { tag: TAG + 1 });
  if (name === 'string') return view.store('set', name, Kind.BYTES, data);
  copy[copy.length - 1] ^= 1;
  return view.store('set', name, kind, copy);
}

function writeValues(view, wrong) {
  view.out('increment', 'increment', 5n, 100n);
  view.out('decrement', 'increment', 10n, 0n);
  view.out('increment_f64', 'increment_f64', 0.25, 1.5);
  for (const element of [1n, 'two', 0.5, packed(Kind.TUPLE, '920102'), Buffer.from([0, 255])]) {
    const { kind, data } = stored(element);
    view.out('append', 'append', kind, data, data.length);
  }
  for (const digits of ['82a16101a16202', '82a16203a16390']) {
    view.do('update', 'update', Buffer.from(digits, 'hex'), digits.length / 2);
  }
  for (const [name, native] of Object.entries(values)) {
    if (!MADE_BY_VERBS.includes(name)) writeValue(view, name, native);
    if (name === wrong) spoil(view, name, native);
  }
}

function typedGet(client, key, { kind, data }) {
  switch (kind) {
    case Kind.BOOL: return stored(client.out('get_bool', key).readInt32LE() === 1);
    case Kind.INT64: return stored(client.int('get_i64', key));
    case Kind.DOUBLE: return { kind, data: client.out('get_f64', key) };
    case Kind.STRING: return stored(client.fetch('get_string', key).toString());
    case Kind.BYTES: return stored(client.fetch('get_bytes', key));
    case Kind.LIST: case Kind.TUPLE: case Kind.DICT: return { kind, data: client.fetch('get_msgpack', key) };
    default: return { kind, data };
  }
}

function difference(client, key, name, native) {
  const expected = stored(native);
  const found = client.copy(key);
  if (found.kind !== expected.kind) return 'another kind';
  if (found.tag !== (expected.kind === Kind.OPAQUE ? TAG : 0)) return 'another tag';
  if (!found.data.equals(expected.data)) return 'other bytes';
  const flags = name === 'large' && !process.env.LATZERO_TEST_AUTH_KEY ? ValueFlag.COMPRESSED : 0;
  if (found.flags !== flags || found.version === 0 || found.ttl_ms !== -1) return 'another TTL, version or flags';
  if (expected !== native && !stored(client.get(key)).data.equals(expected.data)) return 'get() differs';
  const json = name === 'update' ? UPDATE_JSON : DICT_JSON;
  if (expected.kind === Kind.DICT && client.fetch('get_json', key).toString() !== json) return 'other JSON';
  const typed = typedGet(client, key, expected);
  return typed.kind === expected.kind && typed.data.equals(expected.data) ? null : 'the typed get differs';
}

function compareValues(client, language) {
  let different = 0;
  for (const [name, native] of Object.entries(values)) {
    const key = `${language}:${name}`;
    let found;
    try {
      found = difference(client, key, name, native);
    } catch (error) {
      if (!(error instanceof LatzeroError)) throw error;
      found = error.message;
    }
    if (found === null) continue;
    console.log(`different ${key} (${found})`);
    different++;
  }
  if (different === 0) console.log(`equal ${language} ${Object.keys(values).length}`);
  return different;
}

// Adds one by compare-and-set; returns how often somebody else was quicker.
function addOne(client) {
  for (let conflicts = 0; ; conflicts++) {
    let [version, number] = [0, 0n];
    try {
      const found = client.value('get', 'shared:number');
      [version, number] = [found.version, found.data.readBigInt64LE()];
    } catch (error) {
      if (error.status !== Status.NOT_FOUND) throw error;
    }
    try {
      client.compareAndSet('shared:number', version, Kind.INT64, stored(number + 1n).data);
      return conflicts;
    } catch (error) {
      if (error.status !== Status.CONFLICT) throw error;
    }
  }
}

const sleep = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

async function together(client, me, all, rounds) {
  const deadline = Date.now() + 60000;
  let conflicts = 0;
  client.out('increment', 'shared:ready', 1n, 0n);
  while (client.int('get_i64', 'shared:ready') < all) {
    if (Date.now() > deadline) throw new Error('the others do not come');
    await sleep(1);
  }
  for (let i = 0; i < rounds; i++) {
    const element = Buffer.from(`${me} ${i}`);
    client.out('increment', 'shared:count', 1n, 0n);
    client.out('append', 'shared:list', Kind.STRING, element, element.length);
    conflicts += addOne(client);
    if (i % 100 === 0) await sleep(1);
  }
  console.log('conflicts', conflicts);
}

async function run(phase, pool, me, languages, last) {
  const all = languages.split(',');
  const authKey = process.env.LATZERO_TEST_AUTH_KEY || '';
  const client = Client.connect(pool, { authKey });
  let different = 0;
  if (phase === 'write') {
    checkLayout();
    const [view, other] = [client.namespace(me), Client.connect(pool, { authKey })];
    writeValues(view, last);
    await useVerbs(view, other, pool, me, authKey, sleep);
    view.close();
    other.close();
  } else if (phase === 'read') {
    for (const language of all) different += compareValues(client, language);
  } else if (phase === 'together') {
    await together(client, me, all.length, Number(last));
  } else if (phase === 'follow' || phase === 'forget') {
    const [view, other] = [client.namespace(me), Client.connect(pool, { authKey })];
    await useWatches(view, other, pool, me, authKey !== '');
    view.close();
    other.close();
    different = await follow(client, me, all.length, Number(last), phase === 'forget');
  } else {
    return 2;
  }
  client.close();
  return different > 0 ? 1 : 0;
}

run(...process.argv.slice(2)).then((code) => { process.exitCode = code; });
