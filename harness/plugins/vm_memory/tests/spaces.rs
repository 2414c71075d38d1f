// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Atomics, ranges and map changes of the adapter.

mod memories;

use gmcheck::{Answer, Backend, Backing, Entry, Failure, Fetch, Harvest, Status};
use memories::*;
use std::sync::atomic::Ordering;
use vm_memory::bitmap::{AtomicBitmap, Bitmap};
use vm_memory::{GuestAddress, GuestMemory, GuestMemoryMmap, GuestMemoryRegion};

// ------------------------------------------------------------------------------------------------------------------ Atomics

#[test]
fn atomics_of_every_width() {
    let adapter = open("");
    let root = three_regions(&adapter);
    for width in [1, 2, 4, 8] {
        let value = 0x8070_6050_4030_2010 >> (64 - 8 * width);
        adapter.atomic_store(&root, 0x1008, width, value, Ordering::SeqCst).unwrap();
        assert_eq!(adapter.atomic_load(&root, 0x1008, width, Ordering::Acquire), Ok(value));
    }
    assert_eq!(status(adapter.atomic_load(&root, 0x1009, 2, Ordering::SeqCst)), Status::OutOfRange);
    assert_eq!(status(adapter.atomic_load(&root, 0x1ffc, 8, Ordering::SeqCst)), Status::OutOfRange);
}

#[test]
fn atomics_that_change_answer_what_was_there_in_every_kind_of_space() {
    let adapter = open("");
    let root = three_regions(&adapter);
    let spaces =
        [(region_space(&adapter, &root, 0x2000).unwrap(), 0x8), (range(&adapter, &root, 0x1000, 0x1000).unwrap(), 0x10), (root, 0x4000)];
    for (space, at) in &spaces {
        for (width, mask) in [(1, 0xff), (2, 0xffff), (4, 0xffff_ffff), (8, u64::MAX)] {
            let fetch = |op, operand| adapter.fetch(space, op, *at, width, operand, Ordering::AcqRel).unwrap();
            fetch(Fetch::Exchange, mask - 5);
            assert_eq!(fetch(Fetch::Add, 9), mask - 5);
            assert_eq!(fetch(Fetch::Sub, 4), 3);
            assert_eq!(fetch(Fetch::Xor, 0x0f), mask);
            assert_eq!(fetch(Fetch::And, 0x3c), mask - 0x0f);
            assert_eq!(fetch(Fetch::Or, 0x41), 0x30);
            let compare = |expected, desired| {
                adapter.compare_exchange(space, *at, width, expected, desired, Ordering::AcqRel, Ordering::Acquire).unwrap()
            };
            assert_eq!(compare(0x70, 1), Err(0x71));
            assert_eq!(compare(0x71, 2), Ok(()));
            assert_eq!(adapter.atomic_load(space, *at, width, Ordering::SeqCst), Ok(2));
        }
        assert_eq!(status(adapter.fetch(space, Fetch::Add, at + 1, 2, 1, Ordering::SeqCst)), Status::Misaligned);
    }
    let (root, _) = &spaces[2];
    assert_eq!(status(adapter.fetch(root, Fetch::Add, 0x2000 - 4, 8, 1, Ordering::SeqCst)), Status::OutOfRange);
    assert_eq!(status(adapter.fetch(&spaces[1].0, Fetch::Add, 0x1000 - 4, 8, 1, Ordering::SeqCst)), Status::OutOfRange);
}

#[test]
fn atomics_that_change_something_mark_it() {
    let adapter = open("granule=64");
    let root = three_regions(&adapter);
    let region = region_space(&adapter, &root, 0x1000).unwrap();
    let slice = range(&adapter, &root, 0x1040, 0x100).unwrap();
    adapter.fetch(&root, Fetch::Or, 0x1000, 4, 0, Ordering::SeqCst).unwrap();
    adapter.fetch(&slice, Fetch::Or, 0x40, 4, 0, Ordering::SeqCst).unwrap();
    adapter.compare_exchange(&region, 0x100, 8, 0, 1, Ordering::SeqCst, Ordering::SeqCst).unwrap().unwrap();
    adapter.compare_exchange(&region, 0x140, 8, 1, 0, Ordering::SeqCst, Ordering::SeqCst).unwrap().unwrap_err();
    assert_eq!(dense(&adapter, &region, Harvest::Read), [0b1_0101]);
}

// ------------------------------------------------------------------------------------------------------- Arrays and references

