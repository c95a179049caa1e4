use std::ffi::CString;
use std::os::raw::{c_char, c_void};
use std::ptr::{null, null_mut};
use std::slice;

use crate::error::{check, text_of, Error, Result};
use crate::ffi::*;
use crate::native::Native;

/// get, take: what reads a value into a buffer.
type Getter = unsafe extern "C" fn(
    *mut latzero_client, *const c_char, usize, *mut c_void, usize, *mut latzero_value_info,
) -> i32;
/// set, set_fast, add, replace: what stores a value of any kind.
type Setter = unsafe extern "C" fn(
    *mut latzero_client, *const c_char, usize, u32, *const c_void, usize, *const latzero_set_options,
) -> i32;
/// get_string, get_json: what returns memory to be freed.
type Fetcher<T> = unsafe extern "C" fn(*mut latzero_client, *const c_char, usize, *mut *mut T, *mut usize) -> i32;

/// A value with all that is known of it.
#[derive(Clone, Debug)]
pub struct Value {
    pub info: latzero_value_info,
    pub data: Vec<u8>,
}

/// This user's pools, with their names.
pub fn pool_list() -> Result<Vec<(String, latzero_pool_info)>> {
    let (mut pools, mut count) = (null_mut(), 0);
    unsafe {
        check(latzero_pool_list(latzero_pool_info::INIT.struct_size, &mut pools, &mut count))?;
        let found = (0..count).map(|i| *pools.add(i)).map(|pool| (text_of(pool.name.as_ptr()), pool)).collect();
        latzero_free(pools.cast());
        Ok(found)
    }
}

/// The JSON text of a value of any kind by its bytes.
pub fn to_json(kind: u32, data: &[u8]) -> Result<String> {
    let (mut text, mut size) = (null_mut(), 0);
    unsafe {
        check(latzero_to_json(kind, data.as_ptr().cast(), data.len(), &mut text, &mut size))?;
        let json = String::from_utf8_lossy(slice::from_raw_parts(text as *const u8, size)).into_owned();
        latzero_free(text.cast());
        Ok(json)
    }
}

/// The kind and the stored bytes of what a text says.
pub fn from_json(json: &str) -> Result<(u32, Vec<u8>)> {
    let (mut kind, mut value, mut size) = (0, null_mut(), 0);
    unsafe {
        check(latzero_from_json(json.as_ptr().cast(), json.len(), &mut kind, &mut value, &mut size))?;
        let data = slice::from_raw_parts(value as *const u8, size).to_vec();
        latzero_free(value);
        Ok((kind, data))
    }
}

/// How to connect.
#[derive(Clone, Copy, Debug, Default)]
pub struct Connect<'a> {
    /// Makes the pool if there is none.
    pub create: bool,
    /// None if it is empty.
    pub auth_key: &'a [u8],
}

/// A connection to a pool, or a view of one. It closes when it is dropped.
pub struct Client {
    handle: *mut latzero_client,
}

impl Drop for Client {
    fn drop(&mut self) {
        unsafe { latzero_disconnect(self.handle) };
    }
}

impl Client {
    pub fn connect(pool: &str, how: Connect) -> Result<Client> {
        let name = CString::new(pool).map_err(|_| Error {
            status: status::INVALID_ARGUMENT,
            name: "INVALID_ARGUMENT".to_string(),
            text: "a pool's name has no NUL".to_string(),
        })?;
        let mut handle = null_mut();
        let options = latzero_connect_options {
            flags: if how.create { connect_flag::CREATE } else { 0 },
            auth_key: if how.auth_key.is_empty() { null() } else { how.auth_key.as_ptr().cast() },
            auth_key_len: how.auth_key.len(),
            ..latzero_connect_options::INIT
        };
        check(unsafe { latzero_connect(name.as_ptr(), &options, &mut handle) })?;
        Ok(Client { handle })
    }

    /// Closes it, and tells how that went.
    pub fn close(self) -> Result<()> {
        let handle = self.handle;
        std::mem::forget(self);
        check(unsafe { latzero_disconnect(handle) })
    }

