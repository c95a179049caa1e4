//! Watches and waits, and a copy that follows what all languages write.
use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::os::unix::io::AsRawFd;
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::process::{Command, Stdio};
use std::sync::mpsc::{channel, TryRecvError};
use std::thread::{scope, sleep};
use std::time::Duration;

use latzero::ffi::*;
use latzero::status::{CANCELLED, NOT_FOUND, OK};
use latzero::{event_flag, event_kind, watch_flag, Client, Event, Native, Result, Watch, Watched};

const KEYS: u64 = 200;
/// Keys that are known to the copy, and deleted before it reads on.
const BRIEF: u64 = 20;

fn ms(milliseconds: u64) -> Option<Duration> {
    Some(Duration::from_millis(milliseconds))
}

/// A copy of keys. One that is forgetful keeps what was deleted in a gap.
#[derive(Default)]
struct Mirror {
    forgetful: bool,
    gaps: usize,
    keys: HashMap<String, Native>,
    stripes: HashMap<String, u32>,
    stale: HashMap<u32, HashSet<String>>,
}

impl Mirror {
    fn apply(&mut self, event: Event) {
        let value = event.value();
        match (event.key, event.kind) {
            (Some(key), _) => {
                self.stale.entry(event.stripe).or_default().remove(&key);
                self.stripes.insert(key.clone(), event.stripe);
                if event.status == OK {
                    self.keys.insert(key, value.unwrap());
                } else {
                    assert_eq!(event.status, NOT_FOUND);
                    self.keys.remove(&key);
                }
            }
            (None, event_kind::RESYNC) => {
                self.gaps += 1;
                let of_stripe = self.keys.keys().filter(|key| self.stripes[*key] == event.stripe);
                self.stale.insert(event.stripe, of_stripe.cloned().collect());
            }
            (None, kind) => {
                assert_eq!(kind, event_kind::SYNCED);
                for key in self.stale.remove(&event.stripe).unwrap_or_default() {
                    if !self.forgetful {
                        self.keys.remove(&key);
                    }
                }
            }
        }
    }
}

/// Waits until all have come here.
fn everybody(client: &Client, key: &str, count: i64) -> Result<()> {
    client.increment(key, 1, 0)?;
    loop {
        let found = client.value(latzero_get, key)?;
        if i64::from_le_bytes(found.data[..].try_into().unwrap()) >= count {
            return Ok(());
        }
        assert!(client.wait(key, found.info.version, ms(60000))?.is_some());
    }
}

fn take(watch: &mut Watch, mirror: &mut Mirror, most: usize, timeout: u64) -> Result<()> {
    for _ in 0..most {
        match watch.next_within(ms(timeout))? {
            Some(event) => mirror.apply(event),
            None => break,
        }
    }
    Ok(())
}

fn write_something(client: &Client, me: &str, number: i64, random: &mut u64) -> Result<()> {
    *random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
    let key = format!("copy:{}", (*random >> 33) % KEYS);
    match *random >> 61 {
        0 | 1 => client.delete(&key).or_else(|error| if error.status == NOT_FOUND { Ok(()) } else { Err(error) }),
        even if even % 2 == 0 => client.set(&key, number),
        _ => client.set(&key, &format!("{} {}", me, number)[..]),
    }
}

/// 1 if the copy differs from the pool in the end.
pub fn follow(client: &Client, me: &str, count: i64, rounds: i64, forgetful: bool) -> Result<i32> {
    let (mut mirror, mut random) = (Mirror { forgetful, ..Default::default() }, std::process::id() as u64);
    let what = Watched { pattern: Some("copy:*"), what: watch_flag::FOLLOW, history: 16, ..Default::default() };
    let mut watch = client.watch(what)?;
    for i in 0..BRIEF {
        client.set(&format!("copy:{}:{}", me, i), true)?;
    }
    take(&mut watch, &mut mirror, usize::MAX, 0)?;
    everybody(client, "shared:watching", count)?;
    for i in 0..BRIEF {
        client.delete(&format!("copy:{}:{}", me, i))?;
    }
    for i in 0..rounds {
        write_something(client, me, i, &mut random)?;
        if i % 500 == 0 && i >= rounds / 2 {
            take(&mut watch, &mut mirror, 50, 0)?;
        }
    }
    everybody(client, "shared:written", count)?;
    take(&mut watch, &mut mirror, usize::MAX, 200)?;
    let mut expected = HashMap::new();
    for (key, _) in client.items("copy:*")? {
        expected.insert(key.clone(), client.get(&key)?.unwrap());
    }
    let different = mirror.keys != expected;
    println!("{}: {} keys, {} gaps", if different { "different" } else { "equal" }, expected.len(), mirror.gaps);
    assert!(mirror.gaps > 0 && !expected.is_empty());
    Ok(different as i32)
}

// ---- what a watch delivers

/// The next one with a key: in an encrypted pool nobody may be able to tell whose value came and went.
fn next(watch: &mut Watch, sealed: bool) -> Result<Event> {
    loop {
        let event = watch.next_within(ms(10000))?.unwrap();
        assert_ne!(event.kind, event_kind::LOST);
        if !sealed || event.flags & event_flag::NAMELESS == 0 {
            return Ok(event);
        }
    }
}

