//! What the script uses of latzero, by std alone. A `Client` closes when it is dropped; a status other than OK is an
//! `Error`.
use std::ffi::{CStr, CString};
use std::os::raw::{c_char, c_void};
use std::ptr::{null, null_mut};
use std::{fmt, slice};

use crate::abi::*;

pub struct Error {
    pub status: i32,
    pub name: String,
    pub text: String,
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.text)
    }
}

pub type Result<T> = std::result::Result<T, Error>;

unsafe fn text_of(text: *const c_char) -> String {
    CStr::from_ptr(text).to_string_lossy().into_owned()
}

pub fn check(status: i32) -> Result<()> {
    if status == OK {
        return Ok(());
    }
    unsafe { Err(Error { status, name: text_of(latzero_status_name(status)), text: text_of(latzero_last_error()) }) }
}

/// A value with all that is known of it.
pub struct Value {
    pub info: ValueInfo,
    pub data: Vec<u8>,
}

pub fn options(ttl_ms: i64, tag: u32) -> SetOptions {
    SetOptions { struct_size: size_of::<SetOptions>(), flags: 0, ttl_ms, tag, reserved: 0 }
}

pub fn size_of<T>() -> u32 {
    std::mem::size_of::<T>() as u32
}

fn empty_info() -> ValueInfo {
    ValueInfo { struct_size: size_of::<ValueInfo>(), ..Default::default() }
}

/// The pools of this user with the number of their clients and the cipher.
pub fn pool_list() -> Result<Vec<(String, u64, u32)>> {
    let (mut pools, mut count) = (null_mut(), 0);
    unsafe {
        check(latzero_pool_list(size_of::<PoolInfo>(), &mut pools, &mut count))?;
        let found = (0..count).map(|i| &*pools.add(i));
        let found = found.map(|pool| (text_of(pool.name.as_ptr()), pool.clients, pool.cipher)).collect();
        latzero_free(pools as *mut c_void);
        Ok(found)
    }
}

pub struct Client {
    pub handle: *mut latzero_client,
}

impl Drop for Client {
    fn drop(&mut self) {
        check(unsafe { latzero_disconnect(self.handle) }).unwrap();
    }
}

impl Client {
    /// With an auth key, or none if it is empty.
    pub fn connect(pool: &str, auth_key: &str) -> Result<Client> {
        let (pool, mut handle) = (CString::new(pool).unwrap(), null_mut());
        let options = ConnectOptions {
            struct_size: size_of::<ConnectOptions>(),
            flags: 0,
            timeout_ms: 0,
            create_options: null(),
            auth_key: if auth_key.is_empty() { null() } else { auth_key.as_ptr().cast() },
            auth_key_len: auth_key.len(),
        };
        check(unsafe { latzero_connect(pool.as_ptr(), &options, &mut handle) })?;
        Ok(Client { handle })
    }

    pub fn namespace(&self, name: &str) -> Result<Client> {
        let mut handle = null_mut();
        check(unsafe { latzero_namespace(self.handle, name.as_ptr().cast(), name.len(), &mut handle) })?;
        Ok(Client { handle })
    }

    /// Any verb on a key: `verb` gets the client, the key and its length.
    pub fn on(&self, key: &str, verb: impl FnOnce(*mut latzero_client, *const c_char, usize) -> i32) -> Result<()> {
        check(verb(self.handle, key.as_ptr().cast(), key.len()))
    }

    pub fn store(&self, setter: Setter, key: &str, kind: u32, data: &[u8], how: &SetOptions) -> Result<()> {
        self.on(key, |c, k, n| unsafe { setter(c, k, n, kind, data.as_ptr().cast(), data.len(), how) })
    }

    pub fn fetch<T>(&self, fetcher: Fetcher<T>, key: &str) -> Result<Vec<u8>> {
        let (mut memory, mut size) = (null_mut(), 0);
        unsafe {
            self.on(key, |c, k, n| fetcher(c, k, n, &mut memory, &mut size))?;
            let copy = slice::from_raw_parts(memory as *const u8, size).to_vec();
            latzero_free(memory.cast());
            Ok(copy)
        }
    }

    pub fn get(&self, getter: Getter, key: &str) -> Result<Value> {
        let mut data = vec![0; 64];
        loop {
            let mut info = empty_info();
            let memory: *mut c_void = data.as_mut_ptr().cast();
            let read = self.on(key, |c, k, n| unsafe { getter(c, k, n, memory, data.len(), &mut info) });
            match read {
                Err(error) if error.status != TOO_SMALL => return Err(error),
                failed_or_not => {
                    data.resize(info.size as usize, 0);
                    if failed_or_not.is_ok() {
                        return Ok(Value { info, data });
                    }
                }
            }
        }
    }

    /// Stores an int64, and returns the one that was there.
    pub fn swap(&self, key: &str, number: i64) -> Result<(i64, ValueInfo)> {
        let (new, mut old, mut info) = (number.to_le_bytes(), [0; 8], empty_info());
        let (value, buffer) = (new.as_ptr().cast(), old.as_mut_ptr().cast());
        self.on(key, |c, k, n| unsafe { latzero_swap(c, k, n, INT64, value, 8, null(), buffer, 8, &mut info) })?;
        Ok((i64::from_le_bytes(old), info))
    }

    pub fn compare_and_set(&self, key: &str, version: u64, number: i64) -> Result<u64> {
        let (new, mut stored) = (number.to_le_bytes(), 0);
        self.on(key, |c, k, n| unsafe {
            latzero_compare_and_set(c, k, n, version, INT64, new.as_ptr().cast(), 8, null(), &mut stored)
        })?;
        Ok(stored)
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
        let (mut value, mut info, mut handle) = (null(), empty_info(), null_mut());
        self.on(key, |c, k, n| unsafe { latzero_borrow(c, k, n, &mut value, &mut info, &mut handle) })?;
        Ok(Borrowed { value: unsafe { slice::from_raw_parts(value.cast(), info.size as usize) }, handle })
    }

    pub fn items(&self, pattern: &str) -> Result<Vec<(String, Vec<u8>)>> {
        let (mut walk, mut items) = (null_mut(), Vec::new());
        self.on(pattern, |c, k, n| unsafe { latzero_iter_open(c, k, n, &mut walk) })?;
        let (mut key, mut len, mut value, mut info) = (null(), 0, null(), empty_info());
        unsafe {
            while latzero_iter_next(walk, &mut key, &mut len, &mut value, &mut info) == OK {
                let name = String::from_utf8_lossy(slice::from_raw_parts(key.cast(), len)).into_owned();
                items.push((name, slice::from_raw_parts(value.cast(), info.size as usize).to_vec()));
            }
            latzero_iter_close(walk);
        }
        Ok(items)
    }

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

    pub fn stats(&self) -> Result<(String, PoolStats)> {
        let mut stats: PoolStats = unsafe { std::mem::zeroed() };
        stats.struct_size = size_of::<PoolStats>();
        check(unsafe { latzero_stats(self.handle, &mut stats) })?;
        Ok((unsafe { text_of(stats.name.as_ptr()) }, stats))
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
            check(unsafe { latzero_abandon(self.handle) }).unwrap();
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
        check(unsafe { latzero_return(self.handle) }).unwrap();
    }
}
