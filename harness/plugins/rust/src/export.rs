// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The tables of the contract over a `Backend`, and the only unsafe code that a plugin has.
//!
//! Every entry runs its body in `guard`, so nothing unwinds into C. Handles are boxes: a `BackendHandle` is one more reference to the opened
//! backend, a `SpaceHandle` is one to the backend beside the space. What gmcheck promises about its arguments (handles are open, arrays are as
//! long as it says, nothing is freed before the call returns) is what the `unsafe` blocks here rest on.

use crate::abi::*;
use crate::backend::{Backend, Backing, Entry, Fetch, Harvest, Offers, SpaceKind, SpaceRequest};
use crate::failure::{Answer, Failure, Status};
use crate::host::{Host, Level};
use std::any::Any;
use std::cell::RefCell;
use std::ffi::CStr;
use std::marker::PhantomData;
use std::mem::size_of;
use std::os::raw::{c_char, c_void};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::ptr;
use std::slice;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Once};

struct Opened<B> {
    backend: B,
    host: Host,
}

type BackendHandle<B> = Arc<Opened<B>>;

struct SpaceHandle<B: Backend> {
    opened: Arc<Opened<B>>,
    space: B::Space,
}

// ---------------------------------------------------------------------------------------------------------------------- Panics

thread_local! {
    static LAST_PANIC_PLACE: RefCell<Option<String>> = RefCell::new(None);
}

/// A caught panic brings its message but not its place, which only the hook sees. The hook of before still runs.
fn remember_places_of_panics() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let place = panic.location().map(|location| location.to_string());
            // While a thread ends its storage may be gone; then the place is not known.
            let _ = LAST_PANIC_PLACE.try_with(|last| *last.borrow_mut() = place);
            previous(panic);
        }));
    });
}

fn broken(host: Host, payload: Box<dyn Any + Send>) -> GmcOutcome {
    let message = match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (None, Some(text)) => text.clone(),
        (None, None) => "a value that is no text".to_owned(),
    };
    // Whoever panics with a value whose destructor panics again would unwind into C here.
    std::mem::forget(payload);
    let place = LAST_PANIC_PLACE.try_with(|last| last.borrow_mut().take()).ok().flatten();
    let place = place.map_or_else(String::new, |place| format!(" at {}", place));
    host.log(Level::Error, &format!("panicked{}: {}", place, message));
    Failure::new(Status::Broken).report(host)
}

/// Runs the body of an entry; nothing unwinds out of it.
fn guard(host: Host, body: impl FnOnce() -> Answer<GmcOutcome>) -> GmcOutcome {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(failure)) => failure.report(host),
        Err(payload) => broken(host, payload),
    }
}

// -------------------------------------------------------------------------------------------------------------------- Outcomes

fn done(_: ()) -> GmcOutcome {
    GmcOutcome::default()
}

fn value(value: impl Into<u64>) -> GmcOutcome {
    GmcOutcome { value: value.into(), ..GmcOutcome::default() }
}

fn count(count: u64) -> GmcOutcome {
    GmcOutcome { flags: GMC_HAS_COUNT, count, ..GmcOutcome::default() }
}

fn invalid(reason: &'static str) -> Failure {
    Failure::new(Status::InvalidArgument).because(reason)
}

// ------------------------------------------------------------------------------------------------------------------- Arguments

/// # Safety
/// `space` is null or an open space of this backend's.
unsafe fn handle<'a, B: Backend>(space: *mut GmcSpace) -> Option<&'a SpaceHandle<B>> {
    (space as *const SpaceHandle<B>).as_ref()
}

/// Runs `body` on an open space.
///
/// # Safety
/// As `handle`.
unsafe fn on<B: Backend>(space: *mut GmcSpace, body: impl FnOnce(&B, &B::Space) -> Answer<GmcOutcome>) -> GmcOutcome {
    match handle::<B>(space) {
        Some(handle) => guard(handle.opened.host, || body(&handle.opened.backend, &handle.space)),
        None => GmcOutcome { status: Status::InvalidArgument as u16, ..GmcOutcome::default() },
    }
}

