// What the script uses of latzero, through P/Invoke. A status other than OK is a LatzeroException.
using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;
using static Abi;

class LatzeroException : Exception
{
    public readonly Status Status;
    public readonly string Name;

    public LatzeroException(Status status) : base(Native.Text(latzero_last_error()))
    {
        Status = status;
        Name = Native.Text(latzero_status_name(status));
    }

    public static void Check(Status status)
    {
        if (status != Status.Ok) throw new LatzeroException(status);
    }
}

static class Native
{
    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    public static byte[] Bytes(IntPtr memory, ulong size)
    {
        var copy = new byte[size];
        if (size > 0) Marshal.Copy(memory, copy, 0, copy.Length);
        return copy;
    }

    public static string Text(IntPtr memory, ulong size) => Encoding.UTF8.GetString(Bytes(memory, size));

    // Up to the NUL.
    public static string Text(IntPtr memory)
    {
        ulong size = 0;
        while (Marshal.ReadByte(memory, (int)size) != 0) size++;
        return Text(memory, size);
    }

    public static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes, 0, Array.IndexOf(bytes, (byte)0));
}

/// A value with all that is known of it.
class Value
{
    public ValueInfo Info;
    public byte[] Data;
}

class Client : IDisposable
{
    public readonly IntPtr Handle;

    /// With an auth key, or none if it is empty.
    public Client(string pool, string authKey)
    {
        var key = Native.Utf8(authKey);
        var pinned = GCHandle.Alloc(key, GCHandleType.Pinned);
        var options = new ConnectOptions { StructSize = (uint)Marshal.SizeOf<ConnectOptions>() };
        if (key.Length > 0) options.AuthKey = pinned.AddrOfPinnedObject();
        options.AuthKeyLength = (UIntPtr)key.Length;
        try { LatzeroException.Check(latzero_connect(Native.Utf8(pool + "\0"), ref options, out Handle)); }
        finally { pinned.Free(); }
    }

    Client(IntPtr handle) { Handle = handle; }

    public void Dispose() => LatzeroException.Check(latzero_disconnect(Handle));

    public delegate Status Verb(IntPtr client, byte[] key, UIntPtr keyLength);

    /// Any verb on a key.
    public void On(string key, Verb verb)
    {
        var bytes = Native.Utf8(key);
        LatzeroException.Check(verb(Handle, bytes, (UIntPtr)bytes.Length));
    }

    public Client Namespace(string name)
    {
        var view = IntPtr.Zero;
        On(name, (c, k, n) => latzero_namespace(c, k, n, out view));
        return new Client(view);
    }

    public void Store(Setter setter, string key, Kind kind, byte[] data, long ttlMs = 0, uint tag = 0)
    {
        var options = SetOptions.With(ttlMs, tag);
        On(key, (c, k, n) => setter(c, k, n, kind, data, (UIntPtr)data.Length, ref options));
    }

    /// Stores what C# has a type for.
    public void Set(string key, object native)
    {
        var none = IntPtr.Zero;
        if (native == null)
            On(key, (c, k, n) => latzero_set_null(c, k, n, none));
        else if (native is bool yes)
            On(key, (c, k, n) => latzero_set_bool(c, k, n, yes ? 1 : 0, none));
        else if (native is long integer)
            On(key, (c, k, n) => latzero_set_i64(c, k, n, integer, none));
        else if (native is double number)
            On(key, (c, k, n) => latzero_set_f64(c, k, n, number, none));
        else if (native is string text)
            SetString(key, Native.Utf8(text));
        else if (native is byte[] bytes)
            On(key, (c, k, n) => latzero_set_bytes(c, k, n, bytes, (UIntPtr)bytes.Length, none));
        else
            throw new ArgumentException("not a type of latzero's");
    }

    public void SetString(string key, byte[] utf8) =>
        On(key, (c, k, n) => latzero_set_string(c, k, n, utf8, (UIntPtr)utf8.Length, IntPtr.Zero));

    public void SetMsgpack(string key, byte[] data) =>
        On(key, (c, k, n) => latzero_set_msgpack(c, k, n, data, (UIntPtr)data.Length, IntPtr.Zero));

    public void SetJson(string key, byte[] json) =>
        On(key, (c, k, n) => latzero_set_json(c, k, n, json, (UIntPtr)json.Length, IntPtr.Zero));

    delegate Status Reader(byte[] key, UIntPtr keyLength, byte[] buffer, UIntPtr room, ref ValueInfo info);

    // Reads into a buffer, and into a larger one if it has to.
    Value Read(string key, Reader read)
    {
        for (var buffer = new byte[64];;)
        {
            var info = ValueInfo.Empty;
            var bytes = Native.Utf8(key);
            var status = read(bytes, (UIntPtr)bytes.Length, buffer, (UIntPtr)buffer.Length, ref info);
            var fits = status != Status.TooSmall;
            if (fits) LatzeroException.Check(status);
            Array.Resize(ref buffer, (int)info.Size);
            if (fits) return new Value { Info = info, Data = buffer };
        }
    }

    public Value Get(string key) => Get(latzero_get, key);

    public Value Get(Getter getter, string key) =>
        Read(key, (byte[] k, UIntPtr n, byte[] b, UIntPtr room, ref ValueInfo info) =>
             getter(Handle, k, n, b, room, ref info));

