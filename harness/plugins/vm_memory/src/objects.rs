// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Arrays and references: `VolatileArrayRef`, of elements that are arrays of bytes as objects are, and what `aligned_as_ref`, `aligned_as_mut` and
//! `get_atomic_ref` answer. All are methods of a `VolatileSlice`, so that a map is asked for the region of the address first.

use crate::errors;
use crate::space::{Space, View};
use gmcheck::{Answer, Status};
use std::slice;
use std::sync::atomic::{AtomicU16, AtomicU32, AtomicU64, AtomicU8};
use vm_memory::{AtomicInteger, ByteValued, GuestAddress, GuestMemory, GuestMemoryRegion, VolatileMemory};

/// The slice of all of the region or the range that `address` is of, and where in it that is.
macro_rules! with_slice {
    ($space:expr, $address:expr, |$slice:ident, $offset:ident| $body:expr) => {
        $space.with(|view| {
            let of_region = |error| errors::of_access(error, 1);
            let ($slice, $offset) = match view {
                View::Map(map) => {
                    let (region, at) = map.to_region_addr(GuestAddress($address)).ok_or(Status::OutOfRange)?;
                    (region.as_volatile_slice().map_err(of_region)?, at.0 as usize)
                }
                View::Region(region) => (region.as_volatile_slice().map_err(of_region)?, $address as usize),
                View::Slice(slice) => (slice, $address as usize),
            };
            $body.map_err(errors::of_slice)
        })
    };
}

fn read<M: GuestMemory, const N: usize>(space: &Space<M>, address: u64, elements: u64, buffer: &mut [u8]) -> Answer<u64>
where
    [u8; N]: ByteValued,
{
    // SAFETY: arrays of bytes have no alignment, and any bytes are one.
    let objects = unsafe { slice::from_raw_parts_mut(buffer.as_mut_ptr() as *mut [u8; N], buffer.len() / N) };
    with_slice!(space, address, |slice, offset| slice
        .get_array_ref::<[u8; N]>(offset, elements as usize)
        .map(|array| array.copy_to(objects) as u64))
}

/// `copy_from` does not say how many elements it moved: "`self.len()` or `buf.len()`", "whichever is smaller", by its own words.
fn write<M: GuestMemory, const N: usize>(space: &Space<M>, address: u64, elements: u64, buffer: &[u8]) -> Answer<u64>
where
    [u8; N]: ByteValued,
{
    // SAFETY: as above.
    let objects = unsafe { slice::from_raw_parts(buffer.as_ptr() as *const [u8; N], buffer.len() / N) };
    with_slice!(space, address, |slice, offset| slice.get_array_ref::<[u8; N]>(offset, elements as usize).map(|array| {
        array.copy_from(objects);
        array.len().min(objects.len()) as u64
    }))
}

macro_rules! by_element {
    ($function:ident, $size:expr, $arguments:tt, $($n:literal)+) => {
        match $size {
            $($n => by_element!(@call $function, $n, $arguments),)+
            _ => Err(Status::Unsupported.into()),
        }
    };
    (@call $function:ident, $n:literal, ($($argument:expr),+)) => { $function::<M, $n>($($argument),+) };
}

pub fn read_array<M: GuestMemory>(space: &Space<M>, address: u64, size: u64, elements: u64, buffer: &mut [u8]) -> Answer<u64> {
    by_element!(read, size, (space, address, elements, buffer),
                1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32)
}

pub fn write_array<M: GuestMemory>(space: &Space<M>, address: u64, size: u64, elements: u64, buffer: &[u8]) -> Answer<u64> {
    by_element!(write, size, (space, address, elements, buffer),
                1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32)
}

fn to_object<M: GuestMemory, T: ByteValued>(space: &Space<M>, address: u64, is_mutable: bool) -> Answer<*mut u8> {
    // SAFETY: nobody else uses the memory during a call, and the reference ends with it.
    with_slice!(space, address, |slice, offset| if is_mutable {
        unsafe { slice.aligned_as_mut::<T>(offset) }.map(|object| object as *mut T as *mut u8)
    } else {
        unsafe { slice.aligned_as_ref::<T>(offset) }.map(|object| object as *const T as *mut u8)
    })
}

fn to_atomic<M: GuestMemory, T: AtomicInteger>(space: &Space<M>, address: u64) -> Answer<*mut u8> {
    with_slice!(space, address, |slice, offset| slice.get_atomic_ref::<T>(offset).map(|atomic| atomic as *const T as *mut u8))
}

pub fn reference<M: GuestMemory>(space: &Space<M>, address: u64, size: u64, is_mutable: bool) -> Answer<*mut u8> {
    match size {
        1 => to_object::<M, u8>(space, address, is_mutable),
        2 => to_object::<M, u16>(space, address, is_mutable),
        4 => to_object::<M, u32>(space, address, is_mutable),
        8 => to_object::<M, u64>(space, address, is_mutable),
        _ => Err(Status::Unsupported.into()),
    }
}

pub fn atomic_reference<M: GuestMemory>(space: &Space<M>, address: u64, size: u64) -> Answer<*mut u8> {
    match size {
        1 => to_atomic::<M, AtomicU8>(space, address),
        2 => to_atomic::<M, AtomicU16>(space, address),
        4 => to_atomic::<M, AtomicU32>(space, address),
        8 => to_atomic::<M, AtomicU64>(space, address),
        _ => Err(Status::Unsupported.into()),
    }
}
