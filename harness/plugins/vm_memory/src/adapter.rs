// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The contract over a `Provider`.

use crate::access;
use crate::atomics;
use crate::dirty::{self, DirtyBits, RangeBits};
use crate::errors;
use crate::memory::{Plan, Provider, Source};
use crate::objects;
use crate::space::{Space, View};
use crate::transfers;
use gmcheck::abi::{GMC_RIGHT_READ, GMC_RIGHT_WRITE};
use gmcheck::{
    not_offered, Answer, Backend, Backing, DirtyWord, Entry, Failure, Fetch, Found, Harvest, Host, Offers, Region, SpaceKind, SpaceRequest,
    Status,
};
use std::os::unix::io::RawFd;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use vm_memory::bitmap::Bitmap;
use vm_memory::{Address, GuestAddress, GuestMemory, GuestMemoryAtomic, GuestMemoryRegion, MemoryRegionAddress};

/// A backend whose memories a provider makes.
pub struct VmMemory<P> {
    provider: P,
}

fn plan<S>(entry: &Entry<'_, S>) -> Answer<Plan> {
    if entry.is_window {
        return Err(Failure::new(Status::InvalidArgument).because("vm-memory has no windows"));
    }
    let source = match entry.backing {
        Backing::Own => Source::Own,
        Backing::Fd { fd, offset } => Source::Fd { fd, offset },
        Backing::Host(_) | Backing::Space(_) => return not_offered(),
    };
    Ok(Plan { base: entry.base, size: entry.size, source })
}

const ACCESSES: Offers = Offers::RESET
    .and(Offers::REGIONS)
    .and(Offers::SPACES)
    .and(Offers::TYPED)
    .and(Offers::ATOMIC_LOAD)
    .and(Offers::ATOMIC_STORE)
    .and(Offers::COMPARE_EXCHANGE)
    .and(Offers::CALLS);
const DIRTY: Offers = Offers::MARK.and(Offers::HARVEST_DENSE).and(Offers::HARVEST_SPARSE);
const CHANGES: Offers = Offers::ADD.and(Offers::REMOVE).and(Offers::REPLACE);

const fn given(is_offered: bool, offers: Offers) -> Offers {
    if is_offered {
        offers
    } else {
        Offers::NONE
    }
}

impl<P: Provider> VmMemory<P> {
    /// The region of an entry: a new one, or the one that a space is open on, at its own place.
    fn region(&self, entry: &Entry<'_, Space<P::Memory>>) -> Answer<Arc<P::Region>> {
        let (map, base) = match entry.backing {
            Backing::Space(Space::Region { map, base }) => (map, base.0),
            Backing::Space(_) => return Err(Failure::new(Status::InvalidArgument).because("a region on something else than a region")),
            _ => return self.provider.make(&plan(entry)?),
        };
        if entry.base != base || entry.is_window {
            return Err(Status::InvalidArgument.into());
        }
        // Who took it out of a map holds it; so it is taken out of the map that the space was opened on, which stays as it is.
        match P::remove(map, base, entry.size) {
            Ok((_, region)) => Ok(region),
            Err(failure) if failure.status() == Status::NotFound => Err(Status::InvalidArgument.into()),
            Err(failure) => Err(failure),
        }
    }

    /// A space of a region in a map of its own: it keeps that region alive and no other, and no change of another map is its.
    fn alone(&self, region: Arc<P::Region>) -> Answer<Space<P::Memory>> {
        let base = region.start_addr();
        Ok(Space::Region { map: Arc::new(self.provider.collect(vec![region])?), base })
    }

    /// Hands on the bits of a range, with the first address of its region.
    fn bits_of_range(&self, space: &Space<P::Memory>, what: Harvest, use_bits: impl FnOnce(&RangeBits, u64) -> Answer<u64>) -> Answer<u64> {
        match (space, what) {
            (Space::Range(range), Harvest::Read) => {
                let base = range.region_base();
                space.with(|view| match view {
                    View::Slice(slice) => use_bits(&RangeBits::new(&slice, range.start() - base, self.provider.granule()), base),
                    View::Map(_) | View::Region(_) => not_offered(),
                })
            }
            _ => not_offered(),
        }
    }
}

