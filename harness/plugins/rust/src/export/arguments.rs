// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What gmcheck passes, as what a backend takes. Handles are used here, and nowhere made or ended.

use super::guard::{guard, invalid};
use super::SpaceHandle;
use crate::abi::*;
use crate::backend::{Backend, Backing, Entry, Harvest, SpaceKind, SpaceRequest};
use crate::failure::{Answer, Failure, Status};
use std::mem::size_of;
use std::slice;
use std::sync::atomic::Ordering;

/// # Safety
/// `space` is null or an open space of this backend's.
pub(super) unsafe fn handle<'a, B: Backend>(space: *mut GmcSpace) -> Option<&'a SpaceHandle<B>> {
    (space as *const SpaceHandle<B>).as_ref()
}

/// Runs `body` on an open space.
///
/// # Safety
/// As `handle`.
pub(super) unsafe fn on<B: Backend>(space: *mut GmcSpace, body: impl FnOnce(&B, &B::Space) -> Answer<GmcOutcome>) -> GmcOutcome {
    match handle::<B>(space) {
        Some(handle) => guard(handle.opened.host, || body(&handle.opened.backend, &handle.space)),
        None => GmcOutcome { status: Status::InvalidArgument as u16, ..GmcOutcome::default() },
    }
}

/// The length of a Rust slice is at most `isize::MAX` bytes; gmcheck may ask for more.
fn check_length<T>(start: *const T, length: u64) -> Answer<usize> {
    if length > isize::MAX as u64 / size_of::<T>() as u64 {
        return Err(Failure::refused(format!("no Rust slice holds {:#x} elements of {} bytes", length, size_of::<T>())));
    }
    if start.is_null() && length != 0 {
        return Err(invalid("null where an array has to be"));
    }
    Ok(length as usize)
}

/// # Safety
/// `start` is null or the start of an array of `length` elements that nobody writes while the result lives.
pub(super) unsafe fn array<'a, T>(start: *const T, length: u64) -> Answer<&'a [T]> {
    match check_length(start, length)? {
        0 => Ok(&[]),
        length => Ok(slice::from_raw_parts(start, length)),
    }
}

/// # Safety
/// `start` is null or the start of an array of `length` elements that nobody else uses while the result lives.
pub(super) unsafe fn array_mut<'a, T>(start: *mut T, length: u64) -> Answer<&'a mut [T]> {
    match check_length(start, length)? {
        0 => Ok(&mut []),
        length => Ok(slice::from_raw_parts_mut(start, length)),
    }
}

/// # Safety
/// The entry's space is null or open.
pub(super) unsafe fn entry<'a, B: Backend>(entry: &GmcEntry) -> Answer<Entry<'a, B::Space>> {
    let is_window = match entry.kind {
        GMC_ENTRY_REGION => false,
        GMC_ENTRY_WINDOW => true,
        _ => return Err(invalid("a layout entry of a kind that does not exist")),
    };
    let backing = match entry.backing {
        GMC_BACKING_OWN => Backing::Own,
        GMC_BACKING_FD => Backing::Fd { fd: entry.fd, offset: entry.fd_offset },
        GMC_BACKING_HOST => Backing::Host(entry.host as *mut u8),
        GMC_BACKING_SPACE => match handle::<B>(entry.space) {
            Some(handle) => Backing::Space(&handle.space),
            None => return Err(invalid("a layout entry backed by no space")),
        },
        _ => return Err(invalid("a layout entry with a backing that does not exist")),
    };
    Ok(Entry { is_window, rights: entry.rights, base: entry.base, size: entry.size, backing })
}

/// # Safety
/// The layout is null or whole, and its spaces are open.
pub(super) unsafe fn entries<'a, B: Backend>(layout: *const GmcLayout) -> Answer<Option<Vec<Entry<'a, B::Space>>>> {
    match layout.as_ref() {
        None => Ok(None),
        Some(layout) => array(layout.entries, layout.count)?.iter().map(|raw| entry::<B>(raw)).collect::<Answer<Vec<_>>>().map(Some),
    }
}

pub(super) fn order(number: u32) -> Answer<Ordering> {
    match number {
        0 => Ok(Ordering::Relaxed),
        1 => Ok(Ordering::Acquire),
        2 => Ok(Ordering::Release),
        3 => Ok(Ordering::AcqRel),
        4 => Ok(Ordering::SeqCst),
        _ => Err(Status::InvalidArgument.into()),
    }
}

/// Of a load, and of a compare-exchange that fails. The standard library panics on what these cannot have.
pub(super) fn load_order(number: u32) -> Answer<Ordering> {
    match order(number)? {
        Ordering::Release | Ordering::AcqRel => Err(Status::InvalidArgument.into()),
        order => Ok(order),
    }
}

/// Of a store, likewise.
pub(super) fn store_order(number: u32) -> Answer<Ordering> {
    match order(number)? {
        Ordering::Acquire | Ordering::AcqRel => Err(Status::InvalidArgument.into()),
        order => Ok(order),
    }
}

/// Of a compare-exchange. The standard library before Rust 1.64 panics where the order of a failure is the stronger one: then a success gets as
/// strong a one, which no caller can tell from the one asked for.
pub(super) fn compare_orders(success: u32, failure: u32) -> Answer<(Ordering, Ordering)> {
    let (success, failure) = (order(success)?, load_order(failure)?);
    let success = match (success, failure) {
        (_, Ordering::SeqCst) => Ordering::SeqCst,
        (Ordering::Relaxed, Ordering::Acquire) => Ordering::Acquire,
        (Ordering::Release, Ordering::Acquire) => Ordering::AcqRel,
        _ => success,
    };
    Ok((success, failure))
}

pub(super) fn atomic_width(width: u64) -> Answer<u32> {
    match width {
        1 | 2 | 4 | 8 => Ok(width as u32),
        _ => Err(Status::InvalidArgument.into()),
    }
}

pub(super) fn harvest(flags: u32) -> Answer<Harvest> {
    const BOTH: u32 = GMC_HARVEST_READ | GMC_HARVEST_CLEAR;
    match flags {
        GMC_HARVEST_READ => Ok(Harvest::Read),
        GMC_HARVEST_CLEAR => Ok(Harvest::Clear),
        BOTH => Ok(Harvest::ReadAndClear),
        _ => Err(Status::InvalidArgument.into()),
    }
}

/// # Safety
/// `frames` of the request holds `frame_count` numbers.
pub(super) unsafe fn space_request<'a>(request: &GmcSpaceRequest) -> Answer<SpaceRequest<'a>> {
    let kind = match request.kind {
        GMC_SPACE_REGION => SpaceKind::Region { address: request.address },
        GMC_SPACE_RANGE => SpaceKind::Range { address: request.address, size: request.size },
        GMC_SPACE_SNAPSHOT => SpaceKind::Snapshot,
        GMC_SPACE_PAGES => {
            SpaceKind::Pages { frames: array(request.frames, request.frame_count)?, locked: request.flags & GMC_SPACE_LOCKED != 0 }
        }
        _ => return Err(invalid("a kind of space that cannot be opened")),
    };
    Ok(SpaceRequest { kind, writable: request.flags & GMC_SPACE_WRITABLE != 0 })
}
