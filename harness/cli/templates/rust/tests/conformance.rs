// SPDX-License-Identifier: Apache-2.0 OR MIT
//! gmcheck on this crate's library. With settings: `gmcheck::conformance!(@NAME@, |run| run.select("RW").budget(60));`

gmcheck::conformance!(@NAME@);
