// SPDX-License-Identifier: Apache-2.0 OR MIT
//! An opened backend, used the way that gmcheck uses one.
#![allow(dead_code)] // each test program uses a part

use gmcheck::abi::*;
use gmcheck::Status;
use std::ffi::CString;
use std::os::raw::{c_char, c_void};
use std::ptr::null_mut;
use std::sync::Mutex;

/// The host's table, and behind it what was logged.
#[repr(C)]
struct TestHost {
    table: GmcHost,
    lines: Mutex<Vec<(u32, String)>>,
}

unsafe extern "C" fn log(host: *const GmcHost, level: u32, text: *const c_char, size: u64) {
    let bytes = std::slice::from_raw_parts(text as *const u8, size as usize);
    (*(host as *const TestHost)).lines.lock().unwrap().push((level, String::from_utf8(bytes.to_vec()).unwrap()));
}

#[repr(C)]
pub struct TextSink {
    pub sink: GmcSink,
    pub text: String,
}

pub unsafe extern "C" fn collect(sink: *mut GmcSink, text: *const c_char, size: u64) {
    let bytes = std::slice::from_raw_parts(text as *const u8, size as usize);
    (*(sink as *mut TextSink)).text.push_str(std::str::from_utf8(bytes).unwrap());
}

/// An opened backend with its groups, used the way that gmcheck uses one.
pub struct Bench {
    host: Box<TestHost>,
    pub plugin: &'static GmcPlugin,
    pub backend: *mut GmcBackend,
}

impl Bench {
    pub fn try_open(plugin: &'static GmcPlugin, config: &str) -> (Bench, GmcOutcome) {
        let table = GmcHost {
            size: std::mem::size_of::<GmcHost>() as u64,
            abi_version: GMC_ABI_VERSION,
            reserved: 0,
            log: Some(log),
            yield_: None,
        };
        let host = Box::new(TestHost { table, lines: Mutex::new(Vec::new()) });
        let mut backend = null_mut();
        let config = CString::new(config).unwrap();
        let outcome = unsafe { plugin.open.unwrap()(&host.table, config.as_ptr(), &mut backend) };
        (Bench { host, plugin, backend }, outcome)
    }

    pub fn open(plugin: &'static GmcPlugin) -> Bench {
        let (bench, outcome) = Bench::try_open(plugin, "");
        assert_eq!(outcome, GmcOutcome::default());
        bench
    }

    pub fn group<T>(&self, id: u32) -> Option<&'static T> {
        unsafe { (self.plugin.group.unwrap()(self.backend, id) as *const T).as_ref() }
    }
    pub fn memory(&self) -> &'static GmcMemoryGroup {
        self.group(GMC_GROUP_MEMORY).unwrap()
    }
    pub fn access(&self) -> &'static GmcAccessGroup {
        self.group(GMC_GROUP_ACCESS).unwrap()
    }
    pub fn lines(&self) -> Vec<(u32, String)> {
        std::mem::take(&mut *self.host.lines.lock().unwrap())
    }

    pub fn create(&self, entries: &[GmcEntry]) -> (*mut GmcSpace, GmcOutcome) {
        let layout = GmcLayout { entries: entries.as_ptr(), count: entries.len() as u64 };
        let mut root = null_mut();
        let outcome = unsafe { self.memory().create.unwrap()(self.backend, null_mut(), &layout, &mut root) };
        (root, outcome)
    }
    pub fn destroy(&self, root: *mut GmcSpace) -> GmcOutcome {
        unsafe { self.memory().destroy.unwrap()(null_mut(), root) }
    }
    pub fn read(&self, space: *mut GmcSpace, address: u64, buffer: &mut [u8]) -> GmcOutcome {
        let size = buffer.len() as u64;
        unsafe { self.access().read.unwrap()(null_mut(), space, address, buffer.as_mut_ptr() as *mut c_void, size) }
    }
    pub fn write(&self, space: *mut GmcSpace, address: u64, buffer: &[u8]) -> GmcOutcome {
        let size = buffer.len() as u64;
        unsafe { self.access().write.unwrap()(null_mut(), space, address, buffer.as_ptr() as *const c_void, size) }
    }
    pub fn submit(&self, calls: &[GmcCall]) -> Vec<GmcOutcome> {
        let mut outcomes = vec![GmcOutcome { status: 999, ..GmcOutcome::default() }; calls.len()];
        let count = calls.len() as u64;
        let all = unsafe { self.access().submit.unwrap()(null_mut(), calls.as_ptr(), count, outcomes.as_mut_ptr()) };
        assert_eq!(all, GmcOutcome::default());
        outcomes
    }
    pub fn describe(&self, space: *mut GmcSpace) -> String {
        let mut sink = TextSink { sink: GmcSink { write: Some(collect) }, text: String::new() };
        let outcome = unsafe { self.plugin.describe.unwrap()(self.backend, space, &mut sink.sink) };
        assert_eq!(outcome, GmcOutcome::default());
        sink.text
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        unsafe { self.plugin.close.unwrap()(self.backend) }
    }
}

pub fn region(base: u64, size: u64) -> GmcEntry {
    GmcEntry {
        kind: GMC_ENTRY_REGION,
        rights: 3,
        base,
        size,
        backing: GMC_BACKING_OWN,
        fd: -1,
        fd_offset: 0,
        host: null_mut(),
        space: null_mut(),
    }
}

pub fn call(op: u32, space: *mut GmcSpace, address: u64, size: u64) -> GmcCall {
    GmcCall {
        op,
        rights: 0,
        space,
        address,
        size,
        value: 0,
        expected: 0,
        buffer: null_mut(),
        other: null_mut(),
        other_address: 0,
        order: 0,
        failure_order: 0,
        fd: -1,
        reserved: 0,
    }
}

pub fn failed(status: Status) -> GmcOutcome {
    GmcOutcome { status: status as u16, ..GmcOutcome::default() }
}

pub fn ok_value(value: u64) -> GmcOutcome {
    GmcOutcome { value, ..GmcOutcome::default() }
}

pub fn ok_count(count: u64) -> GmcOutcome {
    GmcOutcome { flags: GMC_HAS_COUNT, count, ..GmcOutcome::default() }
}
