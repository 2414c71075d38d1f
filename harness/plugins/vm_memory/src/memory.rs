// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Memories and spaces, over whatever implements vm-memory's traits.

use crate::dirty::DirtyBits;
use crate::profile;
use gmcheck::{not_offered, Answer};
use std::fs::File;
use std::os::unix::io::{FromRawFd, IntoRawFd, RawFd};
use std::sync::Arc;
use vm_memory::{GuestAddress, GuestMemory, GuestMemoryRegion};

/// What a region's bytes come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Own,
    /// The file behind the descriptor, from `offset` bytes on.
    Fd {
        fd: RawFd,
        offset: u64,
    },
}

/// A region to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    pub base: u64,
    /// Bytes.
    pub size: u64,
    pub source: Source,
}

/// A kind of guest memory: what vm-memory's traits leave to their implementations. Three types and two functions are enough; `export_plugin!`
/// of a `VmMemory<...>` then makes a plugin of it.
pub trait Provider: Sized + Send + Sync + 'static {
    type Memory: GuestMemory<R = Self::Region> + Send + Sync + 'static;
    type Region: GuestMemoryRegion<B = Self::Bits> + Send + Sync + 'static;
    /// `()` where nothing is tracked.
    type Bits: DirtyBits;

    /// Answers `invalid_argument` for a config that it does not know.
    fn open(config: &str) -> Answer<Self>;

    /// The regions are as gmcheck asks for them: overlapping, unsorted and empty ones too.
    fn create(&self, plans: &[Plan]) -> Answer<Map<Self::Memory>>;

    /// What this memory is like, a `name = value` a line. Without more than this, what vm-memory's traits document of all of them.
    fn profile(&self) -> String {
        profile::of_traits()
    }

    /// Bytes that one dirty bit stands for, counted from the start of each region.
    fn granule(&self) -> u64 {
        4096
    }

    /// Lines `name = value` about a mapping.
    fn facts(_region: &Self::Region) -> String {
        String::new()
    }

    fn fds_overlap(_region: &Self::Region, _other: &Self::Region) -> Answer<bool> {
        not_offered()
    }
}

/// A memory with what it stands on. The fields are dropped in this order: the regions' files are given back when no region is left.
pub struct Map<M: GuestMemory> {
    pub memory: M,
    pub files: Vec<Lent>,
}

impl<M: GuestMemory> From<M> for Map<M> {
    /// Of a memory that stands on no file of gmcheck's.
    fn from(memory: M) -> Self {
        Map { memory, files: Vec::new() }
    }
}

/// A descriptor of gmcheck's, as the `File` that vm-memory wants to own. It is never closed from here. The descriptor is used as it is and not
/// duplicated, because `fds_overlap` compares descriptors.
pub struct Lent(Option<Arc<File>>);

impl Lent {
    /// # Safety
    /// `fd` is open, and stays open as long as a mapping is made of it.
    pub unsafe fn new(fd: RawFd) -> Self {
        Lent(Some(Arc::new(File::from_raw_fd(fd))))
    }

    pub fn file(&self) -> Arc<File> {
        Arc::clone(self.0.as_ref().expect("only taken when dropped"))
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(file) = self.0.take() {
            // A region that is still alive would close the descriptor later: that is a mistake of this crate's.
            let file = Arc::try_unwrap(file).expect("regions are dropped before their files");
            let _ = file.into_raw_fd();
        }
    }
}

/// A root, or one region of it. Each keeps the whole map alive.
pub struct Space<M: GuestMemory> {
    pub map: Arc<Map<M>>,
    pub part: Part,
}

pub enum Part {
    /// With what `reset` makes the map from again.
    Root(Vec<Plan>),
    /// Its first address.
    Region(GuestAddress),
}

/// What a space's accesses go to.
pub enum View<'a, M: GuestMemory> {
    Root(&'a M),
    Region(&'a M::R),
}

impl<M: GuestMemory> Space<M> {
    #[inline]
    pub fn view(&self) -> View<'_, M> {
        match self.part {
            Part::Root(_) => View::Root(&self.map.memory),
            Part::Region(base) => View::Region(self.map.memory.find_region(base).expect("a collection is immutable")),
        }
    }

    /// The regions that the space shows, ascending by base.
    pub fn regions(&self) -> Vec<&M::R> {
        let mut regions: Vec<&M::R> = match self.view() {
            View::Root(memory) => memory.iter().collect(),
            View::Region(region) => vec![region],
        };
        regions.sort_by_key(|region| region.start_addr());
        regions
    }
}
