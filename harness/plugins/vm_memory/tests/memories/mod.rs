// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Memories of the adapter's, and short words for what the tests ask of them.
#![allow(dead_code)] // each test program uses a part

use gmcheck::{Answer, Backend, Backing, DirtyWord, Entry, Harvest, Host, SpaceKind, SpaceRequest, Status};
use gmcheck_vm_memory::{MmapProvider, VmMemory};
use std::fs::File;
use std::os::unix::io::{FromRawFd, RawFd};
use vm_memory::GuestMemoryMmap;

pub type Adapter = VmMemory<MmapProvider>;
pub type Space = gmcheck_vm_memory::Space<GuestMemoryMmap<vm_memory::bitmap::AtomicBitmap>>;

pub fn open(config: &str) -> Adapter {
    Adapter::open(Host::silent(), config).unwrap()
}

pub fn own<'a>(base: u64, size: u64) -> Entry<'a, Space> {
    Entry { is_window: false, rights: 3, base, size, backing: Backing::Own }
}

pub fn on_file<'a>(base: u64, size: u64, fd: RawFd, offset: u64) -> Entry<'a, Space> {
    Entry { backing: Backing::Fd { fd, offset }, ..own(base, size) }
}

pub fn memfd(size: u64) -> File {
    let file = unsafe { File::from_raw_fd(libc::memfd_create(b"region\0".as_ptr() as *const libc::c_char, 0)) };
    file.set_len(size).unwrap();
    file
}

pub fn region_space(adapter: &Adapter, root: &Space, address: u64) -> Answer<Space> {
    adapter.open_space(root, &SpaceRequest { kind: SpaceKind::Region { address }, writable: true })
}

pub fn range(adapter: &Adapter, parent: &Space, address: u64, size: u64) -> Answer<Space> {
    adapter.open_space(parent, &SpaceRequest { kind: SpaceKind::Range { address, size }, writable: true })
}

pub fn snapshot(adapter: &Adapter, root: &Space) -> Answer<Space> {
    adapter.open_space(root, &SpaceRequest { kind: SpaceKind::Snapshot, writable: true })
}

pub fn status<T>(answer: Answer<T>) -> Status {
    match answer {
        Ok(_) => Status::Ok,
        Err(failure) => failure.status(),
    }
}

pub fn rejects(adapter: &Adapter, layout: &[Entry<'_, Space>]) -> Status {
    status(adapter.create(Some(layout)))
}

/// Two regions that touch, a hole, and a third region.
pub fn three_regions(adapter: &Adapter) -> Space {
    adapter.create(Some(&[own(0x1000, 0x1000), own(0x2000, 0x800), own(0x4000, 0x1000)])).unwrap()
}

pub fn dense(adapter: &Adapter, region: &Space, what: Harvest) -> Vec<u64> {
    let mut words = [u64::MAX; 8];
    let count = adapter.harvest_dense(region, what, &mut words).unwrap();
    words[..count as usize].to_vec()
}

pub fn sparse(adapter: &Adapter, space: &Space, what: Harvest) -> Vec<(u64, u64)> {
    let mut words = [DirtyWord::default(); 16];
    let count = adapter.harvest_sparse(space, what, &mut words).unwrap();
    words[..count as usize].iter().map(|word| (word.index, word.bits)).collect()
}
