// Every verb, and the statuses that it answers with.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Latzero;
using static Latzero.Native;

static unsafe class Verbs
{
    static Value Int(long number) => Value.Of(number);

    public static void Check(bool holds)
    {
        if (!holds) throw new InvalidOperationException("not as expected");
    }

    public static LatzeroException Refused(Status status, Action action)
    {
        try { action(); }
        catch (LatzeroException error) when (error.Status == status) { return error; }
        throw new InvalidOperationException($"expected {status}");
    }

    /// No key, or another one, opens nothing; nor does any where none is asked for.
    static void Doors(string pool, string authKey)
    {
        Refused(Status.Authentication, () => new Client(pool, authKey: authKey + "!"));
        if (authKey != "") Refused(Status.Authentication, () => new Client(pool));
    }

    static void Conditions(Client view, string pool)
    {
        const string key = "verbs:one";
        var error = Refused(Status.NotFound, () => view.Store(latzero_replace, key, Int(1)));
        Check(error.Message.Contains(key) && error.Message.Contains(pool));
        view.Store(latzero_add, key, Int(1));
        Refused(Status.Exists, () => view.Store(latzero_add, key, Int(2)));
        view.Store(latzero_replace, key, Int(2));
        var before = view.Copy(key);
        Check(view.Info(key).version == before.Version);
        Check(2L.Equals(before.Native));
        var version = view.CompareAndSet(key, before.Version, Int(3));
        Check(version > before.Version);
        error = Refused(Status.Conflict, () => view.CompareAndSet(key, before.Version, Int(4)));
        Check(error.Name == "CONFLICT");
        Refused(Status.Conflict, () => view.CompareAndSet(key, 0, Int(4)));
        var old = view.Swap(key, Int(4));
        Check(3L.Equals(old.Native) && old.Version == version);
        Check(4L.Equals(view.Read(latzero_take, key).Native));
        Refused(Status.NotFound, () => view.Delete(key));
        Refused(Status.TypeMismatch, () => view.Increment("string"));
        Refused(Status.Overflow, () => view.Increment("int64_max"));
    }

    static void FastSets(Client view, Client other, string me)
    {
        for (var i = 0; i < 10; i++) view.Store(latzero_set_fast, $"verbs:fast:{i}", Int(i));
        Check(!other.Exists($"{me}:verbs:fast:9"));
        var pending = view.Read(latzero_get, "verbs:fast:9");
        Check(9L.Equals(pending.Native) && pending.Version == 0 && pending.Flags == ValueFlag.Pending);
        view.Flush();
        Check(other.Exists($"{me}:verbs:fast:9"));
    }

    static void Lifetimes(Client view)
    {
        const string key = "verbs:fast:0";
        Check(view.Ttl(key) == -1);
        view.Expire(key, 60000);
        Check(view.Ttl(key) > 30000 && view.Ttl(key) <= 60000);
        view.Persist(key);
        Check(view.Ttl(key) == -1);
        view.Store(latzero_set, "verbs:brief", Int(1), ttlMs: 20);
        Thread.Sleep(40);
        Refused(Status.NotFound, () => view.Get("verbs:brief"));
    }

    static Entry Written(string key, object native)
    {
        var value = Value.Of(native);
        value.TtlMs = 60000;
        return new Entry { Key = key, Value = value };
    }

    static void Batches(Client view)
    {
        var large = Enumerable.Repeat((byte)'b', 1000).ToArray();
        var written = new[] { Written("verbs:a", 1L), Written("verbs:b", large), Written("verbs:c", 3L) };
        view.MSet(written);
        var keys = new[] { "verbs:a", "verbs:absent", "verbs:b", "verbs:c" };
        var expected = new[] { Status.Ok, Status.NotFound, Status.Ok, Status.Ok };
        var read = view.MGet(keys);
        Check(read.Select(entry => entry.Status).SequenceEqual(expected));
        foreach (var pair in read.Where(entry => entry.Status == Status.Ok).Zip(written, Tuple.Create))
        {
            var found = pair.Item1.Value;
            Check(found.Kind == pair.Item2.Value.Kind && found.Data.SequenceEqual(pair.Item2.Value.Data));
            Check(found.Version > 0 && found.Version == pair.Item2.Value.Version);
            Check(found.TtlMs > 30000 && found.TtlMs <= 60000);
        }
        PackedBatches(view, keys, read.ToArray());
        foreach (var walk in new[] { view.AllItems("verbs:[abc]"), view.AllItems("verbs:", prefix: true, page: 1) })
            Check(walk.Select(entry => entry.Key).Distinct().Count(key => "abc".Contains(key.Substring(6))) == 3);
        Check(view.Count("verbs:[abc]") == 3 && view.Count("verbs:", prefix: true) >= 3);
        view.Set("batch:x", null);
        Check(view.Clear("batch:", prefix: true) == 1 && view.Clear("batch:*") == 0);
        Check(view.DeleteMany(keys).SequenceEqual(expected));
    }

