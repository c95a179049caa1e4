// Watches and waits, and a copy that follows what all languages write.
'use strict';

const assert = require('assert');
const { spawn } = require('child_process');
const { EventFlag, EventKind, STRIPES, Status } = require('latzero');

const KEYS = 200;
const BRIEF = 20; // keys that are known to the copy, and deleted before it reads on

// A copy of keys. One that is forgetful keeps what was deleted in a gap.
class Mirror {
  constructor(forgetful) {
    Object.assign(this, { forgetful, gaps: 0, keys: new Map(), stripes: new Map(), stale: new Map() });
  }

  apply({ key, kind, status, stripe, value }) {
    if (key !== null) {
      this.stripes.set(key, stripe);
      if (this.stale.has(stripe)) this.stale.get(stripe).delete(key);
      if (status === Status.OK) {
        this.keys.set(key, value);
      } else {
        assert.strictEqual(status, Status.NOT_FOUND);
        this.keys.delete(key);
      }
    } else if (kind === EventKind.RESYNC) {
      this.gaps++;
      this.stale.set(stripe, new Set([...this.keys.keys()].filter((one) => this.stripes.get(one) === stripe)));
    } else {
      assert.strictEqual(kind, EventKind.SYNCED);
      const stale = this.stale.get(stripe) || [];
      this.stale.delete(stripe);
      if (!this.forgetful) stale.forEach((one) => this.keys.delete(one));
    }
  }
}

// Waits until all have come here.
async function everybody(client, key, count) {
  client.increment(key);
  for (let found = client.value('get', key); found.data.readBigInt64LE() < count; found = client.value('get', key)) {
    assert(await client.wait(key, found.version, 60000) !== undefined);
  }
}

async function take(watch, mirror, most, timeout) {
  for (let i = 0; i < most; i++) {
    const event = await watch.next(timeout);
    if (event === undefined) return;
    mirror.apply(event);
  }
}

function writeSomething(client, me, number) {
  const key = `copy:${Math.floor(Math.random() * KEYS)}`;
  if (Math.random() >= 0.25) {
    client.set(key, number % 2 === 0 ? BigInt(number) : `${me} ${number}`);
    return;
  }
  try {
    client.delete(key);
  } catch (error) {
    if (error.status !== Status.NOT_FOUND) throw error;
  }
}

// 1 if the copy differs from the pool in the end.
async function follow(client, me, count, rounds, forgetful) {
  const mirror = new Mirror(forgetful);
  const watch = client.watch({ pattern: 'copy:*', follow: true, history: 16 });
  for (let i = 0; i < BRIEF; i++) client.set(`copy:${me}:${i}`, true);
  await take(watch, mirror, Infinity, 0);
  await everybody(client, 'shared:watching', count);
  for (let i = 0; i < BRIEF; i++) client.delete(`copy:${me}:${i}`);
  for (let i = 0; i < rounds; i++) {
    writeSomething(client, me, i);
    if (i % 500 === 0 && i >= rounds / 2) await take(watch, mirror, 50, 0);
  }
  await everybody(client, 'shared:written', count);
  await take(watch, mirror, Infinity, 200);
  await watch.close();
  const expected = Array.from(client.items('copy:*'), ([key]) => [key, client.get(key)]).sort();
  let different = 0;
  try {
    assert.deepStrictEqual([...mirror.keys].sort(), expected);
  } catch (error) {
    different = 1;
  }
  console.log(`${different ? 'different' : 'equal'}: ${expected.length} keys, ${mirror.gaps} gaps`);
  assert(mirror.gaps > 0 && expected.length > 0);
  return different;
}

// ---- what a watch delivers

// The next one with a key: in an encrypted pool nobody may be able to tell whose value came and went.
async function next(watch, sealed) {
  for (;;) {
    const event = await watch.next(10000);
    assert(event !== undefined && event.kind !== EventKind.LOST);
    if (!sealed || (event.flags & EventFlag.NAMELESS) === 0) return event;
  }
}

