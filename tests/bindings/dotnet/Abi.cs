// The C functions, structs and numbers that the script uses, as the header has them. Text is UTF-8 bytes with a length.
using System;
using System.Runtime.InteropServices;

enum Kind : uint { Null, Bool, Int64, Double, String, Bytes, List, Tuple, Dict, Opaque }

enum Status
{
    Ok = 0, Authentication = -4, NotFound = -8, Exists = -9, TypeMismatch = -10, Overflow = -11, TooSmall = -12, Conflict = -14
}

[StructLayout(LayoutKind.Sequential)]
struct ConnectOptions
{
    public uint StructSize, Flags;
    public long TimeoutMs;
    public IntPtr CreateOptions, AuthKey;
    public UIntPtr AuthKeyLength;
}

[StructLayout(LayoutKind.Sequential)]
struct ValueInfo
{
    public const uint Compressed = 1, Pending = 2;

    public uint StructSize;
    public Kind Kind;
    public ulong Size, Version;
    public long TtlMs;
    public uint Tag, Flags;

    public static ValueInfo Empty => new ValueInfo { StructSize = (uint)Marshal.SizeOf<ValueInfo>() };
}

[StructLayout(LayoutKind.Sequential)]
struct SetOptions
{
    public uint StructSize, Flags;
    public long TtlMs;
    public uint Tag, Reserved;

    public static SetOptions With(long ttlMs = 0, uint tag = 0) =>
        new SetOptions { StructSize = (uint)Marshal.SizeOf<SetOptions>(), TtlMs = ttlMs, Tag = tag };
}

[StructLayout(LayoutKind.Sequential)]
struct Entry
{
    public IntPtr Key;
    public UIntPtr KeyLength;
    public IntPtr Value;
    public UIntPtr Capacity;
    public ulong Size, Version;
    public long TtlMs;
    public Kind Kind;
    public uint Tag;
    public Status Status;
    public uint Reserved;
}

[StructLayout(LayoutKind.Sequential)]
struct Key
{
    public IntPtr Bytes;
    public UIntPtr Length;
}

[StructLayout(LayoutKind.Sequential)]
struct PoolInfo
{
    public uint StructSize, Flags;
    [MarshalAs(UnmanagedType.ByValArray, SizeConst = 208)]
    public byte[] Name;
    public ulong Clients, KeyCount, UsedBytes, CapacityBytes, MaxBytes;
    public long IdleTtlMs, CreatedNs;
    public uint Cipher, Reserved;
}

[StructLayout(LayoutKind.Sequential)]
struct PoolStats
{
    public uint StructSize, ReadOnly;
    [MarshalAs(UnmanagedType.ByValArray, SizeConst = 208)]
    public byte[] Name;
    public ulong Clients, KeyCount, UsedBytes, CapacityBytes, MaxBytes;
    public double Utilization;
    public ulong FreeBytes, Commits;
    public uint Encryption, Flags;
    public ulong BorrowedBytes, IntegrityFailures;
    public uint Cipher, Reserved;
}

/// set, set_fast, add, replace: what stores a value of any type.
delegate Status Setter(IntPtr c, byte[] key, UIntPtr n, Kind kind, byte[] value, UIntPtr size, ref SetOptions options);
/// get, take: what reads a value into a buffer.
delegate Status Getter(IntPtr c, byte[] key, UIntPtr n, byte[] buffer, UIntPtr room, ref ValueInfo info);
/// get_string, get_json: what returns memory to be freed.
delegate Status Fetcher(IntPtr c, byte[] key, UIntPtr n, out IntPtr memory, out UIntPtr size);

static class Abi
{
    const string Library = "latzero";

