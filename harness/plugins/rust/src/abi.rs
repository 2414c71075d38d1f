// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The types of `gmcheck.h`, field by field and with the header's own names. What each one means stands in the header; the tests below hold
//! the layout against its numbers.

use std::os::raw::{c_char, c_void};

/// The version of the contract that this crate speaks.
pub const GMC_ABI_VERSION: u32 = 1;

pub const GMC_HAS_COUNT: u16 = 1;
pub const GMC_HAS_ADDRESS: u16 = 2;

pub const GMC_LOG_ERROR: u32 = 0;
pub const GMC_LOG_WARNING: u32 = 1;
pub const GMC_LOG_NOTE: u32 = 2;

pub const GMC_GROUP_MEMORY: u32 = 1;
pub const GMC_GROUP_SPACE: u32 = 2;
pub const GMC_GROUP_LANE: u32 = 3;
pub const GMC_GROUP_ACCESS: u32 = 4;
pub const GMC_GROUP_DIRTY: u32 = 5;

pub const GMC_RIGHT_READ: u32 = 1;
pub const GMC_RIGHT_WRITE: u32 = 2;

pub const GMC_ENTRY_REGION: u32 = 0;
pub const GMC_ENTRY_WINDOW: u32 = 1;

pub const GMC_BACKING_OWN: u32 = 0;
pub const GMC_BACKING_FD: u32 = 1;
pub const GMC_BACKING_HOST: u32 = 2;
pub const GMC_BACKING_SPACE: u32 = 3;

pub const GMC_SPACE_REGION: u32 = 1;
pub const GMC_SPACE_RANGE: u32 = 2;
pub const GMC_SPACE_SNAPSHOT: u32 = 3;
pub const GMC_SPACE_PAGES: u32 = 4;
pub const GMC_SPACE_WRITABLE: u32 = 1;
pub const GMC_SPACE_LOCKED: u32 = 2;

pub const GMC_CALL_READ: u32 = 0;
pub const GMC_CALL_WRITE: u32 = 1;
pub const GMC_CALL_LOAD: u32 = 2;
pub const GMC_CALL_STORE: u32 = 3;
pub const GMC_CALL_ATOMIC_LOAD: u32 = 4;
pub const GMC_CALL_ATOMIC_STORE: u32 = 5;
pub const GMC_CALL_COMPARE_EXCHANGE: u32 = 6;
pub const GMC_CALL_READ_PARTIAL: u32 = 7;
pub const GMC_CALL_WRITE_PARTIAL: u32 = 8;
pub const GMC_CALL_FILL: u32 = 9;
pub const GMC_CALL_ZERO_ALL: u32 = 10;
pub const GMC_CALL_COPY: u32 = 11;
pub const GMC_CALL_READ_ATOMICS: u32 = 12;
pub const GMC_CALL_WRITE_ATOMICS: u32 = 13;
pub const GMC_CALL_DUMP: u32 = 14;
pub const GMC_CALL_EXCHANGE: u32 = 15;
pub const GMC_CALL_FETCH_ADD: u32 = 16;
pub const GMC_CALL_FETCH_SUB: u32 = 17;
pub const GMC_CALL_FETCH_AND: u32 = 18;
pub const GMC_CALL_FETCH_OR: u32 = 19;
pub const GMC_CALL_FETCH_XOR: u32 = 20;
pub const GMC_CALL_READ_FROM: u32 = 21;
pub const GMC_CALL_READ_FROM_PARTIAL: u32 = 22;
pub const GMC_CALL_WRITE_TO: u32 = 23;
pub const GMC_CALL_WRITE_TO_PARTIAL: u32 = 24;
pub const GMC_CALL_CHECK_RANGE: u32 = 25;
pub const GMC_CALL_CHECKED_OFFSET: u32 = 26;
pub const GMC_CALL_LAST_ADDRESS: u32 = 27;
pub const GMC_CALL_FIND: u32 = 28;
pub const GMC_CALL_TOTAL_SIZE: u32 = 29;
pub const GMC_CALL_FDS_OVERLAP: u32 = 30;
pub const GMC_CALL_HOST_ADDRESS: u32 = 31;
pub const GMC_CALL_IOVA: u32 = 32;
pub const GMC_CALL_ALIGNED_REFERENCE: u32 = 33;
pub const GMC_CALL_ATOMIC_REFERENCE: u32 = 34;
pub const GMC_CALL_READ_ARRAY: u32 = 35;
pub const GMC_CALL_WRITE_ARRAY: u32 = 36;
pub const GMC_CALL_SLICES: u32 = 37;

