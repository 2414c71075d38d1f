// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What vm-memory 0.10.0 documents about itself, in the words of the contract's switches. Beside each line stands the sentence that it rests
//! on; where the code does otherwise, that is a finding and no reason to change the line. Switches that are not here have their defaults:
//! nothing is offered.

/// Of vm-memory's traits, and so of every memory that implements them.
const TRAITS: &[&str] = &[
    // `GuestAddress`: "represents a guest physical address (GPA)".
    "addr_space = gpa_regions",
    // The adapter's own: it makes the map again, and each of its spaces keeps the map alive.
    "reset = yes",
    "spaces_outlive = yes",
    // `GuestMemory::iter`, "Gets an iterator over the entries in the collection", `find_region`: "Returns the region containing the specified
    // address or `None`", and `last_addr`: "Returns the maximum (inclusive) address managed by the `GuestMemory`".
    "region_api = list find last_address",
    // `GuestMemoryRegion::last_addr`: "Returns the maximum (inclusive) address managed by the region", and `len`: "Returns the size of the
    // region".
    "region.region_api = last_address total_size",
    // The tasks of `GuestMemory`: "handle cases where an access request spanning two or more `GuestMemoryRegion` objects".
    "cross_region = span",
    // `try_access` answers "the size of the already handled data when encountering the first hole".
    "hole_kind = oob",
    // `GuestMemoryError::InvalidGuestAddress`: "Failure in finding a guest address in any memory regions mapped by this guest." Nothing says
    // that an empty access is excepted from it.
    "zero_length_bytes = start_mapped",
    "zero_length_typed = start_mapped",
    "zero_length_query = start_mapped",
    // `Bytes::write_slice` and `read_slice`: "Part of the data may have been copied nevertheless." `GuestMemoryError::PartialBuffer`:
    // "Incomplete read or write", with `completed`.
    "range_fail_effect = prefix",
    "reports_count = yes",
    // `Bytes::write`: "The number of bytes written can be less than the length of the slice if there isn't enough room in the container."
    "partial = yes",
    // `GuestMemory::check_range`, "Check whether the range [base, base + len) is valid", and `checked_offset`: "Returns the address plus the
    // offset if it is present within the memory of the guest".
    "range_api = check_range checked_offset",
    // `GuestMemoryRegion::checked_offset`: "Returns the address plus the offset if it is in this region".
    "region.range_api = checked_offset",
    // `GuestMemoryError::InvalidBackendAddress`, "Requested backend address is out of range", is also what misalignment is turned into.
    "error_detail = misaligned|out_of_range",
    // `ByteValued`: "All intrinsic types and arrays of intrinsic types are ByteValued", the arrays up to 32 elements.
    "typed_sizes = 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32",
    // `Bytes::read_obj`: "Reading from a volatile area isn't strictly safe as it could change mid-read."
    "typed_atomic_sizes = none",
    // `get_atomic_ref`: "If the resulting pointer is not aligned, this method will return an `Error`."
    "align_basis = hva",
    "atomic_unaligned = error",
    // `AtomicAccess` has the integers up to 64 bits.
    "atomic_sizes = 1 2 4 8",
];

/// Of a memory whose regions have no slices, as `GuestMemoryRegion::get_slice` has it where nobody writes it.
const WITHOUT_SLICES: &[&str] = &[
    // `Bytes::store`, "Atomically store a value at the specified address", and `load`.
    "atomics = load store",
];

/// Of a memory whose regions have slices.
const SLICES: &[&str] = &[
    // `get_atomic_ref`, "Returns a reference to an instance of `T` at `offset`", of the standard library's atomics: all that these have. "Mutable
    // accesses performed using the resulting reference are not automatically accounted for by the dirty bitmap tracking functionality": the
    // adapter marks what it changes.
    "atomics = load store compare_exchange exchange add sub and or xor",
    // `GuestMemory::get_slice`: "Returns a `VolatileSlice` of `count` bytes starting at `addr`", of one region; of a region and of a slice
    // likewise. A map finds the region of the address first, empty or not; a region and a slice ask that the end is inside.
    "slices = yes",
    "zero_length_slice = start_mapped",
    "region.zero_length_slice = in_bounds_incl_end",
    "range.zero_length_slice = in_bounds_incl_end",
    // `aligned_as_ref`, `aligned_as_mut` and `get_atomic_ref`: "If the resulting pointer is not aligned, this method will return an `Error`."
    "references = aligned atomic",
    // `get_array_ref`: "Returns a `VolatileArrayRef` of `n` elements starting at `offset`."
    "arrays = yes",
    // `VolatileSlice::as_ptr`: "Returns a pointer to the beginning of the slice."
    "host_pointer = per_addr",
    // CHANGELOG, v0.8.0, fixed: "`VolatileSlice::read/write` when input slice is empty".
    "range.zero_length_bytes = ok_anywhere",
    "range.zero_length_typed = ok_anywhere",
    // `VolatileSlice::copy_to_volatile_slice`: "Copies as many bytes as will fit from this slice to the provided `slice`."
    "range.has_copy = yes",
    // `VolatileSlice::len`: "Gets the size of this slice." It has no other query, and its errors tell everything apart.
    "range.region_api = total_size",
    "range.range_api = none",
    "range.error_detail = full",
];

