// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The contract as a safe trait.

use crate::abi::{GmcDirtyWord, GmcPiece, GmcRegionInfo};
use crate::failure::{not_offered, Answer};
use crate::host::Host;
use std::os::unix::io::RawFd;
use std::sync::atomic::Ordering;

/// Which functions of the contract's tables a backend fills, beyond those that every backend has (`create`, `destroy`, `read`, `write`). What
/// is not named here is null in the table, which gmcheck takes as *not offered*; it is legal as long as the profile does not claim it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offers(u32);

impl Offers {
    pub const NONE: Offers = Offers(0);
    pub const RESET: Offers = Offers(1 << 0);
    pub const REGIONS: Offers = Offers(1 << 1);
    pub const ADD: Offers = Offers(1 << 2);
    pub const REMOVE: Offers = Offers(1 << 3);
    pub const REPLACE: Offers = Offers(1 << 4);
    pub const PROTECT: Offers = Offers(1 << 5);
    /// `open_space` and `close_space`.
    pub const SPACES: Offers = Offers(1 << 6);
    /// The loads and stores of 1, 2, 4 and 8 bytes.
    pub const TYPED: Offers = Offers(1 << 7);
    pub const ATOMIC_LOAD: Offers = Offers(1 << 8);
    pub const ATOMIC_STORE: Offers = Offers(1 << 9);
    pub const COMPARE_EXCHANGE: Offers = Offers(1 << 10);
    /// Lists of call records, by which everything comes that has no entry of its own: partial accesses, queries, fill, copy, ...
    pub const CALLS: Offers = Offers(1 << 11);
    pub const TRACK: Offers = Offers(1 << 12);
    pub const MARK: Offers = Offers(1 << 13);
    pub const HARVEST_DENSE: Offers = Offers(1 << 14);
    pub const HARVEST_SPARSE: Offers = Offers(1 << 15);

    pub const fn and(self, other: Offers) -> Offers {
        Offers(self.0 | other.0)
    }

    /// Whether at least one of `others` is offered.
    pub const fn any_of(self, others: Offers) -> bool {
        self.0 & others.0 != 0
    }
}

/// What the bytes of a region come from.
#[derive(Clone, Copy)]
pub enum Backing<'a, S> {
    /// The backend's own memory, all zero.
    Own,
    /// A file of gmcheck's from `offset` (bytes) on, mapped shared. gmcheck keeps the descriptor open as long as the region lives; whoever
    /// borrows it does not close it.
    Fd { fd: RawFd, offset: u64 },
    /// Memory of gmcheck's that outlives the region.
    Host(*mut u8),
    /// An open region space.
    Space(&'a S),
}

/// One entry of a layout.
#[derive(Clone, Copy)]
pub struct Entry<'a, S> {
    /// A window has no backing; in it, what no region covers behaves as the switch `hole_kind` says.
    pub is_window: bool,
    /// `abi::GMC_RIGHT_*` flags.
    pub rights: u32,
    /// First address.
    pub base: u64,
    /// Bytes.
    pub size: u64,
    pub backing: Backing<'a, S>,
}

/// What kind of space to open.
#[derive(Clone, Copy, Debug)]
pub enum SpaceKind<'a> {
    /// The region of the root that contains `address`; the space's addresses begin at 0.
    Region { address: u64 },
    /// `size` bytes from `address` of the parent; the space's addresses begin at 0.
    Range { address: u64, size: u64 },
    /// The map as it is now, with the root's addresses.
    Snapshot,
    /// Frames of the root in the order given, in units of 4096 bytes; the space's addresses begin at 0.
    Pages { frames: &'a [u64], locked: bool },
}

#[derive(Clone, Copy, Debug)]
pub struct SpaceRequest<'a> {
    pub kind: SpaceKind<'a>,
    /// The space is to be written through as well.
    pub writable: bool,
}

