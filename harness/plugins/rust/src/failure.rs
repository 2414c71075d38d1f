// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a backend answers when it does not answer with a result.

use crate::abi::{GmcOutcome, GMC_HAS_ADDRESS, GMC_HAS_COUNT};
use crate::host::{Host, Level};
use std::borrow::Cow;

/// The statuses of the contract, with its frozen numbers. `enum GmcStatus` in the header says what each means. `broken` is not for backends:
/// they panic, and the wrapper answers it.
#[repr(u16)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Ok = 0,
    Mismatch = 1,
    Short = 2,
    OutOfRange = 3,
    Misaligned = 4,
    Denied = 5,
    Unsupported = 6,
    Busy = 7,
    InvalidArgument = 8,
    Io = 9,
    Fault = 10,
    NoMemory = 11,
    BadState = 12,
    Overlap = 13,
    NotFound = 14,
    Refused = 15,
    Broken = 16,
    Lost = 17,
}

/// A call that did not end with a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    status: Status,
    native: i32,
    count: Option<u64>,
    address: Option<u64>,
    reason: Option<Cow<'static, str>>,
}

/// What every method of a backend returns.
pub type Answer<T> = Result<T, Failure>;

impl Failure {
    pub const fn new(status: Status) -> Self {
        Failure { status, native: 0, count: None, address: None, reason: None }
    }

    /// The adapter declines, because the implementation would abort or could not even be asked. Never counts as a pass.
    pub fn refused(reason: impl Into<Cow<'static, str>>) -> Self {
        Failure::new(Status::Refused).because(reason)
    }

    /// The implementation's own error code; shown, never compared.
    pub const fn with_native(mut self, native: i32) -> Self {
        self.native = native;
        self
    }

    /// How many bytes were moved before the failure.
    pub const fn with_count(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }

    /// The first byte that failed, in the memory's own addresses.
    pub const fn with_address(mut self, address: u64) -> Self {
        self.address = Some(address);
        self
    }

    /// Written to gmcheck's log before the call returns. One line. Costs a call into gmcheck: for what is rare, not for each miss.
    pub fn because(mut self, reason: impl Into<Cow<'static, str>>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    pub fn status(&self) -> Status {
        self.status
    }

    /// Writes the reason to the log and makes the outcome.
    pub(crate) fn report(self, host: Host) -> GmcOutcome {
        if let Some(reason) = &self.reason {
            host.log(if self.status == Status::Refused { Level::Warning } else { Level::Note }, reason);
        }
        let count_flag = if self.count.is_some() { GMC_HAS_COUNT } else { 0 };
        let address_flag = if self.address.is_some() { GMC_HAS_ADDRESS } else { 0 };
        GmcOutcome {
            status: self.status as u16,
            flags: count_flag | address_flag,
            native: self.native,
            count: self.count.unwrap_or(0),
            address: self.address.unwrap_or(0),
            value: 0,
        }
    }
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        Failure::new(status)
    }
}

/// The answer to everything that a backend does not have.
pub const fn not_offered<T>() -> Answer<T> {
    Err(Failure::new(Status::Unsupported))
}
