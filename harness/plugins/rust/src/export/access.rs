// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The group `access`.

use super::arguments::{array, array_mut, atomic_width, compare_orders, handle, load_order, on, order, store_order};
use super::guard::{count, done, invalid, value};
use crate::abi::*;
use crate::backend::{Backend, Fetch};
use crate::failure::{Answer, Status};
use std::os::raw::c_void;

pub(super) unsafe extern "C" fn read<B: Backend>(
    _lane: *mut GmcLane,
    space: *mut GmcSpace,
    address: u64,
    buffer: *mut c_void,
    size: u64,
) -> GmcOutcome {
    on::<B>(space, |backend, space| backend.read(space, address, array_mut(buffer as *mut u8, size)?).map(done))
}

pub(super) unsafe extern "C" fn write<B: Backend>(
    _lane: *mut GmcLane,
    space: *mut GmcSpace,
    address: u64,
    buffer: *const c_void,
    size: u64,
) -> GmcOutcome {
    on::<B>(space, |backend, space| backend.write(space, address, array(buffer as *const u8, size)?).map(done))
}

macro_rules! typed_entries {
    ($($load:ident $store:ident $type:ty),+) => {
        $(
            pub(super) unsafe extern "C" fn $load<B: Backend>(_lane: *mut GmcLane, space: *mut GmcSpace, address: u64) -> GmcOutcome {
                on::<B>(space, |backend, space| backend.$load(space, address).map(value))
            }

            pub(super) unsafe extern "C" fn $store<B: Backend>(
                _lane: *mut GmcLane,
                space: *mut GmcSpace,
                address: u64,
                value: $type,
            ) -> GmcOutcome {
                on::<B>(space, |backend, space| backend.$store(space, address, value).map(done))
            }
        )+
    };
}
typed_entries!(load8 store8 u8, load16 store16 u16, load32 store32 u32, load64 store64 u64);

pub(super) unsafe extern "C" fn atomic_load<B: Backend>(
    _lane: *mut GmcLane,
    space: *mut GmcSpace,
    address: u64,
    width: u32,
    number: u32,
) -> GmcOutcome {
    on::<B>(space, |backend, space| backend.atomic_load(space, address, atomic_width(width.into())?, load_order(number)?).map(value))
}

pub(super) unsafe extern "C" fn atomic_store<B: Backend>(
    _lane: *mut GmcLane,
    space: *mut GmcSpace,
    address: u64,
    width: u32,
    value: u64,
    number: u32,
) -> GmcOutcome {
    on::<B>(space, |backend, space| {
        backend.atomic_store(space, address, atomic_width(width.into())?, value, store_order(number)?).map(done)
    })
}

pub(super) unsafe extern "C" fn compare_exchange<B: Backend>(
    _lane: *mut GmcLane,
    space: *mut GmcSpace,
    address: u64,
    width: u32,
    expected: u64,
    desired: u64,
    number: u32,
    failure_number: u32,
) -> GmcOutcome {
    on::<B>(space, |backend, space| {
        let width = atomic_width(width.into())?;
        let (order, failure_order) = compare_orders(number, failure_number)?;
        let answer = backend.compare_exchange(space, address, width, expected, desired, order, failure_order)?;
        Ok(compared(answer))
    })
}

fn compared(answer: Result<(), u64>) -> GmcOutcome {
    match answer {
        Ok(()) => done(()),
        Err(found) => GmcOutcome { status: Status::Mismatch as u16, value: found, ..GmcOutcome::default() },
    }
}

pub(super) unsafe extern "C" fn submit<B: Backend>(
    _lane: *mut GmcLane,
    calls: *const GmcCall,
    count: u64,
    outcomes: *mut GmcOutcome,
) -> GmcOutcome {
    // Each call is guarded by itself: after a panic in one, the others still get their answers.
    for index in 0..count as usize {
        let call = &*calls.add(index);
        *outcomes.add(index) = on::<B>(call.space, |backend, space| call_one(backend, space, call));
    }
    GmcOutcome::default()
}