    /// For [`crate::ffi`].
    pub fn handle(&self) -> *mut latzero_client {
        self.handle
    }

    /// A view in which each key has the name and a colon before it.
    pub fn namespace(&self, name: &str) -> Result<Client> {
        let mut handle = null_mut();
        self.on(name, |c, k, n| unsafe { latzero_namespace(c, k, n, &mut handle) })?;
        Ok(Client { handle })
    }

    pub fn set(&self, key: &str, value: impl Into<Native>) -> Result<()> {
        let (kind, data) = value.into().stored();
        self.store(latzero_set, key, kind, &data, &latzero_set_options::INIT)
    }

    /// What is there and has a type of Rust's; None if the key is absent. [`Client::value`] reads other values.
    pub fn get(&self, key: &str) -> Result<Option<Native>> {
        match self.copy(key) {
            Ok(found) => Ok(Native::of(found.info.type_, &found.data)),
            Err(error) if error.status == status::NOT_FOUND => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Any verb on a key: `verb` gets the client, the key and its length.
    pub fn on(&self, key: &str, verb: impl FnOnce(*mut latzero_client, *const c_char, usize) -> i32) -> Result<()> {
        check(verb(self.handle, key.as_ptr().cast(), key.len()))
    }

    /// Stores a value of any kind by latzero_set, latzero_set_fast, latzero_add or latzero_replace.
    pub fn store(
        &self, setter: Setter, key: &str, kind: u32, data: &[u8], options: &latzero_set_options,
    ) -> Result<()> {
        self.on(key, |c, k, n| unsafe { setter(c, k, n, kind, data.as_ptr().cast(), data.len(), options) })
    }

    /// Reads by latzero_get_string, latzero_get_bytes, latzero_get_json or latzero_get_msgpack.
    pub fn fetch<T>(&self, fetcher: Fetcher<T>, key: &str) -> Result<Vec<u8>> {
        let (mut memory, mut size) = (null_mut(), 0);
        unsafe {
            self.on(key, |c, k, n| fetcher(c, k, n, &mut memory, &mut size))?;
            let copy = slice::from_raw_parts(memory as *const u8, size).to_vec();
            latzero_free(memory.cast());
            Ok(copy)
        }
    }

    /// Reads a value of any kind by latzero_get or latzero_take.
    pub fn value(&self, getter: Getter, key: &str) -> Result<Value> {
        self.reading(key, |c, k, n, memory, room, info| unsafe { getter(c, k, n, memory, room, info) })
    }

    /// Reads into a buffer, and into a larger one if it has to.
    pub(crate) fn reading(
        &self, key: &str,
        read: impl Fn(*mut latzero_client, *const c_char, usize, *mut c_void, usize, *mut latzero_value_info) -> i32,
    ) -> Result<Value> {
        let mut data = vec![0; 64];
        loop {
            let mut info = latzero_value_info::INIT;
            let memory: *mut c_void = data.as_mut_ptr().cast();
            let read = self.on(key, |c, k, n| read(c, k, n, memory, data.len(), &mut info));
            match read {
                Err(error) if error.status != status::TOO_SMALL => return Err(error),
                failed_or_not => {
                    data.resize(info.size as usize, 0);
                    if failed_or_not.is_ok() {
                        return Ok(Value { info, data });
                    }
                }
            }
        }
    }

    /// A value of any kind.
    pub fn copy(&self, key: &str) -> Result<Value> {
        let (mut memory, mut info) = (null_mut(), latzero_value_info::INIT);
        self.on(key, |c, k, n| unsafe { latzero_get_copy(c, k, n, &mut memory, &mut info) })?;
        let data = unsafe { slice::from_raw_parts(memory as *const u8, info.size as usize).to_vec() };
        unsafe { latzero_free(memory) };
        Ok(Value { info, data })
    }

    /// What is known of a value without it.
    pub fn info(&self, key: &str) -> Result<latzero_value_info> {
        let mut info = latzero_value_info::INIT;
        self.on(key, |c, k, n| unsafe { latzero_info(c, k, n, &mut info) })?;
        Ok(info)
    }

    /// Stores an int64, and returns the one that was there.
    pub fn swap(&self, key: &str, number: i64) -> Result<(i64, latzero_value_info)> {
        let (new, mut old, mut info) = (number.to_le_bytes(), [0; 8], latzero_value_info::INIT);
        let (value, buffer) = (new.as_ptr().cast(), old.as_mut_ptr().cast());
        self.on(key, |c, k, n| unsafe { latzero_swap(c, k, n, kind::INT64, value, 8, null(), buffer, 8, &mut info) })?;
        Ok((i64::from_le_bytes(old), info))
    }

    pub fn compare_and_set(&self, key: &str, version: u64, number: i64) -> Result<u64> {
        let (new, mut stored) = (number.to_le_bytes(), 0);
        self.on(key, |c, k, n| unsafe {
            latzero_compare_and_set(c, k, n, version, kind::INT64, new.as_ptr().cast(), 8, null(), &mut stored)
        })?;
        Ok(stored)
    }

    /// Stores a value if the key is absent; gives its version, with which only who stored it deletes it.
    pub fn add_versioned(&self, key: &str, value: impl Into<Native>, ttl_ms: i64) -> Result<u64> {
        let ((kind, data), mut version) = (value.into().stored(), 0);
        let options = latzero_set_options { ttl_ms, ..latzero_set_options::INIT };
        self.on(key, |c, k, n| unsafe {
            latzero_add_versioned(c, k, n, kind, data.as_ptr().cast(), data.len(), &options, &mut version)
        })?;
        Ok(version)
    }

    /// Removes a key if it has that version.
    pub fn compare_and_delete(&self, key: &str, version: u64) -> Result<()> {
        self.on(key, |c, k, n| unsafe { latzero_compare_and_delete(c, k, n, version) })
    }

    /// Appends what a text says to a list; gives its new length.
    pub fn append_json(&self, key: &str, json: &str) -> Result<u64> {
        let mut length = 0;
        self.on(key, |c, k, n| unsafe { latzero_append_json(c, k, n, json.as_ptr().cast(), json.len(), &mut length) })?;
        Ok(length)
    }

    /// Merges the object that a text says into a dict.
    pub fn update_json(&self, key: &str, json: &str) -> Result<()> {
        self.on(key, |c, k, n| unsafe { latzero_update_json(c, k, n, json.as_ptr().cast(), json.len()) })
    }

    pub fn append(&self, key: &str, kind: u32, data: &[u8]) -> Result<()> {
        self.on(key, |c, k, n| unsafe { latzero_append(c, k, n, kind, data.as_ptr().cast(), data.len(), null_mut()) })
    }

    pub fn exists(&self, key: &str) -> Result<bool> {
        let mut exists = -1;
        self.on(key, |c, k, n| unsafe { latzero_exists(c, k, n, &mut exists) })?;
        Ok(exists == 1)
    }

    pub fn get_i64(&self, key: &str) -> Result<i64> {
        let mut number = 0;
        self.on(key, |c, k, n| unsafe { latzero_get_i64(c, k, n, &mut number) })?;
        Ok(number)
    }

    pub fn increment(&self, key: &str, delta: i64, initial: i64) -> Result<i64> {
        let mut sum = 0;
        self.on(key, |c, k, n| unsafe { latzero_increment(c, k, n, delta, initial, &mut sum) })?;
        Ok(sum)
    }

    pub fn delete(&self, key: &str) -> Result<()> {
        self.on(key, |c, k, n| unsafe { latzero_delete(c, k, n) })
    }

    pub fn ttl(&self, key: &str) -> Result<i64> {
        let mut left = 0;
        self.on(key, |c, k, n| unsafe { latzero_ttl(c, k, n, &mut left) })?;
        Ok(left)
    }

    /// Makes a key's value in place.
    pub fn reserve(&self, key: &str, kind: u32, size: usize) -> Result<Reserved<'_>> {
        let (mut memory, mut handle) = (null_mut(), null_mut());
        self.on(key, |c, k, n| unsafe { latzero_reserve(c, k, n, kind, size, null(), &mut memory, &mut handle) })?;
        Ok(Reserved { memory: unsafe { slice::from_raw_parts_mut(memory.cast(), size) }, handle })
    }

    pub fn borrow(&self, key: &str) -> Result<Borrowed<'_>> {
        let (mut value, mut info, mut handle) = (null(), latzero_value_info::INIT, null_mut());
        self.on(key, |c, k, n| unsafe { latzero_borrow(c, k, n, &mut value, &mut info, &mut handle) })?;
        Ok(Borrowed { value: unsafe { slice::from_raw_parts(value.cast(), info.size as usize) }, handle })
    }

