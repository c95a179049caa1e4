//! Counters that end, and lists as queues.

use std::os::raw::{c_char, c_void};
use std::ptr::null_mut;

use crate::client::{Client, Value};
use crate::error::Result;
use crate::ffi::*;

type Pop = unsafe extern "C" fn(
    *mut latzero_client, *const c_char, usize, *mut c_void, usize, *mut latzero_value_info, *mut u64,
) -> i32;

impl Client {
    /// [`Client::increment`] of a key that ends so many milliseconds after the call that makes it, however often it is
    /// counted until then; then it is made anew.
    pub fn increment_with_ttl(&self, key: &str, delta: i64, initial: i64, ttl_ms: i64) -> Result<i64> {
        let (options, mut sum) = (latzero_count_options { ttl_ms, initial, ..latzero_count_options::INIT }, 0);
        self.on(key, |c, k, n| unsafe { latzero_count(c, k, n, delta, &options, &mut sum) })?;
        Ok(sum)
    }

    /// Takes the first element of a list; None if there is none. With [`Client::append`] the list is a queue: each
    /// element goes to one caller.
    pub fn pop_front(&self, key: &str) -> Result<Option<Value>> {
        self.pop(latzero_pop_front, key)
    }

    /// Takes the last element of a list; else as [`Client::pop_front`].
    pub fn pop_back(&self, key: &str) -> Result<Option<Value>> {
        self.pop(latzero_pop_back, key)
    }

    fn pop(&self, verb: Pop, key: &str) -> Result<Option<Value>> {
        let read = self.reading(key, |c, k, n, memory, room, info| unsafe {
            verb(c, k, n, memory, room, info, null_mut())
        });
        match read {
            Err(error) if error.status == status::NOT_FOUND => Ok(None),
            read => read.map(Some),
        }
    }
}
