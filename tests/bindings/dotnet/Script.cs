// The script in C#. See ../README.md.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using static Abi;

/// A value that C# has no type for.
class Packed
{
    public Kind Kind;
    public byte[] Data;
}

static class Script
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

    static Packed Pack(Kind kind, string digits) => new Packed { Kind = kind, Data = Hex(digits) };

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
        { "opaque", Pack(Kind.Opaque, "000102feff") },
        { "list", Pack(Kind.List, "9601a47a77656992cb4004000000000000c0c3c40200ffc70354920102") },
        { "tuple", Pack(Kind.Tuple, "93ffa178c2") },
        { "dict", Pack(Kind.Dict, Dict) }, { "dict_json", Pack(Kind.Dict, Dict) },
        { "append", Pack(Kind.List, "9501a374776fcb3fe0000000000000c70354920102c40200ff") },
        { "update", Pack(Kind.Dict, "83a16101a16203a16390") },
    };

    static Packed Stored(object native)
    {
        if (native == null) return new Packed { Kind = Kind.Null, Data = new byte[0] };
        if (native is bool yes) return new Packed { Kind = Kind.Bool, Data = new[] { (byte)(yes ? 1 : 0) } };
        if (native is long integer) return new Packed { Kind = Kind.Int64, Data = BitConverter.GetBytes(integer) };
        if (native is double number) return new Packed { Kind = Kind.Double, Data = BitConverter.GetBytes(number) };
        if (native is string text) return new Packed { Kind = Kind.String, Data = Native.Utf8(text) };
        if (native is byte[] bytes) return new Packed { Kind = Kind.Bytes, Data = bytes };
        return (Packed)native;
    }

    static void WriteValue(Client view, string name, object native)
    {
        var stored = Stored(native);
        if (name == "reserve") view.Write(name, stored.Kind, stored.Data);
        else if (name == "dict_json") view.SetJson(name, Native.Utf8(DictJson));
        else if (stored.Kind == Kind.List || stored.Kind == Kind.Dict) view.SetMsgpack(name, stored.Data);
        else if (stored.Kind == Kind.Tuple) view.Store(latzero_set, name, stored.Kind, stored.Data);
        else if (stored.Kind == Kind.Opaque) view.Store(latzero_set, name, stored.Kind, stored.Data, tag: Tag);
        else view.Set(name, native);
    }

    /// Wrong by as little as can be: another tag, another type or one bit.
    static void Spoil(Client view, string name, object native)
    {
        var stored = Stored(native);
        var data = (byte[])stored.Data.Clone();
        var kind = name == "string" ? Kind.Bytes : stored.Kind;
        if (kind == stored.Kind && kind != Kind.Opaque) data[data.Length - 1] ^= 1;
        view.Store(latzero_set, name, kind, data, tag: kind == Kind.Opaque ? Tag + 1 : 0);
    }

    static void WriteValues(Client view, string wrong)
    {
        view.Increment("increment", 5, 100);
        view.On("increment", (c, k, n) => latzero_decrement(c, k, n, 10, 0, out var _));
        view.On("increment_f64", (c, k, n) => latzero_increment_f64(c, k, n, 0.25, 1.5, out var _));
        foreach (var element in new object[] { 1L, "two", 0.5, Pack(Kind.Tuple, "920102"), new byte[] { 0, 255 } })
            view.Append("append", Stored(element).Kind, Stored(element).Data);
        foreach (var digits in new[] { "82a16101a16202", "82a16203a16390" })
            view.On("update", (c, k, n) => latzero_update(c, k, n, Hex(digits), (UIntPtr)(digits.Length / 2)));
        foreach (var value in Values)
        {
            if (!MadeByVerbs.Contains(value.Key)) WriteValue(view, value.Key, value.Value);
            if (value.Key == wrong) Spoil(view, value.Key, value.Value);
        }
    }

    static object TypedGet(Client client, string key, Kind kind)
    {
        int yes = -1;
        double number = 0;
        switch (kind)
        {
        case Kind.Bool: client.On(key, (c, k, n) => latzero_get_bool(c, k, n, out yes)); return yes == 1;
        case Kind.Int64: return client.GetInt64(key);
        case Kind.Double: client.On(key, (c, k, n) => latzero_get_f64(c, k, n, out number)); return number;
        case Kind.String: return System.Text.Encoding.UTF8.GetString(client.Fetch(latzero_get_string, key));
        case Kind.Bytes: return client.Fetch(latzero_get_bytes, key);
        case Kind.Null: return null;
        case Kind.Opaque: return new Packed { Kind = kind, Data = client.Get(key).Data };
        default: return new Packed { Kind = kind, Data = client.Fetch(latzero_get_msgpack, key) };
        }
    }

    // The pool's, which is encrypted then: what is large is compressed in plain pools alone.
    static readonly string AuthKey = Environment.GetEnvironmentVariable("LATZERO_TEST_AUTH_KEY") ?? "";

    static string Difference(Client client, string key, string name, object native)
    {
        var expected = Stored(native);
        var found = client.Get(key);
        if (found.Info.Kind != expected.Kind) return "another type";
        if (found.Info.Tag != (expected.Kind == Kind.Opaque ? Tag : 0)) return "another tag";
        if (!found.Data.SequenceEqual(expected.Data)) return "other bytes";
        var compressed = name == "large" && AuthKey == "";
        if (found.Info.Flags != (compressed ? ValueInfo.Compressed : 0) || found.Info.Version == 0 ||
            found.Info.TtlMs != -1)
            return "another TTL, version or flags";
        var json = Native.Utf8(name == "update" ? UpdateJson : DictJson);
        if (expected.Kind == Kind.Dict && !client.Fetch(latzero_get_json, key).SequenceEqual(json)) return "other JSON";
        var typed = Stored(TypedGet(client, key, expected.Kind));
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
            ulong version = 0;
            long number = 0;
            try
            {
                var found = client.Get("shared:number");
                version = found.Info.Version;
                number = BitConverter.ToInt64(found.Data, 0);
            }
            catch (LatzeroException error) when (error.Status == Status.NotFound) { }
            try
            {
                client.CompareAndSet("shared:number", version, Kind.Int64, BitConverter.GetBytes(number + 1));
                return conflicts;
            }
            catch (LatzeroException error) when (error.Status == Status.Conflict) { }
        }
    }

    static void Together(Client client, string me, int all, int rounds)
    {
        var conflicts = 0;
        var deadline = DateTime.UtcNow.AddMinutes(1);
        client.Increment("shared:ready", 1, 0);
        while (client.GetInt64("shared:ready") < all)
        {
            Verbs.Check(DateTime.UtcNow < deadline);
            Thread.Sleep(1);
        }
        for (var i = 0; i < rounds; i++)
        {
            client.Increment("shared:count", 1, 0);
            client.Append("shared:list", Kind.String, Native.Utf8($"{me} {i}"));
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
        using (var client = new Client(pool, authKey))
        {
            switch (phase)
            {
            case "write":
                using (Client view = client.Namespace(me), other = new Client(pool, authKey))
                {
                    WriteValues(view, last);
                    Verbs.Use(view, other, pool, me, authKey);
                }
                return 0;
            case "read": return all.Sum(language => CompareValues(client, language)) > 0 ? 1 : 0;
            case "together": Together(client, me, all.Length, int.Parse(last)); return 0;
            default: return 2;
            }
        }
    }
}
