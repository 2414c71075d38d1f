// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Runs the body of an entry, and turns into an outcome what comes of it.

use crate::abi::*;
use crate::failure::{Answer, Failure, Status};
use crate::host::{Host, Level};
use std::any::Any;
use std::cell::RefCell;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    static LAST_PANIC_PLACE: RefCell<Option<String>> = RefCell::new(None);
}

/// A caught panic brings its message but not its place, which only the hook sees. The hook of before still runs.
pub(super) fn remember_places_of_panics() {
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
pub(super) fn guard(host: Host, body: impl FnOnce() -> Answer<GmcOutcome>) -> GmcOutcome {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(failure)) => failure.report(host),
        Err(payload) => broken(host, payload),
    }
}

pub(super) fn done(_: ()) -> GmcOutcome {
    GmcOutcome::default()
}

pub(super) fn value(value: impl Into<u64>) -> GmcOutcome {
    GmcOutcome { value: value.into(), ..GmcOutcome::default() }
}

pub(super) fn count(count: u64) -> GmcOutcome {
    GmcOutcome { flags: GMC_HAS_COUNT, count, ..GmcOutcome::default() }
}

pub(super) fn invalid(reason: &'static str) -> Failure {
    Failure::new(Status::InvalidArgument).because(reason)
}
