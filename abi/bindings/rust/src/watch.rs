use std::marker::PhantomData;
use std::os::raw::c_void;
use std::os::unix::io::{AsRawFd, RawFd};
use std::ptr::{null, null_mut};
use std::slice;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::client::{Client, Value};
use crate::error::{check, Result};
use crate::ffi::*;
use crate::native::Native;

/// What to watch. The default: sets, deletions and expiries of all keys, from now on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Watched<'a> {
    /// All keys if it is None.
    pub pattern: Option<&'a str>,
    /// Of [`watch_flag`]; 0: UPDATES, DELETES and EXPIRIES.
    pub what: u32,
    /// Goes on where another watch was.
    pub since: Option<&'a latzero_revision>,
    /// How many changes of each stripe are kept, 16 to 4,096, if nobody else watches; 0: 64.
    pub history: u32,
}

impl Watched<'_> {
    /// For C, as long as this is there.
    pub(crate) fn options(&self) -> latzero_watch_options {
        let pattern = self.pattern.unwrap_or_default();
        latzero_watch_options {
            what: self.what,
            pattern: if self.pattern.is_some() { pattern.as_ptr().cast() } else { null() },
            pattern_len: pattern.len(),
            from: self.since.map_or(null(), |since| since),
            history: self.history,
            ..latzero_watch_options::INIT
        }
    }
}

/// What a watch tells.
#[derive(Clone, Debug)]
pub struct Event {
    /// One of [`event_kind`].
    pub kind: u32,
    /// Of [`event_flag`].
    pub flags: u32,
    pub stripe: u32,
    /// None if it has none.
    pub key: Option<String>,
    pub revision: u64,
    pub version: u64,
    pub lost: u64,
    pub client: u32,
    pub process: u32,
    /// With VALUES what the key has by then; else `status` says why not.
    pub found: Option<Value>,
    /// One of [`status`].
    pub status: i32,
}

impl Event {
    /// The value as [`Client::get`] gives it.
    pub fn value(&self) -> Option<Native> {
        self.found.as_ref().and_then(|found| Native::of(found.info.type_, &found.data))
    }

    /// # Safety
    /// The library has filled it just now.
    pub(crate) unsafe fn of(told: &latzero_event) -> Event {
        let bytes = |memory: *const c_void, size| slice::from_raw_parts(memory.cast::<u8>(), size);
        let key = |len| String::from_utf8_lossy(bytes(told.key.cast(), len)).into_owned();
        Event {
            kind: told.kind,
            flags: told.flags,
            stripe: told.stripe,
            key: if told.key.is_null() { None } else { Some(key(told.key_len)) },
            revision: told.revision,
            version: told.version,
            lost: told.lost,
            client: told.client,
            process: told.client_process,
            found: told.info.as_ref().map(|info| {
                let data = if info.size == 0 { Vec::new() } else { bytes(told.value, info.size as usize).to_vec() };
                Value { info: *info, data }
            }),
            status: told.value_status,
        }
    }
}

/// Null once it is closed.
struct Handle(*mut latzero_watch);

// SAFETY: any thread may wake a watch.
unsafe impl Send for Handle {}

/// Wakes a [`Watch`] from any thread.
#[derive(Clone)]
pub struct Waker(Arc<Mutex<Handle>>);

impl Waker {
    /// Ends the wait of the watch, or its next one. Fails once it is closed.
    pub fn wake(&self) -> Result<()> {
        check(unsafe { latzero_watch_wake(self.0.lock().unwrap().0) })
    }
}

/// Delivers events: an iterator that waits for each, and ends when it is woken, and after the pool's end. It closes
/// when it is dropped.
pub struct Watch<'a> {
    handle: *mut latzero_watch,
    waker: Waker,
    fd: RawFd,
    client: PhantomData<&'a Client>,
}

// SAFETY: the library takes calls on a watch from any thread, one at a time; its client is there as long.
unsafe impl Send for Watch<'_> {}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        let mut handle = self.waker.0.lock().unwrap();
        unsafe { latzero_watch_close(handle.0) };
        handle.0 = null_mut();
    }
}

impl Watch<'_> {
    /// The next event; None if none comes in that time, `None` being for ever. Fails with [`status::CANCELLED`] when it
    /// is woken, and with [`status::DESTROYED`] after the pool's end was told.
    pub fn next_within(&mut self, timeout: Option<Duration>) -> Result<Option<Event>> {
        let mut event = latzero_event::INIT;
        match unsafe { latzero_watch_next(self.handle, milliseconds(timeout), &mut event) } {
            status::OK => Ok(Some(unsafe { Event::of(&event) })),
            status::TIMEOUT => Ok(None),
            failed => check(failed).map(|_| None),
        }
    }

    pub fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// As a [`Waker`] does.
    pub fn wake(&self) -> Result<()> {
        self.waker.wake()
    }

    /// Where the watch is: [`Watched::since`] goes on there.
    pub fn revision(&mut self) -> Result<latzero_revision> {
        let mut revision = latzero_revision::INIT;
        check(unsafe { latzero_watch_revision(self.handle, &mut revision) })?;
        Ok(revision)
    }

    /// Has a descriptor from here on, which starts the connection's thread: see [`AsRawFd`].
    pub fn pollable(mut self) -> Result<Self> {
        let mut fd = 0;
        check(unsafe { latzero_event_fd(self.handle, &mut fd) })?;
        self.fd = fd as RawFd;
        Ok(self)
    }
}

/// When it is readable, take events by [`Watch::next_within`] zero until there is none. -1 unless it is
/// [`Watch::pollable`].
impl AsRawFd for Watch<'_> {
    fn as_raw_fd(&self) -> RawFd {
        self.fd
    }
}

impl Iterator for Watch<'_> {
    type Item = Result<Event>;

    fn next(&mut self) -> Option<Result<Event>> {
        match self.next_within(None) {
            Err(error) if error.status == status::CANCELLED || error.status == status::DESTROYED => None,
            found => found.transpose(),
        }
    }
}

fn milliseconds(timeout: Option<Duration>) -> i64 {
    timeout.map_or(-1, |time| time.as_millis().min(i64::MAX as u128) as i64)
}

impl Client {
    /// The changes of keys.
    pub fn watch(&self, what: Watched) -> Result<Watch<'_>> {
        let mut handle = null_mut();
        check(unsafe { latzero_watch_open(self.handle(), &what.options(), &mut handle) })?;
        let waker = Waker(Arc::new(Mutex::new(Handle(handle))));
        Ok(Watch { handle, waker, fd: -1, client: PhantomData })
    }

    /// Waits until a key has another version than that, 0 being its absence, and gives it. None if it still has it after
    /// that time, `None` being for ever.
    pub fn wait(&self, key: &str, known_version: u64, timeout: Option<Duration>) -> Result<Option<u64>> {
        let mut version = 0;
        let time = milliseconds(timeout);
        match self.on(key, |c, k, n| unsafe { latzero_wait(c, k, n, known_version, time, &mut version) }) {
            Err(error) if error.status == status::TIMEOUT => Ok(None),
            waited => waited.map(|_| Some(version)),
        }
    }
}
