using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using static Latzero.LatzeroException;
using static Latzero.Native;

namespace Latzero
{
    /// <summary>Keys with values in one block of memory, as latzero_item describes it.</summary>
    public sealed unsafe partial class Client
    {
        // What a key or value of so many bytes takes in a block, its NUL and zeros included.
        static int Padded(int size) => (size / 8 + 1) * 8;

        // The block of entries, each for its TtlMs.
        static byte[] Packed(Entry[] entries)
        {
            var names = Array.ConvertAll(entries, entry => Memory.Utf8(entry.Key, out _));
            var sizes = new int[entries.Length];
            for (var i = 0; i < entries.Length; i++)
                sizes[i] = sizeof(latzero_item) + Padded(names[i].Length) + Padded(entries[i].Value.Data.Length);
            var block = new byte[sizes.Sum()];
            for (int i = 0, at = 0; i < entries.Length; at += sizes[i++])
            {
                var value = entries[i].Value;
                fixed (byte* item = &block[at])
                    *(latzero_item*)item = new latzero_item {
                        struct_size = (uint)sizeof(latzero_item), key_len = (uint)names[i].Length,
                        item_size = (ulong)sizes[i], size = (ulong)value.Data.Length, ttl_ms = value.TtlMs,
                        type = (uint)value.Kind, tag = value.Tag, status = entries[i].Status };
                names[i].CopyTo(block, at + sizeof(latzero_item));
                value.Data.CopyTo(block, at + sizeof(latzero_item) + Padded(names[i].Length));
            }
            return block;
        }

        /// <summary>Stores values, each as Store would, from one block of memory, where MSet, which tells their
        /// versions, pins each of them. What MGet or AllItems gave can be given as it is: an entry with another status
        /// than Ok is passed over. Entries before the one that is refused are stored.</summary>
        public void MSetPacked(params Entry[] entries)
        {
            var block = Packed(entries);
            fixed (byte* items = block) Check(latzero_mset_packed(Handle, items, (UIntPtr)block.Length, null));
        }

        // What a block says, which is freed.
        static List<Entry> Taken(void* items, UIntPtr size)
        {
            var entries = new List<Entry>();
            var at = (byte*)items;
            for (var end = at + (ulong)size; at < end;)
            {
                var head = (latzero_item*)at;
                var key = at + head->struct_size;
                var value = key + (head->key_len / 8 + 1) * 8;
                entries.Add(new Entry {
                    Key = Memory.Text(key, head->key_len), Status = (Status)head->status,
                    Value = new Value { Kind = (Kind)head->type, Tag = head->tag, Data = Memory.Bytes(value, head->size),
                                        Flags = (ValueFlag)head->flags, Version = head->version,
                                        TtlMs = head->ttl_ms } });
                at += head->item_size;
            }
            latzero_free(items);
            return entries;
        }

        /// <summary>Reads values, in the order of the keys; an absent one has the status NotFound.</summary>
        public List<Entry> MGet(params string[] keys)
        {
            var packed = new MemoryStream();
            foreach (var key in keys)
            {
                var name = Memory.Utf8(key, out _);
                packed.Write(BitConverter.GetBytes(name.Length), 0, 4);
                packed.Write(name, 0, name.Length);
            }
            void* items;
            UIntPtr size;
            fixed (byte* names = packed.ToArray())
                Check(latzero_mget_copy(Handle, names, (UIntPtr)packed.Length, &items, &size, null));
            return Taken(items, size);
        }

        static uint Flags(bool prefix) => prefix ? (uint)MATCH_PREFIX : 0;

        /// <summary>Keys that match, or that begin so, with their values, of which a page is read at a time; a key may
        /// come twice.</summary>
        public IEnumerable<Entry> AllItems(string pattern, bool prefix = false, int page = 1000)
        {
            ulong cursor = 0;
            do
            {
                foreach (var entry in Page(pattern, prefix, page, ref cursor)) yield return entry;
            } while (cursor != 0);
        }

        List<Entry> Page(string pattern, bool prefix, int page, ref ulong cursor)
        {
            void* items;
            UIntPtr size, found;
            var next = cursor;
            fixed (byte* p = Memory.Utf8(pattern, out var n))
                Check(latzero_items(Handle, &next, (UIntPtr)page, 0, p, n, Flags(prefix), &items, &size, &found));
            cursor = next;
            return Taken(items, size);
        }

        /// <summary>How many keys match, or begin so.</summary>
        public ulong Count(string pattern, bool prefix = false)
        {
            ulong count;
            fixed (byte* p = Memory.Utf8(pattern, out var n))
                Check(latzero_size_match(Handle, p, n, Flags(prefix), &count));
            return count;
        }

        /// <summary>Removes the keys that match, or that begin so; tells how many there were.</summary>
        public ulong Clear(string pattern, bool prefix = false)
        {
            ulong removed;
            fixed (byte* p = Memory.Utf8(pattern, out var n))
                Check(latzero_clear_match(Handle, p, n, Flags(prefix), &removed));
            return removed;
        }
    }
}
