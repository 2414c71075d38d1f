// SPDX-License-Identifier: Apache-2.0 OR MIT
//! gmcheck's descriptors as the `File`s that vm-memory wants to own.

use std::fs::File;
use std::os::unix::io::{AsRawFd, FromRawFd, RawFd};
use std::sync::{Arc, Mutex, PoisonError};

/// One for each number that was ever lent, kept for good: the last owner of a `File` closes it, and a region may outlive the map, the root and
/// the memory that it was made for. A descriptor is used as it is and not duplicated, because `fds_overlap` compares descriptors.
static LENT: Mutex<Vec<Arc<File>>> = Mutex::new(Vec::new());

/// # Safety
/// `fd` is open, and stays open as long as a mapping is made of it.
pub unsafe fn lend(fd: RawFd) -> Arc<File> {
    let mut lent = LENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(file) = lent.iter().find(|file| file.as_raw_fd() == fd) {
        return Arc::clone(file);
    }
    let file = Arc::new(File::from_raw_fd(fd));
    lent.push(Arc::clone(&file));
    file
}
