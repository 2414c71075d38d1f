// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Atomic accesses. Loads and stores are `Bytes::load` and `Bytes::store`. vm-memory has no call for the others; it hands out a reference to an
//! atomic of the standard library (`get_atomic_ref`), and "mutable accesses performed using the resulting reference are not automatically
//! accounted for by the dirty bitmap tracking functionality": whoever changes something marks it, as `VolatileSlice::store` does it too.

use crate::access::on;
use crate::errors;
use crate::space::{Space, View};
use gmcheck::{Answer, Fetch};
use std::mem::size_of;
use std::sync::atomic::{AtomicU16, AtomicU32, AtomicU64, AtomicU8, Ordering};
use vm_memory::bitmap::Bitmap;
use vm_memory::{AtomicAccess, AtomicInteger, Bytes, GuestAddress, GuestMemory, GuestMemoryRegion, MemoryRegionAddress, VolatileMemory};

/// What the standard library's atomics have beyond vm-memory's `AtomicInteger`.
trait Atomic: AtomicInteger {
    fn fetch(&self, op: Fetch, operand: u64, order: Ordering) -> u64;
    fn exchange_if(&self, expected: u64, desired: u64, order: Ordering, failure_order: Ordering) -> Result<(), u64>;
}

macro_rules! atomics {
    ($($atomic:ty: $value:ty),+) => {
        $(
            impl Atomic for $atomic {
                fn fetch(&self, op: Fetch, operand: u64, order: Ordering) -> u64 {
                    let operand = operand as $value;
                    let before = match op {
                        Fetch::Exchange => self.swap(operand, order),
                        Fetch::Add => self.fetch_add(operand, order),
                        Fetch::Sub => self.fetch_sub(operand, order),
                        Fetch::And => self.fetch_and(operand, order),
                        Fetch::Or => self.fetch_or(operand, order),
                        Fetch::Xor => self.fetch_xor(operand, order),
                    };
                    before.into()
                }

                fn exchange_if(&self, expected: u64, desired: u64, order: Ordering, failure_order: Ordering) -> Result<(), u64> {
                    match self.compare_exchange(expected as $value, desired as $value, order, failure_order) {
                        Ok(_) => Ok(()),
                        Err(found) => Err(found.into()),
                    }
                }
            }
        )+
    };
}
atomics!(AtomicU8: u8, AtomicU16: u16, AtomicU32: u32, AtomicU64: u64);

/// Runs `change` on a reference to the atomic at `address`; it answers whether it has changed anything.
fn change<M: GuestMemory, A: Atomic, T>(space: &Space<M>, address: u64, change: impl FnOnce(&A) -> (T, bool)) -> Answer<T> {
    let size = size_of::<A>();
    space.with(|view| {
        let slice = match view {
            View::Map(map) => map.get_slice(GuestAddress(address), size).map_err(|error| errors::of_access(error, size))?,
            View::Region(region) => region.get_slice(MemoryRegionAddress(address), size).map_err(|error| errors::of_access(error, size))?,
            View::Slice(ref slice) => slice.subslice(address as usize, size).map_err(errors::of_slice)?,
        };
        let (answer, has_changed) = change(slice.get_atomic_ref::<A>(0).map_err(errors::of_slice)?);
        if has_changed {
            slice.bitmap().mark_dirty(0, size);
        }
        Ok(answer)
    })
}

pub fn fetch<M: GuestMemory>(space: &Space<M>, op: Fetch, address: u64, width: u32, operand: u64, order: Ordering) -> Answer<u64> {
    match width {
        1 => change(space, address, |atomic: &AtomicU8| (atomic.fetch(op, operand, order), true)),
        2 => change(space, address, |atomic: &AtomicU16| (atomic.fetch(op, operand, order), true)),
        4 => change(space, address, |atomic: &AtomicU32| (atomic.fetch(op, operand, order), true)),
        _ => change(space, address, |atomic: &AtomicU64| (atomic.fetch(op, operand, order), true)),
    }
}

/// The orders of a success and of a failure.
pub type Orders = (Ordering, Ordering);

pub fn compare_exchange<M: GuestMemory>(
    space: &Space<M>,
    address: u64,
    width: u32,
    expected: u64,
    desired: u64,
    orders: Orders,
) -> Answer<Result<(), u64>> {
    fn body<A: Atomic>(expected: u64, desired: u64, orders: Orders) -> impl FnOnce(&A) -> (Result<(), u64>, bool) {
        move |atomic| {
            let answer = atomic.exchange_if(expected, desired, orders.0, orders.1);
            (answer, answer.is_ok())
        }
    }
    match width {
        1 => change(space, address, body::<AtomicU8>(expected, desired, orders)),
        2 => change(space, address, body::<AtomicU16>(expected, desired, orders)),
        4 => change(space, address, body::<AtomicU32>(expected, desired, orders)),
        _ => change(space, address, body::<AtomicU64>(expected, desired, orders)),
    }
}

fn load_atomic<M: GuestMemory, T: AtomicAccess + Into<u64>>(space: &Space<M>, address: u64, order: Ordering) -> Answer<u64> {
    let loaded: Answer<T> = on!(space, address, size_of::<T>(), |bytes, at| bytes.load(at, order));
    loaded.map(Into::into)
}

fn store_atomic<M: GuestMemory, T: AtomicAccess>(space: &Space<M>, address: u64, value: T, order: Ordering) -> Answer<()> {
    on!(space, address, size_of::<T>(), |bytes, at| bytes.store(value, at, order))
}

pub fn load<M: GuestMemory>(space: &Space<M>, address: u64, width: u32, order: Ordering) -> Answer<u64> {
    match width {
        1 => load_atomic::<M, u8>(space, address, order),
        2 => load_atomic::<M, u16>(space, address, order),
        4 => load_atomic::<M, u32>(space, address, order),
        _ => load_atomic::<M, u64>(space, address, order),
    }
}

pub fn store<M: GuestMemory>(space: &Space<M>, address: u64, width: u32, value: u64, order: Ordering) -> Answer<()> {
    match width {
        1 => store_atomic(space, address, value as u8, order),
        2 => store_atomic(space, address, value as u16, order),
        4 => store_atomic(space, address, value as u32, order),
        _ => store_atomic(space, address, value, order),
    }
}
