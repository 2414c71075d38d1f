// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `GuestMemoryMmap<AtomicBitmap>`: anonymous mappings, and shared mappings of files.

use crate::errors;
use crate::files;
use crate::memory::{Plan, Provider, Source};
use crate::profile;
use gmcheck::{Answer, Failure, Status};
use std::convert::TryFrom;
use std::sync::Arc;
use vm_memory::bitmap::AtomicBitmap;
use vm_memory::mmap::{MmapRegionBuilder, MmapRegionError};
use vm_memory::{FileOffset, GuestAddress, GuestMemoryMmap, GuestMemoryRegion, GuestRegionMmap, MmapRegion};

type Memory = GuestMemoryMmap<AtomicBitmap>;
type Region = GuestRegionMmap<AtomicBitmap>;
type Mapping = MmapRegion<AtomicBitmap>;

/// vm-memory makes the dirty bitmap of a region before it maps the region, zeroes it word by word, and lets the process abort where the
/// allocation fails: a size near 2^63 does that. Regions with a larger bitmap are refused.
const BITMAP_BYTES_MAX: u64 = 64 << 20;

pub struct MmapProvider {
    granule: u64,
    /// Whether the config has named it. Else regions are made by vm-memory's own short way, with its own granule.
    is_granule_chosen: bool,
}

fn page_size() -> u64 {
    // SAFETY: asks for a number.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    u64::try_from(size).expect("every page has a size")
}

/// A power of two, decimal or 0x and hexadecimal. vm-memory takes any number but 0, the contract's granules are powers of two.
fn parse_granule(text: &str) -> Option<u64> {
    let number = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    number.ok().filter(|number| number.is_power_of_two())
}

impl MmapProvider {
    fn map_region(&self, plan: &Plan) -> Answer<Region> {
        let too_large = || Failure::refused(format!("vm-memory 0.10.0 would abort on the bitmap of {:#x} bytes", plan.size));
        let bitmap_bytes = plan.size / self.granule / 8;
        let size = usize::try_from(plan.size).ok().filter(|_| bitmap_bytes <= BITMAP_BYTES_MAX).ok_or_else(too_large)?;
        let offset = match plan.source {
            Source::Own => None,
            Source::Fd { fd, .. } if fd < 0 => return Err(Failure::new(Status::InvalidArgument).because("a region on no descriptor")),
            // SAFETY: gmcheck keeps the descriptor open until the region's memory is destroyed.
            Source::Fd { fd, offset } => Some(FileOffset::from_arc(unsafe { files::lend(fd) }, offset)),
        };
        let mapping = self.map(offset, size).map_err(errors::of_mapping)?;
        GuestRegionMmap::new(mapping, GuestAddress(plan.base)).map_err(errors::of_map)
    }

    fn map(&self, offset: Option<FileOffset>, size: usize) -> Result<Mapping, MmapRegionError> {
        if !self.is_granule_chosen {
            return offset.map_or_else(|| MmapRegion::new(size), |offset| MmapRegion::from_file(offset, size));
        }
        // As `new` and `from_file` do it, but for the bitmap.
        let bitmap = AtomicBitmap::new(size, self.granule as usize);
        let builder = MmapRegionBuilder::new_with_bitmap(size, bitmap).with_mmap_prot(libc::PROT_READ | libc::PROT_WRITE);
        match offset {
            None => builder.with_mmap_flags(libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | libc::MAP_PRIVATE),
            Some(offset) => builder.with_file_offset(offset).with_mmap_flags(libc::MAP_NORESERVE | libc::MAP_SHARED),
        }
        .build()
    }
}

impl Provider for MmapProvider {
    type Memory = Memory;
    type Region = Region;
    type Bits = AtomicBitmap;

    fn open(config: &str) -> Answer<Self> {
        if config.is_empty() {
            // `NewBitmap::with_len` of `AtomicBitmap` takes the host's page size.
            return Ok(MmapProvider { granule: page_size(), is_granule_chosen: false });
        }
        let granule = config.strip_prefix("granule=").and_then(parse_granule).ok_or_else(|| {
            let reason = format!("the config of vm-memory is granule=BYTES, a power of two, or nothing, not \"{}\"", config);
            Failure::new(Status::InvalidArgument).because(reason)
        })?;
        Ok(MmapProvider { granule, is_granule_chosen: true })
    }

    fn profile(&self) -> String {
        profile::of_mmap(self.granule)
    }

    fn granule(&self) -> u64 {
        self.granule
    }

    fn create(&self, plans: &[Plan]) -> Answer<Memory> {
        self.collect(plans.iter().map(|plan| self.make(plan)).collect::<Answer<Vec<_>>>()?)
    }

    const CHANGES: bool = true;
    const TRANSFERS: bool = true;

    fn make(&self, plan: &Plan) -> Answer<Arc<Region>> {
        self.map_region(plan).map(Arc::new)
    }

    fn collect(&self, regions: Vec<Arc<Region>>) -> Answer<Memory> {
        GuestMemoryMmap::from_arc_regions(regions).map_err(errors::of_map)
    }

    fn insert(map: &Memory, region: Arc<Region>) -> Answer<Memory> {
        map.insert_region(region).map_err(errors::of_map)
    }

    fn remove(map: &Memory, base: u64, size: u64) -> Answer<(Memory, Arc<Region>)> {
        map.remove_region(GuestAddress(base), size).map_err(errors::of_removal)
    }

    fn facts(region: &Region) -> String {
        // PROT_READ and PROT_WRITE are the contract's numbers for the two rights.
        let mut text = format!("protection = {}\nflags = {}\n", region.prot(), region.flags());
        if let Some(offset) = GuestMemoryRegion::file_offset(region) {
            let hugetlbfs = match GuestMemoryRegion::is_hugetlbfs(region) {
                None => "unknown",
                Some(false) => "no",
                Some(true) => "yes",
            };
            text.push_str(&format!("file_offset = {}\nhugetlbfs = {}\n", offset.start(), hugetlbfs));
        }
        text
    }

    fn fds_overlap(region: &Region, other: &Region) -> Answer<bool> {
        Ok(region.fds_overlap(other))
    }
}