/// # Safety
/// The record's buffer is null or holds `size` bytes, and its spaces are null or open.
unsafe fn call_one<B: Backend>(backend: &B, space: &B::Space, call: &GmcCall) -> Answer<GmcOutcome> {
    let (address, size) = (call.address, call.size);
    let source = || array(call.buffer as *const u8, size);
    let target = || array_mut(call.buffer as *mut u8, size);
    match call.op {
        GMC_CALL_READ => backend.read(space, address, target()?).map(done),
        GMC_CALL_WRITE => backend.write(space, address, source()?).map(done),
        GMC_CALL_LOAD => match size {
            1 => backend.load8(space, address).map(value),
            2 => backend.load16(space, address).map(value),
            4 => backend.load32(space, address).map(value),
            8 => backend.load64(space, address).map(value),
            _ => backend.load_object(space, address, target()?).map(done),
        },
        GMC_CALL_STORE => match size {
            1 => backend.store8(space, address, call.value as u8).map(done),
            2 => backend.store16(space, address, call.value as u16).map(done),
            4 => backend.store32(space, address, call.value as u32).map(done),
            8 => backend.store64(space, address, call.value).map(done),
            _ => backend.store_object(space, address, source()?).map(done),
        },
        GMC_CALL_READ_PARTIAL => backend.read_partial(space, address, target()?).map(count),
        GMC_CALL_WRITE_PARTIAL => backend.write_partial(space, address, source()?).map(count),
        GMC_CALL_FILL => backend.fill(space, address, size, call.value as u8).map(done),
        GMC_CALL_ZERO_ALL => backend.zero_all(space).map(done),
        GMC_CALL_COPY => {
            let other = handle::<B>(call.other).ok_or_else(|| invalid("a copy to no space"))?;
            backend.copy(space, address, &other.space, call.other_address, size).map(done)
        }
        GMC_CALL_READ_ATOMICS => backend.read_atomics(space, address, target()?).map(done),
        GMC_CALL_WRITE_ATOMICS => backend.write_atomics(space, address, source()?).map(done),
        GMC_CALL_DUMP => backend.dump(space, target()?).map(done),
        GMC_CALL_READ_FROM => backend.read_from(space, address, size, call.fd, true).map(count),
        GMC_CALL_READ_FROM_PARTIAL => backend.read_from(space, address, size, call.fd, false).map(count),
        GMC_CALL_WRITE_TO => backend.write_to(space, address, size, call.fd, true).map(count),
        GMC_CALL_WRITE_TO_PARTIAL => backend.write_to(space, address, size, call.fd, false).map(count),
        GMC_CALL_READ_ARRAY | GMC_CALL_WRITE_ARRAY => call_array(backend, space, call),
        GMC_CALL_ATOMIC_LOAD..=GMC_CALL_COMPARE_EXCHANGE | GMC_CALL_EXCHANGE..=GMC_CALL_FETCH_XOR => call_atomic(backend, space, call),
        _ => call_query(backend, space, call),
    }
}

/// # Safety
/// The record's buffer is null or holds the elements that it says.
unsafe fn call_array<B: Backend>(backend: &B, space: &B::Space, call: &GmcCall) -> Answer<GmcOutcome> {
    let bytes = call.size.checked_mul(call.expected).ok_or_else(|| invalid("a buffer that fits in no memory"))?;
    if call.size == 0 {
        return Err(invalid("an array of elements without a byte"));
    }
    if call.op == GMC_CALL_READ_ARRAY {
        backend.read_array(space, call.address, call.size, call.value, array_mut(call.buffer as *mut u8, bytes)?).map(count)
    } else {
        backend.write_array(space, call.address, call.size, call.value, array(call.buffer as *const u8, bytes)?).map(count)
    }
}

fn call_atomic<B: Backend>(backend: &B, space: &B::Space, call: &GmcCall) -> Answer<GmcOutcome> {
    // The standard library has no atomic of 16 bytes: that width does not exist here either.
    let (address, width, operand) = (call.address, atomic_width(call.size)?, call.value);
    let fetch = |op| backend.fetch(space, op, address, width, operand, order(call.order)?).map(value);
    match call.op {
        GMC_CALL_ATOMIC_LOAD => backend.atomic_load(space, address, width, load_order(call.order)?).map(value),
        GMC_CALL_ATOMIC_STORE => backend.atomic_store(space, address, width, operand, store_order(call.order)?).map(done),
        GMC_CALL_COMPARE_EXCHANGE => {
            let (success, failure) = compare_orders(call.order, call.failure_order)?;
            backend.compare_exchange(space, address, width, call.expected, operand, success, failure).map(compared)
        }
        GMC_CALL_EXCHANGE => fetch(Fetch::Exchange),
        GMC_CALL_FETCH_ADD => fetch(Fetch::Add),
        GMC_CALL_FETCH_SUB => fetch(Fetch::Sub),
        GMC_CALL_FETCH_AND => fetch(Fetch::And),
        GMC_CALL_FETCH_OR => fetch(Fetch::Or),
        _ => fetch(Fetch::Xor),
    }
}

/// # Safety
/// The record's other space is null or open, and its buffer null or as large as it says.
unsafe fn call_query<B: Backend>(backend: &B, space: &B::Space, call: &GmcCall) -> Answer<GmcOutcome> {
    let (address, size) = (call.address, call.size);
    match call.op {
        GMC_CALL_CHECK_RANGE => backend.check_range(space, address, size, call.rights).map(value),
        GMC_CALL_CHECKED_OFFSET => backend.checked_offset(space, address, size).map(value),
        GMC_CALL_LAST_ADDRESS => backend.last_address(space).map(value),
        GMC_CALL_FIND => {
            let found = backend.find(space, address)?;
            Ok(GmcOutcome { value: found.base, ..count(found.size) })
        }
        GMC_CALL_TOTAL_SIZE => backend.total_size(space).map(value),
        GMC_CALL_FDS_OVERLAP => {
            let other = handle::<B>(call.other).ok_or_else(|| invalid("a comparison with no space"))?;
            backend.fds_overlap(space, &other.space).map(value)
        }
        GMC_CALL_HOST_ADDRESS => backend.host_address(space, address, size, call.rights).map(|pointer| value(pointer as u64)),
        GMC_CALL_ALIGNED_REFERENCE | GMC_CALL_ATOMIC_REFERENCE => {
            let is_atomic = call.op == GMC_CALL_ATOMIC_REFERENCE;
            backend.reference(space, address, size, call.rights, is_atomic).map(|pointer| value(pointer as u64))
        }
        GMC_CALL_SLICES => backend.slices(space, address, size, array_mut(call.buffer as *mut GmcPiece, call.expected)?).map(count),
        GMC_CALL_IOVA => backend.iova(space, address).map(value),
        _ => Err(invalid("a call record with an operation that does not exist")),
    }
}
