use std::ffi::CStr;
use std::fmt;
use std::os::raw::c_char;

use crate::ffi::{latzero_last_error, latzero_status_name, status};

/// A call that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// One of [`status`], or what a newer library has.
    pub status: i32,
    /// What the library calls it.
    pub name: String,
    /// The library's sentence: pool, key, cause and cure.
    pub text: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.text)
    }
}

impl std::error::Error for Error {}

pub type Result<T> = std::result::Result<T, Error>;

/// What a function of [`crate::ffi`] has answered on this thread just now.
pub fn check(status: i32) -> Result<()> {
    if status == status::OK {
        return Ok(());
    }
    // SAFETY: both texts end with NUL, and are valid until this thread's next failure.
    unsafe { Err(Error { status, name: text_of(latzero_status_name(status)), text: text_of(latzero_last_error()) }) }
}

/// # Safety
/// `text` ends with NUL.
pub(crate) unsafe fn text_of(text: *const c_char) -> String {
    CStr::from_ptr(text).to_string_lossy().into_owned()
}