pub const GMC_HARVEST_READ: u32 = 1;
pub const GMC_HARVEST_CLEAR: u32 = 2;

/// An opened plugin, opaque.
#[repr(C)]
pub struct GmcBackend {
    private: [u8; 0],
}

/// Anything with addresses, opaque.
#[repr(C)]
pub struct GmcSpace {
    private: [u8; 0],
}

/// Who accesses, opaque. This crate offers no lanes yet, so every lane that reaches it is null: the calling thread.
#[repr(C)]
pub struct GmcLane {
    private: [u8; 0],
}

#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GmcOutcome {
    pub status: u16,
    pub flags: u16,
    pub native: i32,
    pub count: u64,
    pub address: u64,
    pub value: u64,
}

#[repr(C)]
pub struct GmcHost {
    pub size: u64,
    pub abi_version: u32,
    pub reserved: u32,
    pub log: Option<unsafe extern "C" fn(host: *const GmcHost, level: u32, text: *const c_char, size: u64)>,
    pub yield_: Option<unsafe extern "C" fn(host: *const GmcHost, lane: *mut GmcLane, site: u32, address: u64)>,
}

#[repr(C)]
pub struct GmcSink {
    pub write: Option<unsafe extern "C" fn(sink: *mut GmcSink, text: *const c_char, size: u64)>,
}

#[repr(C)]
pub struct GmcPlugin {
    pub size: u64,
    pub abi_version: u32,
    pub reserved: u32,
    pub name: *const c_char,
    pub version: *const c_char,
    pub open: Option<unsafe extern "C" fn(host: *const GmcHost, config: *const c_char, backend: *mut *mut GmcBackend) -> GmcOutcome>,
    pub close: Option<unsafe extern "C" fn(backend: *mut GmcBackend)>,
    pub describe: Option<unsafe extern "C" fn(backend: *mut GmcBackend, space: *mut GmcSpace, sink: *mut GmcSink) -> GmcOutcome>,
    pub group: Option<unsafe extern "C" fn(backend: *mut GmcBackend, id: u32) -> *const c_void>,
}

// SAFETY: the table is never written, and its two strings are static and never written either.
unsafe impl Sync for GmcPlugin {}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct GmcEntry {
    pub kind: u32,
    pub rights: u32,
    pub base: u64,
    pub size: u64,
    pub backing: u32,
    pub fd: i32,
    pub fd_offset: u64,
    pub host: *mut c_void,
    pub space: *mut GmcSpace,
}

