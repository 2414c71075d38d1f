// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The plugin for vm-memory's own memory: `cargo build --release --example vm_memory_plugin`.

use gmcheck_vm_memory::{MmapProvider, VmMemory};

gmcheck::export_plugin!(VmMemory<MmapProvider>, name: "vm-memory", version: "0.10.0");