    [DllImport(Library)] public static extern IntPtr latzero_last_error();
    [DllImport(Library)] public static extern IntPtr latzero_status_name(Status status);
    [DllImport(Library)] public static extern void latzero_free(IntPtr memory);
    [DllImport(Library)]
    public static extern Status latzero_connect(byte[] name, ref ConnectOptions options, out IntPtr client);
    [DllImport(Library)] public static extern Status latzero_disconnect(IntPtr c);
    [DllImport(Library)]
    public static extern Status latzero_namespace(IntPtr c, byte[] name, UIntPtr n, out IntPtr view);
    [DllImport(Library)]
    public static extern Status latzero_pool_list(uint structSize, out IntPtr pools, out UIntPtr count);
    [DllImport(Library)] public static extern Status latzero_stats(IntPtr c, ref PoolStats stats);
    [DllImport(Library)] public static extern Status latzero_size(IntPtr c, out ulong size);
    [DllImport(Library)] public static extern Status latzero_flush(IntPtr c);

    [DllImport(Library)]
    public static extern Status latzero_set(IntPtr c, byte[] key, UIntPtr n, Kind kind, byte[] value, UIntPtr size,
                                            ref SetOptions options);
    [DllImport(Library)]
    public static extern Status latzero_set_fast(IntPtr c, byte[] key, UIntPtr n, Kind kind, byte[] value, UIntPtr size,
                                                 ref SetOptions options);
    [DllImport(Library)]
    public static extern Status latzero_add(IntPtr c, byte[] key, UIntPtr n, Kind kind, byte[] value, UIntPtr size,
                                            ref SetOptions options);
    [DllImport(Library)]
    public static extern Status latzero_replace(IntPtr c, byte[] key, UIntPtr n, Kind kind, byte[] value, UIntPtr size,
                                                ref SetOptions options);
    [DllImport(Library)] public static extern Status latzero_set_null(IntPtr c, byte[] key, UIntPtr n, IntPtr options);
    [DllImport(Library)]
    public static extern Status latzero_set_bool(IntPtr c, byte[] key, UIntPtr n, int value, IntPtr options);
    [DllImport(Library)]
    public static extern Status latzero_set_i64(IntPtr c, byte[] key, UIntPtr n, long value, IntPtr options);
    [DllImport(Library)]
    public static extern Status latzero_set_f64(IntPtr c, byte[] key, UIntPtr n, double value, IntPtr options);
    [DllImport(Library)]
    public static extern Status latzero_set_string(IntPtr c, byte[] key, UIntPtr n, byte[] text, UIntPtr size,
                                                   IntPtr options);
    [DllImport(Library)]
    public static extern Status latzero_set_bytes(IntPtr c, byte[] key, UIntPtr n, byte[] bytes, UIntPtr size,
                                                  IntPtr options);
    [DllImport(Library)]
    public static extern Status latzero_set_json(IntPtr c, byte[] key, UIntPtr n, byte[] json, UIntPtr size,
                                                 IntPtr options);
    [DllImport(Library)]
    public static extern Status latzero_set_msgpack(IntPtr c, byte[] key, UIntPtr n, byte[] bytes, UIntPtr size,
                                                    IntPtr options);

    [DllImport(Library)]
    public static extern Status latzero_get(IntPtr c, byte[] key, UIntPtr n, byte[] buffer, UIntPtr room,
                                            ref ValueInfo info);
    [DllImport(Library)]
    public static extern Status latzero_take(IntPtr c, byte[] key, UIntPtr n, byte[] buffer, UIntPtr room,
                                             ref ValueInfo info);
    [DllImport(Library)]
    public static extern Status latzero_swap(IntPtr c, byte[] key, UIntPtr n, Kind kind, byte[] value, UIntPtr size,
                                             IntPtr options, byte[] buffer, UIntPtr room, ref ValueInfo old);
    [DllImport(Library)]
    public static extern Status latzero_compare_and_set(IntPtr c, byte[] key, UIntPtr n, ulong version, Kind kind,
                                                        byte[] value, UIntPtr size, IntPtr options, out ulong stored);
    [DllImport(Library)] public static extern Status latzero_get_bool(IntPtr c, byte[] key, UIntPtr n, out int value);
    [DllImport(Library)] public static extern Status latzero_get_i64(IntPtr c, byte[] key, UIntPtr n, out long value);
    [DllImport(Library)] public static extern Status latzero_get_f64(IntPtr c, byte[] key, UIntPtr n, out double value);
    [DllImport(Library)]
    public static extern Status latzero_get_string(IntPtr c, byte[] key, UIntPtr n, out IntPtr text, out UIntPtr size);
    [DllImport(Library)]
    public static extern Status latzero_get_bytes(IntPtr c, byte[] key, UIntPtr n, out IntPtr bytes, out UIntPtr size);
    [DllImport(Library)]
    public static extern Status latzero_get_json(IntPtr c, byte[] key, UIntPtr n, out IntPtr json, out UIntPtr size);
    [DllImport(Library)]
    public static extern Status latzero_get_msgpack(IntPtr c, byte[] key, UIntPtr n, out IntPtr bytes,
                                                    out UIntPtr size);
    [DllImport(Library)] public static extern Status latzero_exists(IntPtr c, byte[] key, UIntPtr n, out int exists);
    [DllImport(Library)] public static extern Status latzero_delete(IntPtr c, byte[] key, UIntPtr n);

