//! The script in Rust. See ../README.md.
mod changes;
mod verbs;

use std::os::raw::c_char;
use std::ptr::{null, null_mut};
use std::thread::sleep;
use std::time::{Duration, Instant};

use latzero::ffi::*;
use latzero::{kind, status, value_flag, Client, Connect, Result};

const TAG: u32 = 0xdeadbeef;
const DICT_JSON: &str =
    r#"{"name":"Zoë","numbers":[1,-2,300,1099511627776],"half":0.5,"nested":{"deep":{"er":null}},"ok":true}"#;
const UPDATE_JSON: &str = r#"{"a":1,"b":3,"c":[]}"#;
const DICT: &[u8] = b"\x85\xa4name\xa4Zo\xc3\xab\xa7numbers\x94\x01\xfe\xcd\x01\x2c\xcf\0\0\x01\0\0\0\0\0\
    \xa4half\xcb\x3f\xe0\0\0\0\0\0\0\xa6nested\x81\xa4deep\x81\xa2er\xc0\xa2ok\xc3";
const LIST: &[u8] = b"\x96\x01\xa4zwei\x92\xcb\x40\x04\0\0\0\0\0\0\xc0\xc3\xc4\x02\0\xff\xc7\x03\x54\x92\x01\x02";
const APPENDED: &[u8] = b"\x95\x01\xa3two\xcb\x3f\xe0\0\0\0\0\0\0\xc7\x03\x54\x92\x01\x02\xc4\x02\0\xff";
const UPDATED: &[u8] = b"\x83\xa1a\x01\xa1b\x03\xa1c\x90";

