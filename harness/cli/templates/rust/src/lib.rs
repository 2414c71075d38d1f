// SPDX-License-Identifier: Apache-2.0 OR MIT
//! @NAME@ as a backend of gmcheck. The trait `gmcheck::Backend` says what there is; what each answer has to be stands in CONTRACT.md.
//!
//! This works as it is: a guest memory of up to 16 regions, each a vector. Put your own in three places:
//!  1. `Memory`: your memory, or calls of it.
//!  2. `PROFILE`: what your memory is like, where it differs from the defaults in CONTRACT.md ("Profile").
//!  3. `OFFERS`, and the methods of `Backend` with the same names (`atomic_load`, `harvest_dense`, `reset`, ...): what more you offer. The
//!     clauses that need what is not there do not apply.

use gmcheck::{Answer, Backend, Backing, Entry, Host, Offers, Region, Status};
use std::sync::Mutex;

/// 2. One `name = value` a line. What is declared is held against what is done, in both directions.
const PROFILE: &str = "\
regions_max = 16
region_ends_at_2_64 = accept
region_api = list
iteration_order = as_given
";
const REGIONS_MAX: usize = 16;
/// Larger regions are refused: a vector that cannot be allocated aborts the process.
const BYTES_MAX: u64 = 64 << 20;

struct Block {
    base: u64,
    bytes: Vec<u8>,
}

impl Block {
    /// Of the last byte: the end itself may be 2^64.
    fn last(&self) -> u64 {
        self.base + (self.bytes.len() as u64 - 1)
    }
}

/// 1. What is behind a handle of gmcheck's. A panic is answered `broken`, which is always a violation.
pub struct Memory {
    blocks: Mutex<Vec<Block>>,
}

impl Memory {
    /// Hands `size` bytes at `address` to `access`. One region has to hold them all (cross_region), and all bytes move or none does
    /// (range_fail_effect); of no bytes every place is fine.
    fn on<T>(&self, address: u64, size: usize, access: impl FnOnce(&mut [u8]) -> T) -> Answer<T> {
        if size == 0 {
            return Ok(access(&mut []));
        }
        for block in self.blocks.lock().unwrap().iter_mut() {
            if block.base <= address && address <= block.last() {
                let offset = (address - block.base) as usize;
                if size <= block.bytes.len() - offset {
                    return Ok(access(&mut block.bytes[offset..offset + size]));
                }
            }
        }
        Err(Status::OutOfRange.into())
    }

    fn load<const N: usize>(&self, address: u64) -> Answer<[u8; N]> {
        let mut object = [0; N];
        self.on(address, N, |bytes| object.copy_from_slice(bytes))?;
        Ok(object)
    }

    fn store<const N: usize>(&self, address: u64, object: [u8; N]) -> Answer<()> {
        self.on(address, N, |bytes| bytes.copy_from_slice(&object))
    }
}

/// Makes a region beside those that are there, or says why it cannot be one.
fn block(entry: &Entry<'_, Memory>, others: &[Block]) -> Answer<Block> {
    if entry.is_window || entry.size == 0 {
        return Err(Status::InvalidArgument.into());
    }
    if !matches!(entry.backing, Backing::Own) {
        return Err(Status::Unsupported.into());
    }
    let last = entry.base.checked_add(entry.size - 1).ok_or(Status::OutOfRange)?;
    if others.iter().any(|other| entry.base <= other.last() && other.base <= last) {
        return Err(Status::Overlap.into());
    }
    if others.len() == REGIONS_MAX || entry.size > BYTES_MAX {
        return Err(Status::NoMemory.into());
    }
    Ok(Block { base: entry.base, bytes: vec![0; entry.size as usize] })
}

/// What belongs to no single memory.
pub struct Owner;

impl Backend for Owner {
    type Space = Memory;

    /// 3.
    const OFFERS: Offers = Offers::REGIONS.and(Offers::TYPED);

    fn open(_host: Host, config: &str) -> Answer<Self> {
        if config.is_empty() {
            Ok(Owner)
        } else {
            Err(Status::InvalidArgument.into())
        }
    }

    fn describe(&self, space: Option<&Memory>, text: &mut String) -> Answer<()> {
        if space.is_none() {
            text.push_str(PROFILE);
        }
        Ok(())
    }

    /// A layout is accepted wholly or not at all.
    fn create(&self, layout: Option<&[Entry<'_, Memory>]>) -> Answer<Memory> {
        let mut blocks = Vec::new();
        for entry in layout.ok_or(Status::Unsupported)? {
            let next = block(entry, &blocks)?;
            blocks.push(next);
        }
        Ok(Memory { blocks: Mutex::new(blocks) })
    }

    fn regions(&self, root: &Memory) -> Answer<Vec<Region>> {
        let info = |block: &Block| Region { base: block.base, size: block.bytes.len() as u64, rights: 3, reserved: 0 };
        Ok(root.blocks.lock().unwrap().iter().map(info).collect())
    }

    fn read(&self, memory: &Memory, address: u64, buffer: &mut [u8]) -> Answer<()> {
        memory.on(address, buffer.len(), |bytes| buffer.copy_from_slice(bytes))
    }
    fn write(&self, memory: &Memory, address: u64, buffer: &[u8]) -> Answer<()> {
        memory.on(address, buffer.len(), |bytes| bytes.copy_from_slice(buffer))
    }

    // One object, in the host's byte order, at any alignment.
    fn load8(&self, memory: &Memory, address: u64) -> Answer<u8> {
        memory.load(address).map(u8::from_ne_bytes)
    }
    fn load16(&self, memory: &Memory, address: u64) -> Answer<u16> {
        memory.load(address).map(u16::from_ne_bytes)
    }
    fn load32(&self, memory: &Memory, address: u64) -> Answer<u32> {
        memory.load(address).map(u32::from_ne_bytes)
    }
    fn load64(&self, memory: &Memory, address: u64) -> Answer<u64> {
        memory.load(address).map(u64::from_ne_bytes)
    }
    fn store8(&self, memory: &Memory, address: u64, value: u8) -> Answer<()> {
        memory.store(address, value.to_ne_bytes())
    }
    fn store16(&self, memory: &Memory, address: u64, value: u16) -> Answer<()> {
        memory.store(address, value.to_ne_bytes())
    }
    fn store32(&self, memory: &Memory, address: u64, value: u32) -> Answer<()> {
        memory.store(address, value.to_ne_bytes())
    }
    fn store64(&self, memory: &Memory, address: u64, value: u64) -> Answer<()> {
        memory.store(address, value.to_ne_bytes())
    }
}

gmcheck::export_plugin!(Owner, name: "@NAME@", version: "0.1");
