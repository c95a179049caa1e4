// Every verb, and the statuses that it answers with.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using static Abi;

static class Verbs
{
    static byte[] Int(long number) => BitConverter.GetBytes(number);

    public static void Check(bool holds)
    {
        if (!holds) throw new InvalidOperationException("not as expected");
    }

    static LatzeroException Refused(Status status, Action action)
    {
        try { action(); }
        catch (LatzeroException error) when (error.Status == status) { return error; }
        throw new InvalidOperationException($"expected {status}");
    }

    /// No key, or another one, opens nothing; nor does any where none is asked for.
    static void Doors(string pool, string authKey)
    {
        Refused(Status.Authentication, () => new Client(pool, authKey + "!"));
        if (authKey != "") Refused(Status.Authentication, () => new Client(pool, ""));
    }

    static void Conditions(Client view, string pool)
    {
        const string key = "verbs:one";
        const Kind kind = Kind.Int64;
        var error = Refused(Status.NotFound, () => view.Store(latzero_replace, key, kind, Int(1)));
        Check(error.Message.Contains(key) && error.Message.Contains(pool));
        view.Store(latzero_add, key, kind, Int(1));
        Refused(Status.Exists, () => view.Store(latzero_add, key, kind, Int(2)));
        view.Store(latzero_replace, key, kind, Int(2));
        var before = view.Get(key);
        Check(before.Data.SequenceEqual(Int(2)));
        var version = view.CompareAndSet(key, before.Info.Version, kind, Int(3));
        Check(version > before.Info.Version);
        error = Refused(Status.Conflict, () => view.CompareAndSet(key, before.Info.Version, kind, Int(4)));
        Check(error.Name == "CONFLICT");
        Refused(Status.Conflict, () => view.CompareAndSet(key, 0, kind, Int(4)));
        var old = view.Swap(key, kind, Int(4));
        Check(old.Data.SequenceEqual(Int(3)) && old.Info.Version == version);
        Check(view.Get(latzero_take, key).Data.SequenceEqual(Int(4)));
        Refused(Status.NotFound, () => view.Delete(key));
        Refused(Status.TypeMismatch, () => view.GetInt64("string"));
        Refused(Status.Overflow, () => view.Increment("int64_max", 1, 0));
    }

    static void FastSets(Client view, Client other, string me)
    {
        for (var i = 0; i < 10; i++) view.Store(latzero_set_fast, $"verbs:fast:{i}", Kind.Int64, Int(i));
        Check(!other.Exists($"{me}:verbs:fast:9"));
        var pending = view.Get("verbs:fast:9");
        Check(pending.Data.SequenceEqual(Int(9)) && pending.Info.Version == 0);
        Check(pending.Info.Flags == ValueInfo.Pending);
        LatzeroException.Check(latzero_flush(view.Handle));
        Check(other.Exists($"{me}:verbs:fast:9"));
    }

    static void Lifetimes(Client view)
    {
        const string key = "verbs:fast:0";
        Check(view.Ttl(key) == -1);
        view.On(key, (c, k, n) => latzero_expire(c, k, n, 60000));
        Check(view.Ttl(key) > 30000 && view.Ttl(key) <= 60000);
        view.On(key, latzero_persist);
        Check(view.Ttl(key) == -1);
        view.Store(latzero_set, "verbs:brief", Kind.Int64, Int(1), ttlMs: 20);
        Thread.Sleep(40);
        Refused(Status.NotFound, () => view.Get("verbs:brief"));
    }

    /// Entries of int64, whose keys and numbers are in memory that C can see.
    sealed class Batch : IDisposable
    {
        public readonly Entry[] Entries;

        public Batch(string[] keys, long[] numbers)
        {
            Entries = keys.Select((key, i) =>
            {
                var bytes = Native.Utf8(key);
                var entry = new Entry { Key = Marshal.AllocHGlobal(bytes.Length), KeyLength = (UIntPtr)bytes.Length,
                                        Value = Marshal.AllocHGlobal(8), Capacity = (UIntPtr)8, Size = 8, TtlMs = 60000,
                                        Kind = Kind.Int64 };
                Marshal.Copy(bytes, 0, entry.Key, bytes.Length);
                Marshal.WriteInt64(entry.Value, numbers[i]);
                return entry;
            }).ToArray();
        }