    // What was read goes back as it is; of three the second is refused.
    static void PackedBatches(Client view, string[] keys, Entry[] read)
    {
        view.DeleteMany(keys);
        view.MSetPacked(read);
        view.MSetPacked();
        foreach (var pair in view.MGet(keys).Zip(read, Tuple.Create))
        {
            Check(pair.Item1.Status == pair.Item2.Status && pair.Item1.Value.Kind == pair.Item2.Value.Kind);
            Check(pair.Item1.Value.Data.SequenceEqual(pair.Item2.Value.Data));
            Check(pair.Item1.Status != Status.Ok || pair.Item1.Value.TtlMs > 30000 && pair.Item1.Value.TtlMs <= 60000);
        }
        var opaque = new Value { Kind = Kind.Opaque, Tag = 7, Data = new byte[] { 0, 255 } };
        var three = Array.ConvertAll(new[] { "packed:a", "", "packed:b" }, key => new Entry { Key = key, Value = opaque });
        Refused(Status.InvalidArgument, () => view.MSetPacked(three));
        var stored = view.Copy("packed:a");
        Check(stored.Tag == 7 && stored.Data.SequenceEqual(opaque.Data) && stored.TtlMs == -1);
        Check(view.Clear("packed:", prefix: true) == 1);
    }

    static void LocksAndTexts(Client view)
    {
        var version = view.AddVersioned("verbs:lock", Value.Of("me"), 60000);
        Refused(Status.Exists, () => view.AddVersioned("verbs:lock", Value.Of("other")));
        Refused(Status.Conflict, () => view.CompareAndDelete("verbs:lock", version + 64));
        view.CompareAndDelete("verbs:lock", version);
        Refused(Status.Conflict, () => view.CompareAndDelete("verbs:lock", version));
        Check(view.AppendJson("verbs:texts", "{\"a\": [1]}") == 1 && view.AppendJson("verbs:texts", "null") == 2);
        var found = view.Copy("verbs:texts");
        Check(Client.ToJson(found) == "[{\"a\":[1]},null]");
        Check(Client.FromJson("[{\"a\": [1]}, null]").Data.SequenceEqual(found.Data));
        view.Delete("verbs:texts");
        view.UpdateJson("verbs:texts", "{\"a\": 1}");
        Check(view.GetJson("verbs:texts") == "{\"a\":1}");
        view.Delete("verbs:texts");
    }

    // Counters that end, and a list as a queue.
    static void Queues(Client view, Client other, string me)
    {
        const string queue = "verbs:queue", count = "verbs:count";
        Check(view.IncrementFor(60000, count, 2, 40) == 42 && view.IncrementFor(60000, count, 2, 40) == 44);
        Check(view.Ttl(count) > 30000 && view.Ttl(count) <= 60000);
        Refused(Status.InvalidArgument, () => view.IncrementFor(-1, count));
        Check(view.PopFront(queue) == null && view.PopBack(queue) == null);
        var large = Enumerable.Repeat((byte)'q', 1000).ToArray();
        foreach (var element in new object[] { 1L, large, "last" }) view.Append(queue, Value.Of(element));
        Check((string)view.PopBack(queue).Native == "last");
        Check((long)other.PopFront($"{me}:{queue}").Native == 1L);
        Check(((byte[])view.PopFront(queue).Native).SequenceEqual(large));
        Check(view.PopFront(queue) == null);
        Refused(Status.TypeMismatch, () => view.PopFront(count));
        view.Delete(queue);
        view.Delete(count);
    }

    static void Loans(Client view)
    {
        const string key = "verbs:loan";
        var expected = Enumerable.Repeat((byte)'a', 20000).ToArray();
        Script.Write(view, key, Value.Of(expected));
        Check(view.Borrow(key, () => view.Set(key, null)).SequenceEqual(expected));
        LatzeroException.Check(latzero_abandon(view.Reserve(key, Kind.Bytes, 1, out var _)));
        view.Delete(key);
    }

    static void WalksAndDescriptions(Client view, string pool, string authKey)
    {
        var names = Enumerable.Range(0, 10).Select(i => $"verbs:fast:{i}").ToArray();
        var items = view.Items("verbs:fast:*").OrderBy(item => item.Key).ToArray();
        Check(items.Select(item => item.Key).SequenceEqual(names));
        for (var i = 0; i < items.Length; i++) Check(items[i].Value.SequenceEqual(Int(i).Data));
        Check(view.Scan("verbs:fast:[0-9]", 3).Distinct().OrderBy(name => name).SequenceEqual(names));
        var stats = view.Stats();
        Check(view.Pool == pool && stats.clients >= 2 && stats.key_count >= 10);
        Check(stats.max_bytes == 104857600 && stats.utilization > 0 && stats.utilization <= 1);
        var isSealed = authKey != "";
        Check((stats.encryption == 1) == isSealed && (stats.cipher != 0) == isSealed && stats.integrity_failures == 0);
        var info = Client.Pools()[pool];
        Check(info.clients >= 2 && info.cipher == stats.cipher);
    }

    public static void Use(Client view, Client other, string pool, string me, string authKey)
    {
        var before = view.Size();
        Doors(pool, authKey);
        Conditions(view, pool);
        FastSets(view, other, me);
        Lifetimes(view);
        Batches(view);
        LocksAndTexts(view);
        Queues(view, other, me);
        Loans(view);
        WalksAndDescriptions(view, pool, authKey);
        for (var i = 0; i < 10; i++) view.Delete($"verbs:fast:{i}");
        Check(view.Size() == before);
    }
}
