using System;
using System.Collections;
using System.Collections.Generic;
using static Latzero.LatzeroException;
using static Latzero.Native;

namespace Latzero
{
    /// <summary>What a watch tells.</summary>
    public sealed class Event
    {
        public EventKind Kind;
        public EventFlag Flags;
        public uint Stripe, Client, Process;
        /// <summary>null if it has none</summary>
        public string Key;
        public ulong Revision, Version, Lost;
        /// <summary>With WatchFlag.Values what the key has by then; else null, and Status says why.</summary>
        public Value Value;
        public Status Status;

        internal static unsafe Event Of(latzero_event told)
        {
            var found = new Event {
                Kind = (EventKind)told.kind, Flags = (EventFlag)told.flags, Stripe = told.stripe, Client = told.client,
                Process = told.client_process, Revision = told.revision, Version = told.version, Lost = told.lost,
                Status = told.value_status };
            if (told.key != null) found.Key = Memory.Text(told.key, (ulong)told.key_len);
            if (told.info != null) found.Value = Latzero.Client.Found(*told.info, Memory.Bytes(told.value, told.info->size));
            return found;
        }
    }

    /// <summary>Delivers events: by Next, and to a foreach, which ends at Wake, at Dispose, and after the pool's end. One
    /// thread may wait in it; others may wake or dispose of it.</summary>
    public sealed class Watch : IEnumerable<Event>, IDisposable
    {
        readonly object waiting = new object(), ending = new object();
        readonly Action<Watch> closed;
        IntPtr handle;
        volatile bool disposed;

        internal Watch(IntPtr handle, Action<Watch> closed)
        {
            this.handle = handle;
            this.closed = closed;
        }

        /// <summary>The next event; null if none comes for so many milliseconds, -1 being for ever. Throws with
        /// Status.Cancelled after Wake, and with Status.Destroyed after the pool's end was told.</summary>
        public unsafe Event Next(long timeoutMs = -1)
        {
            lock (waiting)
            {
                var told = latzero_event.Init;
                var status = latzero_watch_next(handle, timeoutMs, &told);
                if (status == Status.Timeout) return null;
                Check(status);
                return Event.Of(told);
            }
        }

        /// <summary>Where the watch is; Client.Watch takes it as since.</summary>
        public unsafe latzero_revision Revision()
        {
            latzero_revision revision;
            lock (waiting) Check(latzero_watch_revision(handle, &revision));
            return revision;
        }

        /// <summary>Ends the wait of another thread, or the next one.</summary>
        public void Wake()
        {
            lock (ending) Check(latzero_watch_wake(handle));
        }

        /// <summary>Ends the watch; its client does so, too, before it goes.</summary>
        public void Dispose()
        {
            disposed = true;
            lock (ending)
            {
                // The one that waits has to go first.
                if (handle != IntPtr.Zero) latzero_watch_wake(handle);
                lock (waiting)
                {
                    latzero_watch_close(handle);
                    handle = IntPtr.Zero;
                }
            }
            closed(this);
        }

        public IEnumerator<Event> GetEnumerator()
        {
            for (;;)
            {
                var next = NextUnlessOver();
                if (next == null) yield break;
                yield return next;
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        Event NextUnlessOver()
        {
            try { return Next(); }
            catch (LatzeroException error) when (disposed || error.Status == Status.Cancelled ||
                                                 error.Status == Status.Destroyed) { return null; }
        }
    }

    public sealed unsafe partial class Client
    {
        readonly List<Watch> watches = new List<Watch>();
        readonly List<Subscription> subscriptions = new List<Subscription>();

        delegate void Opener(latzero_watch_options* options);

        void Forget(Watch watch)
        {
            lock (watches) watches.Remove(watch);
        }

        internal void Forget(Subscription subscription)
        {
            lock (watches) subscriptions.Remove(subscription);
        }

        static void WithOptions(string pattern, WatchFlag what, latzero_revision? since, uint history, Opener open)
        {
            var from = since.GetValueOrDefault();
            var options = latzero_watch_options.Init;
            options.what = (uint)what;
            options.history = history;
            if (since != null) options.from = &from;
            fixed (byte* text = Memory.Utf8(pattern + "\0", out var size))
            {
                options.pattern = pattern == null ? null : text;
                options.pattern_len = size - 1;
                open(&options);
            }
        }

        /// <summary>Watches the changes of keys.</summary>
        /// <param name="pattern">null for all keys</param>
        /// <param name="what">none for Updates, Deletes and Expiries</param>
        /// <param name="since">goes on where another watch was; null for now</param>
        /// <param name="history">how many changes of each stripe are kept, 16 to 4,096, if nobody else watches</param>
        public Watch Watch(string pattern = null, WatchFlag what = 0, latzero_revision? since = null, uint history = 0)
        {
            var watch = IntPtr.Zero;
            WithOptions(pattern, what, since, history, options =>
            {
                IntPtr handle;
                Check(latzero_watch_open(Handle, options, &handle));
                watch = handle;
            });
            var opened = new Watch(watch, Forget);
            lock (watches) watches.Add(opened);
            return opened;
        }

        /// <summary>Calls a function with each event that such a watch would deliver, one after another, on a thread of
        /// the library, until what this returns is disposed of, or the client. It may use the client, but not close it.
        /// One that throws is not called again: see Subscription.Failure.</summary>
        public Subscription On(Action<Event> callback, string pattern = null, WatchFlag what = 0,
                               latzero_revision? since = null, uint history = 0)
        {
            var subscription = new Subscription(this, callback);
            lock (watches)
            {
                // One that ends at once waits until it is known here.
                WithOptions(pattern, what, since, history, subscription.Begin);
                subscriptions.Add(subscription);
            }
            return subscription;
        }

        /// <summary>Waits until a key has another version than that, 0 being its absence, and gives it; null if it still
        /// has it after so many milliseconds, -1 being for ever.</summary>
        public ulong? Wait(string key, ulong knownVersion, long timeoutMs = -1)
        {
            ulong version;
            Status status;
            fixed (byte* k = Memory.Utf8(key, out var n))
                status = latzero_wait(Handle, k, n, knownVersion, timeoutMs, &version);
            if (status == Status.Timeout) return null;
            Check(status);
            return version;
        }
    }
}
