// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The adapter over vm-memory 0.10.0: that answers arrive unchanged, and that nothing of gmcheck's is harmed. What is right and wrong about
//! vm-memory is not tested here but judged by gmcheck.

#[path = "../examples/vm_memory_plugin.rs"]
mod plugin;

mod memories;

use gmcheck::abi::{GmcPlugin, GMC_ABI_VERSION};
use gmcheck::{Backend, Backing, DirtyWord, Entry, Failure, Found, Harvest, Host, Region, Status};
use memories::*;
use std::os::unix::io::AsRawFd;

// ------------------------------------------------------------------------------------------------------------------ Opening

#[test]
fn the_table_is_exported_for_this_abi_version_only() {
    let table: &GmcPlugin = unsafe { &*plugin::gmc_plugin(GMC_ABI_VERSION) };
    assert_eq!(unsafe { std::ffi::CStr::from_ptr(table.name) }.to_str(), Ok("vm-memory"));
    assert_eq!(unsafe { std::ffi::CStr::from_ptr(table.version) }.to_str(), Ok("0.10.0"));
    assert!(plugin::gmc_plugin(GMC_ABI_VERSION + 1).is_null());
}

#[test]
fn the_config_chooses_the_granule() {
    for config in ["granule=", "granule=0", "granule=96", "granule=x", "granule=-1", "granule=0xg", "huge", " granule=64"] {
        assert_eq!(status(Adapter::open(Host::silent(), config)), Status::InvalidArgument, "{}", config);
    }
    for (config, line) in [("granule=64", "dirty_granule = 64\n"), ("granule=0x200", "dirty_granule = 512\n")] {
        let mut text = String::new();
        open(config).describe(None, &mut text).unwrap();
        assert!(text.starts_with(line), "{}", text);
    }
}

#[test]
fn every_line_of_the_profile_is_a_name_and_a_value_and_none_comes_twice() {
    let mut text = String::new();
    open("").describe(None, &mut text).unwrap();
    let names: Vec<&str> = text.lines().map(|line| line.split_once(" = ").expect(line).0).collect();
    let mut unique = names.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(names.len(), unique.len());
    assert!(names.len() > 30);
}

// ------------------------------------------------------------------------------------------------------------------ Layouts

#[test]
fn rejections_are_the_crates_own() {
    let adapter = open("");
    assert_eq!(rejects(&adapter, &[]), Status::InvalidArgument);
    assert_eq!(rejects(&adapter, &[own(0x1000, 0)]), Status::InvalidArgument);
    assert_eq!(rejects(&adapter, &[own(0x1000, 0x1001), own(0x2000, 0x1000)]), Status::Overlap);
    assert_eq!(rejects(&adapter, &[own(0x1000, 0x1000), own(0x1000, 0x1000)]), Status::Overlap);
    assert_eq!(rejects(&adapter, &[own(0x2000, 0x1000), own(0x1000, 0x1000)]), Status::InvalidArgument);
    assert_eq!(rejects(&adapter, &[own(u64::MAX - 0xfff, 0x1000)]), Status::OutOfRange);
    assert_eq!(rejects(&adapter, &[own(u64::MAX - 0xfff, 0x2000)]), Status::OutOfRange);
    assert_eq!(rejects(&adapter, &[own(u64::MAX - 0xfff, 0xfff)]), Status::Ok);
    assert_eq!(rejects(&adapter, &[Entry { is_window: true, ..own(0, 0x1000) }]), Status::InvalidArgument);
    assert_eq!(rejects(&adapter, &[Entry { backing: Backing::Host(std::ptr::null_mut()), ..own(0, 0x1000) }]), Status::Unsupported);
    assert_eq!(status(adapter.create(None)), Status::Unsupported);
}

#[test]
fn a_bitmap_that_would_abort_the_process_is_refused() {
    for (config, size) in [("", 1 << 63), ("", u64::MAX), ("granule=1", (1 << 29) + 8)] {
        let adapter = open(config);
        assert_eq!(rejects(&adapter, &[own(0, size)]), Status::Refused, "{} {:#x}", config, size);
    }
    assert_eq!(rejects(&open(""), &[own(0, 1 << 32)]), Status::Ok);
}

