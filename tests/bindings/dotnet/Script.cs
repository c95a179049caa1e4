// The script in C#. See ../README.md.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using Latzero;
using static Latzero.LatzeroException;
using static Latzero.Native;

static unsafe class Script
{
    const uint Tag = 0xdeadbeef;
    const string DictJson = "{\"name\":\"Zoë\",\"numbers\":[1,-2,300,1099511627776],\"half\":0.5," +
                            "\"nested\":{\"deep\":{\"er\":null}},\"ok\":true}";
    const string UpdateJson = "{\"a\":1,\"b\":3,\"c\":[]}";
    const string Dict = "85a46e616d65a45a6fc3aba76e756d626572739401fecd012ccf0000010000000000a468616c66" +
                        "cb3fe0000000000000a66e657374656481a46465657081a26572c0a26f6bc3";
    static readonly string[] MadeByVerbs = { "increment", "increment_f64", "append", "update" };

    static byte[] Hex(string digits) =>
        Enumerable.Range(0, digits.Length / 2).Select(i => Convert.ToByte(digits.Substring(2 * i, 2), 16)).ToArray();

    // A value that C# has no type for.
    static Value Pack(Kind kind, string digits, uint tag = 0) =>
        new Value { Kind = kind, Data = Hex(digits), Tag = tag };

    static readonly Dictionary<string, object> Values = new Dictionary<string, object>
    {
        { "null", null }, { "true", true }, { "false", false },
        { "int64_min", long.MinValue }, { "int64_max", long.MaxValue }, { "int64_zero", 0L },
        { "double_tenth", 0.1 }, { "double_minus_zero", -0.0 }, { "double_infinity", double.PositiveInfinity },
        { "double_large", 1e308 }, { "double_nan", BitConverter.Int64BitsToDouble(0x7ff8dead00000001) },
        { "increment", 95L }, { "increment_f64", 1.75 },
        { "string", "Grüße, 世界 🌍\0end" }, { "string_empty", "" },
        { "large", string.Concat(Enumerable.Repeat("latzero ", 1000)) },
        { "bytes", Enumerable.Range(0, 256).Select(i => (byte)i).ToArray() }, { "bytes_empty", new byte[0] },
        { "reserve", Enumerable.Range(0, 20000).Select(i => (byte)(i * 7 + i / 256)).ToArray() },
        { "opaque", Pack(Kind.Opaque, "000102feff", Tag) },
        { "list", Pack(Kind.List, "9601a47a77656992cb4004000000000000c0c3c40200ffc70354920102") },
        { "tuple", Pack(Kind.Tuple, "93ffa178c2") },
        { "dict", Pack(Kind.Dict, Dict) }, { "dict_json", Pack(Kind.Dict, Dict) },
        { "append", Pack(Kind.List, "9501a374776fcb3fe0000000000000c70354920102c40200ff") },
        { "update", Pack(Kind.Dict, "83a16101a16203a16390") },
    };

    static Value Stored(object native) => native as Value ?? Value.Of(native);

    static void WriteValue(Client view, string name, object native)
    {
        var stored = Stored(native);
        if (name == "reserve") Write(view, name, stored);
        else if (name == "dict_json") view.SetJson(name, DictJson);
        else if (stored.Kind == Kind.List || stored.Kind == Kind.Dict) view.SetMsgpack(name, stored.Data);
        else if (stored.Kind == Kind.Tuple || stored.Kind == Kind.Opaque) view.Store(latzero_set, name, stored);
        else WriteTyped(view, name, native);
    }

    /// In place.
    public static void Write(Client view, string name, Value value)
    {
        var reserved = view.Reserve(name, value.Kind, value.Data.Length, out var memory);
        Marshal.Copy(value.Data, 0, memory, value.Data.Length);
        Check(latzero_commit(reserved));
    }

