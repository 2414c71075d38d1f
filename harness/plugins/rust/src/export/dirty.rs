// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The group `dirty`.

use super::arguments::{array_mut, harvest, on};
use super::guard::{count, done};
use crate::abi::*;
use crate::backend::{Backend, Harvest};

pub(super) unsafe extern "C" fn track<B: Backend>(_lane: *mut GmcLane, space: *mut GmcSpace, is_on: u32) -> GmcOutcome {
    on::<B>(space, |backend, space| backend.track(space, is_on != 0).map(done))
}

pub(super) unsafe extern "C" fn mark<B: Backend>(_lane: *mut GmcLane, space: *mut GmcSpace, address: u64, size: u64) -> GmcOutcome {
    on::<B>(space, |backend, space| backend.mark(space, address, size).map(done))
}

/// A harvest that only clears has nothing to count.
fn harvested(what: Harvest, words: u64) -> GmcOutcome {
    if what.reads() {
        count(words)
    } else {
        done(())
    }
}

pub(super) unsafe extern "C" fn harvest_dense<B: Backend>(
    _lane: *mut GmcLane,
    space: *mut GmcSpace,
    flags: u32,
    words: *mut u64,
    room: u64,
) -> GmcOutcome {
    on::<B>(space, |backend, space| {
        let what = harvest(flags)?;
        backend.harvest_dense(space, what, array_mut(words, room)?).map(|written| harvested(what, written))
    })
}

pub(super) unsafe extern "C" fn harvest_sparse<B: Backend>(
    _lane: *mut GmcLane,
    space: *mut GmcSpace,
    flags: u32,
    words: *mut GmcDirtyWord,
    room: u64,
) -> GmcOutcome {
    on::<B>(space, |backend, space| {
        let what = harvest(flags)?;
        backend.harvest_sparse(space, what, array_mut(words, room)?).map(|written| harvested(what, written))
    })
}
