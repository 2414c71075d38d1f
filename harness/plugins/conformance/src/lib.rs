// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A backend as the author of one writes it, for the tests of `gmcheck::conformance!`. With the config `forgets` it loses the last byte of every
//! write of three.

use gmcheck::{Answer, Backend, Backing, Entry, Host, Offers, Region, Status};
use std::convert::TryFrom;
use std::sync::Mutex;

pub struct OneRegion {
    forgets: bool,
}

/// Larger regions are refused: a vector that cannot be allocated aborts the process.
const BYTES_MAX: usize = 64 << 20;

pub struct Root {
    base: u64,
    bytes: Mutex<Vec<u8>>,
}

fn locate(root: &Root, bytes: &[u8], address: u64, size: usize) -> Answer<usize> {
    let offset = address.checked_sub(root.base).and_then(|offset| usize::try_from(offset).ok());
    offset.filter(|&offset| offset <= bytes.len() && size <= bytes.len() - offset).ok_or_else(|| Status::OutOfRange.into())
}

impl Backend for OneRegion {
    type Space = Root;
    const OFFERS: Offers = Offers::REGIONS;

    fn open(_: Host, config: &str) -> Answer<Self> {
        match config {
            "" => Ok(OneRegion { forgets: false }),
            "forgets" => Ok(OneRegion { forgets: true }),
            _ => Err(Status::InvalidArgument.into()),
        }
    }

    fn describe(&self, space: Option<&Root>, text: &mut String) -> Answer<()> {
        if space.is_none() {
            text.push_str("regions_max = 1\nzero_length_bytes = in_bounds_incl_end\nregion_api = list\ntyped_sizes = none\n");
        }
        Ok(())
    }

    fn create(&self, layout: Option<&[Entry<'_, Root>]>) -> Answer<Root> {
        match layout {
            Some([Entry { is_window: false, base, size, backing: Backing::Own, .. }]) if *size > 0 && base.checked_add(*size).is_some() => {
                let length = usize::try_from(*size).ok().filter(|&length| length <= BYTES_MAX).ok_or(Status::NoMemory)?;
                Ok(Root { base: *base, bytes: Mutex::new(vec![0; length]) })
            }
            Some([Entry { backing: Backing::Own, .. }]) | Some([]) | None => Err(Status::InvalidArgument.into()),
            Some([_]) => Err(Status::Unsupported.into()),
            Some(_) => Err(Status::NoMemory.into()),
        }
    }

    fn regions(&self, root: &Root) -> Answer<Vec<Region>> {
        Ok(vec![Region { base: root.base, size: root.bytes.lock().unwrap().len() as u64, rights: 3, reserved: 0 }])
    }

    fn read(&self, root: &Root, address: u64, buffer: &mut [u8]) -> Answer<()> {
        let bytes = root.bytes.lock().unwrap();
        let start = locate(root, &bytes, address, buffer.len())?;
        buffer.copy_from_slice(&bytes[start..start + buffer.len()]);
        Ok(())
    }

    fn write(&self, root: &Root, address: u64, buffer: &[u8]) -> Answer<()> {
        let mut bytes = root.bytes.lock().unwrap();
        let start = locate(root, &bytes, address, buffer.len())?;
        let kept = if self.forgets && buffer.len() == 3 { 2 } else { buffer.len() };
        bytes[start..start + kept].copy_from_slice(&buffer[..kept]);
        Ok(())
    }
}

gmcheck::export_plugin!(OneRegion, name: "one region", version: "0.1");
