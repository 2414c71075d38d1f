// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Drives backends as gmcheck does: through the functions of the table.

#[path = "../examples/flat.rs"]
mod flat;

mod bench;

use bench::*;
use gmcheck::abi::*;
use gmcheck::{Answer, Backend, Entry, Host, Offers, Status};
use std::os::raw::c_void;
use std::ptr::{null, null_mut};

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