#[test]
fn regions_and_queries() {
    let adapter = open("");
    let root = three_regions(&adapter);
    let info = |base, size| Region { base, size, rights: 3, reserved: 0 };
    assert_eq!(adapter.regions(&root).unwrap(), [info(0x1000, 0x1000), info(0x2000, 0x800), info(0x4000, 0x1000)]);
    assert_eq!(adapter.last_address(&root).unwrap(), 0x4fff);
    assert_eq!(adapter.find(&root, 0x27ff).unwrap(), Found { base: 0x2000, size: 0x800 });
    assert_eq!(status(adapter.find(&root, 0x2800)), Status::NotFound);
    assert_eq!(adapter.checked_offset(&root, 0x1000, 0x3fff).unwrap(), 0x4fff);
    assert_eq!(status(adapter.checked_offset(&root, 0x1000, 0x1800)), Status::NotFound);
    assert_eq!(status(adapter.checked_offset(&root, 0x1000, u64::MAX)), Status::NotFound);
    assert!(adapter.check_range(&root, 0x1000, 0x1800, 3).unwrap());
    assert!(!adapter.check_range(&root, 0x1000, 0x1801, 3).unwrap());
    assert!(!adapter.check_range(&root, 0x1000, u64::MAX, 3).unwrap());
    assert_eq!(status(adapter.total_size(&root)), Status::Unsupported);
    assert_eq!(status(region_space(&adapter, &root, 0x2800)), Status::OutOfRange);
    let region = region_space(&adapter, &root, 0x2345).unwrap();
    assert_eq!(adapter.last_address(&region).unwrap(), 0x7ff);
    assert_eq!(adapter.total_size(&region).unwrap(), 0x800);
    assert_eq!(adapter.checked_offset(&region, 1, 0x7fe).unwrap(), 0x7ff);
    assert_eq!(status(adapter.checked_offset(&region, 1, 0x7ff)), Status::NotFound);
    assert_eq!(status(region_space(&adapter, &region, 0)), Status::Unsupported);
}

// ------------------------------------------------------------------------------------------------------------------ Accesses