    /// Keys that match, with the bytes of their values.
    pub fn items(&self, pattern: &str) -> Result<Vec<(String, Vec<u8>)>> {
        let (mut walk, mut items) = (null_mut(), Vec::new());
        self.on(pattern, |c, k, n| unsafe { latzero_iter_open(c, k, n, &mut walk) })?;
        let (mut key, mut len, mut value, mut info) = (null(), 0, null(), latzero_value_info::INIT);
        let ended = unsafe {
            loop {
                match latzero_iter_next(walk, &mut key, &mut len, &mut value, &mut info) {
                    status::OK => {}
                    status::NOT_FOUND => break Ok(()),
                    failed => break check(failed),
                }
                let name = String::from_utf8_lossy(slice::from_raw_parts(key.cast(), len)).into_owned();
                items.push((name, slice::from_raw_parts(value.cast(), info.size as usize).to_vec()));
            }
        };
        unsafe { latzero_iter_close(walk) };
        ended.map(|_| items)
    }

    /// Keys that match, about `count` looked at in a step; a key may come twice.
    pub fn scan(&self, pattern: &str, count: usize) -> Result<Vec<String>> {
        let (mut cursor, mut keys, mut found, mut names) = (0, null_mut(), 0, Vec::new());
        loop {
            let start = &mut cursor;
            self.on(pattern, |c, k, n| unsafe { latzero_scan(c, start, count, k, n, &mut keys, &mut found) })?;
            for key in (0..found).map(|i| unsafe { &*keys.add(i) }) {
                let name = unsafe { slice::from_raw_parts(key.key.cast(), key.key_len) };
                names.push(String::from_utf8_lossy(name).into_owned());
            }
            unsafe { latzero_free(keys.cast()) };
            if cursor == 0 {
                return Ok(names);
            }
        }
    }

