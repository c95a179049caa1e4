//! Named pools of shared memory that processes on one machine use as a dictionary.
//!
//! This is the thin layer over the C library, by std alone: a [`Client`] has the verbs, a status other than OK is an
//! [`Error`], and the constants are those of latzero.h in modules. [`ffi`] has all of the header.
mod client;
mod error;
pub mod ffi;
mod native;

pub use client::{pool_list, Borrowed, Client, Connect, Reserved, Value};
pub use error::{check, Error, Result};
pub use ffi::{cipher, kind, pool_flag, status, value_flag};
pub use native::Native;
