// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A backend that answers with what it was asked: that every field of every call goes where it belongs.

mod bench;

use bench::*;
use gmcheck::abi::*;
use gmcheck::{Answer, Backend, Backing, Entry, Failure, Fetch, Found, Harvest, Host, Offers, Piece, SpaceKind, SpaceRequest, Status};
use std::os::raw::c_void;
use std::ptr::{null, null_mut};

static THOROUGH: GmcPlugin = gmcheck::plugin_table::<Thorough>("thorough\0", "1\0");

/// Its answers are made of its arguments, so that each test sees whether a field went to the wrong place.
struct Thorough;

const ALL_OFFERS: Offers = Offers::SPACES
    .and(Offers::TYPED)
    .and(Offers::ATOMIC_LOAD)
    .and(Offers::ATOMIC_STORE)
    .and(Offers::COMPARE_EXCHANGE)
    .and(Offers::CALLS)
    .and(Offers::ADD)
    .and(Offers::REMOVE)
    .and(Offers::REPLACE)
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
    fn add(&self, root: &u64, entry: &Entry<'_, u64>) -> Answer<u64> {
        let of_space = if let Backing::Space(space) = entry.backing { *space } else { 0 };
        Ok(root * 1000 + entry.base * 10 + entry.size + of_space * 100_000)
    }
    fn replace(&self, root: &u64, layout: &[Entry<'_, u64>]) -> Answer<()> {
        let sizes = layout.iter().map(|entry| entry.size).sum();
        Err(Failure::new(Status::BadState).with_address(*root).with_count(sizes))
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
        order: std::sync::atomic::Ordering,
        failure_order: std::sync::atomic::Ordering,
    ) -> Answer<Result<(), u64>> {
        // Panics where the orders are none that Rust takes.
        let found = std::sync::atomic::AtomicU64::new(expected).compare_exchange(desired, 0, order, failure_order);
        Ok(found.map(|_| ()).map_err(|found| found * 10 + desired))
    }
    fn fetch(&self, _: &u64, op: Fetch, address: u64, width: u32, operand: u64, _: std::sync::atomic::Ordering) -> Answer<u64> {
        Ok(op as u64 * 1000 + address * 100 + u64::from(width) * 10 + operand)
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
    fn reference(&self, _: &u64, address: u64, size: u64, rights: u32, is_atomic: bool) -> Answer<*mut u8> {
        Ok((address * 1000 + size * 100 + u64::from(rights) * 10 + u64::from(is_atomic)) as *mut u8)
    }
    fn read_array(&self, _: &u64, address: u64, element_size: u64, elements: u64, buffer: &mut [u8]) -> Answer<u64> {
        buffer.fill(4);
        Ok(address * 1000 + element_size * 100 + elements)
    }
    fn write_array(&self, _: &u64, address: u64, element_size: u64, elements: u64, buffer: &[u8]) -> Answer<u64> {
        Ok(address * 1000 + element_size * 100 + elements + buffer.iter().map(|&byte| u64::from(byte)).sum::<u64>())
    }
    fn slices(&self, _: &u64, address: u64, size: u64, pieces: &mut [Piece]) -> Answer<u64> {
        pieces[1] = Piece { address, size };
        Ok(pieces.len() as u64)
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
        call(GMC_CALL_FETCH_ADD, root, 0, 3),
        call(GMC_CALL_COMPARE_EXCHANGE, root, 0, 16),
        call(GMC_CALL_ATOMIC_LOAD, root, 0, u64::from(u32::MAX) + 5),
    ]);
    let mismatch = GmcOutcome { status: Status::Mismatch as u16, value: 12, ..GmcOutcome::default() };
    let invalid = failed(Status::InvalidArgument);
    assert_eq!(answers, [ok_value(41), invalid, mismatch, invalid, invalid, invalid]);
    bench.destroy(root);
}

#[test]
fn orders_that_an_atomic_cannot_have_never_reach_the_backend() {
    let bench = Bench::open(&THOROUGH);
    let (root, _) = bench.create(&[]);
    let access = bench.access();
    const RELAXED: u32 = 0;
    const SEQ_CST: u32 = 4;
    const EXISTING: std::ops::RangeInclusive<u32> = RELAXED..=SEQ_CST;
    let statuses = |answer: &dyn Fn(u32) -> GmcOutcome| -> Vec<u16> { EXISTING.map(|order| answer(order).status).collect() };
    let (ok, unsupported, invalid) = (Status::Ok as u16, Status::Unsupported as u16, Status::InvalidArgument as u16);
    let of_load = [ok, ok, invalid, invalid, ok];
    // The backend has no store, so that what reaches it is unsupported.
    let of_store = [unsupported, invalid, unsupported, invalid, unsupported];
    let record = |op, order, failure_order| {
        let record = GmcCall { order, failure_order, expected: 2, value: 2, ..call(op, root, 0, 8) };
        bench.submit(&[record])[0]
    };
    unsafe {
        assert_eq!(statuses(&|order| access.atomic_load.unwrap()(null_mut(), root, 0, 4, order)), of_load);
        assert_eq!(statuses(&|order| access.atomic_store.unwrap()(null_mut(), root, 0, 4, 1, order)), of_store);
        for success in EXISTING {
            let entry = |failure| access.compare_exchange.unwrap()(null_mut(), root, 0, 8, 2, 2, success, failure);
            assert_eq!(statuses(&entry), of_load, "{}", success);
            assert_eq!(statuses(&|failure| record(GMC_CALL_COMPARE_EXCHANGE, success, failure)), of_load, "{}", success);
        }
    }
    assert_eq!(statuses(&|order| record(GMC_CALL_ATOMIC_LOAD, order, RELAXED)), of_load);
    assert_eq!(statuses(&|order| record(GMC_CALL_ATOMIC_STORE, order, RELAXED)), of_store);
    assert_eq!(statuses(&|order| record(GMC_CALL_FETCH_ADD, order, RELAXED)), [ok; 5]);
    bench.destroy(root);
}

