//! Primatomic's counter in Rust without any crate: events {"inc": 10} and {"dec": 5}, a query answers {"count":5}.
//!
//! Hand-written against the canonical ABI, so that rustc alone builds it. With the crates registry at hand, use `wit-bindgen` or
//! `cargo component` instead: they write all of this for you.

use std::alloc::{alloc, realloc, Layout};

static mut COUNT: i64 = 0;
static mut RESULT: (*mut u8, usize) = (std::ptr::null_mut(), 0);

/// Where the host puts arguments; they belong to us.
#[export_name = "cabi_realloc"]
pub unsafe extern "C" fn cabi_realloc(old: *mut u8, old_size: usize, align: usize, size: usize) -> *mut u8 {
    if size == 0 {
        return align as *mut u8;
    }
    if old_size == 0 {
        alloc(Layout::from_size_align_unchecked(size, align))
    } else {
        realloc(old, Layout::from_size_align_unchecked(old_size, align), size)
    }
}

/// Takes over a list<u8> that the host has put in.
unsafe fn taken(ptr: *mut u8, len: usize) -> Vec<u8> {
    if len == 0 {
        Vec::new()
    } else {
        Vec::from_raw_parts(ptr, len, len)
    }
}

/// Gives a list<u8> to the host, until the post-return function takes it back.
unsafe fn give(bytes: Vec<u8>) -> *const (*mut u8, usize) {
    let boxed = Box::leak(bytes.into_boxed_slice());
    RESULT = (boxed.as_mut_ptr(), boxed.len());
    std::ptr::addr_of!(RESULT)
}

unsafe fn take_back(result: *const (*mut u8, usize)) {
    let (ptr, len) = *result;
    drop(Box::from_raw(std::slice::from_raw_parts_mut(ptr, len)));
}

fn field(json: &str, name: &str) -> Option<i64> {
    let start = json.find(&format!("\"{name}\""))? + name.len() + 2;
    let value = json[start..].trim_start().strip_prefix(':')?.trim_start();
    let end = value.find(|c: char| c != '-' && !c.is_ascii_digit()).unwrap_or(value.len());
    value[..end].parse().ok()
}

#[export_name = "primatomic:machine/machine@0.0.1#init"]
pub unsafe extern "C" fn init() {
    COUNT = 0;
}

#[export_name = "primatomic:machine/machine@0.0.1#append"]
pub unsafe extern "C" fn append(ptr: *mut u8, len: usize) {
    let event = taken(ptr, len);
    let json = std::str::from_utf8(&event).unwrap_or("");
    if let Some(n) = field(json, "inc") {
        COUNT += n;
    } else if let Some(n) = field(json, "dec") {
        COUNT -= n;
    }
}

#[export_name = "primatomic:machine/machine@0.0.1#query"]
pub unsafe extern "C" fn query(ptr: *mut u8, len: usize) -> *const (*mut u8, usize) {
    drop(taken(ptr, len));
    give(format!("{{\"count\":{}}}", COUNT).into_bytes())
}

#[export_name = "primatomic:machine/machine@0.0.1#snapshot"]
pub unsafe extern "C" fn snapshot() -> *const (*mut u8, usize) {
    give(COUNT.to_le_bytes().to_vec())
}

#[export_name = "primatomic:machine/machine@0.0.1#restore"]
pub unsafe extern "C" fn restore(ptr: *mut u8, len: usize) {
    COUNT = i64::from_le_bytes(taken(ptr, len).try_into().expect("a snapshot of 8 bytes"));
}

#[export_name = "cabi_post_primatomic:machine/machine@0.0.1#query"]
pub unsafe extern "C" fn post_query(result: *const (*mut u8, usize)) {
    take_back(result)
}

#[export_name = "cabi_post_primatomic:machine/machine@0.0.1#snapshot"]
pub unsafe extern "C" fn post_snapshot(result: *const (*mut u8, usize)) {
    take_back(result)
}