/// Of `GuestMemoryMmap<AtomicBitmap>`.
const MMAP: &[&str] = &[
    // mmap `Error::InvalidGuestRegion`: "Adding the guest base address to the length of the underlying mapping resulted in an overflow." So
    // the end has to be an address too, and a region that ends at 2^64 is refused. Addresses themselves are any `u64`.
    "region_ends_at_2_64 = reject",
    // `from_ranges`: "Creates a container and allocates anonymous memory for guest memory regions"; `FileOffset`: "Represents the start point
    // within a `File` that backs a `GuestMemoryRegion`". `from_arc_regions` takes regions that other collections have too.
    "backing = own fd space",
    // `MmapRegion`: "allows the object to be shared by multiple threads without a decrease in safety".
    "concurrency = shared",
    // `from_ranges`: "Valid memory regions are specified as a slice of (Address, Size) tuples sorted by Address."
    "region_order = sorted",
    // `MmapRegionError::Mmap`: "The `mmap` call returned an error." mmap(2) maps no 0 bytes.
    "region_zero = reject",
    // `from_regions`: "they should be sorted by the starting address".
    "iteration_order = by_base",
    // `check_file_offset`: "checks whether the mapping does not extend past EOF".
    "eof_policy = reject",
    // `MmapRegion::prot`, "Returns the value of the `prot` parameter passed to `mmap` when mapping this region", `flags`, `file_offset`,
    // `is_hugetlbfs`, and `fds_overlap`: "Checks whether this region and `other` are backed by overlapping `FileOffset` objects".
    "file_facts = protection flags file_offset hugetlbfs fds_overlap",
    // CHANGELOG, v0.8.0, fixed: "`VolatileSlice::read/write` when input slice is empty". A region is one such slice.
    "region.zero_length_bytes = ok_anywhere",
    "region.zero_length_typed = ok_anywhere",
    // The module `bitmap`: "this is used to track write accesses within a `GuestMemoryRegion` object". `mark_dirty`: "Mark the memory range
    // specified by the given `offset` and `len` as dirtied." The granule is the region's own: "one bit per page", from its first byte.
    "dirty_source = host_api",
    "dirty_precision = exact",
    "dirty_origin = region",
    "dirty_enable = always",
    "dirty_when = return",
    "region.dirty_bitmap_api = yes",
    // `Bytes::read_from`, "Reads up to `count` bytes from an object and writes them into the container at `addr`", `read_exact_from`, "Reads
    // exactly `count` bytes", `write_to` and `write_all_to`. What `try_access` is given takes part after part "when the whole range has been
    // handled"; a region and a slice read once.
    "fd_io = yes",
    "fd_short_read = loop",
    "fd_exact_loops = yes",
    "region.fd_short_read = stop",
    "range.fd_short_read = stop",
    // As for bytes, of a map. A region and a slice ask that the end is inside.
    "zero_length_fd = start_mapped",
    "region.zero_length_fd = in_bounds_incl_end",
    "range.zero_length_fd = in_bounds_incl_end",
    // `insert_region`: "Insert a region into the `GuestMemoryMmap` object and return a new `GuestMemoryMmap`", and `remove_region`; each
    // `GuestMemory` is an "*immutable* collection". `GuestMemoryAtomic`: "every update of the memory map creates a completely new `GuestMemory`
    // object, and readers will not be blocked because the copies they retrieved will be collected once no one can access them anymore".
    "map_mutation = cow",
    "stale_handle = keeps_alive",
    // `GuestMemoryLoadGuard`: a snapshot, which `into_inner` "allows to hold on to", and its regions with it.
    "pointer_lifetime = snapshot",
    // `Bitmap::slice_at`: "a slice of the current bitmap, starting at the specified `offset`", which `dirty_at` asks bit by bit. It has no end,
    // so that to mark through a slice is not claimed, and nothing reads or clears it as a whole.
    "range.harvest = read",
    // `AtomicBitmap::get_and_reset`, "Atomically get and reset the dirty page bitmap", `reset`, and `is_bit_set`.
    "harvest = read clear both",
    // `MmapRegionBuilder::with_mmap_prot` sets the protection of a mapping; no access asks about it.
    "permissions = none",
];

fn text(lines: &[&str]) -> String {
    lines.iter().flat_map(|line| [*line, "\n"]).collect()
}

/// What holds for every implementation of the traits. Switches that it differs in, or has beyond these, are its own to add.
pub fn of_traits() -> String {
    text(TRAITS) + &text(WITHOUT_SLICES)
}

/// Of one whose regions have slices (`GuestMemoryRegion::get_slice`): `of_traits`, and what slices bring.
pub fn of_slices() -> String {
    text(TRAITS) + &text(SLICES)
}

/// The profile of a mapped memory whose bitmaps have a bit for `granule` bytes.
pub fn of_mmap(granule: u64) -> String {
    format!("dirty_granule = {}\n{}{}", granule, of_slices(), text(MMAP))
}
