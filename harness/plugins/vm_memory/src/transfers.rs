// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Transfers from and to descriptors: those of vm-memory's `Bytes`, over a `File`.

use crate::access::on;
use crate::space::Space;
use gmcheck::Answer;
use std::fs::File;
use std::mem::ManuallyDrop;
use std::os::unix::io::{FromRawFd, RawFd};
use vm_memory::{Bytes, GuestMemory};

/// The descriptor is gmcheck's, which closes it.
fn borrow(fd: RawFd) -> ManuallyDrop<File> {
    // SAFETY: it is open until the call returns, nobody else uses it meanwhile, and the `File` that is made of it is never dropped.
    ManuallyDrop::new(unsafe { File::from_raw_fd(fd) })
}

pub fn read_from<M: GuestMemory>(space: &Space<M>, address: u64, size: u64, fd: RawFd, is_exact: bool) -> Answer<u64> {
    let mut file = borrow(fd);
    let count = size as usize;
    if is_exact {
        on!(space, address, count, |bytes, at| bytes.read_exact_from(at, &mut *file, count)).map(|()| size)
    } else {
        on!(space, address, count, |bytes, at| bytes.read_from(at, &mut *file, count)).map(|moved| moved as u64)
    }
}

pub fn write_to<M: GuestMemory>(space: &Space<M>, address: u64, size: u64, fd: RawFd, is_exact: bool) -> Answer<u64> {
    let mut file = borrow(fd);
    let count = size as usize;
    if is_exact {
        on!(space, address, count, |bytes, at| bytes.write_all_to(at, &mut *file, count)).map(|()| size)
    } else {
        on!(space, address, count, |bytes, at| bytes.write_to(at, &mut *file, count)).map(|moved| moved as u64)
    }
}
