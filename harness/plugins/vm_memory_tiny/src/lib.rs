// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A second implementation of vm-memory's `GuestMemory` as a backend of gmcheck. All that is written for gmcheck is in this file.

mod memory;

use gmcheck::{Answer, Status};
use gmcheck_vm_memory::{profile_of_slices, Plan, Provider, Source, VmMemory};
use memory::{TinyMemory, TinyRegion};

struct Tiny;

impl Provider for Tiny {
    type Memory = TinyMemory;
    type Region = TinyRegion;
    type Bits = ();

    fn open(config: &str) -> Answer<Self> {
        if config.is_empty() {
            Ok(Tiny)
        } else {
            Err(Status::InvalidArgument.into())
        }
    }

    fn profile(&self) -> String {
        // A region is one slice, of which an empty part lies anywhere.
        profile_of_slices()
            + "region_ends_at_2_64 = reject\niteration_order = as_given\n"
            + "region.zero_length_bytes = ok_anywhere\nregion.zero_length_typed = ok_anywhere\n"
    }

    fn create(&self, plans: &[Plan]) -> Answer<TinyMemory> {
        let mut regions: Vec<TinyRegion> = Vec::new();
        for (index, plan) in plans.iter().enumerate() {
            let end = plan.base.checked_add(plan.size).ok_or(Status::OutOfRange)?;
            let overlaps = |other: &Plan| plan.base < other.base + other.size && other.base < end;
            match plan {
                Plan { size: 0, .. } => return Err(Status::InvalidArgument.into()),
                Plan { source: Source::Fd { .. }, .. } => return Err(Status::Unsupported.into()),
                _ if plans[..index].iter().any(overlaps) => return Err(Status::Overlap.into()),
                Plan { size, .. } if *size > 64 << 20 => return Err(Status::NoMemory.into()),
                Plan { base, size, .. } => regions.push(TinyRegion::new(*base, *size as usize)),
            }
        }
        if regions.is_empty() {
            return Err(Status::InvalidArgument.into());
        }
        Ok(TinyMemory(regions))
    }
}

gmcheck::export_plugin!(VmMemory<Tiny>, name: "tiny", version: "0.1");
