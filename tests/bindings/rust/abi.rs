//! The C functions, structs and numbers that the script uses, as the header has them.
#![allow(non_camel_case_types)]

use std::os::raw::{c_char, c_void};

pub const NULL: u32 = 0;
pub const BOOL: u32 = 1;
pub const INT64: u32 = 2;
pub const DOUBLE: u32 = 3;
pub const STRING: u32 = 4;
pub const BYTES: u32 = 5;
pub const LIST: u32 = 6;
pub const TUPLE: u32 = 7;
pub const DICT: u32 = 8;
pub const OPAQUE: u32 = 9;

pub const COMPRESSED: u32 = 1;
pub const PENDING: u32 = 2;

pub const OK: i32 = 0;
pub const AUTHENTICATION: i32 = -4;
pub const NOT_FOUND: i32 = -8;
pub const EXISTS: i32 = -9;
pub const TYPE_MISMATCH: i32 = -10;
pub const OVERFLOW: i32 = -11;
pub const TOO_SMALL: i32 = -12;
pub const CONFLICT: i32 = -14;

pub enum latzero_client {}
pub enum latzero_iter {}
pub enum latzero_borrowed {}
pub enum latzero_reserved {}

#[repr(C)]
pub struct ConnectOptions {
    pub struct_size: u32,
    pub flags: u32,
    pub timeout_ms: i64,
    pub create_options: *const c_void,
    pub auth_key: *const c_void,
    pub auth_key_len: usize,
}

#[repr(C)]
#[derive(Default, Clone, Copy)]
pub struct ValueInfo {
    pub struct_size: u32,
    pub kind: u32,
    pub size: u64,
    pub version: u64,
    pub ttl_ms: i64,
    pub tag: u32,
    pub flags: u32,
}

#[repr(C)]
pub struct SetOptions {
    pub struct_size: u32,
    pub flags: u32,
    pub ttl_ms: i64,
    pub tag: u32,
    pub reserved: u32,
}

#[repr(C)]
pub struct Entry {
    pub key: *const c_char,
    pub key_len: usize,
    pub value: *mut c_void,
    pub capacity: usize,
    pub size: u64,
    pub version: u64,
    pub ttl_ms: i64,
    pub kind: u32,
    pub tag: u32,
    pub status: i32,
    pub reserved: u32,
}

#[repr(C)]
pub struct Key {
    pub key: *const c_char,
    pub key_len: usize,
}

#[repr(C)]
pub struct PoolInfo {
    pub struct_size: u32,
    pub flags: u32,
    pub name: [c_char; 208],
    pub clients: u64,
    pub key_count: u64,
    pub used_bytes: u64,
    pub capacity_bytes: u64,
    pub max_bytes: u64,
    pub idle_ttl_ms: i64,
    pub created_ns: i64,
    pub cipher: u32,
    pub reserved: u32,
}

#[repr(C)]
pub struct PoolStats {
    pub struct_size: u32,
    pub read_only: u32,
    pub name: [c_char; 208],
    pub clients: u64,
    pub key_count: u64,
    pub used_bytes: u64,
    pub capacity_bytes: u64,
    pub max_bytes: u64,
    pub utilization: f64,
    pub free_bytes: u64,
    pub commits: u64,
    pub encryption: u32,
    pub flags: u32,
    pub borrowed_bytes: u64,
    pub integrity_failures: u64,
    pub cipher: u32,
    pub reserved: u32,
}

type C = *mut latzero_client;
type K = *const c_char;
type V = *const c_void;
type O = *const SetOptions;

/// get, take: what reads a value into a buffer.
pub type Getter = unsafe extern "C" fn(C, K, usize, *mut c_void, usize, *mut ValueInfo) -> i32;
/// set, set_fast, add, replace: what stores a value of any type.
pub type Setter = unsafe extern "C" fn(C, K, usize, u32, V, usize, O) -> i32;
/// get_string, get_json: what returns memory to be freed.
pub type Fetcher<T> = unsafe extern "C" fn(C, K, usize, *mut *mut T, *mut usize) -> i32;