/// Publishes the map that `change` makes of the newest one. Nobody else changes the map meanwhile.
fn publish<M: GuestMemory, T>(maps: &GuestMemoryAtomic<M>, change: impl FnOnce(&M) -> Answer<(M, T)>) -> Answer<T> {
    use vm_memory::GuestAddressSpace;
    let guard = maps.lock().unwrap_or_else(PoisonError::into_inner);
    let (map, answer) = change(&maps.memory())?;
    guard.replace(map);
    Ok(answer)
}

fn maps_of<M: GuestMemory>(root: &Space<M>) -> Answer<&GuestMemoryAtomic<M>> {
    match root {
        Space::Root { maps, .. } => Ok(maps),
        _ => Err(Status::InvalidArgument.into()),
    }
}

impl<P: Provider> Backend for VmMemory<P> {
    type Space = Space<P::Memory>;

    const OFFERS: Offers = ACCESSES.and(given(P::Bits::TRACKS, DIRTY)).and(given(P::CHANGES, CHANGES));

    fn open(_host: Host, config: &str) -> Answer<Self> {
        Ok(VmMemory { provider: P::open(config)? })
    }

    fn describe(&self, space: Option<&Self::Space>, text: &mut String) -> Answer<()> {
        match space {
            None => text.push_str(&self.provider.profile()),
            Some(space) => space.with(|view| {
                if let View::Region(region) = view {
                    text.push_str(&P::facts(region));
                }
            }),
        }
        Ok(())
    }