fn kinds_and_values(view: &Client, other: &Client, key: &str, sealed: bool) -> Result<()> {
    let what = Watched { pattern: Some("watched:*"), what: watch_flag::VALUES, history: 16, ..Default::default() };
    let mut watch = view.watch(what)?.pollable()?;
    assert!(watch.as_raw_fd() >= 0);
    let expect = |watch: &mut Watch, kind: u32, value: Option<Native>| -> Result<Event> {
        let event = next(watch, sealed)?;
        assert_eq!((event.kind, event.key.as_deref(), event.value()), (kind, Some("watched:a"), value));
        assert_eq!(event.status == OK, event.found.is_some());
        Ok(event)
    };
    other.set(key, "first")?;
    let event = expect(&mut watch, event_kind::CREATED, Some("first".into()))?;
    assert!(event.version == view.value(latzero_get, "watched:a")?.info.version && event.lost == 0);
    assert!(event.revision % STRIPES as u64 == event.stripe as u64 && event.process == std::process::id());
    other.set(key, 2)?;
    expect(&mut watch, event_kind::SET, Some(2.into()))?;
    other.increment(key, 1, 0)?;
    expect(&mut watch, if sealed { event_kind::SET } else { event_kind::CHANGED }, Some(3.into()))?;
    let before = watch.revision()?;
    other.on(key, |c, k, n| unsafe { latzero_expire(c, k, n, 60000) })?;
    expect(&mut watch, event_kind::TTL, Some(3.into()))?;
    let mut again = view.watch(Watched { pattern: Some("watched:*"), since: Some(&before), ..Default::default() })?;
    let event = next(&mut again, sealed)?;
    assert!(event.kind == event_kind::TTL && event.found.is_none());
    other.delete(key)?;
    assert_eq!(expect(&mut watch, event_kind::ERASED, None)?.status, NOT_FOUND);
    assert!(sealed || watch.next_within(ms(0))?.is_none());
    Ok(())
}

/// They end a wait, and a loop.
fn other_threads(view: &Client) -> Result<()> {
    let mut watch = view.watch(Watched { pattern: Some("watched:none"), ..Default::default() })?;
    let waker = watch.waker();
    watch.wake()?;
    while let Some(found) = watch.next_within(ms(0)).map_or_else(|error| Some(error.status), |event| event.map(|_| OK)) {
        assert!(found == OK || found == CANCELLED);
    }
    scope(|threads| {
        threads.spawn(|| {
            sleep(Duration::from_millis(20));
            waker.wake().unwrap();
        });
        assert!(watch.by_ref().all(|event| event.unwrap().flags & event_flag::NAMELESS != 0));
    });
    drop(watch);
    assert_eq!(waker.wake().unwrap_err().name, "INVALID_ARGUMENT");
    Ok(())
}

fn waits(view: &Client, other: &Client, key: &str) -> Result<()> {
    assert_eq!(view.wait("watched:w", 0, ms(20))?, None);
    other.set(key, 1)?;
    let version = view.wait("watched:w", 0, None)?.unwrap();
    assert_eq!(version, view.value(latzero_get, "watched:w")?.info.version);
    assert_eq!(view.wait("watched:w", version, ms(0))?, None);
    other.delete(key)?;
    assert_eq!(view.wait("watched:w", version, ms(0))?, Some(0));
    Ok(())
}

/// They hear what another process writes. One ends itself; one that panics is not called again.
fn callbacks(view: &Client, pool: &str, me: &str) -> Result<()> {
    let what = Watched { pattern: Some("watched:on"), what: watch_flag::VALUES, ..Default::default() };
    let (tell, heard) = channel();
    let (tell_once, once) = channel();
    let all = view.subscribe(what, move |event| {
        let _ = tell.send(event);
        ControlFlow::Continue(())
    })?;
    let short = view.subscribe(what, move |event| {
        tell_once.send(event.key.clone()).unwrap();
        event.key.map_or(ControlFlow::Continue(()), |_| ControlFlow::Break(()))
    })?;
    let broken = view.subscribe(what, |event| {
        // Without a word of the hook.
        event.key.map_or(ControlFlow::Continue(()), |key| resume_unwind(Box::new(key)))
    })?;
    let program = std::env::var("LATZERO_TEST_TICKER").unwrap();
    let key = format!("{}:watched:on", me);
    let mut ticker = Command::new(program).args(["tick", pool, &key]).stdin(Stdio::piped()).spawn().unwrap();
    let mut last = 0;
    for event in heard.iter().filter(|event| event.found.is_some()).take(10) {
        assert_eq!((event.key.as_deref(), event.process), (Some("watched:on"), ticker.id()));
        match event.value() {
            Some(Native::Int64(count)) if count >= last => last = count,
            value => panic!("{:?} behind {}", value, last),
        }
    }
    scope(|threads| {
        threads.spawn(|| drop(all));
    });
    while heard.try_recv().is_ok() {}
    assert_eq!(heard.try_recv().err(), Some(TryRecvError::Disconnected));
    drop(ticker.stdin.take());
    assert!(ticker.wait().unwrap().success());
    short.close();
    assert_eq!(once.iter().flatten().collect::<Vec<_>>(), ["watched:on"]);
    let panic = catch_unwind(AssertUnwindSafe(|| broken.close())).unwrap_err();
    assert_eq!(panic.downcast_ref::<String>().map(|key| &key[..]), Some("watched:on"));
    Ok(())
}

pub fn use_watches(view: &Client, other: &Client, pool: &str, me: &str, sealed: bool) -> Result<()> {
    kinds_and_values(view, other, &format!("{}:watched:a", me), sealed)?;
    other_threads(view)?;
    waits(view, other, &format!("{}:watched:w", me))?;
    callbacks(view, pool, me)
}