#[test]
fn exact_accesses_span_regions_and_report_their_prefix() {
    let adapter = open("");
    let root = three_regions(&adapter);
    let data: Vec<u8> = (1..=16).collect();
    adapter.write(&root, 0x1ff8, &data).unwrap();
    let mut back = [0; 16];
    adapter.read(&root, 0x1ff8, &mut back).unwrap();
    assert_eq!(back[..], data[..]);
    assert_eq!(adapter.write(&root, 0x27fa, &data), Err(Failure::new(Status::Short).with_native(3).with_count(6)));
    assert_eq!(adapter.read(&root, 0x27f9, &mut back).map_err(|failure| failure.status()), Err(Status::Short));
    assert_eq!(back, [0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
    assert_eq!(adapter.read(&root, 0x3fff, &mut back), Err(Failure::new(Status::OutOfRange).with_native(1).with_address(0x3fff)));
    assert_eq!(adapter.read_partial(&root, 0x27fa, &mut back), Ok(6));
    assert_eq!(adapter.write_partial(&root, 0x1ff8, &data), Ok(16));
    assert_eq!(status(adapter.write_partial(&root, 0x2800, &data)), Status::OutOfRange);
}

#[test]
fn a_region_space_is_its_own_bytes_from_zero_on() {
    let adapter = open("");
    let root = three_regions(&adapter);
    let region = region_space(&adapter, &root, 0x2000).unwrap();
    adapter.write(&region, 0x10, &[7, 8]).unwrap();
    let mut back = [0; 2];
    adapter.read(&root, 0x2010, &mut back).unwrap();
    assert_eq!(back, [7, 8]);
    assert_eq!(adapter.write(&region, 0x7ff, &[1, 2]), Err(Failure::new(Status::Short).with_native(3).with_count(1)));
    assert_eq!(status(adapter.read(&region, 0x800, &mut back)), Status::OutOfRange);
}

#[test]
fn empty_accesses_differ_between_root_and_region() {
    let adapter = open("");
    let root = three_regions(&adapter);
    let region = region_space(&adapter, &root, 0x2000).unwrap();
    assert_eq!(adapter.read(&root, 0x27ff, &mut []), Ok(()));
    assert_eq!(adapter.read(&root, 0x2800, &mut []), Err(Failure::new(Status::OutOfRange).with_native(1)));
    assert_eq!(adapter.load_object(&root, 0x27ff, &mut []), Ok(()));
    assert_eq!(status(adapter.load_object(&root, 0x2800, &mut [])), Status::OutOfRange);
    assert_eq!(adapter.read(&region, u64::MAX, &mut []), Ok(()));
    assert_eq!(adapter.store_object(&region, u64::MAX, &[]), Ok(()));
}

#[test]
fn objects_of_every_size_go_there_and_back() {
    let adapter = open("");
    let root = three_regions(&adapter);
    for size in 0..=32_usize {
        let object: Vec<u8> = (0..size).map(|index| (size * 7 + index) as u8).collect();
        adapter.store_object(&root, 0x1ff1, &object).unwrap();
        let mut back = vec![0; size];
        adapter.load_object(&root, 0x1ff1, &mut back).unwrap();
        assert_eq!(object, back);
    }
    assert_eq!(status(adapter.load_object(&root, 0x1000, &mut [0; 33])), Status::Unsupported);
    assert_eq!(status(adapter.store_object(&root, 0x1000, &[0; 33])), Status::Unsupported);
    adapter.store64(&root, 0x1ffc, 0x1122_3344_5566_7788).unwrap();
    assert_eq!(adapter.load64(&root, 0x1ffc), Ok(0x1122_3344_5566_7788));
    adapter.store16(&root, 0x1ffc, 0xabcd).unwrap();
    assert_eq!(adapter.load32(&root, 0x1ffc).map(u32::to_ne_bytes), Ok(0x5566_abcd_u32.to_le().to_ne_bytes()));
    assert_eq!(adapter.load8(&root, 0x1ffc).map(u16::from), Ok(0xabcd_u16.to_ne_bytes()[0].into()));
    assert_eq!(adapter.store32(&root, 0x27fe, 1), Err(Failure::new(Status::Short).with_native(3).with_count(2)));
    assert_eq!(status(adapter.load16(&root, 0x2800)), Status::OutOfRange);
}

// ------------------------------------------------------------------------------------------------------------------ Dirty tracking

#[test]
fn dense_harvests_have_a_bit_for_each_granule_and_no_word_more() {
    let adapter = open("granule=64");
    for (granules, words) in [(1, 1), (63, 1), (64, 1), (65, 2), (127, 2), (128, 2), (129, 3)] {
        let root = adapter.create(Some(&[own(0x1000, granules * 64 - 1)])).unwrap();
        let region = region_space(&adapter, &root, 0x1000).unwrap();
        assert_eq!(dense(&adapter, &region, Harvest::Read), vec![0; words], "{}", granules);
        adapter.write(&region, granules * 64 - 2, &[1]).unwrap();
        let mut expected = vec![0; words];
        expected[words - 1] = 1 << ((granules - 1) % 64);
        assert_eq!(dense(&adapter, &region, Harvest::Read), expected);
        assert_eq!(dense(&adapter, &region, Harvest::ReadAndClear), expected);
        assert_eq!(dense(&adapter, &region, Harvest::Read), vec![0; words]);
    }
}

#[test]
fn too_little_room_clears_nothing() {
    let adapter = open("granule=64");
    let root = adapter.create(Some(&[own(0x1000, 0x2000)])).unwrap();
    let region = region_space(&adapter, &root, 0x1000).unwrap();
    adapter.write(&root, 0x1000, &[1]).unwrap();
    adapter.write(&root, 0x2fff, &[1]).unwrap();
    for what in [Harvest::Read, Harvest::ReadAndClear] {
        let mut words = [9; 1];
        assert_eq!(status(adapter.harvest_dense(&region, what, &mut words)), Status::InvalidArgument);
        assert_eq!(words, [9]);
        let mut words = [DirtyWord::default(); 1];
        assert_eq!(status(adapter.harvest_sparse(&root, what, &mut words)), Status::InvalidArgument);
        assert_eq!(words, [DirtyWord::default()]);
    }
    assert_eq!(dense(&adapter, &region, Harvest::Read), [1, 1 << 63]);
    assert_eq!(adapter.harvest_dense(&region, Harvest::Clear, &mut []), Ok(0));
    assert_eq!(dense(&adapter, &region, Harvest::Read), [0, 0]);
}

#[test]
fn sparse_harvests_are_in_the_memorys_addresses() {
    let adapter = open("granule=64");
    // The first region fills word 1 from granule 37 on and reaches into word 2, which the second one ends; the third is far away.
    let root = adapter.create(Some(&[own(101 * 64, 30 * 64), own(140 * 64, 100), own(1 << 40, 64)])).unwrap();
    for address in [101 * 64, 128 * 64, 130 * 64, 140 * 64, (1 << 40) + 5] {
        adapter.write(&root, address, &[1]).unwrap();
    }
    let far = (1 << 40) / 64 / 64;
    let all = [(1, 1 << 37), (2, 1 | 1 << 2 | 1 << 12), (far, 1)];
    assert_eq!(sparse(&adapter, &root, Harvest::Read), all);
    let second = region_space(&adapter, &root, 140 * 64).unwrap();
    assert_eq!(sparse(&adapter, &second, Harvest::ReadAndClear), [(2, 1 << 12)]);
    assert_eq!(sparse(&adapter, &root, Harvest::ReadAndClear), [(1, 1 << 37), (2, 1 | 1 << 2), (far, 1)]);
    assert_eq!(sparse(&adapter, &root, Harvest::Read), []);
    adapter.write(&root, 101 * 64, &[1]).unwrap();
    assert_eq!(adapter.harvest_sparse(&root, Harvest::Clear, &mut []), Ok(0));
    assert_eq!(sparse(&adapter, &root, Harvest::Read), []);
}

#[test]
fn sparse_harvests_need_bases_on_granules() {
    let adapter = open("");
    let root = adapter.create(Some(&[own(0x1800, 0x1000)])).unwrap();
    assert_eq!(status(adapter.harvest_sparse(&root, Harvest::Read, &mut [DirtyWord::default(); 4])), Status::Unsupported);
    assert_eq!(status(adapter.harvest_sparse(&root, Harvest::Clear, &mut [])), Status::Unsupported);
}

#[test]
fn marks_are_a_regions() {
    let adapter = open("granule=64");
    let root = three_regions(&adapter);
    let region = region_space(&adapter, &root, 0x2000).unwrap();
    assert_eq!(status(adapter.mark(&root, 0x2000, 1)), Status::Unsupported);
    adapter.mark(&region, 63, 2).unwrap();
    adapter.mark(&region, 0x7ff, u64::MAX).unwrap();
    adapter.mark(&region, 0x100, 0).unwrap();
    adapter.mark(&region, u64::MAX, u64::MAX).unwrap();
    assert_eq!(dense(&adapter, &region, Harvest::Read), [0b11 | 1 << 31]);
    assert_eq!(sparse(&adapter, &root, Harvest::Read), [(0x80 / 64, 0b11 | 1 << 31)]);
}

// ------------------------------------------------------------------------------------------------------------------ Files

#[test]
fn a_region_on_a_file_is_the_files_bytes_and_its_facts() {
    use std::os::unix::fs::FileExt;
    let adapter = open("");
    let file = memfd(0x4000);
    let root = adapter.create(Some(&[own(0x1000, 0x1000), on_file(0x4000, 0x1800, file.as_raw_fd(), 0x2000)])).unwrap();
    file.write_all_at(&[5], 0x2003).unwrap();
    assert_eq!(adapter.load8(&root, 0x4003), Ok(5));
    adapter.store8(&root, 0x57ff, 6).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, 0x37ff).unwrap();
    assert_eq!(byte, [6]);
    let facts = |address| {
        let mut text = String::new();
        adapter.describe(Some(&region_space(&adapter, &root, address).unwrap()), &mut text).unwrap();
        text
    };
    assert_eq!(facts(0x4000), format!("protection = 3\nflags = {}\nfile_offset = 8192\nhugetlbfs = unknown\n", libc::MAP_NORESERVE | libc::MAP_SHARED));
    assert_eq!(facts(0x1000), format!("protection = 3\nflags = {}\n", libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | libc::MAP_PRIVATE));
}

#[test]
fn gmchecks_descriptors_stay_open() {
    let adapter = open("");
    let file = memfd(0x4000);
    let fd = file.as_raw_fd();
    let root = adapter.create(Some(&[on_file(0x1000, 0x1000, fd, 0), on_file(0x2000, 0x1000, fd, 0)])).unwrap();
    let region = region_space(&adapter, &root, 0x1000).unwrap();
    adapter.destroy(root).unwrap();
    assert_eq!(file.metadata().unwrap().len(), 0x4000);
    // The region's space outlives the root, and its bytes with it.
    adapter.store8(&region, 1, 9).unwrap();
    adapter.close_space(region).unwrap();
    assert_eq!(file.metadata().unwrap().len(), 0x4000);
    // So does a map that is not the newest one, and a region in none.
    let root = adapter.create(Some(&[on_file(0x1000, 0x1000, fd, 0), own(0x4000, 0x1000)])).unwrap();
    let before = snapshot(&adapter, &root).unwrap();
    let removed = adapter.remove(&root, 0x1000, 0x1000).unwrap();
    adapter.destroy(root).unwrap();
    adapter.close_space(before).unwrap();
    assert_eq!(adapter.load8(&removed, 1), Ok(9));
    adapter.close_space(removed).unwrap();
    assert_eq!(file.metadata().unwrap().len(), 0x4000);
    // A layout that fails after its files were taken gives them back too.
    assert_eq!(rejects(&adapter, &[on_file(0x1000, 0x1000, fd, 0), on_file(0x1000, 0x1000, fd, 0)]), Status::Overlap);
    assert_eq!(rejects(&adapter, &[on_file(0x1000, 0x1000, fd, 0), own(0x4000, 0)]), Status::InvalidArgument);
    assert_eq!(file.metadata().unwrap().len(), 0x4000);
}

#[test]
fn files_that_are_too_short_or_not_there_are_rejected() {
    let adapter = open("granule=64");
    let file = memfd(0x1000);
    let fd = file.as_raw_fd();
    assert_eq!(rejects(&adapter, &[on_file(0, 0x1001, fd, 0)]), Status::InvalidArgument);
    assert_eq!(rejects(&adapter, &[on_file(0, 0x1000, fd, u64::MAX)]), Status::InvalidArgument);
    assert_eq!(rejects(&adapter, &[on_file(0, 0x800, fd, 0x10)]), Status::InvalidArgument);
    assert_eq!(rejects(&adapter, &[on_file(0, 0x800, -1, 0)]), Status::InvalidArgument);
    assert_eq!(rejects(&adapter, &[on_file(0, 0x800, i32::MAX, 0)]), Status::Io);
    assert_eq!(rejects(&adapter, &[on_file(0, 0x800, fd, 0)]), Status::Ok);
}

#[test]
fn overlap_in_files_is_by_descriptor_and_extent() {
    let adapter = open("");
    let file = memfd(0x4000);
    let copy = file.try_clone().unwrap();
    let fd = file.as_raw_fd();
    let layout = [
        on_file(0x1000, 0x1000, fd, 0),
        on_file(0x2000, 0x2000, fd, 0),
        on_file(0x4000, 0x1000, fd, 0x1000),
        on_file(0x5000, 0x1000, copy.as_raw_fd(), 0),
        own(0x6000, 0x1000),
    ];
    let root = adapter.create(Some(&layout)).unwrap();
    let spaces: Vec<Space> = [0x1000, 0x2000, 0x4000, 0x5000, 0x6000].map(|base| region_space(&adapter, &root, base).unwrap()).into();
    let overlaps = |first: usize, second: usize| adapter.fds_overlap(&spaces[first], &spaces[second]).unwrap();
    assert!(overlaps(0, 1) && overlaps(1, 0) && overlaps(1, 2) && overlaps(0, 0));
    assert!(!overlaps(0, 2) && !overlaps(2, 0) && !overlaps(0, 3) && !overlaps(0, 4) && !overlaps(4, 4));
    assert_eq!(status(adapter.fds_overlap(&root, &spaces[0])), Status::Unsupported);
}

#[test]
fn reset_zeroes_what_is_its_own_and_leaves_files() {
    let adapter = open("granule=64");
    let file = memfd(0x1000);
    let mut root = adapter.create(Some(&[own(0x1000, 0x1000), on_file(0x2000, 0x1000, file.as_raw_fd(), 0)])).unwrap();
    adapter.write(&root, 0x1ffe, &[1, 2, 3, 4]).unwrap();
    adapter.reset(&mut root).unwrap();
    let mut back = [9; 4];
    adapter.read(&root, 0x1ffe, &mut back).unwrap();
    assert_eq!(back, [0, 0, 3, 4]);
    assert_eq!(sparse(&adapter, &root, Harvest::Read), []);
    assert_eq!(adapter.regions(&root).unwrap().len(), 2);
}
