// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What gmcheck offers to a backend.

use crate::abi::{GmcHost, GMC_LOG_ERROR, GMC_LOG_NOTE, GMC_LOG_WARNING};
use std::os::raw::c_char;

/// Of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Error,
    Warning,
    Note,
}

/// gmcheck's side of an opened backend. Copied freely; usable from any thread until the backend is closed.
#[derive(Clone, Copy)]
pub struct Host {
    table: *const GmcHost,
}

// SAFETY: the contract lets both functions be called from any thread, and the table is never written.
unsafe impl Send for Host {}
// SAFETY: as above.
unsafe impl Sync for Host {}

impl Host {
    /// Logs nowhere: for a backend's own tests.
    pub const fn silent() -> Self {
        Host { table: std::ptr::null() }
    }

    /// # Safety
    /// `table` is null or lives as long as the host is used.
    pub(crate) unsafe fn new(table: *const GmcHost) -> Self {
        Host { table }
    }

    /// Writes one line to gmcheck's log.
    pub fn log(&self, level: Level, text: &str) {
        let level = match level {
            Level::Error => GMC_LOG_ERROR,
            Level::Warning => GMC_LOG_WARNING,
            Level::Note => GMC_LOG_NOTE,
        };
        let text = text.trim_end_matches('\n');
        // SAFETY: `new` promises that the table lives; the text is borrowed for the call only.
        unsafe {
            if let Some(log) = self.table.as_ref().and_then(|table| table.log) {
                log(self.table, level, text.as_ptr() as *const c_char, text.len() as u64);
            }
        }
    }

    /// Lets gmcheck run another lane here. `site` is one of the header's `GMC_SITE_*` numbers. No lock may be held that another call needs.
    pub fn yield_at(&self, site: u32, address: u64) {
        // SAFETY: as in `log`; a null lane is the calling thread.
        unsafe {
            if let Some(function) = self.table.as_ref().and_then(|table| table.yield_) {
                function(self.table, std::ptr::null_mut(), site, address);
            }
        }
    }
}
