// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The contract of `gmcheck.h` as a safe trait. [`Backend`] is what a guest memory implements, [`export_plugin!`] makes a library's entry
//! point of it; handles are boxes that this crate makes and frees, buffers arrive as slices, and no panic leaves an entry.
#![doc = include_str!("../README.md")]

pub mod abi;
mod backend;
mod conformance;
mod export;
mod failure;
mod host;

pub use abi::{GmcDirtyWord as DirtyWord, GmcPiece as Piece, GmcRegionInfo as Region};
pub use backend::{Backend, Backing, Entry, Fetch, Found, Harvest, Offers, SpaceKind, SpaceRequest};
pub use conformance::Conformance;
pub use export::plugin_table;
pub use failure::{not_offered, Answer, Failure, Status};
pub use host::{Host, Level};

/// Exports `gmc_plugin`, the one function that gmcheck looks up in a library, for a type that implements [`Backend`]. Name and version are
/// string literals (or `env!`s, or `concat!`s) without a zero byte.
#[macro_export]
macro_rules! export_plugin {
    ($backend:ty, name: $name:expr, version: $version:expr) => {
        /// The entry point that `gmcheck.h` declares. Null: this library cannot speak the version that is asked for.
        #[no_mangle]
        pub extern "C" fn gmc_plugin(harness_abi: u32) -> *const $crate::abi::GmcPlugin {
            static TABLE: $crate::abi::GmcPlugin = $crate::plugin_table::<$backend>(concat!($name, "\0"), concat!($version, "\0"));
            if harness_abi == $crate::abi::GMC_ABI_VERSION {
                &TABLE
            } else {
                ::std::ptr::null()
            }
        }
    };
}
