using System;
using static Latzero.LatzeroException;
using static Latzero.Native;

namespace Latzero
{
    /// <summary>Counters that end, and lists as queues.</summary>
    public sealed unsafe partial class Client
    {
        delegate Status Pop(IntPtr client, byte* key, UIntPtr keyLen, void* buffer, UIntPtr capacity,
                            latzero_value_info* info, ulong* length);

        /// <summary>Increment of a key that ends so many milliseconds after the call that makes it, however often it is
        /// counted until then; then it is made anew.</summary>
        public long IncrementFor(long ttlMs, string key, long delta = 1, long initial = 0)
        {
            long sum;
            var options = latzero_count_options.Init;
            options.ttl_ms = ttlMs;
            options.initial = initial;
            fixed (byte* k = Memory.Utf8(key, out var n)) Check(latzero_count(Handle, k, n, delta, &options, &sum));
            return sum;
        }

        /// <summary>Takes the first element of a list; null if there is none. With Append the list is a queue: each
        /// element goes to one caller.</summary>
        public Value PopFront(string key) => Popped(latzero_pop_front, key);

        /// <summary>Takes the last element of a list; else as PopFront.</summary>
        public Value PopBack(string key) => Popped(latzero_pop_back, key);

        Value Popped(Pop pop, string key)
        {
            var none = false;
            var found = Read((client, k, n, buffer, room, info) =>
            {
                var status = pop(client, k, n, buffer, room, info, null);
                none = status == Status.NotFound;
                return none ? Status.Ok : status;
            }, key);
            return none ? null : found;
        }
    }
}
