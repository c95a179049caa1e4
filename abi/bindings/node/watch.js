// Watches: the changes of a pool's keys as events, for `for await`.
'use strict';

// The event loop has its turn after so many events, though there are more.
const EVENTS_IN_A_ROW = 100;

// What the package's other half gives: koffi, the library's structs, functions and initial(), check() for a status,
// bytesAt() for a copy, native() for a value.
function watches({ koffi, structs, functions, initial, check, bytesAt, native }, { Status, WatchFlag }) {
  // Calls a function in a thread of Node's pool; gives its status. Its last error stays in that thread.
  const later = (client, name, ...values) => new Promise((resolve, reject) => {
    client.waiting++;
    functions[name].async(...values, (error, status) => {
      client.waiting--;
      return error ? reject(error) : resolve(status);
    });
  });

  // A value with all that is known of it, as Client.value() gives it; undefined if there is none.
  function foundIn(event) {
    if (!event.info) return undefined;
    const info = koffi.decode(event.info, structs.latzero_value_info);
    return { ...info, kind: info.type, data: bytesAt(event.value, Number(info.size)) };
  }

  // What a watch tells: kind is one of EventKind, key is text, or null if it has none. With values, found is the key's
  // value by then, or undefined: status says why. 64-bit numbers are bigints where a number cannot hold them.
  class Event {
    constructor(event) {
      const { kind, flags, stripe, revision, version, lost, client, client_process: process, value_status: status } = event;
      const key = event.key ? bytesAt(event.key, Number(event.key_len)).toString() : null;
      Object.assign(this, { kind, flags, stripe, key, revision, version, lost, client, process, status });
      this.found = foundIn(event);
    }

    // The value as get() gives it; undefined as well if there is none.
    get value() { return this.found && native(this.found); }
  }

  function flagsOf({ updates = true, deletes = true, expiries = true, clients, values, others, follow }) {
    const wanted = {
      UPDATES: updates, DELETES: deletes, EXPIRIES: expiries, CLIENTS: clients, VALUES: values, OTHERS: others,
      FOLLOW: follow,
    };
    return Object.keys(wanted).reduce((what, name) => (wanted[name] ? what | WatchFlag[name] : what), 0);
  }

  // Delivers events to `for await` and by next(), which wait in a thread of Node's pool. It ends by close().
  class Watch {
    constructor(client, { pattern, since = null, history = 0, ...wanted } = {}) {
      const [handle, text] = [[null], pattern === undefined ? null : Buffer.from(pattern)];
      check(functions.latzero_watch_open(client.handle, {
        ...initial('latzero_watch_options'), what: flagsOf(wanted), pattern: text, pattern_len: text ? text.length : 0,
        from: since, history,
      }, handle));
      [this.client, this.handle] = [client, handle[0]];
      this.turn = Promise.resolve();
    }

    // A promise of the next event, of undefined if none comes for so many milliseconds; -1 is for ever. Several are
    // answered in turn. Fails with Status.CANCELLED after wake() and Status.DESTROYED after the pool's end was told.
    next(timeout = -1) { return this.inTurn(() => this.take(timeout)); }

    inTurn(work) {
      const mine = this.turn.then(work);
      this.turn = mine.catch(() => {});
      return mine;
    }

    async take(timeout) {
      const event = initial('latzero_event');
      let status = functions.latzero_watch_next(this.handle, 0, event);
      if (status === Status.TIMEOUT && timeout !== 0) {
        const there = await later(this.client, 'latzero_watch_next', this.handle, timeout, event);
        // The sentence of what went wrong there is to be had here: by the same call.
        const again = ![Status.OK, Status.TIMEOUT, Status.CANCELLED, Status.DESTROYED].includes(there);
        status = again ? functions.latzero_watch_next(this.handle, 0, event) : there;
      }
      if (status === Status.TIMEOUT) return undefined;
      check(status);
      return new Event(event);
    }

    // Ends the wait of a next(), or the next one.
    wake() { check(functions.latzero_watch_wake(this.handle)); }

    // A promise of where the watch is, to be stored: watch({ since }) goes on there.
    revision() {
      return this.inTurn(() => {
        const revision = {};
        check(functions.latzero_watch_revision(this.handle, revision));
        return revision;
      });
    }

    // Ends the watch; a promise, since a next() that waits has to end first.
    close() {
      if (this.handle === null) return Promise.resolve();
      functions.latzero_watch_wake(this.handle);
      return this.inTurn(() => {
        functions.latzero_watch_close(this.handle);
        this.handle = null;
      });
    }

    // Ends at wake(), at close(), and after the pool's end.
    async* [Symbol.asyncIterator]() {
      for (let count = 1; this.handle !== null; count++) {
        try {
          yield await this.next();
        } catch (error) {
          if (this.handle === null || error.status === Status.CANCELLED || error.status === Status.DESTROYED) return;
          throw error;
        }
        if (count % EVENTS_IN_A_ROW === 0) await new Promise(setImmediate);
      }
    }
  }

  // Calls a function with each event of a watch, until close(). What it throws is an uncaught exception, as of any
  // function that the event loop calls; it is called again.
  class Subscription {
    constructor(watch, callback) {
      Object.assign(this, { watch, over: false });
      this.loop = this.run(callback);
    }

    async run(callback) {
      for await (const event of this.watch) {
        if (this.over) return;
        try {
          callback(event);
        } catch (error) {
          process.nextTick(() => { throw error; });
        }
      }
    }

    // The function is not called any more from here on. A promise of the watch's end, of which the client's close()
    // needs to be sure.
    async close() {
      this.over = true;
      await this.watch.close();
      await this.loop;
    }
  }

  return { Event, Subscription, Watch, later };
}

module.exports = { watches };
