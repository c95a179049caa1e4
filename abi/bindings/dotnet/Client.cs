using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;
using static Latzero.LatzeroException;
using static Latzero.Native;

namespace Latzero
{
    /// <summary>latzero_set, latzero_set_fast, latzero_add, latzero_replace: what stores a value of any kind.</summary>
    public unsafe delegate Status Setter(IntPtr client, byte* key, UIntPtr keyLength, uint kind, void* value,
                                         UIntPtr size, latzero_set_options* options);
    /// <summary>latzero_get, latzero_take: what reads a value into a buffer.</summary>
    public unsafe delegate Status Getter(IntPtr client, byte* key, UIntPtr keyLength, void* buffer, UIntPtr capacity,
                                         latzero_value_info* info);

    /// <summary>A connection to a pool, or a view of one.</summary>
    public sealed unsafe partial class Client : IDisposable
    {
        /// <summary>For Native; zero once it is closed.</summary>
        public IntPtr Handle { get; private set; }

        /// <param name="pool">its name</param>
        /// <param name="create">makes the pool if there is none</param>
        /// <param name="authKey">none if it is empty</param>
        public Client(string pool, bool create = false, string authKey = "")
        {
            IntPtr handle;
            var options = latzero_connect_options.Init;
            if (create) options.flags = (uint)ConnectFlag.Create;
            fixed (byte* key = Memory.Utf8(authKey, out options.auth_key_len))
            fixed (byte* name = Memory.Utf8(pool + "\0", out _))
            {
                options.auth_key = key;
                Check(latzero_connect(name, &options, &handle));
            }
            Handle = handle;
        }

        Client(IntPtr handle) { Handle = handle; }

        /// <summary>Ends the connection, and tells how that went.</summary>
        public void Close() => Check(Disconnect());

        public void Dispose()
        {
            if (Handle != IntPtr.Zero) Disconnect();
        }

        // Its watches and subscriptions end before it.
        Status Disconnect()
        {
            Watch[] open;
            Subscription[] subscribed;
            lock (watches)
            {
                open = watches.ToArray();
                subscribed = subscriptions.ToArray();
            }
            foreach (var subscription in subscribed) subscription.Dispose();
            foreach (var watch in open) watch.Dispose();
            var handle = Handle;
            Handle = IntPtr.Zero;
            return latzero_disconnect(handle);
        }

        /// <summary>A view in which each key has the name and a colon before it.</summary>
        public Client Namespace(string name)
        {
            IntPtr view;
            fixed (byte* n = Memory.Utf8(name, out var size)) Check(latzero_namespace(Handle, n, size, &view));
            return new Client(view);
        }

        // ---- values

        /// <summary>Stores null, a bool, long, double, string or byte[].</summary>
        public void Set(string key, object native) => Store(latzero_set, key, Value.Of(native));

        /// <summary>What Set has stored; Copy gives values of other kinds.</summary>
        public object Get(string key) => Copy(key).Native;

        /// <summary>Stores a value of any kind by its bytes, with its tag, for ttlMs or for good.</summary>
        public void Store(Setter setter, string key, Value value, long ttlMs = 0)
        {
            var options = latzero_set_options.Init;
            options.ttl_ms = ttlMs;
            options.tag = value.Tag;
            fixed (byte* k = Memory.Utf8(key, out var n), data = value.Data)
                Check(setter(Handle, k, n, (uint)value.Kind, data, (UIntPtr)value.Data.Length, &options));
        }

        /// <summary>A value of any kind.</summary>
        public Value Copy(string key)
        {
            void* memory;
            var info = latzero_value_info.Init;
            fixed (byte* k = Memory.Utf8(key, out var n)) Check(latzero_get_copy(Handle, k, n, &memory, &info));
            try { return Found(info, Memory.Bytes(memory, info.size)); }
            finally { latzero_free(memory); }
        }

        /// <summary>What is known of a value without it.</summary>
        public latzero_value_info Info(string key)
        {
            var info = latzero_value_info.Init;
            fixed (byte* k = Memory.Utf8(key, out var n)) Check(latzero_info(Handle, k, n, &info));
            return info;
        }

        /// <summary>Reads a value of any kind by latzero_get or latzero_take.</summary>
        public Value Read(Getter getter, string key)
        {
            fixed (byte* k = Memory.Utf8(key, out var n))
                for (var room = 64;;)
                {
                    var buffer = new byte[room];
                    var info = latzero_value_info.Init;
                    Status status;
                    fixed (byte* b = buffer) status = getter(Handle, k, n, b, (UIntPtr)room, &info);
                    if (!Fits(status, info, ref room)) continue;
                    return Found(info, buffer);
                }
        }

