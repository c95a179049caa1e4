//! Named pools of shared memory that processes on one machine use as a dictionary.
//!
//! This is the thin layer over the C library, by std alone: a [`Client`] has the verbs, a status other than OK is an
//! [`Error`], and the constants are those of latzero.h in modules. [`ffi`] has all of the header.
mod client;
mod error;
pub mod ffi;
mod items;
mod native;
mod queues;
mod subscription;
mod watch;

pub use client::{from_json, pool_list, to_json, Borrowed, Client, Connect, Reserved, Value};
pub use error::{check, Error, Result};
pub use ffi::{cipher, event_flag, event_kind, kind, pool_flag, status, value_flag, watch_flag};
pub use items::Keys;
pub use native::Native;
pub use subscription::Subscription;
pub use watch::{Event, Waker, Watch, Watched};
