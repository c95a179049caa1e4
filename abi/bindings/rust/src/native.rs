use crate::ffi::kind;

/// A value that Rust has a type for.
#[derive(Clone, Debug, PartialEq)]
pub enum Native {
    Null,
    Bool(bool),
    Int64(i64),
    Double(f64),
    String(String),
    Bytes(Vec<u8>),
}

impl Native {
    /// Its kind and the stored bytes.
    pub fn stored(&self) -> (u32, Vec<u8>) {
        match self {
            Native::Null => (kind::NULL, Vec::new()),
            Native::Bool(yes) => (kind::BOOL, vec![*yes as u8]),
            Native::Int64(number) => (kind::INT64, number.to_le_bytes().to_vec()),
            Native::Double(number) => (kind::DOUBLE, number.to_le_bytes().to_vec()),
            Native::String(text) => (kind::STRING, text.as_bytes().to_vec()),
            Native::Bytes(bytes) => (kind::BYTES, bytes.clone()),
        }
    }

    /// The value of a kind that has those bytes; None for lists, tuples, dicts and opaque values.
    pub fn of(kind: u32, data: &[u8]) -> Option<Native> {
        Some(match kind {
            kind::NULL => Native::Null,
            kind::BOOL => Native::Bool(data == [1]),
            kind::INT64 => Native::Int64(i64::from_le_bytes(data.try_into().ok()?)),
            kind::DOUBLE => Native::Double(f64::from_le_bytes(data.try_into().ok()?)),
            kind::STRING => Native::String(String::from_utf8(data.to_vec()).ok()?),
            kind::BYTES => Native::Bytes(data.to_vec()),
            _ => return None,
        })
    }
}

impl From<bool> for Native {
    fn from(yes: bool) -> Native {
        Native::Bool(yes)
    }
}

impl From<i64> for Native {
    fn from(number: i64) -> Native {
        Native::Int64(number)
    }
}

impl From<f64> for Native {
    fn from(number: f64) -> Native {
        Native::Double(number)
    }
}

impl From<&str> for Native {
    fn from(text: &str) -> Native {
        Native::String(text.to_string())
    }
}

impl From<&[u8]> for Native {
    fn from(bytes: &[u8]) -> Native {
        Native::Bytes(bytes.to_vec())
    }
}
