//! Every verb, and the statuses that it answers with.
use std::fmt::Debug;
use std::ptr::null;
use std::thread::sleep;
use std::time::Duration;

use latzero::ffi::*;
use latzero::kind::{BYTES, INT64};
use latzero::status::{AUTHENTICATION, CONFLICT, EXISTS, NOT_FOUND, OK, OVERFLOW, TYPE_MISMATCH};
use latzero::{check, from_json, pool_list, to_json, value_flag, Client, Connect, Error, Keys, Result, Value};

use crate::options;

const ENTRY_SIZE: u32 = std::mem::size_of::<latzero_entry>() as u32;

fn int(number: i64) -> [u8; 8] {
    number.to_le_bytes()
}

fn refused<T: Debug>(result: Result<T>, status: i32) -> Error {
    let error = result.unwrap_err();
    assert_eq!(error.status, status, "{:?}", error);
    error
}

/// No key, or another one, opens nothing; nor does any where none is asked for.
fn doors(pool: &str, auth_key: &str) {
    let try_key = |key: &str| Client::connect(pool, Connect { auth_key: key.as_bytes(), create: false }).map(drop);
    refused(try_key(&format!("{}!", auth_key)), AUTHENTICATION);
    if !auth_key.is_empty() {
        refused(try_key(""), AUTHENTICATION);
    }
}

fn conditions(view: &Client, pool: &str) -> Result<()> {
    let key = "verbs:one";
    let how = options(0, 0);
    let store = |setter, number| view.store(setter, key, INT64, &int(number), &how);
    let error = refused(store(latzero_replace, 1), NOT_FOUND);
    assert!(error.text.contains(key) && error.text.contains(pool));
    store(latzero_add, 1)?;
    refused(store(latzero_add, 2), EXISTS);
    store(latzero_replace, 2)?;
    let before = view.copy(key)?;
    assert_eq!(view.info(key)?.version, before.info.version);
    assert_eq!(before.data, int(2));
    let version = view.compare_and_set(key, before.info.version, 3)?;
    assert!(version > before.info.version);
    let error = refused(view.compare_and_set(key, before.info.version, 4), CONFLICT);
    assert_eq!(error.name, "CONFLICT");
    refused(view.compare_and_set(key, 0, 4), CONFLICT);
    let (old, info) = view.swap(key, 4)?;
    assert!(old == 3 && info.version == version);
    assert_eq!(view.value(latzero_take, key)?.data, int(4));
    refused(view.delete(key), NOT_FOUND);
    refused(view.get_i64("string"), TYPE_MISMATCH);
    refused(view.increment("int64_max", 1, 0), OVERFLOW);
    Ok(())
}

fn fast_sets(view: &Client, other: &Client, me: &str) -> Result<()> {
    let last = format!("{}:verbs:fast:9", me);
    for i in 0..10 {
        view.store(latzero_set_fast, &format!("verbs:fast:{}", i), INT64, &int(i), &options(0, 0))?;
    }
    assert!(!other.exists(&last)?);
    let pending = view.value(latzero_get, "verbs:fast:9")?;
    assert!(pending.data == int(9) && pending.info.flags == value_flag::PENDING && pending.info.version == 0);
    view.flush()?;
    assert!(other.exists(&last)?);
    Ok(())
}

fn lifetimes(view: &Client) -> Result<()> {
    let key = "verbs:fast:0";
    assert_eq!(view.ttl(key)?, -1);
    view.on(key, |c, k, n| unsafe { latzero_expire(c, k, n, 60000) })?;
    assert!((30001..=60000).contains(&view.ttl(key)?));
    view.on(key, |c, k, n| unsafe { latzero_persist(c, k, n) })?;
    assert_eq!(view.ttl(key)?, -1);
    view.store(latzero_set, "verbs:brief", INT64, &int(1), &options(20, 0))?;
    sleep(Duration::from_millis(40));
    refused(view.get_i64("verbs:brief"), NOT_FOUND);
    Ok(())
}

