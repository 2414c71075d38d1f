// SPDX-License-Identifier: Apache-2.0 OR MIT
// What may be answered to questions about the map, to layouts that are tried and to spaces that are opened: groups GM-ADDR and GM-REG.
#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "harness/base/check.h"
#include "harness/reference/reference.h"

namespace gmc {

// GM-ADDR-006, -007
void Reference::predict_check_range(const Op& op, Expectation& e) const {
  e.demands.status = e.demands.value = op.size == 0 ? Clause::kADDR7 : Clause::kADDR6;
  Alternative& answer = e.allow(status_bit(GMC_OK));
  answer.has_value = true;
  if (op.size == 0) {
    answer.value = is_within(*e.map, extent(op), e.address, switches(op).zero_length_query) ? 1 : 0;
    return;
  }
  e.map->walk(extent(op), e.address, op.size, right_asked(op), switches(op), e.walk);
  answer.value = e.walk.stop == Stop::kNone ? 1 : 0;
  e.walk.spans.clear();
}

// GM-ADDR-008: the sum, wherever it is mapped, whatever lies between.
void Reference::predict_checked_offset(const Op& op, Expectation& e) const {
  e.demands.status = e.demands.value = Clause::kADDR8;
  const Extent space = extent(op);
  const std::uint64_t sum = e.address + op.size;
  const bool overflows = op.size > UINT64_MAX - e.address;
  if (overflows || !e.map->is_mapped_in(space, sum)) {
    e.allow(status_bit(GMC_NOT_FOUND));
    return;
  }
  Alternative& answer = e.allow(status_bit(GMC_OK));
  answer.has_value = true;
  answer.value = sum;
}

// GM-REG-009
void Reference::predict_find(Expectation& e) const {
  e.demands.status = e.demands.value = e.demands.count = Clause::kREG9;
  if (e.space_kind != GMC_SPACE_ROOT && e.space_kind != GMC_SPACE_SNAPSHOT) {
    e.allow(kNotOffered);
    return;
  }
  const MappedRegion* region = e.map->find(e.address);
  if (region == nullptr) {
    e.allow(status_bit(GMC_NOT_FOUND));
    return;
  }
  Alternative& answer = e.allow(status_bit(GMC_OK));
  answer.has_value = true;
  answer.value = region->base;
  answer.count_rule = CountRule::kRequired;
  answer.count = region->size();
}

// GM-SLICE-010
void Reference::predict_iova(const Op& op, Expectation& e) const {
  e.demands.status = e.demands.value = Clause::kSLICE10;
  if (!e.map->is_mapped_in(extent(op), e.address)) {
    e.allow(status_bit(GMC_NOT_FOUND));
    return;
  }
  Alternative& answer = e.allow(status_bit(GMC_OK));
  answer.has_value = true;
  answer.value = switches(op).iova_base + e.gpa;
}

// GM-ADDR-009, in the space's own addresses; where nothing is mapped anything may be said.
void Reference::predict_last_address(const Op& op, Expectation& e) const {
  e.demands.status = e.demands.value = Clause::kADDR9;
  std::optional<std::uint64_t> last;
  e.map->for_each_part(extent(op), [&](std::uint32_t, std::uint64_t, std::uint64_t part_last) { last = part_last; });
  if (!last) {
    e.allow(status_bit(GMC_OK) | status_bit(GMC_NOT_FOUND));
    return;
  }
  Alternative& answer = e.allow(status_bit(GMC_OK));
  answer.has_value = true;
  answer.value = *last - extent(op).first;
}

// GM-REG-011: extents of one descriptor; that two descriptors may be one file is not looked at.
void Reference::predict_fds_overlap(const Op& op, Expectation& e) const {
  e.demands.status = e.demands.value = Clause::kREG11;
  const MappedRegion* const a = region_of(op.space);
  const MappedRegion* const b = region_of(op.other);
  if (a == nullptr || b == nullptr) {
    e.allow(kNotOffered);
    return;
  }
  const MappedRegion& first = *a;
  const MappedRegion& second = *b;
  const auto is_file = [&](const MappedRegion& region) { return layout_.regions[region.entry].backing == Backing::kFile; };
  const bool same_file = is_file(first) && is_file(second) && first.store == second.store;
  const bool overlaps =
      same_file && first.store_offset < second.store_offset + second.size() && second.store_offset < first.store_offset + first.size();
  Alternative& answer = e.allow(status_bit(GMC_OK));
  answer.has_value = true;
  answer.value = overlaps ? 1 : 0;
}

// GM-REG-001 to -006: a second memory with that layout, made and destroyed again.
void Reference::predict_create(const Program& program, const Op& op, Expectation& e) const {
  const Layout& layout = program.layouts[op.layout];
  const auto faults = faults_of(layout, profile_);
  if (!faults.empty()) {
    e.demands.status = faults.front().clause;
    StatusMask statuses = 0;
    for (const LayoutFault& fault : faults) statuses |= fault.statuses;
    e.allow(statuses);
    return;
  }
  StatusMask statuses = status_bit(GMC_OK);
  if (may_exhaust(layout)) statuses |= status_bit(GMC_NO_MEMORY);
  if (layout.regions.empty()) statuses |= status_bit(GMC_INVALID_ARGUMENT) | status_bit(GMC_UNSUPPORTED);
  const bool has_empty = std::any_of(layout.regions.begin(), layout.regions.end(), [](const Region& r) { return r.size == 0; });
  std::vector<Region> regions;
  std::copy_if(layout.regions.begin(), layout.regions.end(), std::back_inserter(regions), [](const Region& r) { return !r.is_window; });
  const bool adjacent = std::any_of(regions.begin(), regions.end(), [&](const Region& a) {
    return std::any_of(regions.begin(), regions.end(), [&](const Region& b) { return a.size > 0 && a.base + a.size == b.base; });
  });
  const bool is_sorted = std::is_sorted(regions.begin(), regions.end(), [](const Region& a, const Region& b) { return a.base < b.base; });
  const bool ends_at_top =
      std::any_of(layout.regions.begin(), layout.regions.end(), [](const Region& r) { return r.size != 0 && r.base + r.size == 0; });
  e.demands.status = Clause::kREG1;
  if (adjacent) e.demands.status = Clause::kREG2;
  if (!is_sorted) e.demands.status = Clause::kREG6;
  // What no fault says of a size like that is that it is rounded up.
  const std::uint64_t unit = profile_.root().region_align_size;
  if (std::any_of(regions.begin(), regions.end(), [&](const Region& r) { return r.size % unit != 0; })) e.demands.status = Clause::kREG4;
  if (has_empty) e.demands.status = Clause::kREG3;
  if (ends_at_top) e.demands.status = Clause::kREG5;
  e.allow(statuses);
}

// GM-SLICE-006, -007
void Reference::predict_host_address(const Op& op, Expectation& e) const {
  const Switches& s = switches(op);
  e.demands.beyond_dirty = Clause::kDIRTY8;  // to hand out a pointer marks nothing
  if (s.host_pointer == HostPointer::kNone || s.host_pointer == HostPointer::kLocked) {
    e.demands.status = Clause::kSLICE7;
    e.allow(kNotOffered);
    return;
  }
  e.demands.status = e.demands.value = e.demands.bytes = Clause::kSLICE6;
  const Extent& space = extent(op);
  const MappedRegion* region = e.map->is_mapped_in(space, e.address) ? e.map->find(e.gpa) : nullptr;
  const bool fits = region != nullptr && (op.size == 0 || op.size - 1 <= std::min(region->last, space.last) - e.gpa);
  const std::uint64_t there = region == nullptr ? 0 : std::clamp<std::uint64_t>(op.size, 1, region->last - e.gpa + 1);
  const bool is_denied = region != nullptr && e.map->permitted(*region, e.gpa, there, right_asked(op)) < there;
  StatusMask reasons = (fits ? 0 : status_bit(GMC_OUT_OF_RANGE)) | (is_denied ? status_bit(GMC_DENIED) : 0);
  if (op.size == 0) reasons |= status_bit(GMC_OK) | status_bit(GMC_OUT_OF_RANGE);
  if (reasons != 0) {
    e.allow(reasons);
    return;
  }
  e.walk.spans.push_back({.done = 0,
                          .size = op.size,
                          .gpa = e.gpa,
                          .region = static_cast<std::uint32_t>(region - e.map->regions().data()),
                          .position = region->store_offset + (e.gpa - region->base)});
  e.walk.reached = op.size;
  e.allow(status_bit(GMC_OK));
}

// What stands behind the pointer, as far as it was looked at.
std::optional<Violation> Reference::judge_pointed(const Expectation& e, const Answer& answer) const {
  if (e.walk.spans.empty()) return std::nullopt;
  const auto wrong = [&](Part part, std::uint64_t at, std::uint64_t expected, std::uint64_t got) {
    return Violation{.clause = e.demands.bytes, .divergence = {.part = part}, .at = at, .expected = expected, .got = got};
  };
  // A reference need not say where it leads.
  if (answer.outcome.value == 0 && e.op->kind == OpKind::kReference) return std::nullopt;
  if (answer.outcome.value == 0) return wrong(Part::kValue, 0, 1, 0);
  const Span& span = e.walk.spans.front();
  const auto mismatch = stores_[e.map->regions()[span.region].store].compare(span.position, answer.pointed);
  if (!mismatch) return std::nullopt;
  return wrong(Part::kBytes, mismatch->position - span.position, mismatch->expected, mismatch->got);
}

void Reference::predict_open(const Op& op, Expectation& e) const {
  e.demands.status = Clause::kREG9;
  if (!offers_.space_open || op.space != 0) {
    e.allow(kNotOffered);
    return;
  }
  e.allow(e.map->is_mapped(e.address) ? status_bit(GMC_OK) : status_bit(GMC_NOT_FOUND) | status_bit(GMC_OUT_OF_RANGE));
}

void Reference::predict_open_range(const Op& op, Expectation& e) const {
  const Switches& s = switches(op);
  e.demands.beyond_dirty = Clause::kDIRTY8;  // to hand out a range marks nothing
  e.demands.status = s.views ? Clause::kSUB1 : Clause::kSLICE1;
  if (!offers_.space_open || (!s.slices && !s.views)) {
    e.allow(kNotOffered);
    return;
  }
  if (!s.views) return predict_open_slice(op, e);
  // GM-SUB-005
  if (e.address % s.view_align != 0 || op.size % s.view_align != 0) {
    e.demands.status = Clause::kSUB5;
    e.allow(status_bit(GMC_INVALID_ARGUMENT));
    return;
  }
  // GM-SUB-001: start and end lie in the parent, its end included. That of the root is the one behind the last address.
  const Extent& parent = extent(op);
  if (slots_[op.space].kind == GMC_SPACE_RANGE) e.demands.status = Clause::kSUB3;
  const std::uint64_t parent_last = std::min(parent.last, s.last_address) - parent.first;
  const bool has_every_address = !parent.is_empty && parent_last == UINT64_MAX;
  const std::uint64_t parent_size = parent.is_empty || has_every_address ? 0 : parent_last + 1;
  const bool fits = has_every_address ? op.size == 0 || op.size - 1 <= UINT64_MAX - e.address
                                      : e.address <= parent_size && op.size <= parent_size - e.address;
  e.allow(fits ? status_bit(GMC_OK) : status_bit(GMC_OUT_OF_RANGE));
}

// GM-SLICE-001, -002, GM-XR-006: a range inside one region.
void Reference::predict_open_slice(const Op& op, Expectation& e) const {
  const Extent& parent = extent(op);
  if (op.size == 0) {
    e.demands.status = Clause::kSLICE2;
    e.allow(is_within(*e.map, parent, e.address, switches(op).zero_length_slice) ? status_bit(GMC_OK) : status_bit(GMC_OUT_OF_RANGE));
    return;
  }
  if (e.map->is_mapped_in(parent, e.address)) {
    const MappedRegion& region = *e.map->find(e.gpa);
    const std::uint64_t last = std::min(region.last, parent.last);
    if (op.size - 1 <= last - e.gpa) {
      e.allow(status_bit(GMC_OK));
      return;
    }
    const bool goes_on = !parent.only_region && region.last != UINT64_MAX && e.map->is_mapped(region.last + 1);
    e.demands.status = goes_on ? Clause::kXR6 : Clause::kSLICE2;
  } else {
    e.demands.status = Clause::kSLICE2;
  }
  e.allow(status_bit(GMC_OUT_OF_RANGE));
}

// GM-REG-008
std::optional<Violation> Reference::judge_regions(const Expectation& e, const Answer& answer) const {
  const auto wrong = [](std::uint64_t at, std::uint64_t expected, std::uint64_t got) {
    return Violation{.clause = Clause::kREG8, .divergence = {.part = Part::kRegions}, .at = at, .expected = expected, .got = got};
  };
  const auto& regions = e.map->regions();
  if (answer.outcome.count != regions.size()) return wrong(0, regions.size(), answer.outcome.count);
  std::vector<GmcRegionInfo> got(answer.regions.begin(), answer.regions.end());
  const IterationOrder order = switches(*e.op).iteration_order;
  const auto by_base = [](const GmcRegionInfo& a, const GmcRegionInfo& b) { return a.base < b.base; };
  // A region that came back may stand where it stood, or behind the others.
  const bool is_free =
      order == IterationOrder::kAny || (order == IterationOrder::kAsGiven && std::ranges::find(is_inserted_, true) != is_inserted_.end());
  if (is_free) std::sort(got.begin(), got.end(), by_base);
  for (std::uint32_t i = 0; i < regions.size(); ++i) {
    const MappedRegion* expected = &regions[i];
    if (order == IterationOrder::kAsGiven && !is_free) {
      std::vector<std::uint32_t> entries;
      for (const MappedRegion& region : regions) entries.push_back(region.entry);
      std::sort(entries.begin(), entries.end());
      expected = e.map->entry(entries[i]);
    }
    if (got[i].base != expected->base) return wrong(i, expected->base, got[i].base);
    if (got[i].size != expected->size()) return wrong(i, expected->size(), got[i].size);
  }
  return std::nullopt;
}

namespace {

// The value of a line `name = value`.
std::optional<std::string_view> fact_text(std::string_view facts, std::string_view name) {
  while (!facts.empty()) {
    const std::size_t end = std::min(facts.find('\n'), facts.size());
    const std::string_view line = facts.substr(0, end);
    facts.remove_prefix(std::min(end + 1, facts.size()));
    if (!line.starts_with(name)) continue;
    const std::string_view value = line.substr(name.size());
    if (value.starts_with(" = ")) return value.substr(3);
  }
  return std::nullopt;
}

// Decimal, or 0x and hexadecimal, and nothing else.
std::optional<std::uint64_t> number_of(std::string_view text) {
  const bool is_hex = text.starts_with("0x");
  if (is_hex) text.remove_prefix(2);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, is_hex ? 16 : 10);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<std::pair<std::uint64_t, std::uint64_t>> Reference::full_mapping(std::string_view facts) const {
  const auto text = fact_text(facts, "full_mapping");
  const auto& regions = map_.regions();
  if (!text || regions.empty()) return std::nullopt;
  const std::size_t blank = std::min(text->find(' '), text->size());
  const auto address = number_of(text->substr(0, blank));
  const auto size = number_of(text->substr(std::min(blank + 1, text->size())));
  std::uint64_t total = regions.front().size();
  for (std::size_t i = 1; i < regions.size(); ++i) {
    if (regions[i - 1].last + 1 != regions[i].base) return std::nullopt;
    total += regions[i].size();
  }
  if (!address || *address == 0 || size != total) return std::nullopt;
  return std::pair(*address, total);
}

// GM-SLICE-008
std::optional<Violation> Reference::judge_full_mapping(const Expectation& e, const Answer& answer) const {
  const auto text = fact_text(answer.facts, "full_mapping");
  const auto wrong = [](std::uint64_t at, std::uint64_t expected, std::uint64_t got) {
    return Violation{.clause = Clause::kSLICE8, .divergence = {.part = Part::kFacts}, .at = at, .expected = expected, .got = got};
  };
  constexpr std::uint64_t kFullMapping = 4;  // behind the facts of regions
  if (!text && switches(*e.op).host_pointer == HostPointer::kWhole) return wrong(kFullMapping, 0, UINT64_MAX);
  if (!text || text == "none") return std::nullopt;
  if (!full_mapping(answer.facts)) return wrong(kFullMapping, 0, 1);
  std::span<const std::uint8_t> pointed = answer.pointed;
  for (const MappedRegion& region : map_.regions()) {
    const auto piece = pointed.first(std::min<std::size_t>(pointed.size(), std::min(region.size(), kMappingLook)));
    pointed = pointed.subspan(piece.size());
    const auto mismatch = stores_[region.store].compare(region.store_offset, piece);
    if (!mismatch) continue;
    return Violation{.clause = Clause::kSLICE8,
                     .divergence = {.part = Part::kBytes},
                     .at = region.base - map_.regions().front().base + (mismatch->position - region.store_offset),
                     .expected = mismatch->expected,
                     .got = mismatch->got};
  }
  return std::nullopt;
}

// GM-REG-012: what the creator supplied comes back.
std::optional<Violation> Reference::judge_facts(const Expectation& e, const Answer& answer) const {
  if (e.op->space == 0) return judge_full_mapping(e, answer);
  const MappedRegion* const described = region_of(e.op->space);
  if (described == nullptr) return std::nullopt;
  const Switches& s = switches(*e.op);
  const MappedRegion& mapped = *described;
  const Region& region = layout_.regions[mapped.entry];
  const auto fact = [&](std::string_view fact_name) -> std::optional<std::uint64_t> {
    const auto value = fact_text(answer.facts, fact_name);
    return value ? number_of(*value) : std::nullopt;
  };
  const auto wrong = [](std::uint64_t at, std::uint64_t expected, std::optional<std::uint64_t> got) {
    return Violation{
        .clause = Clause::kREG12, .divergence = {.part = Part::kFacts}, .at = at, .expected = expected, .got = got.value_or(UINT64_MAX)};
  };
  constexpr std::uint64_t kProtRead = 1, kProtWrite = 2, kMapShared = 1;
  if (s.file_facts.has(FileFacts::kFileOffset) && region.backing == Backing::kFile) {
    if (const auto got = fact("file_offset"); got != region.file_offset) return wrong(0, region.file_offset, got);
  }
  if (s.file_facts.has(FileFacts::kProtection)) {
    const std::uint64_t expected = kProtRead | (mapped.is_read_only ? 0 : kProtWrite);
    if (const auto got = fact("protection"); got != expected) return wrong(1, expected, got);
  }
  if (s.file_facts.has(FileFacts::kFlags) && region.backing == Backing::kFile) {
    const auto got = fact("flags");
    if (!got || (*got & kMapShared) == 0) return wrong(2, kMapShared, got);
  }
  // The harness's files are on no hugetlbfs; a backend may say that nobody told it.
  if (s.file_facts.has(FileFacts::kHugetlbfs) && region.backing == Backing::kFile) {
    const auto got = fact_text(answer.facts, "hugetlbfs");
    if (got != "no" && got != "unknown") return wrong(3, 0, got == "yes" ? std::optional<std::uint64_t>(1) : std::nullopt);
  }
  return std::nullopt;
}

}  // namespace gmc
