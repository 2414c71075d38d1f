// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Accesses through vm-memory's `Bytes`: a map by `Bytes<GuestAddress>`, which every `GuestMemory` has, a region by its own
//! `Bytes<MemoryRegionAddress>`, a range by the `Bytes<usize>` of its `VolatileSlice`.

use crate::space::Space;
use gmcheck::{Answer, Status};
use std::mem::size_of;
use vm_memory::{ByteValued, Bytes, GuestMemory};

/// The same call of `Bytes` on whichever the space is.
macro_rules! on {
    ($space:expr, $address:expr, $size:expr, |$bytes:ident, $at:ident| $call:expr) => {
        $space.with(|view| match view {
            $crate::space::View::Map($bytes) => {
                let $at = ::vm_memory::GuestAddress($address);
                $call.map_err(|error| $crate::errors::of_access(error, $size))
            }
            $crate::space::View::Region($bytes) => {
                let $at = ::vm_memory::MemoryRegionAddress($address);
                $call.map_err(|error| $crate::errors::of_access(error, $size))
            }
            $crate::space::View::Slice($bytes) => {
                let $at = $address as usize;
                $call.map_err($crate::errors::of_slice)
            }
        })
    };
}
pub(crate) use on;

#[inline]
pub fn read<M: GuestMemory>(space: &Space<M>, address: u64, buffer: &mut [u8]) -> Answer<()> {
    let size = buffer.len();
    on!(space, address, size, |bytes, at| bytes.read_slice(buffer, at))
}

#[inline]
pub fn write<M: GuestMemory>(space: &Space<M>, address: u64, buffer: &[u8]) -> Answer<()> {
    on!(space, address, buffer.len(), |bytes, at| bytes.write_slice(buffer, at))
}

pub fn read_partial<M: GuestMemory>(space: &Space<M>, address: u64, buffer: &mut [u8]) -> Answer<u64> {
    let size = buffer.len();
    on!(space, address, size, |bytes, at| bytes.read(buffer, at)).map(|count| count as u64)
}

pub fn write_partial<M: GuestMemory>(space: &Space<M>, address: u64, buffer: &[u8]) -> Answer<u64> {
    on!(space, address, buffer.len(), |bytes, at| bytes.write(buffer, at)).map(|count| count as u64)
}

#[inline]
pub fn load<M: GuestMemory, T: ByteValued>(space: &Space<M>, address: u64) -> Answer<T> {
    on!(space, address, size_of::<T>(), |bytes, at| bytes.read_obj(at))
}

#[inline]
pub fn store<M: GuestMemory, T: ByteValued>(space: &Space<M>, address: u64, value: T) -> Answer<()> {
    on!(space, address, size_of::<T>(), |bytes, at| bytes.write_obj(value, at))
}

fn load_array<M: GuestMemory, const N: usize>(space: &Space<M>, address: u64, object: &mut [u8]) -> Answer<()>
where
    [u8; N]: ByteValued,
{
    let loaded: [u8; N] = load(space, address)?;
    object.copy_from_slice(&loaded);
    Ok(())
}

fn store_array<M: GuestMemory, const N: usize>(space: &Space<M>, address: u64, object: &[u8]) -> Answer<()>
where
    [u8; N]: ByteValued,
{
    let mut value = [0_u8; N];
    value.copy_from_slice(object);
    store(space, address, value)
}

/// vm-memory's objects are known when it is compiled: arrays of bytes up to 32 are `ByteValued`.
macro_rules! by_size {
    ($function:ident($space:expr, $address:expr, $object:expr), $($n:literal)+) => {
        match $object.len() {
            $($n => $function::<M, $n>($space, $address, $object),)+
            _ => Err(Status::Unsupported.into()),
        }
    };
}

pub fn load_object<M: GuestMemory>(space: &Space<M>, address: u64, object: &mut [u8]) -> Answer<()> {
    by_size!(load_array(space, address, object),
             0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32)
}

pub fn store_object<M: GuestMemory>(space: &Space<M>, address: u64, object: &[u8]) -> Answer<()> {
    by_size!(store_array(space, address, object),
             0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32)
}
