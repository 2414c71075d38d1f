// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A guest memory that shares nothing with vm-memory's own but its traits: regions on the heap, without dirty tracking.

use std::cell::UnsafeCell;
use std::io::{Read, Write};
use std::sync::atomic::Ordering;
use vm_memory::guest_memory::{Error, GuestMemoryIterator, Result};
use vm_memory::{AtomicAccess, Bytes, GuestAddress, GuestMemory, GuestMemoryRegion, MemoryRegionAddress, VolatileSlice};

pub struct TinyRegion {
    base: GuestAddress,
    /// Eight bytes each, so that whatever is aligned in the region is aligned in the process.
    words: Box<[UnsafeCell<u64>]>,
    size: usize,
}

// SAFETY: the words are reached through volatile and atomic accesses alone.
unsafe impl Sync for TinyRegion {}

impl TinyRegion {
    pub fn new(base: u64, size: usize) -> Self {
        let words = std::iter::repeat_with(|| UnsafeCell::new(0)).take((size + 7) / 8).collect();
        TinyRegion { base: GuestAddress(base), words, size }
    }

    fn bytes(&self) -> VolatileSlice<'_> {
        // SAFETY: `size` bytes lie behind the pointer as long as the region lives.
        unsafe { VolatileSlice::new(self.words.as_ptr() as *mut u8, self.size) }
    }
}

fn index(address: MemoryRegionAddress) -> usize {
    address.0 as usize
}

impl Bytes<MemoryRegionAddress> for TinyRegion {
    type E = Error;

    fn write(&self, buffer: &[u8], address: MemoryRegionAddress) -> Result<usize> {
        self.bytes().write(buffer, index(address)).map_err(Into::into)
    }
    fn read(&self, buffer: &mut [u8], address: MemoryRegionAddress) -> Result<usize> {
        self.bytes().read(buffer, index(address)).map_err(Into::into)
    }
    fn write_slice(&self, buffer: &[u8], address: MemoryRegionAddress) -> Result<()> {
        self.bytes().write_slice(buffer, index(address)).map_err(Into::into)
    }
    fn read_slice(&self, buffer: &mut [u8], address: MemoryRegionAddress) -> Result<()> {
        self.bytes().read_slice(buffer, index(address)).map_err(Into::into)
    }
    fn read_from<F: Read>(&self, address: MemoryRegionAddress, source: &mut F, count: usize) -> Result<usize> {
        self.bytes().read_from(index(address), source, count).map_err(Into::into)
    }
    fn read_exact_from<F: Read>(&self, address: MemoryRegionAddress, source: &mut F, count: usize) -> Result<()> {
        self.bytes().read_exact_from(index(address), source, count).map_err(Into::into)
    }
    fn write_to<F: Write>(&self, address: MemoryRegionAddress, target: &mut F, count: usize) -> Result<usize> {
        self.bytes().write_to(index(address), target, count).map_err(Into::into)
    }
    fn write_all_to<F: Write>(&self, address: MemoryRegionAddress, target: &mut F, count: usize) -> Result<()> {
        self.bytes().write_all_to(index(address), target, count).map_err(Into::into)
    }
    fn store<T: AtomicAccess>(&self, value: T, address: MemoryRegionAddress, order: Ordering) -> Result<()> {
        self.bytes().store(value, index(address), order).map_err(Into::into)
    }
    fn load<T: AtomicAccess>(&self, address: MemoryRegionAddress, order: Ordering) -> Result<T> {
        self.bytes().load(index(address), order).map_err(Into::into)
    }
}

impl GuestMemoryRegion for TinyRegion {
    type B = ();

    fn len(&self) -> u64 {
        self.size as u64
    }
    fn start_addr(&self) -> GuestAddress {
        self.base
    }
    fn bitmap(&self) -> &() {
        &()
    }
    fn get_slice(&self, offset: MemoryRegionAddress, count: usize) -> Result<VolatileSlice<'_>> {
        self.bytes().subslice(index(offset), count).map_err(Into::into)
    }
}

/// In the order in which they were given.
pub struct TinyMemory(pub Vec<TinyRegion>);

pub struct Regions;

impl<'a> GuestMemoryIterator<'a, TinyRegion> for Regions {
    type Iter = std::slice::Iter<'a, TinyRegion>;
}

impl GuestMemory for TinyMemory {
    type R = TinyRegion;
    type I = Regions;

    fn num_regions(&self) -> usize {
        self.0.len()
    }
    fn find_region(&self, address: GuestAddress) -> Option<&TinyRegion> {
        self.0.iter().find(|region| region.to_region_addr(address).is_some())
    }
    fn iter(&self) -> std::slice::Iter<'_, TinyRegion> {
        self.0.iter()
    }
}