    fn create(&self, layout: Option<&[Entry<'_, Self::Space>]>) -> Answer<Self::Space> {
        let entries = layout.ok_or(Status::Unsupported)?;
        // Another memory's region, which both have from now on.
        if let [entry] = entries {
            if let Backing::Space(_) = entry.backing {
                return Ok(Space::root(self.provider.collect(vec![self.region(entry)?])?, Vec::new()));
            }
        }
        let plans = entries.iter().map(plan).collect::<Answer<Vec<_>>>()?;
        Ok(Space::root(self.provider.create(&plans)?, plans))
    }

    /// vm-memory has no reset of its own: the first map is made again.
    fn reset(&self, root: &mut Self::Space) -> Answer<()> {
        match root {
            // Made of a region of another memory, which is not this one's to make again.
            Space::Root { plans, .. } if plans.is_empty() => not_offered(),
            Space::Root { maps, plans } => publish(maps, |_| Ok((self.provider.create(plans)?, ()))),
            _ => Err(Status::InvalidArgument.into()),
        }
    }

    fn regions(&self, root: &Self::Space) -> Answer<Vec<Region>> {
        let rights = GMC_RIGHT_READ | GMC_RIGHT_WRITE;
        let info = |region: &P::Region| Region { base: region.start_addr().0, size: region.len(), rights, reserved: 0 };
        root.with(|view| match view {
            View::Map(map) => Ok(map.iter().map(info).collect()),
            View::Region(_) | View::Slice(_) => not_offered(),
        })
    }

    fn add(&self, root: &Self::Space, entry: &Entry<'_, Self::Space>) -> Answer<Self::Space> {
        let region = self.region(entry)?;
        let added = self.alone(Arc::clone(&region))?;
        publish(maps_of(root)?, |map| Ok((P::insert(map, region)?, ())))?;
        Ok(added)
    }

    fn remove(&self, root: &Self::Space, base: u64, size: u64) -> Answer<Self::Space> {
        self.alone(publish(maps_of(root)?, |map| P::remove(map, base, size))?)
    }

    fn replace(&self, root: &Self::Space, layout: &[Entry<'_, Self::Space>]) -> Answer<()> {
        let regions = layout.iter().map(|entry| self.region(entry)).collect::<Answer<Vec<_>>>()?;
        publish(maps_of(root)?, |_| Ok((self.provider.collect(regions)?, ())))
    }

    fn open_space(&self, parent: &Self::Space, request: &SpaceRequest<'_>) -> Answer<Self::Space> {
        match (parent, request.kind) {
            (_, SpaceKind::Region { address }) => parent.open_region(address),
            (_, SpaceKind::Range { address, size }) => parent.open_range(address, size),
            (Space::Root { .. }, SpaceKind::Snapshot) if P::CHANGES => Ok(Space::Snapshot(parent.map())),
            _ => not_offered(),
        }
    }

    fn read(&self, space: &Self::Space, address: u64, buffer: &mut [u8]) -> Answer<()> {
        access::read(space, address, buffer)
    }
    fn write(&self, space: &Self::Space, address: u64, buffer: &[u8]) -> Answer<()> {
        access::write(space, address, buffer)
    }
    fn copy(&self, from: &Self::Space, from_address: u64, to: &Self::Space, to_address: u64, size: u64) -> Answer<()> {
        match (from, to) {
            (Space::Range(from), Space::Range(to)) => from.copy_to(from_address, to, to_address, size),
            _ => not_offered(),
        }
    }
    fn read_partial(&self, space: &Self::Space, address: u64, buffer: &mut [u8]) -> Answer<u64> {
        access::read_partial(space, address, buffer)
    }
    fn write_partial(&self, space: &Self::Space, address: u64, buffer: &[u8]) -> Answer<u64> {
        access::write_partial(space, address, buffer)
    }

    fn read_from(&self, space: &Self::Space, address: u64, size: u64, fd: RawFd, is_exact: bool) -> Answer<u64> {
        if !P::TRANSFERS {
            return not_offered();
        }
        transfers::read_from(space, address, size, fd, is_exact)
    }
    fn write_to(&self, space: &Self::Space, address: u64, size: u64, fd: RawFd, is_exact: bool) -> Answer<u64> {
        if !P::TRANSFERS {
            return not_offered();
        }
        transfers::write_to(space, address, size, fd, is_exact)
    }

    fn read_array(&self, space: &Self::Space, address: u64, element_size: u64, elements: u64, buffer: &mut [u8]) -> Answer<u64> {
        objects::read_array(space, address, element_size, elements, buffer)
    }
    fn write_array(&self, space: &Self::Space, address: u64, element_size: u64, elements: u64, buffer: &[u8]) -> Answer<u64> {
        objects::write_array(space, address, element_size, elements, buffer)
    }

    fn load8(&self, space: &Self::Space, address: u64) -> Answer<u8> {
        access::load(space, address)
    }
    fn load16(&self, space: &Self::Space, address: u64) -> Answer<u16> {
        access::load(space, address)
    }
    fn load32(&self, space: &Self::Space, address: u64) -> Answer<u32> {
        access::load(space, address)
    }
    fn load64(&self, space: &Self::Space, address: u64) -> Answer<u64> {
        access::load(space, address)
    }
    fn store8(&self, space: &Self::Space, address: u64, value: u8) -> Answer<()> {
        access::store(space, address, value)
    }
    fn store16(&self, space: &Self::Space, address: u64, value: u16) -> Answer<()> {
        access::store(space, address, value)
    }
    fn store32(&self, space: &Self::Space, address: u64, value: u32) -> Answer<()> {
        access::store(space, address, value)
    }
    fn store64(&self, space: &Self::Space, address: u64, value: u64) -> Answer<()> {
        access::store(space, address, value)
    }
    fn load_object(&self, space: &Self::Space, address: u64, object: &mut [u8]) -> Answer<()> {
        access::load_object(space, address, object)
    }
    fn store_object(&self, space: &Self::Space, address: u64, object: &[u8]) -> Answer<()> {
        access::store_object(space, address, object)
    }

    fn atomic_load(&self, space: &Self::Space, address: u64, width: u32, order: Ordering) -> Answer<u64> {
        atomics::load(space, address, width, order)
    }
    fn atomic_store(&self, space: &Self::Space, address: u64, width: u32, value: u64, order: Ordering) -> Answer<()> {
        atomics::store(space, address, width, value, order)
    }
    fn compare_exchange(
        &self,
        space: &Self::Space,
        address: u64,
        width: u32,
        expected: u64,
        desired: u64,
        order: Ordering,
        failure_order: Ordering,
    ) -> Answer<Result<(), u64>> {
        atomics::compare_exchange(space, address, width, expected, desired, (order, failure_order))
    }
    fn fetch(&self, space: &Self::Space, op: Fetch, address: u64, width: u32, operand: u64, order: Ordering) -> Answer<u64> {
        atomics::fetch(space, op, address, width, operand, order)
    }

    /// vm-memory knows no rights, so those asked for make no difference. A region has no such query.
    fn check_range(&self, space: &Self::Space, address: u64, size: u64, _rights: u32) -> Answer<bool> {
        space.with(|view| match view {
            View::Map(map) => Ok(map.check_range(GuestAddress(address), size as usize)),
            View::Region(_) | View::Slice(_) => not_offered(),
        })
    }

    fn checked_offset(&self, space: &Self::Space, address: u64, offset: u64) -> Answer<u64> {
        let sum = space.with(|view| match view {
            View::Map(map) => Ok(map.checked_offset(GuestAddress(address), offset as usize).map(|sum| sum.0)),
            View::Region(region) => Ok(region.checked_offset(MemoryRegionAddress(address), offset as usize).map(|sum| sum.0)),
            View::Slice(_) => not_offered(),
        })?;
        sum.ok_or_else(|| Status::NotFound.into())
    }

    /// A region's addresses begin at 0 here, while vm-memory answers its last guest address.
    fn last_address(&self, space: &Self::Space) -> Answer<u64> {
        space.with(|view| match view {
            View::Map(map) => Ok(map.last_addr().0),
            View::Region(region) => Ok(region.last_addr().unchecked_offset_from(region.start_addr())),
            View::Slice(_) => not_offered(),
        })
    }

    fn find(&self, space: &Self::Space, address: u64) -> Answer<Found> {
        space.with(|view| match view {
            View::Map(map) => {
                let region = map.find_region(GuestAddress(address)).ok_or(Status::NotFound)?;
                Ok(Found { base: region.start_addr().0, size: region.len() })
            }
            View::Region(_) | View::Slice(_) => not_offered(),
        })
    }

    /// A collection has no total; a region and a slice have their length.
    fn total_size(&self, space: &Self::Space) -> Answer<u64> {
        space.with(|view| match view {
            View::Map(_) => not_offered(),
            View::Region(region) => Ok(region.len()),
            View::Slice(slice) => Ok(slice.len() as u64),
        })
    }

    fn fds_overlap(&self, space: &Self::Space, other: &Self::Space) -> Answer<bool> {
        space.with(|view| {
            other.with(|other| match (view, other) {
                (View::Region(region), View::Region(other)) => P::fds_overlap(region, other),
                _ => not_offered(),
            })
        })
    }

    /// The pointer of a slice, since the size is asked for too.
    fn host_address(&self, space: &Self::Space, address: u64, size: u64, _rights: u32) -> Answer<*mut u8> {
        let size = size as usize;
        space.with(|view| match view {
            View::Map(map) => {
                map.get_slice(GuestAddress(address), size).map(|slice| slice.as_ptr()).map_err(|error| errors::of_access(error, size))
            }
            View::Region(region) => region
                .get_slice(MemoryRegionAddress(address), size)
                .map(|slice| slice.as_ptr())
                .map_err(|error| errors::of_access(error, size)),
            View::Slice(slice) => slice.subslice(address as usize, size).map(|slice| slice.as_ptr()).map_err(errors::of_slice),
        })
    }

    fn reference(&self, space: &Self::Space, address: u64, size: u64, rights: u32, is_atomic: bool) -> Answer<*mut u8> {
        if is_atomic {
            return objects::atomic_reference(space, address, size);
        }
        objects::reference(space, address, size, rights & GMC_RIGHT_WRITE != 0)
    }

    /// A bitmap is a region's; a collection has none to mark, and that of a slice has a beginning and no end.
    fn mark(&self, space: &Self::Space, address: u64, size: u64) -> Answer<()> {
        space.with(|view| match view {
            View::Map(_) | View::Slice(_) => not_offered(),
            View::Region(region) => {
                region.bitmap().mark_dirty(address as usize, size as usize);
                Ok(())
            }
        })
    }

    fn harvest_dense(&self, space: &Self::Space, what: Harvest, words: &mut [u64]) -> Answer<u64> {
        if let Space::Range(_) = space {
            return self.bits_of_range(space, what, |bits, _| bits.dense(words));
        }
        space.with(|view| match view {
            View::Region(region) => dirty::harvest_dense(region.bitmap(), what, words),
            View::Map(_) | View::Slice(_) => not_offered(),
        })
    }

    fn harvest_sparse(&self, space: &Self::Space, what: Harvest, words: &mut [DirtyWord]) -> Answer<u64> {
        let granule = self.provider.granule();
        if let Space::Range(_) = space {
            return self.bits_of_range(space, what, |bits, base| bits.sparse(base, granule, words));
        }
        space.with(|view| match view {
            View::Map(map) => {
                let mut regions: Vec<&P::Region> = map.iter().collect();
                regions.sort_by_key(|region| region.start_addr());
                dirty::harvest_sparse(&regions, granule, what, words)
            }
            View::Region(region) => dirty::harvest_sparse(&[region], granule, what, words),
            View::Slice(_) => not_offered(),
        })
    }
}
