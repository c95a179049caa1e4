using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using static Latzero.LatzeroException;
using static Latzero.Native;

namespace Latzero
{
    /// <summary>One key of a batch. Status is what happened to it.</summary>
    public sealed class Entry
    {
        public string Key;
        public Value Value = new Value();
        public Status Status;
    }

    public sealed unsafe partial class Client
    {
        // ---- batches

        // Entries whose keys and bytes stay where they are while C sees them.
        sealed class Batch : IDisposable
        {
            readonly List<GCHandle> pinned = new List<GCHandle>();
            public readonly latzero_entry[] Entries;

            public Batch(IReadOnlyList<Entry> entries)
            {
                Entries = new latzero_entry[entries.Count];
                for (var i = 0; i < Entries.Length; i++)
                {
                    var value = entries[i].Value;
                    var data = value.Data.Length > 0 ? value.Data : new byte[1];
                    Entries[i] = new latzero_entry {
                        key = Pin(Memory.Utf8(entries[i].Key, out var length)), key_len = length, value = Pin(data),
                        size = (ulong)value.Data.Length, ttl_ms = value.TtlMs,
                        type = (uint)value.Kind, tag = value.Tag };
                }
            }

            byte* Pin(byte[] bytes)
            {
                var handle = GCHandle.Alloc(bytes, GCHandleType.Pinned);
                pinned.Add(handle);
                return (byte*)handle.AddrOfPinnedObject();
            }

            public UIntPtr Count => (UIntPtr)Entries.Length;

            public void Dispose() => pinned.ForEach(handle => handle.Free());
        }

        static Entry[] KeysOnly(string[] keys) => Array.ConvertAll(keys, key => new Entry { Key = key });

        /// <summary>Stores values, each as Store would, for its TtlMs; their statuses and versions are told in the
        /// entries.</summary>
        public void MSet(params Entry[] entries)
        {
            using (var batch = new Batch(entries))
                fixed (latzero_entry* first = batch.Entries)
                {
                    var status = latzero_mset(Handle, (uint)sizeof(latzero_entry), first, batch.Count);
                    for (var i = 0; i < entries.Length; i++)
                    {
                        entries[i].Status = (Status)first[i].status;
                        entries[i].Value.Version = first[i].version;
                    }
                    Check(status);
                }
        }

        /// <summary>Removes keys, and tells what happened to each.</summary>
        public Status[] DeleteMany(params string[] keys)
        {
            using (var batch = new Batch(KeysOnly(keys)))
                fixed (latzero_entry* first = batch.Entries)
                {
                    Check(latzero_delete_many(Handle, (uint)sizeof(latzero_entry), first, batch.Count, null));
                    return Array.ConvertAll(batch.Entries, entry => (Status)entry.status);
                }
        }

        // ---- bytes in place

        /// <summary>Gives the bytes, copied from where they lie, after `meanwhile` was done.</summary>
        public byte[] Borrow(string key, Action meanwhile)
        {
            void* value;
            IntPtr borrowed;
            var info = latzero_value_info.Init;
            fixed (byte* k = Memory.Utf8(key, out var n)) Check(latzero_borrow(Handle, k, n, &value, &info, &borrowed));
            try
            {
                meanwhile();
                return Memory.Bytes(value, info.size);
            }
            finally { latzero_return(borrowed); }
        }

        /// <summary>Memory to fill, and what latzero_commit or latzero_abandon takes.</summary>
        public IntPtr Reserve(string key, Kind kind, int size, out IntPtr memory)
        {
            void* room;
            IntPtr reserved;
            fixed (byte* k = Memory.Utf8(key, out var n))
                Check(latzero_reserve(Handle, k, n, (uint)kind, (UIntPtr)size, null, &room, &reserved));
            memory = (IntPtr)room;
            return reserved;
        }

        // ---- walks and descriptions

        /// <summary>Keys that match, with the bytes of their values.</summary>
        public List<KeyValuePair<string, byte[]>> Items(string pattern)
        {
            var items = new List<KeyValuePair<string, byte[]>>();
            IntPtr walk;
            fixed (byte* p = Memory.Utf8(pattern, out var n)) Check(latzero_iter_open(Handle, p, n, &walk));
            try
            {
                for (;;)
                {
                    byte* key;
                    UIntPtr length;
                    void* value;
                    var info = latzero_value_info.Init;
                    var status = latzero_iter_next(walk, &key, &length, &value, &info);
                    if (status == Status.NotFound) return items;
                    Check(status);
                    var name = Memory.Text(key, (ulong)length);
                    items.Add(new KeyValuePair<string, byte[]>(name, Memory.Bytes(value, info.size)));
                }
            }
            finally { latzero_iter_close(walk); }
        }

        /// <summary>Keys that match, about `count` looked at in a step; a key may come twice.</summary>
        public List<string> Scan(string pattern, int count)
        {
            var names = new List<string>();
            ulong cursor = 0;
            fixed (byte* p = Memory.Utf8(pattern, out var n))
                do
                {
                    latzero_key* keys;
                    UIntPtr found;
                    Check(latzero_scan(Handle, &cursor, (UIntPtr)count, p, n, &keys, &found));
                    for (var i = 0; i < (int)found; i++) names.Add(Memory.Text(keys[i].key, (ulong)keys[i].key_len));
                    latzero_free(keys);
                } while (cursor != 0);
            return names;
        }

        public latzero_pool_stats Stats()
        {
            var stats = latzero_pool_stats.Init;
            Check(latzero_stats(Handle, &stats));
            return stats;
        }

        /// <summary>The pool's name.</summary>
        public string Pool
        {
            get
            {
                var stats = Stats();
                return Memory.Text(stats.name);
            }
        }

        public ulong Size()
        {
            ulong size;
            Check(latzero_size(Handle, &size));
            return size;
        }

        public void Flush() => Check(latzero_flush(Handle));

        /// <summary>This user's pools by name.</summary>
        public static Dictionary<string, latzero_pool_info> Pools()
        {
            var pools = new Dictionary<string, latzero_pool_info>();
            latzero_pool_info* first;
            UIntPtr count;
            Check(latzero_pool_list((uint)sizeof(latzero_pool_info), &first, &count));
            for (var i = 0; i < (int)count; i++) pools[Memory.Text(first[i].name)] = first[i];
            latzero_free(first);
            return pools;
        }
    }
}