    /// By the verb of its type, which Set() does without.
    static void WriteTyped(Client view, string name, object native)
    {
        var data = Stored(native).Data;
        var size = (UIntPtr)data.Length;
        var c = view.Handle;
        var key = Encoding.UTF8.GetBytes(name);
        var n = (UIntPtr)key.Length;
        var status = Status.Unsupported;
        fixed (byte* k = key, bytes = data)
        {
            if (native == null) status = latzero_set_null(c, k, n, null);
            else if (native is bool yes) status = latzero_set_bool(c, k, n, yes ? 1 : 0, null);
            else if (native is long integer) status = latzero_set_i64(c, k, n, integer, null);
            else if (native is double number) status = latzero_set_f64(c, k, n, number, null);
            else if (native is string) status = latzero_set_string(c, k, n, bytes, size, null);
            else if (native is byte[]) status = latzero_set_bytes(c, k, n, bytes, size, null);
        }
        Check(status);
    }

    /// Wrong by as little as can be: another tag, another type or one bit.
    static void Spoil(Client view, string name, object native)
    {
        var stored = Stored(native);
        var wrong = new Value { Kind = stored.Kind, Tag = stored.Tag, Data = (byte[])stored.Data.Clone() };
        if (stored.Kind == Kind.Opaque) wrong.Tag++;
        else if (name == "string") wrong.Kind = Kind.Bytes;
        else wrong.Data[wrong.Data.Length - 1] ^= 1;
        view.Store(latzero_set, name, wrong);
    }

    static void WriteValues(Client view, string wrong)
    {
        view.Increment("increment", 5L, 100);
        view.Decrement("increment", 10);
        view.Increment("increment_f64", 0.25, 1.5);
        foreach (var element in new object[] { 1L, "two", 0.5, Pack(Kind.Tuple, "920102"), new byte[] { 0, 255 } })
            view.Append("append", Stored(element));
        foreach (var digits in new[] { "82a16101a16202", "82a16203a16390" }) view.Update("update", Hex(digits));
        foreach (var value in Values)
        {
            if (!MadeByVerbs.Contains(value.Key)) WriteValue(view, value.Key, value.Value);
            if (value.Key == wrong) Spoil(view, value.Key, value.Value);
        }
    }

    /// By the verb of that kind.
    static Value TypedGet(Client client, string name, Kind kind)
    {
        var key = Encoding.UTF8.GetBytes(name);
        int yes;
        long integer;
        double number;
        fixed (byte* k = key)
        {
            var n = (UIntPtr)key.Length;
            switch (kind)
            {
            case Kind.Bool: Check(latzero_get_bool(client.Handle, k, n, &yes)); return Value.Of(yes == 1);
            case Kind.Int64: Check(latzero_get_i64(client.Handle, k, n, &integer)); return Value.Of(integer);
            case Kind.Double: Check(latzero_get_f64(client.Handle, k, n, &number)); return Value.Of(number);
            case Kind.String: return new Value { Kind = kind, Data = Fetch(latzero_get_string, client, k, n) };
            case Kind.Bytes: return new Value { Kind = kind, Data = Fetch(Bytes, client, k, n) };
            case Kind.Null: case Kind.Opaque: return client.Read(latzero_get, name);
            default: return new Value { Kind = kind, Data = client.GetMsgpack(name) };
            }
        }
    }

    delegate Status Fetcher(IntPtr client, byte* key, UIntPtr n, byte** memory, UIntPtr* size);

    static Status Bytes(IntPtr client, byte* key, UIntPtr n, byte** memory, UIntPtr* size) =>
        latzero_get_bytes(client, key, n, (void**)memory, size);

    static byte[] Fetch(Fetcher fetcher, Client client, byte* key, UIntPtr n)
    {
        byte* memory;
        UIntPtr size;
        Check(fetcher(client.Handle, key, n, &memory, &size));
        var copy = new byte[(int)size];
        Marshal.Copy((IntPtr)memory, copy, 0, copy.Length);
        latzero_free(memory);
        return copy;
    }

    // The pool's, which is encrypted then: what is large is compressed in plain pools alone.
    static readonly string AuthKey = Environment.GetEnvironmentVariable("LATZERO_TEST_AUTH_KEY") ?? "";