#[test]
fn arrays_move_what_the_shorter_one_has_in_every_kind_of_space() {
    let adapter = open("granule=64");
    let root = three_regions(&adapter);
    let region = region_space(&adapter, &root, 0x2000).unwrap();
    let slice = range(&adapter, &root, 0x2000, 0x100).unwrap();
    for (space, at) in [(&root, 0x2003), (&region, 0x3), (&slice, 0x3)] {
        adapter.write(&region, 0, &[9; 16]).unwrap();
        assert_eq!(adapter.write_array(space, at, 4, 2, &[1; 16]), Ok(2));
        assert_eq!(adapter.write_array(space, at, 3, 5, &[2, 3, 4]), Ok(1));
        let mut buffer = [0; 16];
        assert_eq!(adapter.read_array(space, at, 5, 2, &mut buffer[..15]), Ok(2));
        assert_eq!(buffer, [2, 3, 4, 1, 1, 1, 1, 1, 9, 9, 0, 0, 0, 0, 0, 0]);
        assert_eq!(status(adapter.write_array(space, at, 8, u64::MAX / 8, &[0; 8])), Status::OutOfRange);
        assert_eq!(status(adapter.write_array(space, at, 8, 0x1000, &[0; 8])), Status::OutOfRange);
        assert_eq!(status(adapter.read_array(space, at, 33, 1, &mut [0; 33])), Status::Unsupported);
    }
    assert_eq!(adapter.write_array(&region, 0x7c, 8, 1, &[0; 8]), Ok(1));
    assert_eq!(dense(&adapter, &region, Harvest::Read), [0b111]);
    assert_eq!(status(adapter.read_array(&root, 0x3000 - 4, 4, 2, &mut [0; 8])), Status::OutOfRange);
}

#[test]
fn references_are_aligned() {
    let adapter = open("");
    let root = three_regions(&adapter);
    let region = region_space(&adapter, &root, 0x2000).unwrap();
    let slice = range(&adapter, &root, 0x2001, 0x100).unwrap();
    for is_atomic in [false, true] {
        for size in [1, 2, 4, 8] {
            for (space, at) in [(&root, 0x2010), (&region, 0x10), (&slice, 0xf)] {
                assert_eq!(adapter.reference(space, at, size, 3, is_atomic), adapter.host_address(space, at, size, 1));
                assert_eq!(adapter.reference(space, at + size / 2, size, 1, is_atomic).is_ok(), size == 1);
                assert_eq!(status(adapter.reference(space, 0x5000, size, 1, is_atomic)), Status::OutOfRange);
            }
        }
        assert_eq!(status(adapter.reference(&slice, 0xe, 2, 1, is_atomic)), Status::Misaligned);
        assert_eq!(status(adapter.reference(&root, 0x2000, 16, 1, is_atomic)), Status::Unsupported);
    }
}

// ------------------------------------------------------------------------------------------------------------------ Ranges

#[test]
fn a_range_is_the_bytes_of_what_it_was_opened_on() {
    let adapter = open("");
    let root = three_regions(&adapter);
    let region = region_space(&adapter, &root, 0x2000).unwrap();
    let of_root = range(&adapter, &root, 0x2100, 0x100).unwrap();
    let of_region = range(&adapter, &region, 0x100, 0x100).unwrap();
    let of_range = range(&adapter, &of_region, 0x20, 0x40).unwrap();
    adapter.write(&of_range, 1, &[7, 8]).unwrap();
    for (space, at) in [(&root, 0x2121), (&region, 0x121), (&of_root, 0x21), (&of_region, 0x21)] {
        assert_eq!(adapter.load16(space, at).map(u16::to_ne_bytes), Ok([7, 8]));
    }
    assert_eq!(adapter.total_size(&of_range), Ok(0x40));
    assert_eq!(adapter.write(&of_range, 0x3f, &[1, 2]), Err(Failure::new(Status::Short).with_native(36).with_count(1)));
    assert_eq!(status(adapter.write(&of_range, 0x40, &[1])), Status::OutOfRange);
    assert_eq!(adapter.read_partial(&of_range, 0x3c, &mut [0; 8]), Ok(4));
    assert_eq!(status(adapter.atomic_load(&of_range, 1, 2, Ordering::SeqCst)), Status::Misaligned);
    assert_eq!(adapter.host_address(&of_range, 1, 1, 3), adapter.host_address(&root, 0x2121, 1, 3));
    // What it was opened on may go.
    drop((root, region, of_root, of_region));
    assert_eq!(adapter.load16(&of_range, 1).map(u16::to_ne_bytes), Ok([7, 8]));
}