async function kindsAndValues(view, other, key, sealed) {
  const watch = view.watch({ pattern: 'watched:*', values: true, history: 16 });
  const expect = async (kind, value, status = Status.OK) => {
    const event = await next(watch, sealed);
    assert.deepStrictEqual([event.kind, event.key, event.value, event.status], [kind, 'watched:a', value, status]);
    return event;
  };
  const nothing = await watch.next(20);
  assert(sealed || nothing === undefined);
  other.set(key, 'first');
  const event = await expect(EventKind.CREATED, 'first');
  assert(event.version === event.found.version && event.version === view.value('get', 'watched:a').version);
  assert(Number(BigInt(event.revision) % BigInt(STRIPES)) === event.stripe && event.lost === 0);
  assert.strictEqual(event.process, process.pid);
  const pending = expect(EventKind.SET, 2n);
  setTimeout(() => other.set(key, 2n), 20);
  await pending;
  other.increment(key);
  await expect(sealed ? EventKind.SET : EventKind.CHANGED, 3n);
  const before = JSON.parse(JSON.stringify(await watch.revision()));
  other.do('expire', key, 60000);
  await expect(EventKind.TTL, 3n);
  const again = view.watch({ pattern: 'watched:*', since: before });
  const seen = await next(again, sealed);
  assert(seen.kind === EventKind.TTL && seen.found === undefined);
  await again.close();
  other.delete(key);
  await expect(EventKind.ERASED, undefined, Status.NOT_FOUND);
  await watch.close();
  await assert.rejects(watch.next(), (error) => error.status === Status.INVALID_ARGUMENT);
}

// While a loop waits, all else goes on, and wake() and close() end it.
async function loops(view, other, key) {
  const watch = view.watch({ pattern: 'watched:loop', values: true, history: 16 });
  const heard = [];
  let [written, ended] = [0, null];
  const writing = setInterval(() => { other.set(key, BigInt(written++)); }, 1);
  for await (const event of watch) {
    if (event.key !== null) heard.push(event.value);
    if (heard.length > 0 && heard[heard.length - 1] >= 50n) break;
  }
  clearInterval(writing);
  assert.deepStrictEqual(heard, [...heard].sort((a, b) => Number(a - b)));
  setTimeout(() => watch.wake(), 20);
  for await (const event of watch) assert(event.key === null || event.value >= 50n);
  setTimeout(() => { ended = watch.close(); }, 20);
  for await (const event of watch) assert(event.key === null || event.value >= 50n);
  await ended;
}

async function waits(view, other, key) {
  const waiting = view.wait('watched:w', 0, 20);
  assert.throws(() => view.close(), /still waits/);
  assert.strictEqual(await waiting, undefined);
  setTimeout(() => other.set(key, 1n), 20);
  const version = await view.wait('watched:w', 0);
  assert.strictEqual(version, BigInt(view.value('get', 'watched:w').version));
  assert.strictEqual(await view.wait('watched:w', version, 0), undefined);
  other.delete(key);
  assert.strictEqual(await view.wait('watched:w', version, 0), 0n);
  await assert.rejects(view.wait('', 0), (error) => error.name === 'INVALID_ARGUMENT' && error.message !== '');
}

// They hear what another process writes. One closes itself; what one throws keeps nobody from being told.
async function callbacks(view, pool, me) {
  const [heard, once, thrown, options] = [[], [], [], { pattern: 'watched:on', values: true }];
  const note = (error) => thrown.push(error.message);
  process.on('uncaughtException', note);
  const ticker = spawn(process.env.LATZERO_TEST_TICKER, ['tick', pool, `${me}:watched:on`],
    { stdio: ['pipe', 'inherit', 'inherit'] });
  const ended = new Promise((resolve) => { ticker.on('exit', resolve); });
  let all;
  await new Promise((resolve) => {
    all = view.on((event) => {
      if (event.value === undefined) return;
      heard.push(event);
      if (heard.length === 10) resolve();
      throw new Error(event.key);
    }, options);
    const short = view.on((event) => {
      if (event.key === null) return;
      once.push(event.key);
      short.close();
    }, options);
  });
  await Promise.all([all.close(), all.close()]);
  const count = heard.length;
  ticker.stdin.end();
  assert.strictEqual(await ended, 0);
  process.off('uncaughtException', note);
  assert.deepStrictEqual([once, heard.length, thrown.length], [['watched:on'], count, count]);
  assert(heard.every(({ key, process: from }) => key === 'watched:on' && from === ticker.pid));
  assert(heard.every(({ value }, at) => at === 0 || value >= heard[at - 1].value));
}

async function useWatches(view, other, pool, me, sealed) {
  await kindsAndValues(view, other, `${me}:watched:a`, sealed);
  await loops(view, other, `${me}:watched:loop`);
  await waits(view, other, `${me}:watched:w`);
  await callbacks(view, pool, me);
}

module.exports = { follow, useWatches };