        public static uint Stride => (uint)Marshal.SizeOf<Entry>();
        public UIntPtr Count => (UIntPtr)Entries.Length;
        public IEnumerable<long> Numbers => Entries.Select(entry => Marshal.ReadInt64(entry.Value));
        public IEnumerable<Status> Statuses => Entries.Select(entry => entry.Status);

        public void Dispose()
        {
            foreach (var entry in Entries)
            {
                Marshal.FreeHGlobal(entry.Key);
                Marshal.FreeHGlobal(entry.Value);
            }
        }
    }

    static void Batches(Client view)
    {
        var expected = new[] { Status.Ok, Status.NotFound, Status.Ok, Status.Ok };
        using (var batch = new Batch(new[] { "verbs:a", "verbs:b", "verbs:c" }, new[] { 1L, 2, 3 }))
            LatzeroException.Check(latzero_mset(view.Handle, Batch.Stride, batch.Entries, batch.Count));
        using (var batch = new Batch(new[] { "verbs:a", "verbs:absent", "verbs:b", "verbs:c" }, new long[4]))
        {
            var entries = batch.Entries;
            LatzeroException.Check(latzero_mget(view.Handle, Batch.Stride, entries, batch.Count, out var found));
            Check((int)found == 3 && batch.Numbers.SequenceEqual(new[] { 1L, 0, 2, 3 }));
            Check(batch.Statuses.SequenceEqual(expected));
            Check(entries[3].Kind == Kind.Int64 && entries[3].Version > 0);
            Check(entries[3].TtlMs > 30000 && entries[3].TtlMs <= 60000);
            LatzeroException.Check(latzero_delete_many(view.Handle, Batch.Stride, entries, batch.Count, out found));
            Check((int)found == 3 && batch.Statuses.SequenceEqual(expected));
        }
    }

    static void Loans(Client view)
    {
        const string key = "verbs:loan";
        var expected = Enumerable.Repeat((byte)'a', 20000).ToArray();
        view.Write(key, Kind.Bytes, expected);
        Check(view.Borrow(key, () => view.Set(key, null)).SequenceEqual(expected));
        LatzeroException.Check(latzero_abandon(view.Reserve(key, Kind.Bytes, 1, out var _)));
        view.Delete(key);
    }

    static void WalksAndDescriptions(Client view, string pool, string authKey)
    {
        var names = Enumerable.Range(0, 10).Select(i => $"verbs:fast:{i}").ToArray();
        var items = view.Items("verbs:fast:*").OrderBy(item => item.Key).ToArray();
        Check(items.Select(item => item.Key).SequenceEqual(names));
        for (var i = 0; i < items.Length; i++) Check(items[i].Value.SequenceEqual(Int(i)));
        Check(view.Scan("verbs:fast:[0-9]", 3).Distinct().OrderBy(name => name).SequenceEqual(names));
        var stats = view.Stats();
        Check(Native.Text(stats.Name) == pool && stats.Clients >= 2 && stats.KeyCount >= 10);
        Check(stats.MaxBytes == 104857600 && stats.Utilization > 0 && stats.Utilization <= 1);
        var isSealed = authKey != "";
        Check((stats.Encryption == 1) == isSealed && (stats.Cipher != 0) == isSealed && stats.IntegrityFailures == 0);
        var info = Client.Pools()[pool];
        Check(info.Clients >= 2 && info.Cipher == stats.Cipher);
    }

    public static void Use(Client view, Client other, string pool, string me, string authKey)
    {
        var before = view.Size();
        Doors(pool, authKey);
        Conditions(view, pool);
        FastSets(view, other, me);
        Lifetimes(view);
        Batches(view);
        Loans(view);
        WalksAndDescriptions(view, pool, authKey);
        for (var i = 0; i < 10; i++) view.Delete($"verbs:fast:{i}");
        Check(view.Size() == before);
    }
}
