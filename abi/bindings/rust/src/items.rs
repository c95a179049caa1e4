use std::mem::size_of;
use std::ptr::null_mut;
use std::slice;

use crate::client::{Client, Value};
use crate::error::{check, text_of, Error, Result};
use crate::ffi::*;

const HEAD: usize = size_of::<latzero_item>();

fn padded(size: usize) -> usize {
    (size / 8 + 1) * 8
}

/// How keys are chosen.
#[derive(Clone, Copy, Debug)]
pub enum Keys<'a> {
    Matching(&'a str),
    BeginningWith(&'a str),
}

impl Keys<'_> {
    fn pattern(&self) -> (&[u8], u32) {
        match self {
            Keys::Matching(pattern) => (pattern.as_bytes(), 0),
            Keys::BeginningWith(prefix) => (prefix.as_bytes(), MATCH_PREFIX as u32),
        }
    }
}

/// Many keys in one call, by blocks of items as latzero_item describes them.
impl Client {
    /// The values of keys, in their order.
    pub fn mget(&self, keys: &[&str]) -> Result<Vec<Option<Value>>> {
        let packed = keys.iter().fold(Vec::new(), |mut all, key| {
            all.extend_from_slice(&(key.len() as u32).to_le_bytes());
            all.extend_from_slice(key.as_bytes());
            all
        });
        let (mut items, mut len) = (null_mut(), 0);
        check(unsafe {
            latzero_mget_copy(self.handle(), packed.as_ptr().cast(), packed.len(), &mut items, &mut len, null_mut())
        })?;
        unsafe { take(items, len) }.into_iter().map(|(_, value)| value).collect()
    }

    /// Stores keys with values by kind and bytes, for so many milliseconds, or for good if that is 0.
    pub fn mset(&self, items: &[(&str, u32, &[u8])], ttl_ms: i64) -> Result<()> {
        let mut block = Vec::new();
        for (key, kind, data) in items {
            let size = HEAD + padded(key.len()) + padded(data.len());
            let mut at = block.len();
            block.extend_from_slice(&(HEAD as u32).to_le_bytes());
            block.extend_from_slice(&(key.len() as u32).to_le_bytes());
            for word in [size as u64, data.len() as u64, 0, ttl_ms as u64, *kind as u64, 0] {
                block.extend_from_slice(&word.to_le_bytes());
            }
            block.extend_from_slice(key.as_bytes());
            at += HEAD + padded(key.len());
            block.resize(at, 0);
            block.extend_from_slice(data);
            block.resize(at + padded(data.len()), 0);
        }
        check(unsafe { latzero_mset_packed(self.handle(), block.as_ptr().cast(), block.len(), null_mut()) })
    }

    /// Keys with their values, `page` keys read at a time; a key may come twice.
    pub fn all_items(&self, keys: Keys, page: usize) -> Result<Vec<(String, Value)>> {
        let (pattern, flags) = keys.pattern();
        let (mut cursor, mut all) = (0, Vec::new());
        loop {
            let (mut items, mut len, mut found) = (null_mut(), 0, 0);
            let (text, size) = (pattern.as_ptr().cast(), pattern.len());
            check(unsafe {
                latzero_items(
                    self.handle(), &mut cursor, page, 0, text, size, flags, &mut items, &mut len, &mut found,
                )
            })?;
            for (key, value) in unsafe { take(items, len) } {
                all.extend(value?.map(|value| (key, value)));
            }
            if cursor == 0 {
                return Ok(all);
            }
        }
    }

    /// How many of these keys there are.
    pub fn count(&self, keys: Keys) -> Result<u64> {
        let ((pattern, flags), mut count) = (keys.pattern(), 0);
        check(unsafe {
            latzero_size_match(self.handle(), pattern.as_ptr().cast(), pattern.len(), flags, &mut count)
        })?;
        Ok(count)
    }

    /// Removes these keys, and tells how many there were.
    pub fn clear(&self, keys: Keys) -> Result<u64> {
        let ((pattern, flags), mut removed) = (keys.pattern(), 0);
        check(unsafe {
            latzero_clear_match(self.handle(), pattern.as_ptr().cast(), pattern.len(), flags, &mut removed)
        })?;
        Ok(removed)
    }
}

/// What a block says; its memory is given back.
unsafe fn take(items: *mut std::os::raw::c_void, len: usize) -> Vec<(String, Result<Option<Value>>)> {
    let (mut all, mut at) = (Vec::new(), 0);
    while at < len {
        let head: latzero_item = *items.add(at).cast();
        let key: *const u8 = items.add(at + head.struct_size as usize).cast();
        let begin = key.add(padded(head.key_len as usize));
        let name = String::from_utf8_lossy(slice::from_raw_parts(key, head.key_len as usize)).into_owned();
        let info = latzero_value_info {
            type_: head.type_,
            size: head.size,
            version: head.version,
            ttl_ms: head.ttl_ms,
            tag: head.tag,
            flags: head.flags,
            ..latzero_value_info::INIT
        };
        all.push((name, match head.status {
            status::OK => Ok(Some(Value { info, data: slice::from_raw_parts(begin, head.size as usize).to_vec() })),
            status::NOT_FOUND => Ok(None),
            failed => Err(Error {
                status: failed,
                name: text_of(latzero_status_name(failed)),
                text: "the record of a key does not verify".to_string(),
            }),
        }));
        at += head.item_size as usize;
    }
    latzero_free(items);
    all
}
