using System;
using static Latzero.LatzeroException;
using static Latzero.Native;

namespace Latzero
{
    /// <summary>Locks that only their holder lets go, and values as JSON.</summary>
    public sealed unsafe partial class Client
    {
        /// <summary>Stores a value if the key is absent; with the version that it gives only who stored it deletes
        /// it.</summary>
        public ulong AddVersioned(string key, Value value, long ttlMs = 0)
        {
            ulong version;
            var options = latzero_set_options.Init;
            options.ttl_ms = ttlMs;
            options.tag = value.Tag;
            fixed (byte* k = Memory.Utf8(key, out var n), data = value.Data)
                Check(latzero_add_versioned(Handle, k, n, (uint)value.Kind, data, (UIntPtr)value.Data.Length, &options,
                                            &version));
            return version;
        }

        /// <summary>Removes a key if it has that version.</summary>
        public void CompareAndDelete(string key, ulong version)
        {
            fixed (byte* k = Memory.Utf8(key, out var n)) Check(latzero_compare_and_delete(Handle, k, n, version));
        }

        /// <summary>Appends what a text says to a list; gives its new length.</summary>
        public ulong AppendJson(string key, string json)
        {
            ulong length;
            fixed (byte* k = Memory.Utf8(key, out var n), text = Memory.Utf8(json, out var size))
                Check(latzero_append_json(Handle, k, n, text, size, &length));
            return length;
        }

        /// <summary>Merges the object that a text says into a dict.</summary>
        public void UpdateJson(string key, string json)
        {
            fixed (byte* k = Memory.Utf8(key, out var n), text = Memory.Utf8(json, out var size))
                Check(latzero_update_json(Handle, k, n, text, size));
        }

        /// <summary>The text of a value of any kind.</summary>
        public static string ToJson(Value value)
        {
            byte* json;
            UIntPtr size;
            fixed (byte* data = value.Data)
                Check(latzero_to_json((uint)value.Kind, data, (UIntPtr)value.Data.Length, &json, &size));
            try { return Memory.Text(json, (ulong)size); }
            finally { latzero_free(json); }
        }

        /// <summary>The value that a text says.</summary>
        public static Value FromJson(string json)
        {
            uint kind;
            void* value;
            UIntPtr size;
            fixed (byte* text = Memory.Utf8(json, out var length))
                Check(latzero_from_json(text, length, &kind, &value, &size));
            try { return new Value { Kind = (Kind)kind, Data = Memory.Bytes(value, (ulong)size) }; }
            finally { latzero_free(value); }
        }
    }
}