/// A value as Rust has it; lists, tuples and dicts are MessagePack.
enum Native {
    Of(latzero::Native),
    List(&'static [u8]),
    Tuple(&'static [u8]),
    Dict(&'static [u8]),
    Opaque(&'static [u8]),
}

fn values() -> Vec<(&'static str, Native)> {
    use latzero::Native::*;
    use Native::{Dict, List, Opaque, Tuple};
    let of_rust = vec![
        ("null", Null),
        ("true", Bool(true)),
        ("false", Bool(false)),
        ("int64_min", Int64(i64::MIN)),
        ("int64_max", Int64(i64::MAX)),
        ("int64_zero", Int64(0)),
        ("double_tenth", Double(0.1)),
        ("double_minus_zero", Double(-0.0)),
        ("double_infinity", Double(f64::INFINITY)),
        ("double_large", Double(1e308)),
        ("double_nan", Double(f64::from_bits(0x7ff8dead00000001))),
        ("increment", Int64(95)),
        ("increment_f64", Double(1.75)),
        ("string", String("Grüße, 世界 🌍\0end".to_string())),
        ("string_empty", String(std::string::String::new())),
        ("large", String("latzero ".repeat(1000))),
        ("bytes", Bytes((0..=255).collect())),
        ("bytes_empty", Bytes(Vec::new())),
        ("reserve", Bytes((0..20000).map(|i| (i * 7 + i / 256) as u8).collect())),
    ];
    let of_rust = of_rust.into_iter().map(|(name, native)| (name, Native::Of(native)));
    let others = vec![
        ("opaque", Opaque(b"\0\x01\x02\xfe\xff")),
        ("list", List(LIST)),
        ("tuple", Tuple(b"\x93\xff\xa1x\xc2")),
        ("dict", Dict(DICT)),
        ("dict_json", Dict(DICT)),
        ("append", List(APPENDED)),
        ("update", Dict(UPDATED)),
    ];
    of_rust.chain(others).collect()
}

/// The type and the stored bytes.
fn stored(native: &Native) -> (u32, Vec<u8>) {
    match native {
        Native::Of(native) => native.stored(),
        Native::List(bytes) => (kind::LIST, bytes.to_vec()),
        Native::Tuple(bytes) => (kind::TUPLE, bytes.to_vec()),
        Native::Dict(bytes) => (kind::DICT, bytes.to_vec()),
        Native::Opaque(bytes) => (kind::OPAQUE, bytes.to_vec()),
    }
}

// ---- writing

fn options(ttl_ms: i64, tag: u32) -> latzero_set_options {
    latzero_set_options { ttl_ms, tag, ..latzero_set_options::INIT }
}

fn write_value(view: &Client, name: &str, native: &Native) -> Result<()> {
    let (kind, data) = stored(native);
    let (bytes, size) = (data.as_ptr(), data.len());
    match native {
        Native::Of(_) if name == "reserve" => {
            let reserved = view.reserve(name, kind, size)?;
            reserved.memory.copy_from_slice(&data);
            reserved.commit()
        }
        Native::Dict(_) if name == "dict_json" => view.on(name, |c, k, n| unsafe {
            latzero_set_json(c, k, n, DICT_JSON.as_ptr().cast(), DICT_JSON.len(), null())
        }),
        Native::Of(native) => write_native(view, name, native),
        Native::List(_) | Native::Dict(_) => {
            view.on(name, |c, k, n| unsafe { latzero_set_msgpack(c, k, n, bytes.cast(), size, null()) })
        }
        Native::Tuple(_) => view.store(latzero_set, name, kind, &data, &options(0, 0)),
        Native::Opaque(_) => view.store(latzero_set, name, kind, &data, &options(0, TAG)),
    }
}

/// By the verb of that type; set() writes the wrong string.
fn write_native(view: &Client, name: &str, native: &latzero::Native) -> Result<()> {
    let (_, data) = native.stored();
    let (bytes, size) = (data.as_ptr(), data.len());
    view.on(name, |c, k, n| unsafe {
        match native {
            latzero::Native::Null => latzero_set_null(c, k, n, null()),
            latzero::Native::Bool(yes) => latzero_set_bool(c, k, n, *yes as i32, null()),
            latzero::Native::Int64(number) => latzero_set_i64(c, k, n, *number, null()),
            latzero::Native::Double(number) => latzero_set_f64(c, k, n, *number, null()),
            latzero::Native::String(_) => latzero_set_string(c, k, n, bytes.cast(), size, null()),
            latzero::Native::Bytes(_) => latzero_set_bytes(c, k, n, bytes.cast(), size, null()),
        }
    })
}

/// Wrong by as little as can be: another tag, another type or one bit.
fn spoil(view: &Client, name: &str, native: &Native) -> Result<()> {
    let (kind, mut data) = stored(native);
    if kind == kind::OPAQUE {
        return view.store(latzero_set, name, kind, &data, &options(0, TAG + 1));
    }
    if name == "string" {
        return view.set(name, &data[..]);
    }
    *data.last_mut().unwrap() ^= 1;
    view.store(latzero_set, name, kind, &data, &options(0, 0))
}

fn write_by_verbs(view: &Client) -> Result<()> {
    view.increment("increment", 5, 100)?;
    view.on("increment", |c, k, n| unsafe { latzero_decrement(c, k, n, 10, 0, null_mut()) })?;
    view.on("increment_f64", |c, k, n| unsafe { latzero_increment_f64(c, k, n, 0.25, 1.5, null_mut()) })?;
    let [one, two, half] = [1.into(), "two".into(), 0.5.into()].map(Native::Of);
    let ends = Native::Of(latzero::Native::Bytes(vec![0, 255]));
    for element in [one, two, half, Native::Tuple(b"\x92\x01\x02"), ends] {
        let (kind, data) = stored(&element);
        view.append("append", kind, &data)?;
    }
    for dict in [b"\x82\xa1a\x01\xa1b\x02", b"\x82\xa1b\x03\xa1c\x90"] {
        view.on("update", |c, k, n| unsafe { latzero_update(c, k, n, dict.as_ptr().cast(), dict.len()) })?;
    }
    Ok(())
}

fn write_values(view: &Client, wrong: Option<&str>) -> Result<()> {
    write_by_verbs(view)?;
    for (name, native) in values() {
        if !["increment", "increment_f64", "append", "update"].contains(&name) {
            write_value(view, name, &native)?;
        }
        if wrong == Some(name) {
            spoil(view, name, &native)?;
        }
    }
    Ok(())
}

// ---- comparing

/// What get() and the typed get of that value say is the same.
fn typed_get_agrees(client: &Client, key: &str, name: &str, native: &Native) -> Result<bool> {
    let (_, data) = stored(native);
    Ok(match native {
        Native::Opaque(_) => true,
        Native::Of(native) => typed_native_agrees(client, key, native)?,
        Native::List(_) | Native::Tuple(_) => client.fetch(latzero_get_msgpack, key)? == data,
        Native::Dict(_) => {
            let json = if name == "update" { UPDATE_JSON } else { DICT_JSON };
            client.fetch(latzero_get_json, key)? == json.as_bytes() && client.fetch(latzero_get_msgpack, key)? == data
        }
    })
}

fn typed_native_agrees(client: &Client, key: &str, native: &latzero::Native) -> Result<bool> {
    use latzero::Native::*;
    let (mut yes, mut double) = (-1, 0.0);
    let (_, data) = native.stored();
    if client.get(key)?.map(|found| found.stored().1) != Some(data.clone()) {
        return Ok(false);
    }
    Ok(match native {
        Null => true,
        Bool(expected) => {
            client.on(key, |c, k, n| unsafe { latzero_get_bool(c, k, n, &mut yes) })?;
            yes == *expected as i32
        }
        Int64(expected) => client.get_i64(key)? == *expected,
        Double(expected) => {
            client.on(key, |c, k, n| unsafe { latzero_get_f64(c, k, n, &mut double) })?;
            double.to_bits() == expected.to_bits()
        }
        String(_) => client.fetch::<c_char>(latzero_get_string, key)? == data,
        Bytes(_) => client.fetch(latzero_get_bytes, key)? == data,
    })
}

fn difference(client: &Client, key: &str, name: &str, native: &Native) -> Result<Option<&'static str>> {
    let (kind, data) = stored(native);
    let found = client.copy(key)?;
    let sealed = !std::env::var("LATZERO_TEST_AUTH_KEY").unwrap_or_default().is_empty();
    let flags = if name == "large" && !sealed { value_flag::COMPRESSED } else { 0 };
    let tag = if kind == kind::OPAQUE { TAG } else { 0 };
    Ok(if found.info.type_ != kind {
        Some("another type")
    } else if found.info.tag != tag {
        Some("another tag")
    } else if found.data != data {
        Some("other bytes")
    } else if found.info.flags != flags || found.info.version == 0 || found.info.ttl_ms != -1 {
        Some("another TTL, version or flags")
    } else if !typed_get_agrees(client, key, name, native)? {
        Some("the typed get differs")
    } else {
        None
    })
}

fn compare_values(client: &Client, language: &str) -> usize {
    let values = values();
    let mut different = 0;
    for (name, native) in &values {
        let key = format!("{}:{}", language, name);
        let found = match difference(client, &key, name, native) {
            Ok(None) => continue,
            Ok(Some(found)) => found.to_string(),
            Err(error) => error.text,
        };
        println!("different {} ({})", key, found);
        different += 1;
    }
    if different == 0 {
        println!("equal {} {}", language, values.len());
    }
    different
}

// ---- together

/// Adds one by compare-and-set; returns how often somebody else was quicker.
fn add_one(client: &Client) -> Result<u32> {
    for conflicts in 0.. {
        let (version, number) = match client.value(latzero_get, "shared:number") {
            Ok(found) => (found.info.version, i64::from_le_bytes(found.data[..].try_into().unwrap())),
            Err(error) if error.status == status::NOT_FOUND => (0, 0),
            Err(error) => return Err(error),
        };
        match client.compare_and_set("shared:number", version, number + 1) {
            Ok(_) => return Ok(conflicts),
            Err(error) if error.status == status::CONFLICT => continue,
            Err(error) => return Err(error),
        }
    }
    unreachable!()
}

fn together(client: &Client, me: &str, all: usize, rounds: u32) -> Result<()> {
    let began = Instant::now();
    client.increment("shared:ready", 1, 0)?;
    while client.get_i64("shared:ready")? < all as i64 {
        assert!(began.elapsed() < Duration::from_secs(60));
        sleep(Duration::from_millis(1));
    }
    let mut conflicts = 0;
    for i in 0..rounds {
        client.increment("shared:count", 1, 0)?;
        client.append("shared:list", kind::STRING, format!("{} {}", me, i).as_bytes())?;
        conflicts += add_one(client)?;
        if i % 100 == 0 {
            sleep(Duration::from_millis(1));
        }
    }
    println!("conflicts {}", conflicts);
    Ok(())
}

fn run(arguments: &[&str], auth_key: &str) -> Result<i32> {
    let (phase, pool, me, all) = (arguments[0], arguments[1], arguments[2], arguments[3].split(','));
    let last = arguments.get(4).copied();
    let how = Connect { auth_key: auth_key.as_bytes(), ..Default::default() };
    let client = Client::connect(pool, how)?;
    match phase {
        "write" => {
            let (view, other) = (client.namespace(me)?, Client::connect(pool, how)?);
            write_values(&view, last)?;
            verbs::use_verbs(&view, &other, pool, me, auth_key)?;
            view.close()?;
            other.close()?;
        }
        "read" => return Ok((all.map(|language| compare_values(&client, language)).sum::<usize>() > 0) as i32),
        "together" => together(&client, me, all.count(), last.unwrap().parse().unwrap())?,
        "follow" | "forget" => {
            let (view, other) = (client.namespace(me)?, Client::connect(pool, how)?);
            changes::use_watches(&view, &other, pool, me, !auth_key.is_empty())?;
            let rounds = last.unwrap().parse().unwrap();
            return changes::follow(&client, me, all.count() as i64, rounds, phase == "forget");
        }
        _ => return Ok(2),
    }
    Ok(0)
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(|argument| argument.as_str()).collect();
    match run(&arguments, &std::env::var("LATZERO_TEST_AUTH_KEY").unwrap_or_default()) {
        Ok(status) => std::process::exit(status),
        Err(error) => panic!("{:?}", error),
    }
}
