// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Plugs the `vm-memory` crate into gmcheck: `GuestMemoryMmap<AtomicBitmap>` as version 0.10.0 has it.
//!
//! Accesses are generic over vm-memory's traits (`GuestMemory`, `GuestMemoryRegion`, `Bytes`, `Bitmap`). What these traits leave out, how a
//! memory comes to be and what is known about a mapping, is a [`Provider`]'s. [`MmapProvider`] is vm-memory's own, exported by `examples/vm_memory_plugin.rs`;
//! a crate with a memory of its own depends on this one and writes another.
//!
//! The adapter adds no check of its own to an access, so that gmcheck sees vm-memory and nothing else; that it marks what atomic references
//! change is said in `atomics`. Where vm-memory would abort the process the adapter declines and says so (`refused`); a panic of vm-memory's is
//! caught by the `gmcheck` crate (`broken`).

mod access;
mod adapter;
mod atomics;
mod dirty;
mod errors;
mod files;
mod memory;
mod mmap;
mod objects;
mod profile;
mod space;
mod transfers;

pub use adapter::VmMemory;
pub use dirty::DirtyBits;
pub use memory::{Plan, Provider, Source};
pub use mmap::MmapProvider;
pub use profile::{of_slices as profile_of_slices, of_traits as profile_of_traits};
pub use space::Space;