#[test]
fn ranges_lie_in_one_region() {
    let adapter = open("");
    let root = three_regions(&adapter);
    let region = region_space(&adapter, &root, 0x2000).unwrap();
    let slice = range(&adapter, &region, 0x10, 0x20).unwrap();
    for (space, address, size, expected) in [
        (&root, 0x1fff, 1, Status::Ok),
        (&root, 0x1fff, 2, Status::OutOfRange),
        (&root, 0x3000, 1, Status::OutOfRange),
        (&root, 0x27ff, 0, Status::Ok),
        (&root, 0x2800, 0, Status::OutOfRange),
        (&region, 0x7ff, 1, Status::Ok),
        (&region, 0x7ff, 2, Status::OutOfRange),
        (&region, 0x800, 0, Status::Ok),
        (&region, 0x801, 0, Status::OutOfRange),
        (&region, u64::MAX, 2, Status::OutOfRange),
        (&slice, 0x1f, 1, Status::Ok),
        (&slice, 0x1f, 2, Status::OutOfRange),
        (&slice, 0x20, 0, Status::Ok),
        (&slice, 1, u64::MAX, Status::OutOfRange),
    ] {
        assert_eq!(status(range(&adapter, space, address, size)), expected, "{:#x} {:#x}", address, size);
    }
    assert_eq!(status(region_space(&adapter, &slice, 0)), Status::Unsupported);
}

#[test]
fn the_bits_of_a_range_begin_with_its_first_granule_and_can_only_be_read() {
    let adapter = open("granule=64");
    let root = adapter.create(Some(&[own(0x1000, 0x4000)])).unwrap();
    let slice = range(&adapter, &range(&adapter, &root, 0x1050, 0x2000).unwrap(), 0x30, 0x1001).unwrap();
    for address in [0x107f, 0x1080, 0x2080, 0x20c0] {
        adapter.write(&root, address, &[1]).unwrap();
    }
    // From 0x1080 to 0x2080 inclusive: granules 2 to 66 of the region.
    assert_eq!(dense(&adapter, &slice, Harvest::Read), [1, 1]);
    assert_eq!(sparse(&adapter, &slice, Harvest::Read), [(1, 1 << 2), (2, 1 << 2)]);
    assert_eq!(status(adapter.harvest_dense(&slice, Harvest::Read, &mut [0; 1])), Status::InvalidArgument);
    assert_eq!(status(adapter.harvest_dense(&slice, Harvest::ReadAndClear, &mut [0; 2])), Status::Unsupported);
    assert_eq!(status(adapter.harvest_sparse(&slice, Harvest::Clear, &mut [])), Status::Unsupported);
    assert_eq!(status(adapter.mark(&slice, 0, 1)), Status::Unsupported);
    assert_eq!(sparse(&adapter, &root, Harvest::Read), [(1, 1 << 1 | 1 << 2), (2, 1 << 2 | 1 << 3)]);
}

/// Why the profile does not claim `mark` for ranges.
#[test]
fn the_bitmap_of_a_slice_of_vm_memorys_has_no_end() {
    let memory = GuestMemoryMmap::<AtomicBitmap>::from_ranges(&[(GuestAddress(0), 0x4000)]).unwrap();
    memory.get_slice(GuestAddress(0x1000), 0x10).unwrap().bitmap().mark_dirty(0, 0x2000);
    let bitmap = memory.find_region(GuestAddress(0)).unwrap().bitmap();
    assert_eq!([0, 0x1000, 0x2000, 0x3000].map(|address| bitmap.dirty_at(address)), [false, true, true, false]);
}

// ------------------------------------------------------------------------------------------------------------------ Map changes

fn bytes(adapter: &Adapter, space: &Space, address: u64) -> Answer<u8> {
    adapter.load8(space, address)
}

