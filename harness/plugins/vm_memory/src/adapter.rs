// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The contract over a `Provider`.

use crate::access;
use crate::dirty::{self, DirtyBits};
use crate::memory::{Part, Plan, Provider, Source, Space, View};
use gmcheck::abi::{GMC_RIGHT_READ, GMC_RIGHT_WRITE};
use gmcheck::{
    not_offered, Answer, Backend, Backing, DirtyWord, Entry, Failure, Found, Harvest, Host, Offers, Region, SpaceKind, SpaceRequest, Status,
};
use std::sync::atomic::Ordering;
use std::sync::Arc;
use vm_memory::bitmap::Bitmap;
use vm_memory::{Address, GuestAddress, GuestMemory, GuestMemoryRegion, MemoryRegionAddress};

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
    .and(Offers::CALLS);
const DIRTY: Offers = Offers::MARK.and(Offers::HARVEST_DENSE).and(Offers::HARVEST_SPARSE);

impl<P: Provider> Backend for VmMemory<P> {
    type Space = Space<P::Memory>;

    const OFFERS: Offers = if P::Bits::TRACKS { ACCESSES.and(DIRTY) } else { ACCESSES };

    fn open(_host: Host, config: &str) -> Answer<Self> {
        Ok(VmMemory { provider: P::open(config)? })
    }

    fn describe(&self, space: Option<&Self::Space>, text: &mut String) -> Answer<()> {
        match space.map(Space::view) {
            None => text.push_str(&self.provider.profile()),
            Some(View::Root(_)) => {}
            Some(View::Region(region)) => text.push_str(&P::facts(region)),
        }
        Ok(())
    }

    fn create(&self, layout: Option<&[Entry<'_, Self::Space>]>) -> Answer<Self::Space> {
        let entries = layout.ok_or(Status::Unsupported)?;
        let plans = entries.iter().map(plan).collect::<Answer<Vec<_>>>()?;
        Ok(Space { map: Arc::new(self.provider.create(&plans)?), part: Part::Root(plans) })
    }

    /// vm-memory has no reset of its own: the map is dropped and made again.
    fn reset(&self, root: &mut Self::Space) -> Answer<()> {
        match &root.part {
            Part::Root(plans) => {
                root.map = Arc::new(self.provider.create(plans)?);
                Ok(())
            }
            Part::Region(_) => Err(Status::InvalidArgument.into()),
        }
    }

    fn regions(&self, root: &Self::Space) -> Answer<Vec<Region>> {
        let rights = GMC_RIGHT_READ | GMC_RIGHT_WRITE;
        let info = |region: &P::Region| Region { base: region.start_addr().0, size: region.len(), rights, reserved: 0 };
        match root.view() {
            View::Root(memory) => Ok(memory.iter().map(info).collect()),
            View::Region(_) => not_offered(),
        }
    }

    fn open_space(&self, parent: &Self::Space, request: &SpaceRequest<'_>) -> Answer<Self::Space> {
        let (memory, address) = match (parent.view(), request.kind) {
            (View::Root(memory), SpaceKind::Region { address }) => (memory, address),
            _ => return not_offered(),
        };
        let found = memory.find_region(GuestAddress(address)).ok_or(Status::OutOfRange)?;
        let base = found.start_addr();
        Ok(Space { map: parent.map.clone(), part: Part::Region(base) })
    }

    fn read(&self, space: &Self::Space, address: u64, buffer: &mut [u8]) -> Answer<()> {
        access::read(space, address, buffer)
    }
    fn write(&self, space: &Self::Space, address: u64, buffer: &[u8]) -> Answer<()> {
        access::write(space, address, buffer)
    }
    fn read_partial(&self, space: &Self::Space, address: u64, buffer: &mut [u8]) -> Answer<u64> {
        access::read_partial(space, address, buffer)
    }
    fn write_partial(&self, space: &Self::Space, address: u64, buffer: &[u8]) -> Answer<u64> {
        access::write_partial(space, address, buffer)
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
        access::atomic_load(space, address, width, order)
    }
    fn atomic_store(&self, space: &Self::Space, address: u64, width: u32, value: u64, order: Ordering) -> Answer<()> {
        access::atomic_store(space, address, width, value, order)
    }

    /// vm-memory knows no rights, so those asked for make no difference. A region has no such query.
    fn check_range(&self, space: &Self::Space, address: u64, size: u64, _rights: u32) -> Answer<bool> {
        match space.view() {
            View::Root(memory) => Ok(memory.check_range(GuestAddress(address), size as usize)),
            View::Region(_) => not_offered(),
        }
    }

    fn checked_offset(&self, space: &Self::Space, address: u64, offset: u64) -> Answer<u64> {
        let sum = match space.view() {
            View::Root(memory) => memory.checked_offset(GuestAddress(address), offset as usize).map(|sum| sum.0),
            View::Region(region) => region.checked_offset(MemoryRegionAddress(address), offset as usize).map(|sum| sum.0),
        };
        sum.ok_or_else(|| Status::NotFound.into())
    }

    /// A region's addresses begin at 0 here, while vm-memory answers its last guest address.
    fn last_address(&self, space: &Self::Space) -> Answer<u64> {
        match space.view() {
            View::Root(memory) => Ok(memory.last_addr().0),
            View::Region(region) => Ok(region.last_addr().unchecked_offset_from(region.start_addr())),
        }
    }

    fn find(&self, space: &Self::Space, address: u64) -> Answer<Found> {
        match space.view() {
            View::Root(memory) => {
                let region = memory.find_region(GuestAddress(address)).ok_or(Status::NotFound)?;
                Ok(Found { base: region.start_addr().0, size: region.len() })
            }
            View::Region(_) => not_offered(),
        }
    }

    /// A collection has no total; a region has its length.
    fn total_size(&self, space: &Self::Space) -> Answer<u64> {
        match space.view() {
            View::Root(_) => not_offered(),
            View::Region(region) => Ok(region.len()),
        }
    }

    fn fds_overlap(&self, space: &Self::Space, other: &Self::Space) -> Answer<bool> {
        match (space.view(), other.view()) {
            (View::Region(region), View::Region(other)) => P::fds_overlap(region, other),
            _ => Err(Status::InvalidArgument.into()),
        }
    }

    /// A bitmap is a region's; a collection has none to mark.
    fn mark(&self, space: &Self::Space, address: u64, size: u64) -> Answer<()> {
        match space.view() {
            View::Root(_) => not_offered(),
            View::Region(region) => {
                region.bitmap().mark_dirty(address as usize, size as usize);
                Ok(())
            }
        }
    }

    fn harvest_dense(&self, space: &Self::Space, what: Harvest, words: &mut [u64]) -> Answer<u64> {
        match space.view() {
            View::Root(_) => not_offered(),
            View::Region(region) => dirty::harvest_dense(region.bitmap(), what, words),
        }
    }

    fn harvest_sparse(&self, space: &Self::Space, what: Harvest, words: &mut [DirtyWord]) -> Answer<u64> {
        dirty::harvest_sparse(&space.regions(), self.provider.granule(), what, words)
    }
}
