// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Harvests. vm-memory tracks each region by itself: "the resulting bitmaps can then be aggregated to build the global view for an entire
//! `GuestMemory` object" (its module `bitmap`).

use gmcheck::{not_offered, Answer, DirtyWord, Failure, Harvest, Status};
use vm_memory::bitmap::{AtomicBitmap, Bitmap, BitmapSlice};
use vm_memory::{GuestMemoryRegion, VolatileSlice};

/// A bitmap that can be read as a whole, which vm-memory's own trait does not have. Words of 64 granules, lowest bit first.
pub trait DirtyBits: Bitmap {
    /// Whether anything is tracked; else no dirty function is offered.
    const TRACKS: bool = true;

    fn granules(&self) -> usize;
    /// Leaves the bits as they are.
    fn peek(&self) -> Vec<u64>;
    /// Clears, in the same step, the bits that it answers.
    fn take(&self) -> Vec<u64>;
    fn clear(&self);
}

impl DirtyBits for AtomicBitmap {
    fn granules(&self) -> usize {
        self.len()
    }
    fn peek(&self) -> Vec<u64> {
        // The copy is emptied instead.
        self.clone().take()
    }
    fn take(&self) -> Vec<u64> {
        let mut words = self.get_and_reset();
        // It has one word more than it needs where the number of granules is a multiple of 64.
        words.truncate(words_for(self.len()));
        words
    }
    fn clear(&self) {
        self.reset()
    }
}

/// vm-memory's own bitmap that tracks nothing.
impl DirtyBits for () {
    const TRACKS: bool = false;

    fn granules(&self) -> usize {
        0
    }
    fn peek(&self) -> Vec<u64> {
        Vec::new()
    }
    fn take(&self) -> Vec<u64> {
        Vec::new()
    }
    fn clear(&self) {}
}

fn words_for(granules: usize) -> usize {
    granules / 64 + usize::from(granules % 64 != 0)
}

fn too_little_room<T>() -> Answer<T> {
    Err(Status::InvalidArgument.into())
}

/// Bit i is the i-th granule of the region.
pub fn harvest_dense<B: DirtyBits>(bits: &B, what: Harvest, words: &mut [u64]) -> Answer<u64> {
    if !what.reads() {
        bits.clear();
        return Ok(0);
    }
    let needed = words_for(bits.granules());
    if words.len() < needed {
        return too_little_room();
    }
    let found = if what.clears() { bits.take() } else { bits.peek() };
    words[..needed].copy_from_slice(&found);
    Ok(needed as u64)
}

/// The regions' bits in the memory's own addresses: words that have a bit, ascending. The regions are ascending by base.
fn aggregate<R: GuestMemoryRegion>(regions: &[&R], granule: u64, bits_of: impl Fn(&R::B) -> Vec<u64>) -> Vec<DirtyWord> {
    let mut aggregated: Vec<DirtyWord> = Vec::new();
    let mut add = |index: u64, bits: u64| match aggregated.last_mut() {
        _ if bits == 0 => {}
        Some(last) if last.index == index => last.bits |= bits,
        _ => aggregated.push(DirtyWord { index, bits }),
    };
    for region in regions {
        let first = region.start_addr().0 / granule;
        let (first_word, shift) = (first / 64, first % 64);
        for (index, word) in (first_word..).zip(bits_of(region.bitmap())) {
            add(index, word << shift);
            if shift != 0 {
                add(index + 1, word >> (64 - shift));
            }
        }
    }
    aggregated
}

/// Sets bits again that were taken and could not be reported.
fn put_back<R: GuestMemoryRegion>(regions: &[&R], granule: u64, words: &[DirtyWord]) {
    let set = words.iter().flat_map(|word| (0..64).filter(move |bit| word.bits >> bit & 1 != 0).map(move |bit| word.index * 64 + bit));
    for number in set {
        let address = vm_memory::GuestAddress(number * granule);
        for region in regions {
            if let Some(offset) = region.to_region_addr(address) {
                region.bitmap().mark_dirty(offset.0 as usize, 1);
            }
        }
    }
}

/// Of a range. The bitmap of a slice, which begins where the slice does, can be asked bit by bit and not be read or cleared as a whole.
pub struct RangeBits {
    /// Numbered in the region.
    first: u64,
    dirty: Vec<bool>,
}

impl RangeBits {
    /// The range begins at `offset` of its region.
    pub fn new<B: BitmapSlice>(slice: &VolatileSlice<'_, B>, offset: u64, granule: u64) -> Self {
        let first = offset / granule;
        let end = if slice.is_empty() { first } else { (offset + slice.len() as u64 - 1) / granule + 1 };
        let is_dirty = |number: u64| slice.bitmap().dirty_at((number * granule).saturating_sub(offset) as usize);
        RangeBits { first, dirty: (first..end).map(is_dirty).collect() }
    }

    /// Bit i is the i-th granule that the range touches. An empty range lies in no region, and has no dense form.
    pub fn dense(&self, words: &mut [u64]) -> Answer<u64> {
        if self.dirty.is_empty() {
            return not_offered();
        }
        let needed = words_for(self.dirty.len());
        if words.len() < needed {
            return too_little_room();
        }
        for (word, bits) in words.iter_mut().zip(self.dirty.chunks(64)) {
            *word = bits.iter().rev().fold(0, |word, &is_dirty| word << 1 | u64::from(is_dirty));
        }
        Ok(needed as u64)
    }

    /// The region begins at `base`.
    pub fn sparse(&self, base: u64, granule: u64, words: &mut [DirtyWord]) -> Answer<u64> {
        if base % granule != 0 {
            return not_aligned();
        }
        let mut found: Vec<DirtyWord> = Vec::new();
        let numbers = base / granule + self.first..;
        for (number, _) in numbers.zip(&self.dirty).filter(|(_, &is_dirty)| is_dirty) {
            match found.last_mut() {
                Some(last) if last.index == number / 64 => last.bits |= 1 << (number % 64),
                _ => found.push(DirtyWord { index: number / 64, bits: 1 << (number % 64) }),
            }
        }
        if found.len() > words.len() {
            return too_little_room();
        }
        words[..found.len()].copy_from_slice(&found);
        Ok(found.len() as u64)
    }
}

fn not_aligned<T>() -> Answer<T> {
    let reason = "vm-memory counts granules from the start of each region; a region begins inside a granule of the memory";
    Err(Failure::new(Status::Unsupported).because(reason))
}

pub fn harvest_sparse<R>(regions: &[&R], granule: u64, what: Harvest, words: &mut [DirtyWord]) -> Answer<u64>
where
    R: GuestMemoryRegion,
    R::B: DirtyBits,
{
    if regions.iter().any(|region| region.start_addr().0 % granule != 0) {
        return not_aligned();
    }
    if !what.reads() {
        regions.iter().for_each(|region| region.bitmap().clear());
        return Ok(0);
    }
    let found = aggregate(regions, granule, if what.clears() { DirtyBits::take } else { DirtyBits::peek });
    if found.len() > words.len() {
        // How many words there are is only known for sure once they are taken: another thread may be writing.
        if what.clears() {
            put_back(regions, granule, &found);
        }
        return too_little_room();
    }
    words[..found.len()].copy_from_slice(&found);
    Ok(found.len() as u64)
}
