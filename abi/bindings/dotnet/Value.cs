using System;
using System.Text;

namespace Latzero
{
    /// <summary>A value by its stored bytes, with all that is known of it.</summary>
    public sealed class Value
    {
        public Kind Kind;
        public uint Tag;
        public byte[] Data = new byte[0];
        public ValueFlag Flags;
        public ulong Version;
        public long TtlMs = -1;

        /// <summary>How null, a bool, long, double, string or byte[] is stored.</summary>
        public static Value Of(object native)
        {
            if (native == null) return new Value { Kind = Kind.Null };
            if (native is bool yes) return new Value { Kind = Kind.Bool, Data = new[] { (byte)(yes ? 1 : 0) } };
            if (native is long integer) return new Value { Kind = Kind.Int64, Data = BitConverter.GetBytes(integer) };
            if (native is double number) return new Value { Kind = Kind.Double, Data = BitConverter.GetBytes(number) };
            if (native is string text) return new Value { Kind = Kind.String, Data = Encoding.UTF8.GetBytes(text) };
            if (native is byte[] bytes) return new Value { Kind = Kind.Bytes, Data = bytes };
            throw new ArgumentException($"latzero has no type for {native.GetType()}");
        }

        /// <summary>What Of() has stored.</summary>
        public object Native
        {
            get
            {
                switch (Kind)
                {
                case Kind.Null: return null;
                case Kind.Bool: return Data[0] == 1;
                case Kind.Int64: return BitConverter.ToInt64(Data, 0);
                case Kind.Double: return BitConverter.ToDouble(Data, 0);
                case Kind.String: return Encoding.UTF8.GetString(Data);
                case Kind.Bytes: return Data;
                default: throw new InvalidOperationException($"there is no type of .NET's for {Kind}");
                }
            }
        }
    }
}
