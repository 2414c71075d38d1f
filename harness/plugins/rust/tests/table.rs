// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Drives backends as gmcheck does: through the functions of the table.

#[path = "../examples/flat.rs"]
mod flat;

use gmcheck::abi::*;
use gmcheck::{Answer, Backend, Entry, Failure, Found, Harvest, Host, Offers, SpaceKind, SpaceRequest, Status};
use std::ffi::CString;
use std::os::raw::{c_char, c_void};
use std::ptr::{null, null_mut};
use std::sync::Mutex;

// ------------------------------------------------------------------------------------------------------------------- The host

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
struct TextSink {
    sink: GmcSink,
    text: String,
}

unsafe extern "C" fn collect(sink: *mut GmcSink, text: *const c_char, size: u64) {
    let bytes = std::slice::from_raw_parts(text as *const u8, size as usize);
    (*(sink as *mut TextSink)).text.push_str(std::str::from_utf8(bytes).unwrap());
}

/// An opened backend with its groups, used the way that gmcheck uses one.
struct Bench {
    host: Box<TestHost>,
    plugin: &'static GmcPlugin,
    backend: *mut GmcBackend,
}

impl Bench {
    fn try_open(plugin: &'static GmcPlugin, config: &str) -> (Bench, GmcOutcome) {
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

    fn open(plugin: &'static GmcPlugin) -> Bench {
        let (bench, outcome) = Bench::try_open(plugin, "");
        assert_eq!(outcome, GmcOutcome::default());
        bench
    }

    fn group<T>(&self, id: u32) -> Option<&'static T> {
        unsafe { (self.plugin.group.unwrap()(self.backend, id) as *const T).as_ref() }
    }
    fn memory(&self) -> &'static GmcMemoryGroup {
        self.group(GMC_GROUP_MEMORY).unwrap()
    }
    fn access(&self) -> &'static GmcAccessGroup {
        self.group(GMC_GROUP_ACCESS).unwrap()
    }
    fn lines(&self) -> Vec<(u32, String)> {
        std::mem::take(&mut *self.host.lines.lock().unwrap())
    }

    fn create(&self, entries: &[GmcEntry]) -> (*mut GmcSpace, GmcOutcome) {
        let layout = GmcLayout { entries: entries.as_ptr(), count: entries.len() as u64 };
        let mut root = null_mut();
        let outcome = unsafe { self.memory().create.unwrap()(self.backend, null_mut(), &layout, &mut root) };
        (root, outcome)
    }
    fn destroy(&self, root: *mut GmcSpace) -> GmcOutcome {
        unsafe { self.memory().destroy.unwrap()(null_mut(), root) }
    }
    fn read(&self, space: *mut GmcSpace, address: u64, buffer: &mut [u8]) -> GmcOutcome {
        let size = buffer.len() as u64;
        unsafe { self.access().read.unwrap()(null_mut(), space, address, buffer.as_mut_ptr() as *mut c_void, size) }
    }
    fn write(&self, space: *mut GmcSpace, address: u64, buffer: &[u8]) -> GmcOutcome {
        let size = buffer.len() as u64;
        unsafe { self.access().write.unwrap()(null_mut(), space, address, buffer.as_ptr() as *const c_void, size) }
    }
    fn submit(&self, calls: &[GmcCall]) -> Vec<GmcOutcome> {
        let mut outcomes = vec![GmcOutcome { status: 999, ..GmcOutcome::default() }; calls.len()];
        let count = calls.len() as u64;
        let all = unsafe { self.access().submit.unwrap()(null_mut(), calls.as_ptr(), count, outcomes.as_mut_ptr()) };
        assert_eq!(all, GmcOutcome::default());
        outcomes
    }
    fn describe(&self, space: *mut GmcSpace) -> String {
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

fn region(base: u64, size: u64) -> GmcEntry {
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

fn call(op: u32, space: *mut GmcSpace, address: u64, size: u64) -> GmcCall {
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

fn failed(status: Status) -> GmcOutcome {
    GmcOutcome { status: status as u16, ..GmcOutcome::default() }
}

fn ok_value(value: u64) -> GmcOutcome {
    GmcOutcome { value, ..GmcOutcome::default() }
}

fn ok_count(count: u64) -> GmcOutcome {
    GmcOutcome { flags: GMC_HAS_COUNT, count, ..GmcOutcome::default() }
}

// ------------------------------------------------------------------------------------------------------------ The flat backend

fn flat_table() -> &'static GmcPlugin {
    unsafe { &*flat::gmc_plugin(GMC_ABI_VERSION) }
}

#[test]
fn another_abi_version_gets_no_table() {
    assert!(flat::gmc_plugin(GMC_ABI_VERSION + 1).is_null());
    assert!(flat::gmc_plugin(0).is_null());
    assert_eq!(flat_table().abi_version, GMC_ABI_VERSION);
}

#[test]
fn what_is_written_is_read_back_and_nothing_beside_it() {
    let bench = Bench::open(flat_table());
    let (root, created) = bench.create(&[region(0x1000, 64)]);
    assert_eq!(created, GmcOutcome::default());
    assert_eq!(bench.write(root, 0x1008, &[1, 2, 3]), GmcOutcome::default());
    let mut all = [9; 64];
    assert_eq!(bench.read(root, 0x1000, &mut all), GmcOutcome::default());
    assert_eq!(all[7..12], [0, 1, 2, 3, 0]);
    assert_eq!(bench.write(root, 0x103e, &[1, 2, 3]), failed(Status::OutOfRange));
    assert_eq!(bench.read(root, u64::MAX, &mut [0]), failed(Status::OutOfRange));
    assert_eq!(unsafe { bench.memory().reset.unwrap()(null_mut(), root) }, GmcOutcome::default());
    assert_eq!(bench.read(root, 0x1000, &mut all), GmcOutcome::default());
    assert_eq!(all, [0; 64]);
    assert_eq!(bench.destroy(root), GmcOutcome::default());
}

#[test]
fn what_is_not_offered_is_null() {
    let bench = Bench::open(flat_table());
    assert!(bench.memory().reset.is_some() && bench.memory().regions.is_some());
    assert!(bench.memory().add.is_none() && bench.memory().remove.is_none());
    assert!(bench.memory().replace.is_none() && bench.memory().protect.is_none());
    assert!(bench.access().load8.is_none() && bench.access().store64.is_none() && bench.access().atomic_load.is_none());
    assert!(bench.access().submit.is_none());
    assert!(bench.group::<GmcSpaceGroup>(GMC_GROUP_SPACE).is_none());
    assert!(bench.group::<GmcDirtyGroup>(GMC_GROUP_DIRTY).is_none());
    assert!((0..100).filter(|id| bench.group::<u64>(*id).is_some()).eq([GMC_GROUP_MEMORY, GMC_GROUP_ACCESS]));
}

#[test]
fn tables_begin_with_their_own_size() {
    let bench = Bench::open(&THOROUGH);
    assert_eq!(flat_table().size, 64);
    let sizes = [(GMC_GROUP_MEMORY, 72), (GMC_GROUP_SPACE, 24), (GMC_GROUP_ACCESS, 120), (GMC_GROUP_DIRTY, 40)];
    for (id, size) in sizes {
        assert_eq!(*bench.group::<u64>(id).unwrap(), size);
    }
}

#[test]
fn regions_need_room() {
    let bench = Bench::open(flat_table());
    let (root, _) = bench.create(&[region(0x1000, 64)]);
    let mut info = [GmcRegionInfo::default(); 2];
    let regions = bench.memory().regions.unwrap();
    assert_eq!(unsafe { regions(null_mut(), root, info.as_mut_ptr(), 0) }, failed(Status::InvalidArgument));
    assert_eq!(info, [GmcRegionInfo::default(); 2]);
    assert_eq!(unsafe { regions(null_mut(), root, info.as_mut_ptr(), 2) }, ok_count(1));
    assert_eq!(info, [GmcRegionInfo { base: 0x1000, size: 64, rights: 3, reserved: 0 }, GmcRegionInfo::default()]);
    bench.destroy(root);
}

#[test]
fn the_profile_is_the_backends_own_text() {
    let bench = Bench::open(flat_table());
    assert!(bench.describe(null_mut()).starts_with("regions_max = 1\n"));
}

#[test]
fn a_config_that_is_not_known_is_declined_with_its_reason() {
    let (bench, outcome) = Bench::try_open(flat_table(), "huge");
    assert_eq!(outcome, failed(Status::InvalidArgument));
    assert!(bench.backend.is_null());
    assert_eq!(bench.lines(), [(GMC_LOG_NOTE, "flat takes no config".to_owned())]);
}

#[test]
fn layout_entries_that_do_not_exist_never_reach_the_backend() {
    let bench = Bench::open(flat_table());
    for entry in [
        GmcEntry { kind: 7, ..region(0, 64) },
        GmcEntry { backing: 7, ..region(0, 64) },
        GmcEntry { backing: GMC_BACKING_SPACE, ..region(0, 64) },
    ] {
        assert_eq!(bench.create(&[entry]).1, failed(Status::InvalidArgument));
    }
}

#[test]
fn a_buffer_longer_than_a_slice_can_be_is_refused_with_a_reason() {
    let bench = Bench::open(flat_table());
    let (root, _) = bench.create(&[region(0x1000, 64)]);
    bench.lines();
    let mut byte = 0_u8;
    let pointer = &mut byte as *mut u8 as *mut c_void;
    let outcome = unsafe { bench.access().read.unwrap()(null_mut(), root, 0, pointer, u64::MAX) };
    assert_eq!(outcome, failed(Status::Refused));
    let lines = bench.lines();
    assert_eq!(lines.len(), 1);
    assert!(lines[0].1.contains("0xffffffffffffffff"), "{:?}", lines);
    bench.destroy(root);
}

// ------------------------------------------------------------------------------------------------------ A backend that panics

static FRAGILE: GmcPlugin = gmcheck::plugin_table::<Fragile>("fragile\0", "1\0");

/// Panics in whatever it is asked, but for reads at other addresses than 13.
struct Fragile;

struct Glass;

impl Drop for Glass {
    fn drop(&mut self) {
        panic!("glass broke");
    }
}

impl Drop for Fragile {
    fn drop(&mut self) {
        panic!("closing broke");
    }
}

impl Backend for Fragile {
    type Space = Glass;
    const OFFERS: Offers = Offers::CALLS.and(Offers::RESET);

    fn open(_: Host, config: &str) -> Answer<Self> {
        match config {
            "" => Ok(Fragile),
            _ => panic!("opening broke"),
        }
    }
    fn describe(&self, _: Option<&Glass>, _: &mut String) -> Answer<()> {
        panic!("describing broke")
    }
    fn create(&self, layout: Option<&[Entry<'_, Glass>]>) -> Answer<Glass> {
        layout.map(|_| Glass).ok_or_else(|| panic!("creating broke"))
    }
    fn reset(&self, _: &mut Glass) -> Answer<()> {
        std::panic::panic_any(17_u8)
    }
    fn read(&self, _: &Glass, address: u64, buffer: &mut [u8]) -> Answer<()> {
        assert_ne!(address, 13, "reading broke");
        buffer.fill(7);
        Ok(())
    }
    fn write(&self, _: &Glass, address: u64, _: &[u8]) -> Answer<()> {
        let none: Option<u64> = None;
        none.map(|_| ()).ok_or_else(|| panic!("{} broke {}", "writing", address))
    }
}

#[test]
fn a_panic_is_broken_and_its_message_and_place_are_in_the_log() {
    let bench = Bench::open(&FRAGILE);
    let (root, _) = bench.create(&[]);
    assert_eq!(bench.write(root, 99, &[1]), failed(Status::Broken));
    let lines = bench.lines();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].0, GMC_LOG_ERROR);
    assert!(lines[0].1.contains("writing broke 99") && lines[0].1.contains("tests/table.rs:"), "{:?}", lines);
    assert_eq!(bench.destroy(root), failed(Status::Broken));
}

#[test]
fn every_entry_catches() {
    let bench = Bench::open(&FRAGILE);
    let mut root = null_mut();
    let create = bench.memory().create.unwrap();
    assert_eq!(unsafe { create(bench.backend, null_mut(), null(), &mut root) }, failed(Status::Broken));
    assert!(root.is_null());
    let (root, _) = bench.create(&[]);
    assert_eq!(bench.read(root, 13, &mut [0]), failed(Status::Broken));
    assert_eq!(unsafe { bench.memory().reset.unwrap()(null_mut(), root) }, failed(Status::Broken));
    let mut sink = TextSink { sink: GmcSink { write: Some(collect) }, text: String::new() };
    let described = unsafe { bench.plugin.describe.unwrap()(bench.backend, null_mut(), &mut sink.sink) };
    assert_eq!(described, failed(Status::Broken));
    assert_eq!(bench.destroy(root), failed(Status::Broken));
    let lines = bench.lines();
    let expected = ["creating broke", "reading broke", "a value that is no text", "describing broke", "glass broke"];
    assert_eq!(lines.len(), expected.len(), "{:?}", lines);
    for (line, part) in lines.iter().zip(expected) {
        assert!(line.1.contains(part), "{:?}", line);
    }
}

#[test]
fn a_panic_while_opening_or_closing_stays_inside() {
    let (unopened, outcome) = Bench::try_open(&FRAGILE, "now");
    assert_eq!(outcome, failed(Status::Broken));
    assert!(unopened.backend.is_null());
    assert!(unopened.lines()[0].1.contains("opening broke"));
    let mut bench = Bench::open(&FRAGILE);
    unsafe { bench.plugin.close.unwrap()(bench.backend) };
    bench.backend = null_mut();
    assert!(bench.lines()[0].1.contains("closing broke"));
}

#[test]
fn a_panic_in_one_call_of_a_list_leaves_the_others_their_answers() {
    let bench = Bench::open(&FRAGILE);
    let (root, _) = bench.create(&[]);
    let mut bytes = [[0_u8; 2]; 3];
    let calls: Vec<GmcCall> = bytes
        .iter_mut()
        .zip([12, 13, 14])
        .map(|(buffer, address)| GmcCall { buffer: buffer.as_mut_ptr() as *mut c_void, ..call(GMC_CALL_READ, root, address, 2) })
        .collect();
    assert_eq!(bench.submit(&calls), [GmcOutcome::default(), failed(Status::Broken), GmcOutcome::default()]);
    assert_eq!(bytes, [[7, 7], [0, 0], [7, 7]]);
    bench.destroy(root);
}

#[test]
fn a_null_space_is_an_invalid_argument() {
    let bench = Bench::open(&FRAGILE);
    assert_eq!(bench.read(null_mut(), 0, &mut [0]), failed(Status::InvalidArgument));
    assert_eq!(bench.destroy(null_mut()), failed(Status::InvalidArgument));
    assert_eq!(bench.submit(&[call(GMC_CALL_READ, null_mut(), 0, 0)]), [failed(Status::InvalidArgument)]);
}

// --------------------------------------------------------------------- A backend that answers with what it was asked

static THOROUGH: GmcPlugin = gmcheck::plugin_table::<Thorough>("thorough\0", "1\0");

/// Its answers are made of its arguments, so that each test sees whether a field went to the wrong place.
struct Thorough;

const ALL_OFFERS: Offers = Offers::SPACES
    .and(Offers::TYPED)
    .and(Offers::ATOMIC_LOAD)
    .and(Offers::ATOMIC_STORE)
    .and(Offers::COMPARE_EXCHANGE)
    .and(Offers::CALLS)
    .and(Offers::REMOVE)
    .and(Offers::PROTECT)
    .and(Offers::MARK)
    .and(Offers::HARVEST_DENSE)
    .and(Offers::HARVEST_SPARSE);

impl Backend for Thorough {
    type Space = u64;
    const OFFERS: Offers = ALL_OFFERS;

    fn open(_: Host, _: &str) -> Answer<Self> {
        Ok(Thorough)
    }
    fn describe(&self, space: Option<&u64>, text: &mut String) -> Answer<()> {
        text.push_str(&format!("number = {}\n", space.unwrap_or(&0)));
        Ok(())
    }
    fn create(&self, layout: Option<&[Entry<'_, u64>]>) -> Answer<u64> {
        Ok(layout.map_or(0, |entries| entries.len() as u64))
    }
    fn remove(&self, root: &u64, base: u64, size: u64) -> Answer<u64> {
        Ok(root * 1000 + base * 10 + size)
    }
    fn open_space(&self, parent: &u64, request: &SpaceRequest<'_>) -> Answer<u64> {
        let kind = match request.kind {
            SpaceKind::Region { address } => 100 + address,
            SpaceKind::Range { address, size } => 200 + address * 10 + size,
            SpaceKind::Snapshot => 300,
            SpaceKind::Pages { frames, locked } => 400 + frames.iter().sum::<u64>() + u64::from(locked),
        };
        Ok(parent * 10_000 + kind * 10 + u64::from(request.writable))
    }
    fn read(&self, space: &u64, address: u64, buffer: &mut [u8]) -> Answer<()> {
        buffer.fill((space + address) as u8);
        Err(Failure::new(Status::Short).with_native(-5).with_count(address).with_address(address + 1))
    }
    fn write(&self, _: &u64, address: u64, buffer: &[u8]) -> Answer<()> {
        Err(Failure::refused(format!("{} bytes at {}", buffer.len(), address)))
    }
    fn read_partial(&self, _: &u64, address: u64, buffer: &mut [u8]) -> Answer<u64> {
        Ok(address + buffer.len() as u64)
    }
    fn load8(&self, space: &u64, address: u64) -> Answer<u8> {
        Ok((space * 100 + address) as u8)
    }
    fn load64(&self, space: &u64, address: u64) -> Answer<u64> {
        Ok(u64::MAX - space * 100 - address)
    }
    fn store16(&self, _: &u64, address: u64, value: u16) -> Answer<()> {
        Err(Failure::new(Status::Denied).with_count(value.into()).with_address(address))
    }
    fn load_object(&self, _: &u64, _: u64, object: &mut [u8]) -> Answer<()> {
        object.fill(3);
        Ok(())
    }
    fn atomic_load(&self, _: &u64, _: u64, width: u32, order: std::sync::atomic::Ordering) -> Answer<u64> {
        Ok(u64::from(width) * 10 + u64::from(order == std::sync::atomic::Ordering::SeqCst))
    }
    fn compare_exchange(
        &self,
        _: &u64,
        _: u64,
        _: u32,
        expected: u64,
        desired: u64,
        _: std::sync::atomic::Ordering,
        _: std::sync::atomic::Ordering,
    ) -> Answer<Result<(), u64>> {
        Ok(if expected == desired { Ok(()) } else { Err(expected * 10 + desired) })
    }
    fn check_range(&self, _: &u64, address: u64, size: u64, _: u32) -> Answer<bool> {
        Ok(address == size)
    }
    fn find(&self, _: &u64, address: u64) -> Answer<Found> {
        Ok(Found { base: address, size: address * 2 })
    }
    fn fds_overlap(&self, space: &u64, other: &u64) -> Answer<bool> {
        Ok(space == other)
    }
    fn mark(&self, _: &u64, address: u64, size: u64) -> Answer<()> {
        Err(Failure::new(Status::BadState).with_count(size).with_address(address))
    }
    fn harvest_dense(&self, _: &u64, what: Harvest, words: &mut [u64]) -> Answer<u64> {
        words.fill(u64::from(what.reads()) * 2 + u64::from(what.clears()));
        Ok(words.len() as u64)
    }
    fn harvest_sparse(&self, _: &u64, _: Harvest, words: &mut [GmcDirtyWord]) -> Answer<u64> {
        words[0] = GmcDirtyWord { index: 5, bits: 6 };
        Ok(1)
    }
}

#[test]
fn fields_of_a_failure_reach_the_outcome() {
    let bench = Bench::open(&THOROUGH);
    let (root, _) = bench.create(&[]);
    let outcome = bench.read(root, 40, &mut [0]);
    assert_eq!(
        outcome,
        GmcOutcome { status: Status::Short as u16, flags: GMC_HAS_COUNT | GMC_HAS_ADDRESS, native: -5, count: 40, address: 41, value: 0 }
    );
    assert_eq!(bench.write(root, 40, &[1, 2]), failed(Status::Refused));
    assert_eq!(bench.lines(), [(GMC_LOG_WARNING, "2 bytes at 40".to_owned())]);
    bench.destroy(root);
}

#[test]
fn typed_entries_and_call_records_agree() {
    let bench = Bench::open(&THOROUGH);
    let (root, _) = bench.create(&[region(0, 1), region(2, 1)]);
    let access = bench.access();
    unsafe {
        assert_eq!(access.load8.unwrap()(null_mut(), root, 3), ok_value(203));
        assert_eq!(access.load64.unwrap()(null_mut(), root, 3), ok_value(u64::MAX - 203));
        assert_eq!(access.load32.unwrap()(null_mut(), root, 3), failed(Status::Unsupported));
    }
    let mut object = [0_u8; 3];
    let answers = bench.submit(&[
        call(GMC_CALL_LOAD, root, 3, 1),
        call(GMC_CALL_LOAD, root, 3, 8),
        GmcCall { value: 0x1_2345, ..call(GMC_CALL_STORE, root, 9, 2) },
        GmcCall { buffer: object.as_mut_ptr() as *mut c_void, ..call(GMC_CALL_LOAD, root, 3, 3) },
    ]);
    let denied = GmcOutcome {
        status: Status::Denied as u16,
        flags: GMC_HAS_COUNT | GMC_HAS_ADDRESS,
        count: 0x2345,
        address: 9,
        ..GmcOutcome::default()
    };
    assert_eq!(answers, [ok_value(203), ok_value(u64::MAX - 203), denied, GmcOutcome::default()]);
    assert_eq!(object, [3; 3]);
    bench.destroy(root);
}

#[test]
fn atomics_check_width_and_order_before_the_backend_sees_them() {
    let bench = Bench::open(&THOROUGH);
    let (root, _) = bench.create(&[]);
    let access = bench.access();
    unsafe {
        assert_eq!(access.atomic_load.unwrap()(null_mut(), root, 0, 4, 4), ok_value(41));
        assert_eq!(access.atomic_load.unwrap()(null_mut(), root, 0, 3, 4), failed(Status::InvalidArgument));
        assert_eq!(access.atomic_load.unwrap()(null_mut(), root, 0, 4, 5), failed(Status::InvalidArgument));
        assert_eq!(access.atomic_store.unwrap()(null_mut(), root, 0, 4, 1, 0), failed(Status::Unsupported));
        let mismatch = GmcOutcome { status: Status::Mismatch as u16, value: 12, ..GmcOutcome::default() };
        assert_eq!(access.compare_exchange.unwrap()(null_mut(), root, 0, 8, 1, 2, 4, 0), mismatch);
        assert_eq!(access.compare_exchange.unwrap()(null_mut(), root, 0, 8, 2, 2, 4, 0), GmcOutcome::default());
    }
    let answers = bench.submit(&[
        GmcCall { order: 4, ..call(GMC_CALL_ATOMIC_LOAD, root, 0, 4) },
        GmcCall { order: 9, ..call(GMC_CALL_ATOMIC_LOAD, root, 0, 4) },
        GmcCall { expected: 1, value: 2, ..call(GMC_CALL_COMPARE_EXCHANGE, root, 0, 4) },
        call(GMC_CALL_FETCH_ADD, root, 0, 4),
        call(GMC_CALL_COMPARE_EXCHANGE, root, 0, 16),
        call(GMC_CALL_ATOMIC_LOAD, root, 0, u64::from(u32::MAX) + 5),
    ]);
    let mismatch = GmcOutcome { status: Status::Mismatch as u16, value: 12, ..GmcOutcome::default() };
    let (invalid, unsupported) = (failed(Status::InvalidArgument), failed(Status::Unsupported));
    assert_eq!(answers, [ok_value(41), invalid, mismatch, unsupported, unsupported, invalid]);
    bench.destroy(root);
}

#[test]
fn queries_come_as_call_records() {
    let bench = Bench::open(&THOROUGH);
    let (root, _) = bench.create(&[]);
    let (other, _) = bench.create(&[region(0, 1)]);
    let answers = bench.submit(&[
        call(GMC_CALL_CHECK_RANGE, root, 3, 3),
        call(GMC_CALL_CHECK_RANGE, root, 3, 4),
        call(GMC_CALL_FIND, root, 21, 0),
        GmcCall { other: root, ..call(GMC_CALL_FDS_OVERLAP, root, 0, 0) },
        GmcCall { other, ..call(GMC_CALL_FDS_OVERLAP, root, 0, 0) },
        call(GMC_CALL_FDS_OVERLAP, root, 0, 0),
        call(GMC_CALL_READ_PARTIAL, root, 5, 0),
        call(GMC_CALL_LAST_ADDRESS, root, 0, 0),
        call(GMC_CALL_DUMP, root, 0, 0),
        call(33, root, 0, 0),
    ]);
    let found = GmcOutcome { value: 21, ..ok_count(42) };
    let (invalid, unsupported) = (failed(Status::InvalidArgument), failed(Status::Unsupported));
    let (no, yes) = (ok_value(0), ok_value(1));
    assert_eq!(answers, [yes, no, found, yes, no, invalid, ok_count(5), unsupported, unsupported, invalid]);
    bench.destroy(root);
    bench.destroy(other);
}

#[test]
fn spaces_are_opened_as_requested() {
    let bench = Bench::open(&THOROUGH);
    let (root, _) = bench.create(&[region(0, 1)]);
    let spaces: &GmcSpaceGroup = bench.group(GMC_GROUP_SPACE).unwrap();
    let frames = [7_u64, 8];
    let request = |kind, flags| GmcSpaceRequest { kind, flags, address: 3, size: 4, frames: frames.as_ptr(), frame_count: 2 };
    for (kind, flags, number) in [(1, 0, 11_030), (2, 1, 12_341), (3, 0, 13_000), (4, 2, 14_160), (4, 0, 14_150)] {
        let mut space = null_mut();
        unsafe {
            assert_eq!(spaces.open.unwrap()(null_mut(), root, &request(kind, flags), &mut space), GmcOutcome::default());
            assert_eq!(bench.describe(space), format!("number = {}\n", number));
            assert_eq!(spaces.close.unwrap()(null_mut(), space), GmcOutcome::default());
        }
    }
    let mut space = null_mut();
    let refused = unsafe { spaces.open.unwrap()(null_mut(), root, &request(0, 0), &mut space) };
    assert_eq!(refused, failed(Status::InvalidArgument));
    assert!(space.is_null());
    bench.destroy(root);
}

#[test]
fn a_map_change_hands_out_the_region_or_closes_it() {
    let bench = Bench::open(&THOROUGH);
    let (root, _) = bench.create(&[region(0, 1)]);
    let remove = bench.memory().remove.unwrap();
    let mut removed = null_mut();
    unsafe {
        assert_eq!(remove(null_mut(), root, 3, 4, &mut removed), GmcOutcome::default());
        assert_eq!(bench.describe(removed), "number = 1034\n");
        assert_eq!(bench.destroy(removed), GmcOutcome::default());
        assert_eq!(remove(null_mut(), root, 3, 4, null_mut()), GmcOutcome::default());
    }
    bench.destroy(root);
}

#[test]
fn harvests_pass_flags_and_room() {
    let bench = Bench::open(&THOROUGH);
    let (root, _) = bench.create(&[]);
    let dirty: &GmcDirtyGroup = bench.group(GMC_GROUP_DIRTY).unwrap();
    let mut words = [0_u64; 3];
    unsafe {
        for (flags, seen, outcome) in [(1, 2, ok_count(2)), (2, 1, GmcOutcome::default()), (3, 3, ok_count(2))] {
            assert_eq!(dirty.harvest_dense.unwrap()(null_mut(), root, flags, words.as_mut_ptr(), 2), outcome);
            assert_eq!(words, [seen, seen, 0]);
        }
        for flags in [0, 4, 5] {
            let outcome = dirty.harvest_dense.unwrap()(null_mut(), root, flags, words.as_mut_ptr(), 2);
            assert_eq!(outcome, failed(Status::InvalidArgument));
        }
        let mut sparse = [GmcDirtyWord::default()];
        assert_eq!(dirty.harvest_sparse.unwrap()(null_mut(), root, 3, sparse.as_mut_ptr(), 1), ok_count(1));
        assert_eq!(sparse, [GmcDirtyWord { index: 5, bits: 6 }]);
        let marked = dirty.mark.unwrap()(null_mut(), root, 3, 4);
        assert_eq!((marked.status, marked.address, marked.count), (Status::BadState as u16, 3, 4));
        assert!(dirty.track.is_none());
        // Room for nothing is a backend's business, not a crash: the panic of this one's index is caught.
        assert_eq!(dirty.harvest_sparse.unwrap()(null_mut(), root, 3, null_mut(), 0), failed(Status::Broken));
    }
    bench.destroy(root);
}