/// What a harvest does with the dirty bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harvest {
    /// Reports them and leaves them set.
    Read,
    /// Reports them and clears those that it reports, as one step.
    ReadAndClear,
    /// Clears them; nothing is written to the caller's array.
    Clear,
}

impl Harvest {
    pub fn reads(self) -> bool {
        self != Harvest::Clear
    }
    pub fn clears(self) -> bool {
        self != Harvest::Read
    }
}

/// A region that a query found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    pub base: u64,
    pub size: u64,
}

/// The atomic operations that answer with the value from before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fetch {
    Exchange,
    Add,
    Sub,
    And,
    Or,
    Xor,
}

/// A guest memory as gmcheck sees it. Addresses and sizes are bytes; every 64-bit value may arrive. A method that is not written answers
/// `unsupported`. Which clause governs which method stands in `gmcheck.h`, at the function of the same name.
///
/// Methods may panic: that is caught and reported as `broken`, the one status that is always a violation. From how many threads at a time they
/// are called is what the profile's `concurrency` says; the default is one.
pub trait Backend: Sized + Send + Sync + 'static {
    /// Anything with addresses: what `create` and `open_space` answer. Dropped when gmcheck closes it.
    type Space: Send + Sync + 'static;

    /// What is claimed here must work; what is not claimed is never called.
    const OFFERS: Offers;

    /// `config` is the text after the colon in `--backend name:config`. Answers `unsupported` with a reason where it cannot serve on this
    /// machine, `invalid_argument` for a config that it does not know.
    fn open(host: Host, config: &str) -> Answer<Self>;

    /// Without a space: the profile, one `[kind.]name = value` a line. With one: its facts, likewise.
    fn describe(&self, space: Option<&Self::Space>, text: &mut String) -> Answer<()>;

    // Group `memory`

    /// Makes a memory and answers its root. No layout: adopts the one that the backend already has.
    fn create(&self, layout: Option<&[Entry<'_, Self::Space>]>) -> Answer<Self::Space>;

    fn destroy(&self, root: Self::Space) -> Answer<()> {
        drop(root);
        Ok(())
    }

    /// Brings back the layout of creation. Every other space of this memory has been closed.
    fn reset(&self, _root: &mut Self::Space) -> Answer<()> {
        not_offered()
    }

    fn regions(&self, _root: &Self::Space) -> Answer<Vec<GmcRegionInfo>> {
        not_offered()
    }

    /// Answers an open space of the new region.
    fn add(&self, _root: &Self::Space, _entry: &Entry<'_, Self::Space>) -> Answer<Self::Space> {
        not_offered()
    }

    /// Answers an open space of the removed region, from which it can be added again.
    fn remove(&self, _root: &Self::Space, _base: u64, _size: u64) -> Answer<Self::Space> {
        not_offered()
    }

    fn replace(&self, _root: &Self::Space, _layout: &[Entry<'_, Self::Space>]) -> Answer<()> {
        not_offered()
    }

    /// `rights` are `abi::GMC_RIGHT_*` flags.
    fn protect(&self, _root: &Self::Space, _address: u64, _size: u64, _rights: u32) -> Answer<()> {
        not_offered()
    }

    // Group `space`

    fn open_space(&self, _parent: &Self::Space, _request: &SpaceRequest<'_>) -> Answer<Self::Space> {
        not_offered()
    }

    fn close_space(&self, space: Self::Space) -> Answer<()> {
        drop(space);
        Ok(())
    }

    // Group `access`: bytes

    /// Exact: fills the whole buffer, or fails.
    fn read(&self, space: &Self::Space, address: u64, buffer: &mut [u8]) -> Answer<()>;

    /// Exact: writes the whole buffer, or fails.
    fn write(&self, space: &Self::Space, address: u64, buffer: &[u8]) -> Answer<()>;

    /// The longest prefix; answers its length.
    fn read_partial(&self, _space: &Self::Space, _address: u64, _buffer: &mut [u8]) -> Answer<u64> {
        not_offered()
    }

    fn write_partial(&self, _space: &Self::Space, _address: u64, _buffer: &[u8]) -> Answer<u64> {
        not_offered()
    }

    fn fill(&self, _space: &Self::Space, _address: u64, _size: u64, _byte: u8) -> Answer<()> {
        not_offered()
    }

    fn zero_all(&self, _space: &Self::Space) -> Answer<()> {
        not_offered()
    }

    /// As memmove.
    fn copy(&self, _from: &Self::Space, _from_address: u64, _to: &Self::Space, _to_address: u64, _size: u64) -> Answer<()> {
        not_offered()
    }

    /// To an array of atomic bytes.
    fn read_atomics(&self, _space: &Self::Space, _address: u64, _buffer: &mut [u8]) -> Answer<()> {
        not_offered()
    }

    /// From an array of atomic bytes.
    fn write_atomics(&self, _space: &Self::Space, _address: u64, _buffer: &[u8]) -> Answer<()> {
        not_offered()
    }

    /// The byte at address a goes to `buffer[a]`; holes are left alone.
    fn dump(&self, _space: &Self::Space, _buffer: &mut [u8]) -> Answer<()> {
        not_offered()
    }

    // Group `access`: plain typed accesses, in the host's byte order, at any alignment

    fn load8(&self, _space: &Self::Space, _address: u64) -> Answer<u8> {
        not_offered()
    }
    fn load16(&self, _space: &Self::Space, _address: u64) -> Answer<u16> {
        not_offered()
    }
    fn load32(&self, _space: &Self::Space, _address: u64) -> Answer<u32> {
        not_offered()
    }
    fn load64(&self, _space: &Self::Space, _address: u64) -> Answer<u64> {
        not_offered()
    }
    fn store8(&self, _space: &Self::Space, _address: u64, _value: u8) -> Answer<()> {
        not_offered()
    }
    fn store16(&self, _space: &Self::Space, _address: u64, _value: u16) -> Answer<()> {
        not_offered()
    }
    fn store32(&self, _space: &Self::Space, _address: u64, _value: u32) -> Answer<()> {
        not_offered()
    }
    fn store64(&self, _space: &Self::Space, _address: u64, _value: u64) -> Answer<()> {
        not_offered()
    }

    /// An object of any other size; the buffer is as long as the object, and is left alone where the load fails.
    fn load_object(&self, _space: &Self::Space, _address: u64, _object: &mut [u8]) -> Answer<()> {
        not_offered()
    }
    fn store_object(&self, _space: &Self::Space, _address: u64, _object: &[u8]) -> Answer<()> {
        not_offered()
    }

    // Group `access`: atomics. `width` is 1, 2, 4 or 8, values are zero-extended, and the orders are such as the standard library's atomics take
    // without a panic; what is none of these was answered invalid_argument before.

    fn atomic_load(&self, _space: &Self::Space, _address: u64, _width: u32, _order: Ordering) -> Answer<u64> {
        not_offered()
    }
    fn atomic_store(&self, _space: &Self::Space, _address: u64, _width: u32, _value: u64, _order: Ordering) -> Answer<()> {
        not_offered()
    }

    /// `Ok(Err(found))` where the memory held something else than `expected`.
    #[allow(clippy::too_many_arguments)]
    fn compare_exchange(
        &self,
        _space: &Self::Space,
        _address: u64,
        _width: u32,
        _expected: u64,
        _desired: u64,
        _order: Ordering,
        _failure_order: Ordering,
    ) -> Answer<Result<(), u64>> {
        not_offered()
    }

    /// Answers the value from before.
    fn fetch(&self, _space: &Self::Space, _op: Fetch, _address: u64, _width: u32, _operand: u64, _order: Ordering) -> Answer<u64> {
        not_offered()
    }

    // Group `access`: transfers from and to descriptors; answer how much was moved. Exact: all of it, or a failure (`short` or `io` where the
    // descriptor ended it). The descriptor is lent for the call: whoever makes a `File` of it does not drop that.

    fn read_from(&self, _space: &Self::Space, _address: u64, _size: u64, _fd: RawFd, _is_exact: bool) -> Answer<u64> {
        not_offered()
    }
    fn write_to(&self, _space: &Self::Space, _address: u64, _size: u64, _fd: RawFd, _is_exact: bool) -> Answer<u64> {
        not_offered()
    }

    // Group `access`: arrays of `elements` objects of `element_size` bytes, not 0, of which the buffer holds a whole number; answer how many
    // were moved, which is as many as the shorter of the two has.

    fn read_array(&self, _space: &Self::Space, _address: u64, _element_size: u64, _elements: u64, _buffer: &mut [u8]) -> Answer<u64> {
        not_offered()
    }
    fn write_array(&self, _space: &Self::Space, _address: u64, _element_size: u64, _elements: u64, _buffer: &[u8]) -> Answer<u64> {
        not_offered()
    }

    // Group `access`: queries

    /// Whether an exact access would succeed. `rights` are `abi::GMC_RIGHT_*` flags.
    fn check_range(&self, _space: &Self::Space, _address: u64, _size: u64, _rights: u32) -> Answer<bool> {
        not_offered()
    }

    /// The sum, or `not_found`.
    fn checked_offset(&self, _space: &Self::Space, _address: u64, _offset: u64) -> Answer<u64> {
        not_offered()
    }

    /// The greatest mapped address.
    fn last_address(&self, _space: &Self::Space) -> Answer<u64> {
        not_offered()
    }

    /// The region that contains `address`, or `not_found`.
    fn find(&self, _space: &Self::Space, _address: u64) -> Answer<Found> {
        not_offered()
    }

    /// Bytes of all regions.
    fn total_size(&self, _space: &Self::Space) -> Answer<u64> {
        not_offered()
    }

    /// Whether the extents of two region spaces in one descriptor overlap.
    fn fds_overlap(&self, _space: &Self::Space, _other: &Self::Space) -> Answer<bool> {
        not_offered()
    }

    fn host_address(&self, _space: &Self::Space, _address: u64, _size: u64, _rights: u32) -> Answer<*mut u8> {
        not_offered()
    }

    /// Where the object of `size` bytes is, or null where that is not told. `misaligned` where it has not the alignment of its size.
    fn reference(&self, _space: &Self::Space, _address: u64, _size: u64, _rights: u32, _is_atomic: bool) -> Answer<*mut u8> {
        not_offered()
    }

    /// The pieces of a range, ascending, each inside one region. Answers their number. With less room: `invalid_argument`.
    fn slices(&self, _space: &Self::Space, _address: u64, _size: u64, _pieces: &mut [GmcPiece]) -> Answer<u64> {
        not_offered()
    }

    fn iova(&self, _space: &Self::Space, _address: u64) -> Answer<u64> {
        not_offered()
    }

    // Group `dirty`

    fn track(&self, _space: &Self::Space, _on: bool) -> Answer<()> {
        not_offered()
    }

    /// Marks the granules that the range touches; what lies outside the space is ignored.
    fn mark(&self, _space: &Self::Space, _address: u64, _size: u64) -> Answer<()> {
        not_offered()
    }

    /// For a space inside one region: bit i of `words` is the i-th granule from the one that holds the space's first byte. Answers the number
    /// of words that the space needs, all written. With less room: `invalid_argument`, nothing cleared. To clear alone takes no room and
    /// writes nothing; what it answers is not looked at. Likewise below.
    fn harvest_dense(&self, _space: &Self::Space, _what: Harvest, _words: &mut [u64]) -> Answer<u64> {
        not_offered()
    }

    /// Words with at least one bit, ascending, counted from address 0 of the memory. Answers their number. With less room:
    /// `invalid_argument`, nothing cleared.
    fn harvest_sparse(&self, _space: &Self::Space, _what: Harvest, _words: &mut [GmcDirtyWord]) -> Answer<u64> {
        not_offered()
    }
}