    [DllImport(Library)] public static extern Status latzero_ttl(IntPtr c, byte[] key, UIntPtr n, out long ttlMs);
    [DllImport(Library)] public static extern Status latzero_expire(IntPtr c, byte[] key, UIntPtr n, long ttlMs);
    [DllImport(Library)] public static extern Status latzero_persist(IntPtr c, byte[] key, UIntPtr n);
    [DllImport(Library)]
    public static extern Status latzero_increment(IntPtr c, byte[] key, UIntPtr n, long delta, long initial,
                                                  out long sum);
    [DllImport(Library)]
    public static extern Status latzero_decrement(IntPtr c, byte[] key, UIntPtr n, long delta, long initial,
                                                  out long sum);
    [DllImport(Library)]
    public static extern Status latzero_increment_f64(IntPtr c, byte[] key, UIntPtr n, double delta, double initial,
                                                      out double sum);
    [DllImport(Library)]
    public static extern Status latzero_append(IntPtr c, byte[] key, UIntPtr n, Kind kind, byte[] value, UIntPtr size,
                                               out ulong length);
    [DllImport(Library)]
    public static extern Status latzero_update(IntPtr c, byte[] key, UIntPtr n, byte[] dict, UIntPtr size);

    [DllImport(Library)]
    public static extern Status latzero_mset(IntPtr c, uint entrySize, [In, Out] Entry[] entries, UIntPtr count);
    [DllImport(Library)]
    public static extern Status latzero_mget(IntPtr c, uint entrySize, [In, Out] Entry[] entries, UIntPtr count,
                                             out UIntPtr found);
    [DllImport(Library)]
    public static extern Status latzero_delete_many(IntPtr c, uint entrySize, [In, Out] Entry[] entries, UIntPtr count,
                                                    out UIntPtr deleted);
    [DllImport(Library)]
    public static extern Status latzero_borrow(IntPtr c, byte[] key, UIntPtr n, out IntPtr value, ref ValueInfo info,
                                               out IntPtr borrowed);
    [DllImport(Library)] public static extern Status latzero_return(IntPtr borrowed);
    [DllImport(Library)]
    public static extern Status latzero_reserve(IntPtr c, byte[] key, UIntPtr n, Kind kind, UIntPtr size,
                                                IntPtr options, out IntPtr memory, out IntPtr reserved);
    [DllImport(Library)] public static extern Status latzero_commit(IntPtr reserved);
    [DllImport(Library)] public static extern Status latzero_abandon(IntPtr reserved);
    [DllImport(Library)]
    public static extern Status latzero_iter_open(IntPtr c, byte[] pattern, UIntPtr n, out IntPtr walk);
    [DllImport(Library)]
    public static extern Status latzero_iter_next(IntPtr walk, out IntPtr key, out UIntPtr n, out IntPtr value,
                                                  ref ValueInfo info);
    [DllImport(Library)] public static extern void latzero_iter_close(IntPtr walk);
    [DllImport(Library)]
    public static extern Status latzero_scan(IntPtr c, ref ulong cursor, UIntPtr count, byte[] pattern, UIntPtr n,
                                             out IntPtr keys, out UIntPtr found);
}
