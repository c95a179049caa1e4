// Watches and waits, and a copy that follows what all languages write.
using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using Latzero;
using static Latzero.Native;

static class Changes
{
    const int Keys = 200;
    const int Brief = 20; // keys that are known to the copy, and deleted before it reads on

    // A copy of keys. One that is forgetful keeps what was deleted in a gap.
    sealed class Mirror
    {
        public readonly Dictionary<string, object> Copy = new Dictionary<string, object>();
        public int Gaps;
        readonly bool forgetful;
        readonly Dictionary<string, uint> stripes = new Dictionary<string, uint>();
        readonly Dictionary<uint, HashSet<string>> stale = new Dictionary<uint, HashSet<string>>();

        public Mirror(bool forgetful) { this.forgetful = forgetful; }

        public void Apply(Event told)
        {
            if (told.Key != null) ApplyKey(told);
            else if (told.Kind == EventKind.Resync)
            {
                Gaps++;
                stale[told.Stripe] = new HashSet<string>(Copy.Keys.Where(key => stripes[key] == told.Stripe));
            }
            else
            {
                Verbs.Check(told.Kind == EventKind.Synced);
                if (!forgetful && stale.TryGetValue(told.Stripe, out var untold))
                    foreach (var key in untold) Copy.Remove(key);
                stale.Remove(told.Stripe);
            }
        }

        void ApplyKey(Event told)
        {
            stripes[told.Key] = told.Stripe;
            if (stale.TryGetValue(told.Stripe, out var untold)) untold.Remove(told.Key);
            Verbs.Check(told.Status == Status.Ok || told.Status == Status.NotFound);
            if (told.Status == Status.Ok) Copy[told.Key] = told.Value.Native;
            else Copy.Remove(told.Key);
        }

        public bool Equals(Dictionary<string, object> other) =>
            Copy.Count == other.Count &&
            Copy.All(pair => other.TryGetValue(pair.Key, out var value) && value.Equals(pair.Value));
    }

    // Waits until all have come here.
    static void Everybody(Client client, string key, long count)
    {
        client.Increment(key);
        for (;;)
        {
            var found = client.Read(GetValue, key);
            if ((long)found.Native >= count) return;
            Verbs.Check(client.Wait(key, found.Version, 60000) != null);
        }
    }

    static unsafe readonly Getter GetValue = latzero_get;

    static void Take(Watch watch, Mirror mirror, int most, long timeoutMs)
    {
        for (var i = 0; i < most; i++)
        {
            var told = watch.Next(timeoutMs);
            if (told == null) return;
            mirror.Apply(told);
        }
    }

    static void WriteSomething(Client client, string me, int number, Random random)
    {
        var key = $"copy:{random.Next(Keys)}";
        if (random.Next(4) != 0)
        {
            client.Set(key, number % 2 == 0 ? (object)(long)number : $"{me} {number}");
            return;
        }
        try { client.Delete(key); }
        catch (LatzeroException error) when (error.Status == Status.NotFound) { }
    }

    /// 1 if the copy differs from the pool in the end.
    public static int Follow(Client client, string me, int count, int rounds, bool forgetful)
    {
        var mirror = new Mirror(forgetful);
        var random = new Random();
        using (var watch = client.Watch("copy:*", WatchFlag.Follow, history: 16))
        {
            for (var i = 0; i < Brief; i++) client.Set($"copy:{me}:{i}", true);
            Take(watch, mirror, int.MaxValue, 0);
            Everybody(client, "shared:watching", count);
            for (var i = 0; i < Brief; i++) client.Delete($"copy:{me}:{i}");
            for (var i = 0; i < rounds; i++)
            {
                WriteSomething(client, me, i, random);
                if (i % 500 == 0 && i >= rounds / 2) Take(watch, mirror, 50, 0);
            }
            Everybody(client, "shared:written", count);
            Take(watch, mirror, int.MaxValue, 200);
        }
        var expected = client.Items("copy:*").ToDictionary(item => item.Key, item => client.Get(item.Key));
        var equal = mirror.Equals(expected);
        Console.WriteLine($"{(equal ? "equal" : "different")}: {expected.Count} keys, {mirror.Gaps} gaps");
        Verbs.Check(mirror.Gaps > 0 && expected.Count > 0);
        return equal ? 0 : 1;
    }

    // ---- what a watch delivers

    // The next one with a key: in an encrypted pool nobody may be able to tell whose value came and went.
    static Event Next(Watch watch, bool isSealed)
    {
        for (;;)
        {
            var told = watch.Next(10000);
            Verbs.Check(told != null && told.Kind != EventKind.Lost);
            if (!isSealed || (told.Flags & EventFlag.Nameless) == 0) return told;
        }
    }

    static Event Expect(Watch watch, bool isSealed, EventKind kind, object native)
    {
        var told = Next(watch, isSealed);
        Verbs.Check(told.Kind == kind && told.Key == "watched:a" && told.Status == Status.Ok);
        Verbs.Check(native.Equals(told.Value.Native));
        return told;
    }