#[test]
fn a_map_changes_beside_the_ones_that_are_held() {
    let adapter = open("");
    let root = three_regions(&adapter);
    let before = snapshot(&adapter, &root).unwrap();
    let slice = range(&adapter, &root, 0x1ff0, 0x10).unwrap();
    let added = adapter.add(&root, &own(0x3000, 0x1000)).unwrap();
    adapter.store8(&added, 0xfff, 5).unwrap();
    assert_eq!(bytes(&adapter, &root, 0x3fff), Ok(5));
    assert_eq!(status(bytes(&adapter, &before, 0x3fff)), Status::OutOfRange);
    let removed = adapter.remove(&root, 0x1000, 0x1000).unwrap();
    assert_eq!(status(bytes(&adapter, &root, 0x1fff)), Status::OutOfRange);
    adapter.store8(&removed, 0xfff, 6).unwrap();
    assert_eq!((bytes(&adapter, &before, 0x1fff), bytes(&adapter, &slice, 0xf)), (Ok(6), Ok(6)));
    adapter.replace(&root, &[own(0x8000, 0x1000)]).unwrap();
    assert_eq!((status(bytes(&adapter, &root, 0x4000)), bytes(&adapter, &root, 0x8000)), (Status::OutOfRange, Ok(0)));
    assert_eq!((bytes(&adapter, &before, 0x4000), bytes(&adapter, &added, 0xfff)), (Ok(0), Ok(5)));
    let mut root = root;
    adapter.reset(&mut root).unwrap();
    assert_eq!(adapter.regions(&root).unwrap().len(), 3);
    assert_eq!(status(snapshot(&adapter, &before)), Status::Unsupported);
}

#[test]
fn a_change_that_is_declined_changes_nothing() {
    let adapter = open("");
    let root = three_regions(&adapter);
    let region = region_space(&adapter, &root, 0x2000).unwrap();
    let slice = range(&adapter, &root, 0x2000, 0x800).unwrap();
    let back = |base, size, space| adapter.add(&root, &Entry { backing: Backing::Space(space), ..own(base, size) });
    assert_eq!(status(adapter.add(&root, &own(0x1800, 0x1000))), Status::Overlap);
    assert_eq!(status(adapter.add(&root, &own(0x8000, 0))), Status::InvalidArgument);
    assert_eq!(status(adapter.add(&root, &own(0x8000, 1 << 63))), Status::Refused);
    assert_eq!(status(adapter.replace(&root, &[own(0x8000, 0x1000), own(0x7000, 0x1000)])), Status::InvalidArgument);
    assert_eq!(status(back(0x2000, 0x800, &region)), Status::Overlap);
    for (base, size) in [(0x1000, 0x800), (0x1000, 0xfff), (0x1001, 0xfff), (0x3000, 0x1000)] {
        assert_eq!(status(adapter.remove(&root, base, size)), Status::NotFound, "{:#x} {:#x}", base, size);
    }
    assert_eq!(adapter.regions(&root).unwrap().len(), 3);
    adapter.remove(&root, 0x2000, 0x800).unwrap();
    for (base, size, space) in [(0x2000, 0x801, &region), (0x2001, 0x800, &region), (0x2000, 0x800, &slice), (0x2000, 0x800, &root)] {
        assert_eq!(status(back(base, size, space)), Status::InvalidArgument, "{:#x} {:#x}", base, size);
    }
    assert_eq!(adapter.regions(&root).unwrap().len(), 2);
}

#[test]
fn a_region_comes_back_with_its_bytes_and_marks_and_two_memories_may_share_it() {
    let adapter = open("granule=64");
    let root = three_regions(&adapter);
    let region = region_space(&adapter, &root, 0x2000).unwrap();
    adapter.store8(&region, 0x40, 9).unwrap();
    adapter.remove(&root, 0x2000, 0x800).unwrap();
    let entry = Entry { backing: Backing::Space(&region), ..own(0x2000, 0x800) };
    let back = adapter.add(&root, &entry).unwrap();
    assert_eq!((bytes(&adapter, &root, 0x2040), dense(&adapter, &back, Harvest::Read)), (Ok(9), vec![0b10]));
    let other = adapter.create(Some(&[own(0, 0x1000)])).unwrap();
    adapter.replace(&other, &[own(0, 0x1000), entry]).unwrap();
    adapter.store8(&other, 0x2041, 8).unwrap();
    assert_eq!(bytes(&adapter, &root, 0x2041), Ok(8));
    let shared = Entry { backing: Backing::Space(&region), ..own(0x2000, 0x800) };
    let mut beside = adapter.create(Some(&[shared])).unwrap();
    adapter.store8(&beside, 0x2080, 7).unwrap();
    assert_eq!((bytes(&adapter, &root, 0x2080), dense(&adapter, &back, Harvest::Read)), (Ok(7), vec![0b110]));
    assert_eq!(status(adapter.reset(&mut beside)), Status::Unsupported);
    drop(root);
    assert_eq!(bytes(&adapter, &beside, 0x2040), Ok(9));
}
