// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a memory has to say of itself beyond vm-memory's traits.

use crate::dirty::DirtyBits;
use crate::profile;
use gmcheck::{not_offered, Answer};
use std::os::unix::io::RawFd;
use std::sync::Arc;
use vm_memory::{GuestMemory, GuestMemoryRegion};

/// What a region's bytes come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Own,
    /// The file behind the descriptor, from `offset` bytes on.
    Fd {
        fd: RawFd,
        offset: u64,
    },
}

/// A region to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    pub base: u64,
    /// Bytes.
    pub size: u64,
    pub source: Source,
}

/// A kind of guest memory: what vm-memory's traits leave to their implementations. Three types and two functions are enough; `export_plugin!`
/// of a `VmMemory<...>` then makes a plugin of it.
pub trait Provider: Sized + Send + Sync + 'static {
    type Memory: GuestMemory<R = Self::Region> + Send + Sync + 'static;
    type Region: GuestMemoryRegion<B = Self::Bits> + Send + Sync + 'static;
    /// `()` where nothing is tracked.
    type Bits: DirtyBits;

    /// Answers `invalid_argument` for a config that it does not know.
    fn open(config: &str) -> Answer<Self>;

    /// The regions are as gmcheck asks for them: overlapping, unsorted and empty ones too.
    fn create(&self, plans: &[Plan]) -> Answer<Self::Memory>;

    /// What this memory is like, a `name = value` a line. Without more than this, what vm-memory's traits document of all of them.
    fn profile(&self) -> String {
        profile::of_traits()
    }

    /// Bytes that one dirty bit stands for, counted from the start of each region.
    fn granule(&self) -> u64 {
        4096
    }

    /// Lines `name = value` about a mapping.
    fn facts(_region: &Self::Region) -> String {
        String::new()
    }

    fn fds_overlap(_region: &Self::Region, _other: &Self::Region) -> Answer<bool> {
        not_offered()
    }

    /// Whether other maps can be made of a map; then the four functions below are written too, and the profile says `map_mutation = cow`.
    const CHANGES: bool = false;

    /// Whether transfers from and to descriptors are driven; then the profile says `fd_io = yes`, and how they go.
    const TRANSFERS: bool = false;

    /// A region in no map.
    fn make(&self, _plan: &Plan) -> Answer<Arc<Self::Region>> {
        not_offered()
    }

    /// A map of these regions, which are as gmcheck gives them: overlapping and unsorted ones too.
    fn collect(&self, _regions: Vec<Arc<Self::Region>>) -> Answer<Self::Memory> {
        not_offered()
    }

    /// A map with one region more.
    fn insert(_map: &Self::Memory, _region: Arc<Self::Region>) -> Answer<Self::Memory> {
        not_offered()
    }

    /// A map with one region less, and that region. `not_found` for what is not exactly one of the map's.
    fn remove(_map: &Self::Memory, _base: u64, _size: u64) -> Answer<(Self::Memory, Arc<Self::Region>)> {
        not_offered()
    }
}