/// Gives a space to gmcheck.
///
/// # Safety
/// `out` may be written.
unsafe fn give<B: Backend>(opened: &Arc<Opened<B>>, space: B::Space, out: *mut *mut GmcSpace) {
    *out = Box::into_raw(Box::new(SpaceHandle { opened: opened.clone(), space })) as *mut GmcSpace;
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
unsafe fn array<'a, T>(start: *const T, length: u64) -> Answer<&'a [T]> {
    match check_length(start, length)? {
        0 => Ok(&[]),
        length => Ok(slice::from_raw_parts(start, length)),
    }
}

/// # Safety
/// `start` is null or the start of an array of `length` elements that nobody else uses while the result lives.
unsafe fn array_mut<'a, T>(start: *mut T, length: u64) -> Answer<&'a mut [T]> {
    match check_length(start, length)? {
        0 => Ok(&mut []),
        length => Ok(slice::from_raw_parts_mut(start, length)),
    }
}

/// # Safety
/// The entry's space is null or open.
unsafe fn entry<'a, B: Backend>(entry: &GmcEntry) -> Answer<Entry<'a, B::Space>> {
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
unsafe fn entries<'a, B: Backend>(layout: *const GmcLayout) -> Answer<Option<Vec<Entry<'a, B::Space>>>> {
    match layout.as_ref() {
        None => Ok(None),
        Some(layout) => array(layout.entries, layout.count)?.iter().map(|raw| entry::<B>(raw)).collect::<Answer<Vec<_>>>().map(Some),
    }
}

fn order(number: u32) -> Answer<Ordering> {
    match number {
        0 => Ok(Ordering::Relaxed),
        1 => Ok(Ordering::Acquire),
        2 => Ok(Ordering::Release),
        3 => Ok(Ordering::AcqRel),
        4 => Ok(Ordering::SeqCst),
        _ => Err(Status::InvalidArgument.into()),
    }
}

fn atomic_width(width: u64) -> Answer<u32> {
    match width {
        1 | 2 | 4 | 8 => Ok(width as u32),
        _ => Err(Status::InvalidArgument.into()),
    }
}

fn harvest(flags: u32) -> Answer<Harvest> {
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
unsafe fn space_request<'a>(request: &GmcSpaceRequest) -> Answer<SpaceRequest<'a>> {
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

// -------------------------------------------------------------------------------------------------------------- Group `memory`

unsafe extern "C" fn create<B: Backend>(
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

unsafe extern "C" fn destroy<B: Backend>(_lane: *mut GmcLane, root: *mut GmcSpace) -> GmcOutcome {
    end::<B>(root, |backend, root| backend.destroy(root))
}

unsafe extern "C" fn reset<B: Backend>(_lane: *mut GmcLane, root: *mut GmcSpace) -> GmcOutcome {
    // Nothing else of this memory is open or in use during a reset, so the root can be lent for writing.
    match (root as *mut SpaceHandle<B>).as_mut() {
        Some(SpaceHandle { opened, space }) => guard(opened.host, || opened.backend.reset(space).map(done)),
        None => GmcOutcome { status: Status::InvalidArgument as u16, ..GmcOutcome::default() },
    }
}

unsafe extern "C" fn regions<B: Backend>(_lane: *mut GmcLane, root: *mut GmcSpace, regions: *mut GmcRegionInfo, room: u64) -> GmcOutcome {
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

unsafe extern "C" fn add<B: Backend>(
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

unsafe extern "C" fn remove<B: Backend>(
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

unsafe extern "C" fn replace<B: Backend>(_lane: *mut GmcLane, root: *mut GmcSpace, layout: *const GmcLayout) -> GmcOutcome {
    on::<B>(root, |backend, root| {
        let layout = entries::<B>(layout)?.ok_or_else(|| invalid("no layout"))?;
        backend.replace(root, &layout).map(done)
    })
}

unsafe extern "C" fn protect<B: Backend>(_lane: *mut GmcLane, root: *mut GmcSpace, address: u64, size: u64, rights: u32) -> GmcOutcome {
    on::<B>(root, |backend, root| backend.protect(root, address, size, rights).map(done))
}

// --------------------------------------------------------------------------------------------------------------- Group `space`

unsafe extern "C" fn open_space<B: Backend>(
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

unsafe extern "C" fn close_space<B: Backend>(_lane: *mut GmcLane, space: *mut GmcSpace) -> GmcOutcome {
    end::<B>(space, |backend, space| backend.close_space(space))
}

// -------------------------------------------------------------------------------------------------------------- Group `access`

unsafe extern "C" fn read<B: Backend>(
    _lane: *mut GmcLane,
    space: *mut GmcSpace,
    address: u64,
    buffer: *mut c_void,
    size: u64,
) -> GmcOutcome {
    on::<B>(space, |backend, space| backend.read(space, address, array_mut(buffer as *mut u8, size)?).map(done))
}

unsafe extern "C" fn write<B: Backend>(
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
            unsafe extern "C" fn $load<B: Backend>(_lane: *mut GmcLane, space: *mut GmcSpace, address: u64) -> GmcOutcome {
                on::<B>(space, |backend, space| backend.$load(space, address).map(value))
            }

            unsafe extern "C" fn $store<B: Backend>(
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

unsafe extern "C" fn atomic_load<B: Backend>(
    _lane: *mut GmcLane,
    space: *mut GmcSpace,
    address: u64,
    width: u32,
    number: u32,
) -> GmcOutcome {
    on::<B>(space, |backend, space| backend.atomic_load(space, address, atomic_width(width.into())?, order(number)?).map(value))
}

unsafe extern "C" fn atomic_store<B: Backend>(
    _lane: *mut GmcLane,
    space: *mut GmcSpace,
    address: u64,
    width: u32,
    value: u64,
    number: u32,
) -> GmcOutcome {
    on::<B>(space, |backend, space| backend.atomic_store(space, address, atomic_width(width.into())?, value, order(number)?).map(done))
}

unsafe extern "C" fn compare_exchange<B: Backend>(
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
        let (width, order, failure_order) = (atomic_width(width.into())?, order(number)?, order(failure_number)?);
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

unsafe extern "C" fn submit<B: Backend>(_lane: *mut GmcLane, calls: *const GmcCall, count: u64, outcomes: *mut GmcOutcome) -> GmcOutcome {
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
        GMC_CALL_ATOMIC_LOAD..=GMC_CALL_COMPARE_EXCHANGE | GMC_CALL_EXCHANGE..=GMC_CALL_FETCH_XOR => call_atomic(backend, space, call),
        _ => call_query(backend, space, call),
    }
}

fn call_atomic<B: Backend>(backend: &B, space: &B::Space, call: &GmcCall) -> Answer<GmcOutcome> {
    // A compare-exchange of 16 bytes would come with its operands in the buffer; the standard library has no such atomic.
    if call.size == 16 {
        return Err(Status::Unsupported.into());
    }
    let (width, order_of_call) = (atomic_width(call.size)?, order(call.order)?);
    let fetch = |op| backend.fetch(space, op, call.address, width, call.value, order_of_call).map(value);
    match call.op {
        GMC_CALL_ATOMIC_LOAD => backend.atomic_load(space, call.address, width, order_of_call).map(value),
        GMC_CALL_ATOMIC_STORE => backend.atomic_store(space, call.address, width, call.value, order_of_call).map(done),
        GMC_CALL_COMPARE_EXCHANGE => {
            let failure_order = order(call.failure_order)?;
            backend.compare_exchange(space, call.address, width, call.expected, call.value, order_of_call, failure_order).map(compared)
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
/// The record's other space is null or open.
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
        GMC_CALL_IOVA => backend.iova(space, address).map(value),
        _ => Err(invalid("a call record with an operation that does not exist")),
    }
}

// --------------------------------------------------------------------------------------------------------------- Group `dirty`

unsafe extern "C" fn track<B: Backend>(_lane: *mut GmcLane, space: *mut GmcSpace, is_on: u32) -> GmcOutcome {
    on::<B>(space, |backend, space| backend.track(space, is_on != 0).map(done))
}

unsafe extern "C" fn mark<B: Backend>(_lane: *mut GmcLane, space: *mut GmcSpace, address: u64, size: u64) -> GmcOutcome {
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

unsafe extern "C" fn harvest_dense<B: Backend>(
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

unsafe extern "C" fn harvest_sparse<B: Backend>(
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
