// SPDX-License-Identifier: Apache-2.0 OR MIT
//! gmcheck on this crate's own library.

gmcheck::conformance!(tiny, |run| run.programs(2000).seed("1"));
