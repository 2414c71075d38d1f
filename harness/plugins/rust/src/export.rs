// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The tables of the contract over a `Backend`, and with the modules below the only unsafe code that a plugin has.
//!
//! Every entry runs its body in `guard`, so nothing unwinds into C. Handles are boxes: a `BackendHandle` is one more reference to the opened
//! backend, a `SpaceHandle` is one to the backend beside the space. What gmcheck promises about its arguments (handles are open, arrays are as
//! long as it says, nothing is freed before the call returns) is what the `unsafe` blocks here rest on.

mod access;
mod arguments;
mod dirty;
mod guard;
mod memory;

use crate::abi::*;
use crate::backend::{Backend, Offers};
use crate::host::Host;
use access::*;
use arguments::handle;
use dirty::*;
use guard::{done, guard, invalid, remember_places_of_panics};
use memory::*;
use std::ffi::CStr;
use std::marker::PhantomData;
use std::mem::size_of;
use std::os::raw::{c_char, c_void};
use std::ptr;
use std::sync::Arc;

struct Opened<B> {
    backend: B,
    host: Host,
}

type BackendHandle<B> = Arc<Opened<B>>;

struct SpaceHandle<B: Backend> {
    opened: Arc<Opened<B>>,
    space: B::Space,
}

// ---------------------------------------------------------------------------------------------------------------------- Plugin

/// The table that `gmc_plugin` answers. Name and version end in a zero byte. Use `export_plugin!`, or this to link a backend in.
pub const fn plugin_table<B: Backend>(name: &'static str, version: &'static str) -> GmcPlugin {
    assert!(name.as_bytes()[name.len() - 1] == 0 && version.as_bytes()[version.len() - 1] == 0);
    GmcPlugin {
        size: size_of::<GmcPlugin>() as u64,
        abi_version: GMC_ABI_VERSION,
        reserved: 0,
        name: name.as_ptr() as *const c_char,
        version: version.as_ptr() as *const c_char,
        open: Some(open::<B>),
        close: Some(close::<B>),
        describe: Some(describe::<B>),
        group: Some(group::<B>),
    }
}

unsafe extern "C" fn open<B: Backend>(host: *const GmcHost, config: *const c_char, backend: *mut *mut GmcBackend) -> GmcOutcome {
    let host = Host::new(host);
    guard(host, || {
        remember_places_of_panics();
        let config = if config.is_null() { Ok("") } else { CStr::from_ptr(config).to_str() };
        let config = config.map_err(|_| invalid("the config is no UTF-8"))?;
        let handle: BackendHandle<B> = Arc::new(Opened { backend: B::open(host, config)?, host });
        *backend = Box::into_raw(Box::new(handle)) as *mut GmcBackend;
        Ok(done(()))
    })
}

unsafe extern "C" fn close<B: Backend>(backend: *mut GmcBackend) {
    if backend.is_null() {
        return;
    }
    let handle = Box::from_raw(backend as *mut BackendHandle<B>);
    // `close` has no outcome: a panic in the backend's destructor is in the log only.
    guard(handle.host, || {
        drop(handle);
        Ok(done(()))
    });
}

unsafe extern "C" fn describe<B: Backend>(backend: *mut GmcBackend, space: *mut GmcSpace, sink: *mut GmcSink) -> GmcOutcome {
    let opened = &*(backend as *const BackendHandle<B>);
    guard(opened.host, || {
        let mut text = String::new();
        opened.backend.describe(handle::<B>(space).map(|handle| &handle.space), &mut text)?;
        if let Some(write) = sink.as_ref().and_then(|sink| sink.write) {
            write(sink, text.as_ptr() as *const c_char, text.len() as u64);
        }
        Ok(done(()))
    })
}

/// The tables are constants, so there is nothing in here that could panic.
unsafe extern "C" fn group<B: Backend>(_backend: *mut GmcBackend, id: u32) -> *const c_void {
    match id {
        GMC_GROUP_MEMORY => Tables::<B>::MEMORY as *const GmcMemoryGroup as *const c_void,
        GMC_GROUP_SPACE if B::OFFERS.any_of(Offers::SPACES) => Tables::<B>::SPACE as *const GmcSpaceGroup as *const c_void,
        GMC_GROUP_ACCESS => Tables::<B>::ACCESS as *const GmcAccessGroup as *const c_void,
        GMC_GROUP_DIRTY if B::OFFERS.any_of(DIRTY_OFFERS) => Tables::<B>::DIRTY as *const GmcDirtyGroup as *const c_void,
        _ => ptr::null(),
    }
}

// ---------------------------------------------------------------------------------------------------------------------- Tables

const DIRTY_OFFERS: Offers = Offers::TRACK.and(Offers::MARK).and(Offers::HARVEST_DENSE).and(Offers::HARVEST_SPARSE);

struct Tables<B>(PhantomData<B>);

/// A function where the offer is made, else null.
macro_rules! offered {
    ($offer:ident, $function:expr) => {
        if B::OFFERS.any_of(Offers::$offer) {
            Some($function)
        } else {
            None
        }
    };
}

impl<B: Backend> Tables<B> {
    const MEMORY: &'static GmcMemoryGroup = &GmcMemoryGroup {
        size: size_of::<GmcMemoryGroup>() as u64,
        create: Some(create::<B>),
        destroy: Some(destroy::<B>),
        reset: offered!(RESET, reset::<B>),
        regions: offered!(REGIONS, regions::<B>),
        add: offered!(ADD, add::<B>),
        remove: offered!(REMOVE, remove::<B>),
        replace: offered!(REPLACE, replace::<B>),
        protect: offered!(PROTECT, protect::<B>),
    };

    const SPACE: &'static GmcSpaceGroup =
        &GmcSpaceGroup { size: size_of::<GmcSpaceGroup>() as u64, open: Some(open_space::<B>), close: Some(close_space::<B>) };

    const ACCESS: &'static GmcAccessGroup = &GmcAccessGroup {
        size: size_of::<GmcAccessGroup>() as u64,
        read: Some(read::<B>),
        write: Some(write::<B>),
        load8: offered!(TYPED, load8::<B>),
        load16: offered!(TYPED, load16::<B>),
        load32: offered!(TYPED, load32::<B>),
        load64: offered!(TYPED, load64::<B>),
        store8: offered!(TYPED, store8::<B>),
        store16: offered!(TYPED, store16::<B>),
        store32: offered!(TYPED, store32::<B>),
        store64: offered!(TYPED, store64::<B>),
        atomic_load: offered!(ATOMIC_LOAD, atomic_load::<B>),
        atomic_store: offered!(ATOMIC_STORE, atomic_store::<B>),
        compare_exchange: offered!(COMPARE_EXCHANGE, compare_exchange::<B>),
        submit: offered!(CALLS, submit::<B>),
    };

    const DIRTY: &'static GmcDirtyGroup = &GmcDirtyGroup {
        size: size_of::<GmcDirtyGroup>() as u64,
        track: offered!(TRACK, track::<B>),
        mark: offered!(MARK, mark::<B>),
        harvest_dense: offered!(HARVEST_DENSE, harvest_dense::<B>),
        harvest_sparse: offered!(HARVEST_SPARSE, harvest_sparse::<B>),
    };
}