#[repr(C)]
pub struct GmcLayout {
    pub entries: *const GmcEntry,
    pub count: u64,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GmcRegionInfo {
    pub base: u64,
    pub size: u64,
    pub rights: u32,
    pub reserved: u32,
}

type OnRoot = unsafe extern "C" fn(lane: *mut GmcLane, root: *mut GmcSpace) -> GmcOutcome;

#[repr(C)]
pub struct GmcMemoryGroup {
    pub size: u64,
    pub create: Option<
        unsafe extern "C" fn(
            backend: *mut GmcBackend,
            lane: *mut GmcLane,
            layout: *const GmcLayout,
            root: *mut *mut GmcSpace,
        ) -> GmcOutcome,
    >,
    pub destroy: Option<OnRoot>,
    pub reset: Option<OnRoot>,
    pub regions:
        Option<unsafe extern "C" fn(lane: *mut GmcLane, root: *mut GmcSpace, regions: *mut GmcRegionInfo, room: u64) -> GmcOutcome>,
    pub add: Option<
        unsafe extern "C" fn(lane: *mut GmcLane, root: *mut GmcSpace, entry: *const GmcEntry, region: *mut *mut GmcSpace) -> GmcOutcome,
    >,
    pub remove: Option<
        unsafe extern "C" fn(lane: *mut GmcLane, root: *mut GmcSpace, base: u64, size: u64, region: *mut *mut GmcSpace) -> GmcOutcome,
    >,
    pub replace: Option<unsafe extern "C" fn(lane: *mut GmcLane, root: *mut GmcSpace, layout: *const GmcLayout) -> GmcOutcome>,
    pub protect: Option<unsafe extern "C" fn(lane: *mut GmcLane, root: *mut GmcSpace, address: u64, size: u64, rights: u32) -> GmcOutcome>,
}

#[repr(C)]
pub struct GmcSpaceRequest {
    pub kind: u32,
    pub flags: u32,
    pub address: u64,
    pub size: u64,
    pub frames: *const u64,
    pub frame_count: u64,
}

#[repr(C)]
pub struct GmcSpaceGroup {
    pub size: u64,
    pub open: Option<
        unsafe extern "C" fn(
            lane: *mut GmcLane,
            parent: *mut GmcSpace,
            request: *const GmcSpaceRequest,
            space: *mut *mut GmcSpace,
        ) -> GmcOutcome,
    >,
    pub close: Option<OnRoot>,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct GmcCall {
    pub op: u32,
    pub rights: u32,
    pub space: *mut GmcSpace,
    pub address: u64,
    pub size: u64,
    pub value: u64,
    pub expected: u64,
    pub buffer: *mut c_void,
    pub other: *mut GmcSpace,
    pub other_address: u64,
    pub order: u32,
    pub failure_order: u32,
    pub fd: i32,
    pub reserved: u32,
}

type Load = unsafe extern "C" fn(lane: *mut GmcLane, space: *mut GmcSpace, address: u64) -> GmcOutcome;
type Store<T> = unsafe extern "C" fn(lane: *mut GmcLane, space: *mut GmcSpace, address: u64, value: T) -> GmcOutcome;

#[repr(C)]
pub struct GmcAccessGroup {
    pub size: u64,
    pub read:
        Option<unsafe extern "C" fn(lane: *mut GmcLane, space: *mut GmcSpace, address: u64, buffer: *mut c_void, size: u64) -> GmcOutcome>,
    pub write: Option<
        unsafe extern "C" fn(lane: *mut GmcLane, space: *mut GmcSpace, address: u64, buffer: *const c_void, size: u64) -> GmcOutcome,
    >,
    pub load8: Option<Load>,
    pub load16: Option<Load>,
    pub load32: Option<Load>,
    pub load64: Option<Load>,
    pub store8: Option<Store<u8>>,
    pub store16: Option<Store<u16>>,
    pub store32: Option<Store<u32>>,
    pub store64: Option<Store<u64>>,
    pub atomic_load:
        Option<unsafe extern "C" fn(lane: *mut GmcLane, space: *mut GmcSpace, address: u64, width: u32, order: u32) -> GmcOutcome>,
    pub atomic_store: Option<
        unsafe extern "C" fn(lane: *mut GmcLane, space: *mut GmcSpace, address: u64, width: u32, value: u64, order: u32) -> GmcOutcome,
    >,
    pub compare_exchange: Option<
        unsafe extern "C" fn(
            lane: *mut GmcLane,
            space: *mut GmcSpace,
            address: u64,
            width: u32,
            expected: u64,
            desired: u64,
            order: u32,
            failure_order: u32,
        ) -> GmcOutcome,
    >,
    pub submit:
        Option<unsafe extern "C" fn(lane: *mut GmcLane, calls: *const GmcCall, count: u64, outcomes: *mut GmcOutcome) -> GmcOutcome>,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GmcPiece {
    pub address: u64,
    pub size: u64,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GmcDirtyWord {
    pub index: u64,
    pub bits: u64,
}

type Harvester<T> = unsafe extern "C" fn(lane: *mut GmcLane, space: *mut GmcSpace, flags: u32, words: *mut T, room: u64) -> GmcOutcome;

#[repr(C)]
pub struct GmcDirtyGroup {
    pub size: u64,
    pub track: Option<unsafe extern "C" fn(lane: *mut GmcLane, space: *mut GmcSpace, on: u32) -> GmcOutcome>,
    pub mark: Option<unsafe extern "C" fn(lane: *mut GmcLane, space: *mut GmcSpace, address: u64, size: u64) -> GmcOutcome>,
    pub harvest_dense: Option<Harvester<u64>>,
    pub harvest_sparse: Option<Harvester<GmcDirtyWord>>,
}

// The numbers are those of a 64-bit host, as the header's own assertions have them.
#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use super::*;
    use std::mem::{align_of, size_of, MaybeUninit};
    use std::ptr::addr_of;

    macro_rules! assert_offsets {
        ($type:ty, size $size:literal, $($field:ident $offset:literal),+) => {
            assert_eq!(size_of::<$type>(), $size, stringify!($type));
            assert_eq!(align_of::<$type>(), 8, stringify!($type));
            let value = MaybeUninit::<$type>::uninit();
            let start = value.as_ptr();
            $(
                // SAFETY: only the address of the field is taken, nothing is read.
                let field = unsafe { addr_of!((*start).$field) } as usize;
                assert_eq!(field - start as usize, $offset, concat!(stringify!($type), ".", stringify!($field)));
            )+
        };
    }

    #[test]
    fn outcome_is_thirty_two_bytes_as_in_the_header() {
        assert_offsets!(GmcOutcome, size 32, status 0, flags 2, native 4, count 8, address 16, value 24);
    }

    #[test]
    fn plugin_and_host_are_laid_out_as_in_the_header() {
        assert_offsets!(GmcHost, size 32, size 0, abi_version 8, reserved 12, log 16, yield_ 24);
        assert_offsets!(GmcSink, size 8, write 0);
        assert_offsets!(GmcPlugin, size 64, size 0, abi_version 8, reserved 12, name 16, version 24, open 32, close 40, describe 48,
                        group 56);
    }

    #[test]
    fn layouts_are_laid_out_as_in_the_header() {
        assert_offsets!(GmcEntry, size 56, kind 0, rights 4, base 8, size 16, backing 24, fd 28, fd_offset 32, host 40, space 48);
        assert_offsets!(GmcLayout, size 16, entries 0, count 8);
        assert_offsets!(GmcRegionInfo, size 24, base 0, size 8, rights 16, reserved 20);
        assert_offsets!(GmcSpaceRequest, size 40, kind 0, flags 4, address 8, size 16, frames 24, frame_count 32);
        assert_offsets!(GmcDirtyWord, size 16, index 0, bits 8);
        assert_offsets!(GmcPiece, size 16, address 0, size 8);
    }

    #[test]
    fn groups_are_laid_out_as_in_the_header() {
        assert_offsets!(GmcMemoryGroup, size 72, size 0, create 8, destroy 16, reset 24, regions 32, add 40, remove 48, replace 56,
                        protect 64);
        assert_offsets!(GmcSpaceGroup, size 24, size 0, open 8, close 16);
        assert_offsets!(GmcAccessGroup, size 120, size 0, read 8, write 16, load8 24, load16 32, load32 40, load64 48, store8 56,
                        store16 64, store32 72, store64 80, atomic_load 88, atomic_store 96, compare_exchange 104, submit 112);
        assert_offsets!(GmcDirtyGroup, size 40, size 0, track 8, mark 16, harvest_dense 24, harvest_sparse 32);
    }

    #[test]
    fn a_call_record_is_laid_out_as_in_the_header() {
        assert_offsets!(GmcCall, size 88, op 0, rights 4, space 8, address 16, size 24, value 32, expected 40, buffer 48, other 56,
                        other_address 64, order 72, failure_order 76, fd 80, reserved 84);
    }
}