#[test]
fn each_fetch_operation_is_its_own() {
    let bench = Bench::open(&THOROUGH);
    let (root, _) = bench.create(&[]);
    let ops = [GMC_CALL_EXCHANGE, GMC_CALL_FETCH_ADD, GMC_CALL_FETCH_SUB, GMC_CALL_FETCH_AND, GMC_CALL_FETCH_OR, GMC_CALL_FETCH_XOR];
    let calls = ops.map(|op| GmcCall { value: 7, ..call(op, root, 3, 4) });
    assert_eq!(bench.submit(&calls), [347, 1347, 2347, 3347, 4347, 5347].map(ok_value));
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
        call(GMC_CALL_SLICES + 1, root, 0, 0),
    ]);
    let found = GmcOutcome { value: 21, ..ok_count(42) };
    let (invalid, unsupported) = (failed(Status::InvalidArgument), failed(Status::Unsupported));
    let (no, yes) = (ok_value(0), ok_value(1));
    assert_eq!(answers, [yes, no, found, yes, no, invalid, ok_count(5), unsupported, unsupported, invalid]);
    bench.destroy(root);
    bench.destroy(other);
}

#[test]
fn arrays_references_and_pieces_come_as_call_records() {
    let bench = Bench::open(&THOROUGH);
    let (root, _) = bench.create(&[]);
    let mut bytes = [1_u8; 8];
    let mut pieces = [Piece::default(); 3];
    let with_buffer = |op, expected, buffer: *mut c_void| GmcCall { value: 7, expected, buffer, ..call(op, root, 5, 2) };
    let answers = bench.submit(&[
        with_buffer(GMC_CALL_WRITE_ARRAY, 3, bytes.as_mut_ptr().cast()),
        with_buffer(GMC_CALL_READ_ARRAY, 3, bytes.as_mut_ptr().cast()),
        with_buffer(GMC_CALL_READ_ARRAY, u64::MAX, bytes.as_mut_ptr().cast()),
        call(GMC_CALL_READ_ARRAY, root, 5, 0),
        with_buffer(GMC_CALL_SLICES, 3, pieces.as_mut_ptr().cast()),
        GmcCall { rights: 3, ..call(GMC_CALL_ALIGNED_REFERENCE, root, 5, 2) },
        GmcCall { rights: 1, ..call(GMC_CALL_ATOMIC_REFERENCE, root, 5, 2) },
    ]);
    let invalid = failed(Status::InvalidArgument);
    assert_eq!(answers, [ok_count(5213), ok_count(5207), invalid, invalid, ok_count(3), ok_value(5230), ok_value(5211)]);
    assert_eq!(bytes, [4, 4, 4, 4, 4, 4, 1, 1]);
    assert_eq!(pieces[1], Piece { address: 5, size: 2 });
    bench.destroy(root);
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
fn what_is_added_and_what_replaces_arrive_whole() {
    let bench = Bench::open(&THOROUGH);
    let (root, _) = bench.create(&[region(0, 1)]);
    let (other, _) = bench.create(&[region(0, 1), region(1, 1)]);
    let add = bench.memory().add.unwrap();
    let entries = [region(3, 4), GmcEntry { backing: GMC_BACKING_SPACE, space: other, ..region(5, 6) }];
    for (entry, number) in entries.iter().zip([1034, 201_056]) {
        let mut added = null_mut();
        unsafe {
            assert_eq!(add(null_mut(), root, entry, &mut added), GmcOutcome::default());
            assert_eq!(bench.describe(added), format!("number = {}\n", number));
            assert_eq!(bench.destroy(added), GmcOutcome::default());
        }
    }
    let nowhere = GmcEntry { backing: GMC_BACKING_SPACE, ..region(5, 6) };
    assert_eq!(unsafe { add(null_mut(), root, &nowhere, null_mut()) }, failed(Status::InvalidArgument));
    assert_eq!(unsafe { add(null_mut(), root, null(), null_mut()) }, failed(Status::InvalidArgument));
    let replace = bench.memory().replace.unwrap();
    let layout = GmcLayout { entries: entries.as_ptr(), count: 2 };
    let outcome = GmcOutcome { flags: GMC_HAS_COUNT | GMC_HAS_ADDRESS, count: 10, address: 1, ..failed(Status::BadState) };
    assert_eq!(unsafe { replace(null_mut(), root, &layout) }, outcome);
    assert_eq!(unsafe { replace(null_mut(), root, null()) }, failed(Status::InvalidArgument));
    bench.destroy(other);
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

#[test]
fn tables_begin_with_their_own_size() {
    let bench = Bench::open(&THOROUGH);
    assert_eq!(THOROUGH.size, 64);
    let sizes = [(GMC_GROUP_MEMORY, 72), (GMC_GROUP_SPACE, 24), (GMC_GROUP_ACCESS, 120), (GMC_GROUP_DIRTY, 40)];
    for (id, size) in sizes {
        assert_eq!(*bench.group::<u64>(id).unwrap(), size);
    }
}