    /// The pool's name, and the rest.
    pub fn stats(&self) -> Result<(String, latzero_pool_stats)> {
        let mut stats = latzero_pool_stats::INIT;
        check(unsafe { latzero_stats(self.handle, &mut stats) })?;
        Ok((unsafe { text_of(stats.name.as_ptr()) }, stats))
    }

    pub fn flush(&self) -> Result<()> {
        check(unsafe { latzero_flush(self.handle) })
    }

    pub fn size(&self) -> Result<u64> {
        let mut size = 0;
        check(unsafe { latzero_size(self.handle, &mut size) })?;
        Ok(size)
    }
}

/// Room for a value; dropped with what is in it, unless it is committed.
pub struct Reserved<'a> {
    pub memory: &'a mut [u8],
    handle: *mut latzero_reserved,
}

impl Reserved<'_> {
    pub fn commit(mut self) -> Result<()> {
        check(unsafe { latzero_commit(self.handle) })?;
        self.handle = null_mut();
        Ok(())
    }
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        if !self.handle.is_null() {
            unsafe { latzero_abandon(self.handle) };
        }
    }
}

/// A value where it lies, until this is dropped.
pub struct Borrowed<'a> {
    pub value: &'a [u8],
    handle: *mut latzero_borrowed,
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        unsafe { latzero_return(self.handle) };
    }
}