    public Value Swap(string key, Kind kind, byte[] data) =>
        Read(key, (byte[] k, UIntPtr n, byte[] b, UIntPtr room, ref ValueInfo info) =>
             latzero_swap(Handle, k, n, kind, data, (UIntPtr)data.Length, IntPtr.Zero, b, room, ref info));

    public byte[] Fetch(Fetcher fetcher, string key)
    {
        IntPtr memory = IntPtr.Zero;
        UIntPtr size = UIntPtr.Zero;
        On(key, (c, k, n) => fetcher(c, k, n, out memory, out size));
        try { return Native.Bytes(memory, (ulong)size); }
        finally { latzero_free(memory); }
    }

    public ulong CompareAndSet(string key, ulong version, Kind kind, byte[] data)
    {
        ulong stored = 0;
        On(key, (c, k, n) => latzero_compare_and_set(c, k, n, version, kind, data, (UIntPtr)data.Length, IntPtr.Zero,
                                                     out stored));
        return stored;
    }

    public long GetInt64(string key)
    {
        long number = 0;
        On(key, (c, k, n) => latzero_get_i64(c, k, n, out number));
        return number;
    }

    public bool Exists(string key)
    {
        int exists = -1;
        On(key, (c, k, n) => latzero_exists(c, k, n, out exists));
        return exists == 1;
    }

    public void Delete(string key) => On(key, latzero_delete);

    public long Ttl(string key)
    {
        long left = 0;
        On(key, (c, k, n) => latzero_ttl(c, k, n, out left));
        return left;
    }

    public long Increment(string key, long delta, long initial)
    {
        long sum = 0;
        On(key, (c, k, n) => latzero_increment(c, k, n, delta, initial, out sum));
        return sum;
    }

    public ulong Append(string key, Kind kind, byte[] data)
    {
        ulong length = 0;
        On(key, (c, k, n) => latzero_append(c, k, n, kind, data, (UIntPtr)data.Length, out length));
        return length;
    }

    /// Gives the bytes, copied from where they lie, after `meanwhile` was done.
    public byte[] Borrow(string key, Action meanwhile)
    {
        IntPtr value = IntPtr.Zero, borrowed = IntPtr.Zero;
        var info = ValueInfo.Empty;
        On(key, (c, k, n) => latzero_borrow(c, k, n, out value, ref info, out borrowed));
        try
        {
            meanwhile();
            return Native.Bytes(value, info.Size);
        }
        finally { LatzeroException.Check(latzero_return(borrowed)); }
    }

    /// Memory to fill, and what to commit or abandon.
    public IntPtr Reserve(string key, Kind kind, int size, out IntPtr memory)
    {
        IntPtr reserved = IntPtr.Zero, room = IntPtr.Zero;
        On(key, (c, k, n) => latzero_reserve(c, k, n, kind, (UIntPtr)size, IntPtr.Zero, out room, out reserved));
        memory = room;
        return reserved;
    }

    public void Write(string key, Kind kind, byte[] data)
    {
        var reserved = Reserve(key, kind, data.Length, out var memory);
        Marshal.Copy(data, 0, memory, data.Length);
        LatzeroException.Check(latzero_commit(reserved));
    }

    public List<KeyValuePair<string, byte[]>> Items(string pattern)
    {
        var items = new List<KeyValuePair<string, byte[]>>();
        IntPtr walk = IntPtr.Zero, key, value;
        UIntPtr size;
        var info = ValueInfo.Empty;
        On(pattern, (c, k, n) => latzero_iter_open(c, k, n, out walk));
        while (latzero_iter_next(walk, out key, out size, out value, ref info) == Status.Ok)
            items.Add(new KeyValuePair<string, byte[]>(Native.Text(key, (ulong)size), Native.Bytes(value, info.Size)));
        latzero_iter_close(walk);
        return items;
    }

    /// May name a key twice.
    public List<string> Scan(string pattern, int count)
    {
        var names = new List<string>();
        ulong cursor = 0;
        do
        {
            IntPtr keys = IntPtr.Zero;
            UIntPtr found = UIntPtr.Zero;
            On(pattern, (c, k, n) => latzero_scan(c, ref cursor, (UIntPtr)count, k, n, out keys, out found));
            for (var i = 0; i < (int)found; i++)
            {
                var key = Marshal.PtrToStructure<Key>(keys + i * Marshal.SizeOf<Key>());
                names.Add(Native.Text(key.Bytes, (ulong)key.Length));
            }
            latzero_free(keys);
        } while (cursor != 0);
        return names;
    }

    public PoolStats Stats()
    {
        var stats = new PoolStats { StructSize = (uint)Marshal.SizeOf<PoolStats>(), Name = new byte[208] };
        LatzeroException.Check(latzero_stats(Handle, ref stats));
        return stats;
    }

    public ulong Size()
    {
        LatzeroException.Check(latzero_size(Handle, out var size));
        return size;
    }

    /// The pools of this user by name.
    public static Dictionary<string, PoolInfo> Pools()
    {
        var stride = Marshal.SizeOf<PoolInfo>();
        var pools = new Dictionary<string, PoolInfo>();
        LatzeroException.Check(latzero_pool_list((uint)stride, out var first, out var count));
        for (var i = 0; i < (int)count; i++)
        {
            var pool = Marshal.PtrToStructure<PoolInfo>(first + i * stride);
            pools[Native.Text(pool.Name)] = pool;
        }
        latzero_free(first);
        return pools;
    }
}