        /// <summary>Stores a value, and gives the one that it replaces; its version is 0 if there was none.</summary>
        public Value Swap(string key, Value value)
        {
            fixed (byte* k = Memory.Utf8(key, out var n), data = value.Data)
                for (var room = 64;;)
                {
                    var buffer = new byte[room];
                    var info = latzero_value_info.Init;
                    Status status;
                    fixed (byte* b = buffer)
                        status = latzero_swap(Handle, k, n, (uint)value.Kind, data, (UIntPtr)value.Data.Length, null, b,
                                              (UIntPtr)room, &info);
                    if (!Fits(status, info, ref room)) continue;
                    return Found(info, buffer);
                }
        }

        // A buffer that was too small becomes as large as it has to be.
        static bool Fits(Status status, latzero_value_info info, ref int room)
        {
            if (status != Status.TooSmall) Check(status);
            room = (int)info.size;
            return status == Status.Ok;
        }

        internal static Value Found(latzero_value_info info, byte[] buffer)
        {
            Array.Resize(ref buffer, (int)info.size);
            return new Value { Kind = (Kind)info.type, Tag = info.tag, Data = buffer, Flags = (ValueFlag)info.flags,
                               Version = info.version, TtlMs = info.ttl_ms };
        }

        /// <summary>Stores a value if the key has that version, or is absent and that is 0; gives the new
        /// version.</summary>
        public ulong CompareAndSet(string key, ulong version, Value value)
        {
            ulong stored;
            fixed (byte* k = Memory.Utf8(key, out var n), data = value.Data)
                Check(latzero_compare_and_set(Handle, k, n, version, (uint)value.Kind, data,
                                              (UIntPtr)value.Data.Length, null, &stored));
            return stored;
        }

        public void SetJson(string key, string json)
        {
            fixed (byte* k = Memory.Utf8(key, out var n), text = Memory.Utf8(json, out var size))
                Check(latzero_set_json(Handle, k, n, text, size, null));
        }

        public string GetJson(string key)
        {
            byte* json;
            UIntPtr size;
            fixed (byte* k = Memory.Utf8(key, out var n)) Check(latzero_get_json(Handle, k, n, &json, &size));
            try { return Memory.Text(json, (ulong)size); }
            finally { latzero_free(json); }
        }

        public void SetMsgpack(string key, byte[] msgpack)
        {
            fixed (byte* k = Memory.Utf8(key, out var n), data = msgpack)
                Check(latzero_set_msgpack(Handle, k, n, data, (UIntPtr)msgpack.Length, null));
        }

        public byte[] GetMsgpack(string key)
        {
            void* msgpack;
            UIntPtr size;
            fixed (byte* k = Memory.Utf8(key, out var n)) Check(latzero_get_msgpack(Handle, k, n, &msgpack, &size));
            try { return Memory.Bytes(msgpack, (ulong)size); }
            finally { latzero_free(msgpack); }
        }

        // ---- keys

        public bool Exists(string key)
        {
            int exists;
            fixed (byte* k = Memory.Utf8(key, out var n)) Check(latzero_exists(Handle, k, n, &exists));
            return exists == 1;
        }

        public void Delete(string key)
        {
            fixed (byte* k = Memory.Utf8(key, out var n)) Check(latzero_delete(Handle, k, n));
        }

        public long Ttl(string key)
        {
            long left;
            fixed (byte* k = Memory.Utf8(key, out var n)) Check(latzero_ttl(Handle, k, n, &left));
            return left;
        }

        public void Expire(string key, long ttlMs)
        {
            fixed (byte* k = Memory.Utf8(key, out var n)) Check(latzero_expire(Handle, k, n, ttlMs));
        }

        public void Persist(string key)
        {
            fixed (byte* k = Memory.Utf8(key, out var n)) Check(latzero_persist(Handle, k, n));
        }

        // ---- changes that are atomic between processes

        public long Increment(string key, long delta = 1, long initial = 0)
        {
            long sum;
            fixed (byte* k = Memory.Utf8(key, out var n)) Check(latzero_increment(Handle, k, n, delta, initial, &sum));
            return sum;
        }

        public long Decrement(string key, long delta = 1, long initial = 0)
        {
            long sum;
            fixed (byte* k = Memory.Utf8(key, out var n)) Check(latzero_decrement(Handle, k, n, delta, initial, &sum));
            return sum;
        }

        public double Increment(string key, double delta, double initial)
        {
            double sum;
            fixed (byte* k = Memory.Utf8(key, out var n))
                Check(latzero_increment_f64(Handle, k, n, delta, initial, &sum));
            return sum;
        }

        /// <summary>Gives the list's new length.</summary>
        public ulong Append(string key, Value element)
        {
            ulong length;
            fixed (byte* k = Memory.Utf8(key, out var n), data = element.Data)
                Check(latzero_append(Handle, k, n, (uint)element.Kind, data, (UIntPtr)element.Data.Length, &length));
            return length;
        }

        public void Update(string key, byte[] msgpack)
        {
            fixed (byte* k = Memory.Utf8(key, out var n), data = msgpack)
                Check(latzero_update(Handle, k, n, data, (UIntPtr)msgpack.Length));
        }
    }
}
