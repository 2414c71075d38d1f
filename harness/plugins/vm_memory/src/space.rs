// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Spaces over whatever implements vm-memory's traits. A map never changes: a root points at the newest one through a `GuestMemoryAtomic`, and
//! every other space keeps the one that it was opened on.

use crate::errors;
use crate::memory::Plan;
use gmcheck::{Answer, Status};
use std::sync::Arc;
use vm_memory::bitmap::MS;
use vm_memory::{GuestAddress, GuestAddressSpace, GuestMemory, GuestMemoryAtomic, GuestMemoryRegion, MemoryRegionAddress, VolatileSlice};

pub enum Space<M: GuestMemory> {
    Root {
        maps: GuestMemoryAtomic<M>,
        /// What `reset` makes the map from again.
        plans: Vec<Plan>,
    },
    Snapshot(Arc<M>),
    Region {
        map: Arc<M>,
        base: GuestAddress,
    },
    Range(Range<M>),
}

/// What a space's accesses go to.
pub enum View<'a, M: GuestMemory> {
    Map(&'a M),
    Region(&'a M::R),
    Slice(VolatileSlice<'a, MS<'a, M>>),
}

/// A `VolatileSlice`. One borrows its map, so the way to it is kept, and it is taken again for each access: from the map or a region, then from
/// slice to slice.
pub struct Range<M> {
    map: Arc<M>,
    /// None: the first slice is one of the map.
    region: Option<GuestAddress>,
    cuts: Vec<Cut>,
}

#[derive(Clone, Copy)]
struct Cut {
    address: u64,
    size: u64,
}

fn region_of<M: GuestMemory>(map: &M, base: GuestAddress) -> &M::R {
    map.find_region(base).expect("a collection is immutable")
}

impl<M: GuestMemory> Range<M> {
    fn try_slice(&self) -> Answer<VolatileSlice<'_, MS<'_, M>>> {
        let (first, rest) = self.cuts.split_first().expect("a range is cut out of something");
        let size = first.size as usize;
        let slice = match self.region {
            None => self.map.get_slice(GuestAddress(first.address), size),
            Some(base) => region_of(&*self.map, base).get_slice(MemoryRegionAddress(first.address), size),
        };
        let slice = slice.map_err(|error| errors::of_access(error, size))?;
        rest.iter().try_fold(slice, |slice, cut| slice.subslice(cut.address as usize, cut.size as usize).map_err(errors::of_slice))
    }

    fn slice(&self) -> VolatileSlice<'_, MS<'_, M>> {
        self.try_slice().expect("what was there when the range was opened is there")
    }

    /// vm-memory copies from slice to slice: those of the bytes that are meant.
    pub fn copy_to(&self, address: u64, to: &Range<M>, to_address: u64, size: u64) -> Answer<()> {
        // Nothing to copy is no slice to take.
        if size == 0 {
            return Ok(());
        }
        let source = self.slice().subslice(address as usize, size as usize).map_err(errors::of_slice)?;
        let target = to.slice().subslice(to_address as usize, size as usize).map_err(errors::of_slice)?;
        source.copy_to_volatile_slice(target);
        Ok(())
    }

    /// In the memory's own addresses.
    pub fn start(&self) -> u64 {
        let of_region = self.region.map_or(0, |base| base.0);
        of_region + self.cuts.iter().map(|cut| cut.address).sum::<u64>()
    }

    /// The first address of the region that the range lies in.
    pub fn region_base(&self) -> u64 {
        match self.region {
            Some(base) => base.0,
            None => self.map.find_region(GuestAddress(self.cuts[0].address)).map_or(0, |region| region.start_addr().0),
        }
    }
}

impl<M: GuestMemory> Space<M> {
    pub fn root(map: M, plans: Vec<Plan>) -> Self {
        Space::Root { maps: GuestMemoryAtomic::new(map), plans }
    }

    #[inline]
    pub fn with<T>(&self, body: impl FnOnce(View<'_, M>) -> T) -> T {
        match self {
            Space::Root { maps, .. } => body(View::Map(&maps.memory())),
            Space::Snapshot(map) => body(View::Map(map)),
            Space::Region { map, base } => body(View::Region(region_of(&**map, *base))),
            Space::Range(range) => body(View::Slice(range.slice())),
        }
    }

    /// The map as it is now.
    pub fn map(&self) -> Arc<M> {
        match self {
            Space::Root { maps, .. } => maps.memory().into_inner(),
            Space::Snapshot(map) | Space::Region { map, .. } | Space::Range(Range { map, .. }) => Arc::clone(map),
        }
    }

    /// The region of a map that contains `address`.
    pub fn open_region(&self, address: u64) -> Answer<Self> {
        match self {
            Space::Root { .. } | Space::Snapshot(_) => {
                let map = self.map();
                let base = map.find_region(GuestAddress(address)).ok_or(Status::OutOfRange)?.start_addr();
                Ok(Space::Region { map, base })
            }
            Space::Region { .. } | Space::Range(_) => Err(Status::Unsupported.into()),
        }
    }

    pub fn open_range(&self, address: u64, size: u64) -> Answer<Self> {
        let (region, mut cuts) = match self {
            Space::Root { .. } | Space::Snapshot(_) => (None, Vec::new()),
            Space::Region { base, .. } => (Some(*base), Vec::new()),
            Space::Range(range) => (range.region, range.cuts.clone()),
        };
        cuts.push(Cut { address, size });
        let range = Range { map: self.map(), region, cuts };
        range.try_slice()?;
        Ok(Space::Range(range))
    }
}