    static void KindsAndValues(Client view, Client other, string key, bool isSealed)
    {
        using (var watch = view.Watch("watched:*", WatchFlag.Values, history: 16))
        {
            other.Set(key, "first");
            var told = Expect(watch, isSealed, EventKind.Created, "first");
            Verbs.Check(told.Version == view.Read(GetValue, "watched:a").Version && told.Version == told.Value.Version);
            Verbs.Check(told.Revision % STRIPES == told.Stripe && told.Lost == 0);
            Verbs.Check(told.Process == Process.GetCurrentProcess().Id);
            other.Set(key, 2L);
            Expect(watch, isSealed, EventKind.Set, 2L);
            other.Increment(key);
            Expect(watch, isSealed, isSealed ? EventKind.Set : EventKind.Changed, 3L);
            var before = watch.Revision();
            other.Expire(key, 60000);
            Expect(watch, isSealed, EventKind.Ttl, 3L);
            using (var again = view.Watch("watched:*", since: before))
            {
                told = Next(again, isSealed);
                Verbs.Check(told.Kind == EventKind.Ttl && told.Value == null);
            }
            other.Delete(key);
            told = Next(watch, isSealed);
            Verbs.Check(told.Kind == EventKind.Erased && told.Value == null && told.Status == Status.NotFound);
            Verbs.Check(isSealed || watch.Next(0) == null);
        }
    }

    static void Soon(Action action)
    {
        new Thread(() =>
        {
            Thread.Sleep(20);
            action();
        }).Start();
    }

    // They end a wait, and a loop; so does the end of the client.
    static void OtherThreads(Client view)
    {
        using (var watch = view.Watch("watched:none"))
        {
            Soon(watch.Wake);
            Verbs.Check(watch.All(told => (told.Flags & EventFlag.Nameless) != 0));
            Soon(watch.Dispose);
            Verbs.Check(watch.All(told => (told.Flags & EventFlag.Nameless) != 0));
            watch.Dispose();
            Verbs.Refused(Status.InvalidArgument, () => watch.Next(0));
        }
        var gone = view.Namespace("gone");
        var last = gone.Watch();
        Soon(gone.Close);
        Verbs.Check(last.All(told => (told.Flags & EventFlag.Nameless) != 0));
    }

    static void Waits(Client view, Client other, string key)
    {
        Verbs.Check(view.Wait("watched:w", 0, 20) == null);
        Soon(() => other.Set(key, 1L));
        var version = view.Wait("watched:w", 0).Value;
        Verbs.Check(version == view.Read(GetValue, "watched:w").Version);
        Verbs.Check(view.Wait("watched:w", version, 0) == null);
        other.Delete(key);
        Verbs.Check(view.Wait("watched:w", version, 0) == 0);
    }

    // They hear what another process writes. One disposes of itself; one that throws is not called again.
    static void Callbacks(Client view, string pool, string me)
    {
        var heard = new BlockingCollection<Event>();
        var once = 0;
        Subscription shortOne = null;
        Action<Event> hearOnce = told =>
        {
            if (told.Key == null) return;
            once++;
            shortOne.Dispose();
        };
        Action<Event> fail = told => throw new InvalidOperationException("broken");
        var all = view.On(heard.Add, "watched:on", WatchFlag.Values);
        shortOne = view.On(hearOnce, "watched:on");
        var broken = view.On(fail, "watched:on");
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("LATZERO_TEST_TICKER"),
                                         $"tick {pool} {me}:watched:on");
        start.UseShellExecute = false;
        start.RedirectStandardInput = true;
        using (var ticker = Process.Start(start))
        {
            long last = 0;
            for (var count = 0; count < 10;)
            {
                Verbs.Check(heard.TryTake(out var told, 20000));
                if (told.Value == null) continue;
                Verbs.Check(told.Key == "watched:on" && told.Process == ticker.Id && (long)told.Value.Native >= last);
                last = (long)told.Value.Native;
                count++;
            }
            var closers = Enumerable.Range(0, 4).Select(_ => new Thread(all.Dispose)).ToList();
            closers.ForEach(closer => closer.Start());
            closers.ForEach(closer => closer.Join());
            ticker.StandardInput.Close();
            ticker.WaitForExit();
            Verbs.Check(ticker.ExitCode == 0);
        }
        shortOne.Dispose();
        broken.Dispose();
        Verbs.Check(once == 1 && broken.Failure.Message == "broken" && all.Failure == null);
        var gone = view.Namespace("gone");
        gone.On(heard.Add);
        gone.Close();
    }

    public static void Use(Client view, Client other, string pool, string me, bool isSealed)
    {
        KindsAndValues(view, other, $"{me}:watched:a", isSealed);
        OtherThreads(view);
        Waits(view, other, $"{me}:watched:w");
        Callbacks(view, pool, me);
    }
}