fn entry(key: &str, value: &mut [u8; 8]) -> latzero_entry {
    latzero_entry {
        key: key.as_ptr().cast(),
        key_len: key.len(),
        value: value.as_mut_ptr().cast(),
        capacity: 8,
        size: 8,
        ttl_ms: 60000,
        type_: INT64,
        ..latzero_entry::INIT
    }
}

fn batches(view: &Client) -> Result<()> {
    let mut numbers = [int(1), int(2), int(3)];
    let keys = ["verbs:a", "verbs:b", "verbs:c", "verbs:absent"];
    let mut entries: Vec<latzero_entry> = keys.iter().zip(&mut numbers).map(|(key, number)| entry(key, number)).collect();
    check(unsafe { latzero_mset(view.handle(), ENTRY_SIZE, entries.as_mut_ptr(), entries.len()) })?;
    let (mut got, mut found) = ([int(0); 4], 0);
    let mut entries: Vec<latzero_entry> = keys.iter().zip(&mut got).map(|(key, number)| entry(key, number)).collect();
    check(unsafe { latzero_mget(view.handle(), ENTRY_SIZE, entries.as_mut_ptr(), entries.len(), &mut found) })?;
    assert_eq!(found, 3);
    assert!(entries[2].type_ == INT64 && entries[2].version > 0 && (30001..=60000).contains(&entries[2].ttl_ms));
    assert_eq!(entries[3].status, NOT_FOUND);
    check(unsafe { latzero_delete_many(view.handle(), ENTRY_SIZE, entries.as_mut_ptr(), entries.len(), &mut found) })?;
    assert_eq!(found, 3);
    let statuses: Vec<i32> = entries.iter().map(|entry| entry.status).collect();
    assert_eq!(statuses, [OK, OK, OK, NOT_FOUND]);
    assert_eq!(got, [int(1), int(2), int(3), int(0)]);
    Ok(())
}

/// Many keys in one call, packed.
fn blocks(view: &Client) -> Result<()> {
    let (five, long) = (int(5), vec![b'b'; 9000]);
    let values: [(&str, u32, &[u8]); 3] =
        [("block:none", latzero::kind::NULL, &[]), ("block:int", INT64, &five), ("block:bytes", BYTES, &long)];
    view.mset(&values, 60000)?;
    let found = view.mget(&["block:none", "block:absent", "block:int", "block:bytes"])?;
    assert!(found[1].is_none());
    for (value, (key, kind, data)) in [&found[0], &found[2], &found[3]].into_iter().zip(values) {
        let value = value.as_ref().unwrap();
        assert!(value.data == data && value.info.type_ == kind && value.info.ttl_ms > 30000);
        assert_eq!(value.info.version, view.info(key)?.version);
    }
    for keys in [Keys::BeginningWith("block:"), Keys::Matching("block:*")] {
        assert_eq!(view.all_items(keys, 1)?.iter().filter(|(key, _)| key.starts_with("block:")).count(), 3);
        assert_eq!(view.count(keys)?, 3);
    }
    assert_eq!(view.clear(Keys::BeginningWith("block:"))?, 3);
    assert_eq!(view.count(Keys::Matching("block:*"))?, 0);
    Ok(())
}

fn locks_and_texts(view: &Client) -> Result<()> {
    let version = view.add_versioned("verbs:lock", "me", 60000)?;
    refused(view.add_versioned("verbs:lock", "other", 0), EXISTS);
    refused(view.compare_and_delete("verbs:lock", version + 64), CONFLICT);
    view.compare_and_delete("verbs:lock", version)?;
    refused(view.compare_and_delete("verbs:lock", version), CONFLICT);
    assert_eq!(view.append_json("verbs:texts", "{\"a\": [1]}")?, 1);
    assert_eq!(view.append_json("verbs:texts", "null")?, 2);
    let found = view.copy("verbs:texts")?;
    assert_eq!(to_json(found.info.type_, &found.data)?, "[{\"a\":[1]},null]");
    assert_eq!(from_json("[{\"a\": [1]}, null]")?, (latzero::kind::LIST, found.data));
    view.delete("verbs:texts")?;
    view.update_json("verbs:texts", "{\"a\": 1}")?;
    assert_eq!(view.fetch(latzero_get_json, "verbs:texts")?, b"{\"a\":1}");
    view.delete("verbs:texts")
}

