// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The groups `memory` and `space`: all that opens and ends spaces.

use super::arguments::{array_mut, entries, entry, on, space_request};
use super::guard::{count, done, guard, invalid};
use super::{BackendHandle, Opened, SpaceHandle};
use crate::abi::*;
use crate::backend::Backend;
use crate::failure::{Answer, Status};
use std::sync::Arc;

/// Gives a space to gmcheck.
///
/// # Safety
/// `out` may be written.
unsafe fn give<B: Backend>(opened: &Arc<Opened<B>>, space: B::Space, out: *mut *mut GmcSpace) {
    *out = Box::into_raw(Box::new(SpaceHandle { opened: opened.clone(), space })) as *mut GmcSpace;
}

pub(super) unsafe extern "C" fn create<B: Backend>(
    backend: *mut GmcBackend,
    _lane: *mut GmcLane,
    layout: *const GmcLayout,
    root: *mut *mut GmcSpace,
) -> GmcOutcome {
    let opened = &*(backend as *const BackendHandle<B>);
    guard(opened.host, || {
        let layout = entries::<B>(layout)?;
        give(opened, opened.backend.create(layout.as_deref())?, root);
        Ok(done(()))
    })
}

/// Takes a handle back from gmcheck, for the backend to end it.
///
/// # Safety
/// `space` is null or an open space, which is not used again.
unsafe fn end<B: Backend>(space: *mut GmcSpace, finish: impl FnOnce(&B, B::Space) -> Answer<()>) -> GmcOutcome {
    if space.is_null() {
        return GmcOutcome { status: Status::InvalidArgument as u16, ..GmcOutcome::default() };
    }
    let handle = Box::from_raw(space as *mut SpaceHandle<B>);
    guard(handle.opened.host, move || {
        let SpaceHandle { opened, space } = *handle;
        finish(&opened.backend, space).map(done)
    })
}

pub(super) unsafe extern "C" fn destroy<B: Backend>(_lane: *mut GmcLane, root: *mut GmcSpace) -> GmcOutcome {
    end::<B>(root, |backend, root| backend.destroy(root))
}

pub(super) unsafe extern "C" fn reset<B: Backend>(_lane: *mut GmcLane, root: *mut GmcSpace) -> GmcOutcome {
    // Nothing else of this memory is open or in use during a reset, so the root can be lent for writing.
    match (root as *mut SpaceHandle<B>).as_mut() {
        Some(SpaceHandle { opened, space }) => guard(opened.host, || opened.backend.reset(space).map(done)),
        None => GmcOutcome { status: Status::InvalidArgument as u16, ..GmcOutcome::default() },
    }
}

pub(super) unsafe extern "C" fn regions<B: Backend>(
    _lane: *mut GmcLane,
    root: *mut GmcSpace,
    regions: *mut GmcRegionInfo,
    room: u64,
) -> GmcOutcome {
    on::<B>(root, |backend, root| {
        let found = backend.regions(root)?;
        if (found.len() as u64) > room {
            return Err(Status::InvalidArgument.into());
        }
        array_mut(regions, found.len() as u64)?.copy_from_slice(&found);
        Ok(count(found.len() as u64))
    })
}

/// Hands out the region space of a map change, or closes it where gmcheck does not want it.
///
/// # Safety
/// `out` is null or may be written.
unsafe fn give_or_close<B: Backend>(opened: &Arc<Opened<B>>, region: B::Space, out: *mut *mut GmcSpace) -> Answer<GmcOutcome> {
    if out.is_null() {
        opened.backend.close_space(region)?;
    } else {
        give(opened, region, out);
    }
    Ok(done(()))
}

pub(super) unsafe extern "C" fn add<B: Backend>(
    _lane: *mut GmcLane,
    root: *mut GmcSpace,
    raw: *const GmcEntry,
    region: *mut *mut GmcSpace,
) -> GmcOutcome {
    on::<B>(root, |backend, space| {
        let raw = raw.as_ref().ok_or_else(|| invalid("no layout entry"))?;
        let added = backend.add(space, &entry::<B>(raw)?)?;
        // SAFETY: `on` has found the handle open.
        give_or_close(&(*(root as *const SpaceHandle<B>)).opened, added, region)
    })
}

pub(super) unsafe extern "C" fn remove<B: Backend>(
    _lane: *mut GmcLane,
    root: *mut GmcSpace,
    base: u64,
    size: u64,
    region: *mut *mut GmcSpace,
) -> GmcOutcome {
    on::<B>(root, |backend, space| {
        let removed = backend.remove(space, base, size)?;
        // SAFETY: `on` has found the handle open.
        give_or_close(&(*(root as *const SpaceHandle<B>)).opened, removed, region)
    })
}

pub(super) unsafe extern "C" fn replace<B: Backend>(_lane: *mut GmcLane, root: *mut GmcSpace, layout: *const GmcLayout) -> GmcOutcome {
    on::<B>(root, |backend, root| {
        let layout = entries::<B>(layout)?.ok_or_else(|| invalid("no layout"))?;
        backend.replace(root, &layout).map(done)
    })
}

pub(super) unsafe extern "C" fn protect<B: Backend>(
    _lane: *mut GmcLane,
    root: *mut GmcSpace,
    address: u64,
    size: u64,
    rights: u32,
) -> GmcOutcome {
    on::<B>(root, |backend, root| backend.protect(root, address, size, rights).map(done))
}

pub(super) unsafe extern "C" fn open_space<B: Backend>(
    _lane: *mut GmcLane,
    parent: *mut GmcSpace,
    request: *const GmcSpaceRequest,
    space: *mut *mut GmcSpace,
) -> GmcOutcome {
    on::<B>(parent, |backend, parent_space| {
        let request = request.as_ref().ok_or_else(|| invalid("no request"))?;
        let opened_space = backend.open_space(parent_space, &space_request(request)?)?;
        // SAFETY: `on` has found the handle open.
        give(&(*(parent as *const SpaceHandle<B>)).opened, opened_space, space);
        Ok(done(()))
    })
}

pub(super) unsafe extern "C" fn close_space<B: Backend>(_lane: *mut GmcLane, space: *mut GmcSpace) -> GmcOutcome {
    end::<B>(space, |backend, space| backend.close_space(space))
}
