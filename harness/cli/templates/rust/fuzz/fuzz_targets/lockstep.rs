// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Bytes become a program, which runs on this crate's memory and on gmcheck's reference in lockstep. A finding aborts.
#![no_main]

use gmcheck::abi::{GmcPlugin, GMC_ABI_VERSION};
use libfuzzer_sys::fuzz_target;
use std::os::raw::c_int;

extern "C" {
    fn gmc_fuzz_one_input(data: *const u8, size: usize) -> c_int;
}

/// What gmcheck asks for the memory that is linked in.
#[no_mangle]
pub extern "C" fn gmc_fuzz_linked() -> *const GmcPlugin {
    @NAME@::gmc_plugin(GMC_ABI_VERSION)
}

fuzz_target!(|data: &[u8]| unsafe {
    gmc_fuzz_one_input(data.as_ptr(), data.len());
});