#[link(name = "latzero")]
extern "C" {
    pub fn latzero_last_error() -> *const c_char;
    pub fn latzero_status_name(status: i32) -> *const c_char;
    pub fn latzero_free(memory: *mut c_void);
    pub fn latzero_connect(name: *const c_char, options: *const ConnectOptions, client: *mut C) -> i32;
    pub fn latzero_disconnect(client: C) -> i32;
    pub fn latzero_namespace(client: C, name: K, len: usize, view: *mut C) -> i32;
    pub fn latzero_pool_list(struct_size: u32, pools: *mut *mut PoolInfo, count: *mut usize) -> i32;
    pub fn latzero_stats(client: C, stats: *mut PoolStats) -> i32;
    pub fn latzero_size(client: C, size: *mut u64) -> i32;
    pub fn latzero_flush(client: C) -> i32;
    pub fn latzero_set(c: C, key: K, len: usize, kind: u32, value: V, size: usize, options: O) -> i32;
    pub fn latzero_set_fast(c: C, key: K, len: usize, kind: u32, value: V, size: usize, options: O) -> i32;
    pub fn latzero_add(c: C, key: K, len: usize, kind: u32, value: V, size: usize, options: O) -> i32;
    pub fn latzero_replace(c: C, key: K, len: usize, kind: u32, value: V, size: usize, options: O) -> i32;
    pub fn latzero_set_null(c: C, key: K, len: usize, options: O) -> i32;
    pub fn latzero_set_bool(c: C, key: K, len: usize, value: i32, options: O) -> i32;
    pub fn latzero_set_i64(c: C, key: K, len: usize, value: i64, options: O) -> i32;
    pub fn latzero_set_f64(c: C, key: K, len: usize, value: f64, options: O) -> i32;
    pub fn latzero_set_string(c: C, key: K, len: usize, text: K, size: usize, options: O) -> i32;
    pub fn latzero_set_bytes(c: C, key: K, len: usize, bytes: V, size: usize, options: O) -> i32;
    pub fn latzero_set_json(c: C, key: K, len: usize, json: K, size: usize, options: O) -> i32;
    pub fn latzero_set_msgpack(c: C, key: K, len: usize, bytes: V, size: usize, options: O) -> i32;
    pub fn latzero_get(c: C, key: K, len: usize, buffer: *mut c_void, room: usize, info: *mut ValueInfo) -> i32;
    pub fn latzero_take(c: C, key: K, len: usize, buffer: *mut c_void, room: usize, info: *mut ValueInfo) -> i32;
    pub fn latzero_swap(c: C, key: K, len: usize, kind: u32, value: V, size: usize, options: O,
                        buffer: *mut c_void, room: usize, old: *mut ValueInfo) -> i32;
    pub fn latzero_compare_and_set(c: C, key: K, len: usize, version: u64, kind: u32, value: V, size: usize,
                                   options: O, new_version: *mut u64) -> i32;
    pub fn latzero_get_bool(c: C, key: K, len: usize, value: *mut i32) -> i32;
    pub fn latzero_get_i64(c: C, key: K, len: usize, value: *mut i64) -> i32;
    pub fn latzero_get_f64(c: C, key: K, len: usize, value: *mut f64) -> i32;
    pub fn latzero_get_string(c: C, key: K, len: usize, text: *mut *mut c_char, size: *mut usize) -> i32;
    pub fn latzero_get_bytes(c: C, key: K, len: usize, bytes: *mut *mut c_void, size: *mut usize) -> i32;
    pub fn latzero_get_json(c: C, key: K, len: usize, json: *mut *mut c_char, size: *mut usize) -> i32;
    pub fn latzero_get_msgpack(c: C, key: K, len: usize, bytes: *mut *mut c_void, size: *mut usize) -> i32;
    pub fn latzero_exists(c: C, key: K, len: usize, exists: *mut i32) -> i32;
    pub fn latzero_delete(c: C, key: K, len: usize) -> i32;
    pub fn latzero_ttl(c: C, key: K, len: usize, ttl_ms: *mut i64) -> i32;
    pub fn latzero_expire(c: C, key: K, len: usize, ttl_ms: i64) -> i32;
    pub fn latzero_persist(c: C, key: K, len: usize) -> i32;
    pub fn latzero_increment(c: C, key: K, len: usize, delta: i64, initial: i64, sum: *mut i64) -> i32;
    pub fn latzero_decrement(c: C, key: K, len: usize, delta: i64, initial: i64, sum: *mut i64) -> i32;
    pub fn latzero_increment_f64(c: C, key: K, len: usize, delta: f64, initial: f64, sum: *mut f64) -> i32;
    pub fn latzero_append(c: C, key: K, len: usize, kind: u32, value: V, size: usize, length: *mut u64) -> i32;
    pub fn latzero_update(c: C, key: K, len: usize, msgpack: V, size: usize) -> i32;
    pub fn latzero_mset(c: C, entry_size: u32, entries: *mut Entry, count: usize) -> i32;
    pub fn latzero_mget(c: C, entry_size: u32, entries: *mut Entry, count: usize, found: *mut usize) -> i32;
    pub fn latzero_delete_many(c: C, entry_size: u32, entries: *mut Entry, count: usize, n: *mut usize) -> i32;
    pub fn latzero_borrow(c: C, key: K, len: usize, value: *mut *const c_void, info: *mut ValueInfo,
                          borrowed: *mut *mut latzero_borrowed) -> i32;
    pub fn latzero_return(borrowed: *mut latzero_borrowed) -> i32;
    pub fn latzero_reserve(c: C, key: K, len: usize, kind: u32, size: usize, options: O,
                           memory: *mut *mut c_void, reserved: *mut *mut latzero_reserved) -> i32;
    pub fn latzero_commit(reserved: *mut latzero_reserved) -> i32;
    pub fn latzero_abandon(reserved: *mut latzero_reserved) -> i32;
    pub fn latzero_iter_open(c: C, pattern: K, len: usize, iter: *mut *mut latzero_iter) -> i32;
    pub fn latzero_iter_next(iter: *mut latzero_iter, key: *mut K, len: *mut usize, value: *mut V,
                             info: *mut ValueInfo) -> i32;
    pub fn latzero_iter_close(iter: *mut latzero_iter);
    pub fn latzero_scan(c: C, cursor: *mut u64, count: usize, pattern: K, len: usize, keys: *mut *mut Key,
                        found: *mut usize) -> i32;
}
