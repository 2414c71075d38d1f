// SPDX-License-Identifier: Apache-2.0 OR MIT
//! vm-memory's errors as statuses of the contract. `native` holds the place of the error in vm-memory's own list, or a negative errno.

use gmcheck::{Failure, Status};
use vm_memory::mmap::{Error as MapError, MmapRegionError};
use vm_memory::{GuestMemoryError, VolatileMemoryError};

fn os(error: &std::io::Error) -> Failure {
    let number = error.raw_os_error().unwrap_or(0);
    let status = match number {
        libc::EINVAL => Status::InvalidArgument,
        libc::ENOMEM => Status::NoMemory,
        _ => Status::Io,
    };
    Failure::new(status).with_native(-number)
}

/// Of an access of `size` bytes.
pub fn of_access(error: GuestMemoryError, size: usize) -> Failure {
    match error {
        // "Failure in finding a guest address in any memory regions mapped by this guest." The address is that of the first byte.
        GuestMemoryError::InvalidGuestAddress(address) => {
            let failure = Failure::new(Status::OutOfRange).with_native(1);
            if size == 0 {
                failure
            } else {
                failure.with_address(address.0)
            }
        }
        // "Couldn't read/write from the given source."
        GuestMemoryError::IOError(error) => os(&error),
        // "Incomplete read or write."
        GuestMemoryError::PartialBuffer { completed, .. } => Failure::new(Status::Short).with_native(3).with_count(completed as u64),
        // "Requested backend address is out of range." A misaligned atomic access becomes this one too.
        GuestMemoryError::InvalidBackendAddress => Failure::new(Status::OutOfRange).with_native(4),
        // "Host virtual address not available."
        GuestMemoryError::HostAddressNotAvailable => Failure::new(Status::Unsupported).with_native(5),
    }
}

/// Of a slice, or of an access to one.
pub fn of_slice(error: VolatileMemoryError) -> Failure {
    match error {
        // "`addr` is out of bounds of the volatile memory slice."
        VolatileMemoryError::OutOfBounds { .. } => Failure::new(Status::OutOfRange).with_native(31),
        // "Taking a slice at `base` with `offset` would overflow `usize`."
        VolatileMemoryError::Overflow { .. } => Failure::new(Status::OutOfRange).with_native(32),
        // "Taking a slice whose size overflows `usize`."
        VolatileMemoryError::TooBig { .. } => Failure::new(Status::OutOfRange).with_native(33),
        // "Trying to obtain a misaligned reference."
        VolatileMemoryError::Misaligned { .. } => Failure::new(Status::Misaligned).with_native(34),
        // "Writing to memory failed", or reading.
        VolatileMemoryError::IOError(error) => os(&error),
        // "Incomplete read or write."
        VolatileMemoryError::PartialBuffer { completed, .. } => Failure::new(Status::Short).with_native(36).with_count(completed as u64),
    }
}

/// Of taking a region out of a map, which has one error: "Adding the guest base address to the length of the underlying mapping resulted in an
/// overflow", for what is not a region of the map.
pub fn of_removal(_: MapError) -> Failure {
    Failure::new(Status::NotFound).with_native(11)
}

/// Of making a map.
pub fn of_map(error: MapError) -> Failure {
    match error {
        // "Adding the guest base address to the length of the underlying mapping resulted in an overflow."
        MapError::InvalidGuestRegion => Failure::new(Status::OutOfRange).with_native(11),
        MapError::MmapRegion(error) => of_mapping(error),
        // "No memory region found."
        MapError::NoMemoryRegion => Failure::new(Status::InvalidArgument).with_native(12),
        // "Some of the memory regions intersect with each other."
        MapError::MemoryRegionOverlap => Failure::new(Status::Overlap).with_native(13),
        // "The provided memory regions haven't been sorted."
        MapError::UnsortedMemoryRegions => Failure::new(Status::InvalidArgument).with_native(14),
    }
}

/// Of mapping one region.
pub fn of_mapping(error: MmapRegionError) -> Failure {
    match error {
        // "The specified file offset and length cause overflow when added."
        MmapRegionError::InvalidOffsetLength => Failure::new(Status::InvalidArgument).with_native(21),
        // "The specified pointer to the mapping is not page-aligned."
        MmapRegionError::InvalidPointer => Failure::new(Status::InvalidArgument).with_native(22),
        // "The forbidden `MAP_FIXED` flag was specified."
        MmapRegionError::MapFixed => Failure::new(Status::InvalidArgument).with_native(23),
        // "Mappings using the same fd overlap in terms of file offset and length."
        MmapRegionError::MappingOverlap => Failure::new(Status::Overlap).with_native(24),
        // "A mapping with offset + length > EOF was attempted."
        MmapRegionError::MappingPastEof => Failure::new(Status::InvalidArgument).with_native(25),
        MmapRegionError::Mmap(error) | MmapRegionError::SeekEnd(error) | MmapRegionError::SeekStart(error) => os(&error),
    }
}