/// Counters that end, and a list as a queue.
fn queues(view: &Client, other: &Client, me: &str) -> Result<()> {
    let (queue, count) = ("verbs:queue", "verbs:count");
    assert_eq!(view.increment_with_ttl(count, 2, 40, 60000)?, 42);
    assert_eq!(view.increment_with_ttl(count, 2, 40, 60000)?, 44);
    let left = view.ttl(count)?;
    assert!(left > 30000 && left <= 60000);
    refused(view.increment_with_ttl(count, 1, 0, -1), status::INVALID_ARGUMENT);
    assert!(view.pop_front(queue)?.is_none() && view.pop_back(queue)?.is_none());
    view.append(queue, kind::INT64, &int(1))?;
    view.append(queue, BYTES, &[b'q'; 1000])?;
    view.append(queue, kind::STRING, b"last")?;
    let pop = |found: Result<Option<Value>>| found.map(|value| value.map(|value| (value.info.type_, value.data)));
    assert_eq!(pop(view.pop_back(queue))?, Some((kind::STRING, b"last".to_vec())));
    assert_eq!(pop(other.pop_front(&format!("{}:{}", me, queue)))?, Some((kind::INT64, int(1).to_vec())));
    assert_eq!(pop(view.pop_front(queue))?, Some((BYTES, vec![b'q'; 1000])));
    assert!(view.pop_front(queue)?.is_none());
    refused(view.pop_front(count), status::TYPE_MISMATCH);
    view.delete(queue)?;
    view.delete(count)
}

fn loans(view: &Client) -> Result<()> {
    let key = "verbs:loan";
    let reserved = view.reserve(key, BYTES, 20000)?;
    reserved.memory.fill(b'a');
    reserved.commit()?;
    let lent = view.borrow(key)?;
    view.on(key, |c, k, n| unsafe { latzero_set_null(c, k, n, null()) })?;
    assert!(lent.value.len() == 20000 && lent.value.iter().all(|byte| *byte == b'a'));
    drop(lent);
    drop(view.reserve(key, BYTES, 1)?);
    view.delete(key)
}

fn walks_and_descriptions(view: &Client, pool: &str, auth_key: &str) -> Result<()> {
    let expected: Vec<_> = (0..10).map(|i| (format!("verbs:fast:{}", i), int(i).to_vec())).collect();
    let mut items = view.items("verbs:fast:*")?;
    items.sort();
    assert_eq!(items, expected);
    let mut names = view.scan("verbs:fast:[0-9]", 3)?;
    names.sort();
    names.dedup();
    assert!(names.iter().eq(expected.iter().map(|(name, _)| name)));
    let (name, stats) = view.stats()?;
    assert!(name == pool && stats.clients >= 2 && stats.key_count >= 10);
    assert!(stats.max_bytes == 104857600 && stats.utilization > 0.0 && stats.utilization <= 1.0);
    let sealed = !auth_key.is_empty();
    assert!(stats.encryption == sealed as u32 && (stats.cipher != 0) == sealed && stats.integrity_failures == 0);
    assert!(pool_list()?.iter().any(|(name, info)| name == pool && info.clients >= 2 && info.cipher == stats.cipher));
    Ok(())
}

pub fn use_verbs(view: &Client, other: &Client, pool: &str, me: &str, auth_key: &str) -> Result<()> {
    let before = view.size()?;
    doors(pool, auth_key);
    conditions(view, pool)?;
    fast_sets(view, other, me)?;
    lifetimes(view)?;
    batches(view)?;
    blocks(view)?;
    locks_and_texts(view)?;
    queues(view, other, me)?;
    loans(view)?;
    walks_and_descriptions(view, pool, auth_key)?;
    for i in 0..10 {
        view.delete(&format!("verbs:fast:{}", i))?;
    }
    assert_eq!(view.size()?, before);
    Ok(())
}