    static string Difference(Client client, string key, string name, object native)
    {
        var expected = Stored(native);
        var found = client.Copy(key);
        if (found.Kind != expected.Kind) return "another type";
        if (found.Tag != expected.Tag) return "another tag";
        if (!found.Data.SequenceEqual(expected.Data)) return "other bytes";
        var flags = name == "large" && AuthKey == "" ? ValueFlag.Compressed : 0;
        if (found.Flags != flags || found.Version == 0 || found.TtlMs != -1) return "another TTL, version or flags";
        var json = name == "update" ? UpdateJson : DictJson;
        if (expected.Kind == Kind.Dict && client.GetJson(key) != json) return "other JSON";
        if (!(native is Value) && !Stored(client.Get(key)).Data.SequenceEqual(expected.Data)) return "Get() differs";
        var typed = TypedGet(client, key, expected.Kind);
        return typed.Kind == expected.Kind && typed.Data.SequenceEqual(expected.Data) ? null : "the typed get differs";
    }

    static int CompareValues(Client client, string language)
    {
        var different = 0;
        foreach (var value in Values)
        {
            var key = language + ":" + value.Key;
            string found;
            try { found = Difference(client, key, value.Key, value.Value); }
            catch (LatzeroException error) { found = error.Message; }
            if (found == null) continue;
            Console.WriteLine($"different {key} ({found})");
            different++;
        }
        if (different == 0) Console.WriteLine($"equal {language} {Values.Count}");
        return different;
    }

    /// Adds one by compare-and-set; returns how often somebody else was quicker.
    static int AddOne(Client client)
    {
        for (var conflicts = 0;; conflicts++)
        {
            var found = new Value();
            var number = 0L;
            try
            {
                found = client.Read(latzero_get, "shared:number");
                number = (long)found.Native;
            }
            catch (LatzeroException error) when (error.Status == Status.NotFound) { }
            try
            {
                client.CompareAndSet("shared:number", found.Version, Value.Of(number + 1));
                return conflicts;
            }
            catch (LatzeroException error) when (error.Status == Status.Conflict) { }
        }
    }

    static void Together(Client client, string me, int all, int rounds)
    {
        var conflicts = 0;
        var deadline = DateTime.UtcNow.AddMinutes(1);
        client.Increment("shared:ready");
        while ((long)client.Get("shared:ready") < all)
        {
            Verbs.Check(DateTime.UtcNow < deadline);
            Thread.Sleep(1);
        }
        for (var i = 0; i < rounds; i++)
        {
            client.Increment("shared:count");
            client.Append("shared:list", Value.Of($"{me} {i}"));
            conflicts += AddOne(client);
            if (i % 100 == 0) Thread.Sleep(1);
        }
        Console.WriteLine($"conflicts {conflicts}");
    }

    static int Main(string[] arguments)
    {
        string phase = arguments[0], pool = arguments[1], me = arguments[2];
        var all = arguments[3].Split(',');
        var last = arguments.ElementAtOrDefault(4);
        var authKey = AuthKey;
        using (var client = new Client(pool, authKey: authKey))
        {
            switch (phase)
            {
            case "write":
                using (Client view = client.Namespace(me), other = new Client(pool, authKey: authKey))
                {
                    CheckLayout();
                    WriteValues(view, last);
                    Verbs.Use(view, other, pool, me, authKey);
                    view.Close();
                    other.Close();
                }
                return 0;
            case "read": return all.Sum(language => CompareValues(client, language)) > 0 ? 1 : 0;
            case "together": Together(client, me, all.Length, int.Parse(last)); return 0;
            case "follow":
            case "forget":
                using (Client view = client.Namespace(me), other = new Client(pool, authKey: authKey))
                    Changes.Use(view, other, pool, me, authKey != "");
                return Changes.Follow(client, me, all.Length, int.Parse(last), phase == "forget");
            default: return 2;
            }
        }
    }
}
