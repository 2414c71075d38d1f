// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A whole backend: one region, its bytes in a vector. Build it with `cargo build --release --example flat`; the library is
//! `target/release/examples/libflat.so`.

use gmcheck::{Answer, Backend, Backing, Entry, Failure, Host, Level, Offers, Region, Status};
use std::convert::TryFrom;
use std::sync::Mutex;

pub struct Flat;

/// Larger regions are refused: a vector that cannot be allocated aborts the process.
const BYTES_MAX: usize = 64 << 20;

/// The one region. A root is all that this backend has.
pub struct Root {
    base: u64,
    bytes: Mutex<Vec<u8>>,
}

impl Root {
    /// The index of the first of `size` bytes at `address`, where all of them are inside.
    fn locate(&self, address: u64, size: usize) -> Answer<usize> {
        let length = self.bytes.lock().unwrap().len();
        match address.checked_sub(self.base).and_then(|offset| usize::try_from(offset).ok()) {
            Some(offset) if offset <= length && size <= length - offset => Ok(offset),
            _ => Err(Failure::new(Status::OutOfRange)),
        }
    }
}

impl Backend for Flat {
    type Space = Root;
    const OFFERS: Offers = Offers::RESET.and(Offers::REGIONS);

    fn open(host: Host, config: &str) -> Answer<Self> {
        if !config.is_empty() {
            return Err(Failure::new(Status::InvalidArgument).because("flat takes no config"));
        }
        host.log(Level::Note, "flat: one region, no tracking");
        Ok(Flat)
    }

    fn describe(&self, space: Option<&Root>, text: &mut String) -> Answer<()> {
        if space.is_none() {
            text.push_str("regions_max = 1\nzero_length_bytes = in_bounds_incl_end\nregion_api = list\nreset = yes\ntyped_sizes = none\n");
        }
        Ok(())
    }

    fn create(&self, layout: Option<&[Entry<'_, Root>]>) -> Answer<Root> {
        let entry = match layout {
            Some([entry]) => entry,
            Some([_, ..]) => return Err(Failure::new(Status::NoMemory).because("flat has one region")),
            _ => return Err(Status::InvalidArgument.into()),
        };
        match entry {
            Entry { is_window: false, base, size, backing: Backing::Own, .. } if *size > 0 && base.checked_add(*size).is_some() => {
                let length = usize::try_from(*size).ok().filter(|&length| length <= BYTES_MAX).ok_or(Status::NoMemory)?;
                Ok(Root { base: *base, bytes: Mutex::new(vec![0; length]) })
            }
            Entry { backing: Backing::Own, .. } => Err(Status::InvalidArgument.into()),
            _ => Err(Status::Unsupported.into()),
        }
    }

    fn reset(&self, root: &mut Root) -> Answer<()> {
        root.bytes.get_mut().unwrap().fill(0);
        Ok(())
    }

    fn regions(&self, root: &Root) -> Answer<Vec<Region>> {
        Ok(vec![Region { base: root.base, size: root.bytes.lock().unwrap().len() as u64, rights: 3, reserved: 0 }])
    }

    fn read(&self, root: &Root, address: u64, buffer: &mut [u8]) -> Answer<()> {
        let start = root.locate(address, buffer.len())?;
        buffer.copy_from_slice(&root.bytes.lock().unwrap()[start..start + buffer.len()]);
        Ok(())
    }

    fn write(&self, root: &Root, address: u64, buffer: &[u8]) -> Answer<()> {
        let start = root.locate(address, buffer.len())?;
        root.bytes.lock().unwrap()[start..start + buffer.len()].copy_from_slice(buffer);
        Ok(())
    }
}

gmcheck::export_plugin!(Flat, name: "flat", version: "1.0");
