// SPDX-License-Identifier: Apache-2.0 OR MIT
// A guest memory in this process, over host mappings, whose every decision is a hook of `Policy` (policy.h). The product is
// Mapped<ProductPolicy>; a mutant is another policy, a legal variant another set of options.
//
// This version is single-threaded (`concurrency = single_thread`): lookups remember their last hit, and marking is not atomic. It shares no
// code with the reference.
#ifndef GMCHECK_HARNESS_BACKENDS_MAPPED_MAPPED_H
#define GMCHECK_HARNESS_BACKENDS_MAPPED_MAPPED_H

#include <gmcheck.h>

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "harness/abi/cpp/backend.h"
#include "harness/backends/mapped/firmware.h"
#include "harness/backends/mapped/layout.h"
#include "harness/backends/mapped/memory.h"
#include "harness/backends/mapped/options.h"
#include "harness/backends/mapped/policy.h"
#include "harness/backends/mapped/profile.h"
#include "harness/backends/mapped/space.h"

namespace gmc::mapped {

template <class Policy>
class Mapped {
 public:
  static constexpr const char* kName = Policy::kName;
  static constexpr const char* kVersion = Policy::kVersion;
  using Space = mapped::Space<Policy>;
  using Lane = mapped::Lane;

  Mapped(Host host, const Options& options) : host_(host), options_(options) {}

  static GmcOutcome open(Host host, std::string_view config, std::unique_ptr<Mapped>& backend) {
    const auto options = Policy::options(config);
    if (!options) {
      host.error(options.error());
      return gmc_outcome(GMC_INVALID_ARGUMENT);
    }
    backend = std::make_unique<Mapped>(host, *options);
    return gmc_ok();
  }

  [[nodiscard]] Host host() const { return host_; }
  [[nodiscard]] bool offers(std::uint32_t group) const {
    if (group == GMC_GROUP_CONTROL) return options_.has_faults;
    return group != GMC_GROUP_DIRTY || options_.dirty != Dirty::kNone;
  }

  GmcOutcome describe(const Space* space, Text& text) {
    if (space == nullptr) {
      write_profile(options_, text);
    } else if (const Region* region = space->single(); region != nullptr) {
      write_region_facts(*region, Policy::fact_file_offset(*region), Policy::fact_protection(*region), text);
    } else {
      std::uint64_t raw_size = 0;
      for (const Region* part : space->memory().by_base()) raw_size += part->mapping.raw_size;
      const auto& regions = space->memory().by_base();
      Region* const whole = options_.is_whole && Policy::is_one_mapping(regions.size()) ? regions.front() : nullptr;
      if (whole != nullptr) hand_out(*whole, 0, whole->size);
      write_memory_facts(raw_size, whole, text);
    }
    return gmc_ok();
  }

  GmcOutcome create(Lane*, const GmcLayout* layout, std::unique_ptr<Space>& root) {
    if (layout == nullptr) return options_.has_layout ? adopt(root) : gmc_outcome(GMC_INVALID_ARGUMENT);
    if (layout->count == 1 && layout->entries->backing == GMC_BACKING_SPACE) return create_sharing(*layout->entries, root);
    return options_.has_layout ? gmc_outcome(GMC_INVALID_ARGUMENT) : create_as(*layout, root);
  }

 private:
  GmcOutcome adopt(std::unique_ptr<Space>& root) {
    const GmcLayout own{.entries = own_layout().data(), .count = own_layout().size()};
    return create_as(own, root);
  }

  GmcOutcome create_as(const GmcLayout& layout, std::unique_ptr<Space>& root) {
    auto accepted = LayoutReader<Policy>(options_).read(layout);
    if (!accepted) return accepted.error();
    auto memory = std::make_shared<Memory<Policy>>(host_, options_, std::move(*accepted));
    if (!memory->prepare()) return gmc_outcome(GMC_NO_MEMORY);
    root = std::make_unique<Space>(std::move(memory), GMC_SPACE_ROOT);
    return gmc_ok();
  }

  // A memory with a region of another one, by a space of it, where that has it (GM-MAP-002).
  GmcOutcome create_sharing(const GmcEntry& entry, std::unique_ptr<Space>& root) {
    const auto* const source = reinterpret_cast<const Space*>(entry.space);
    if (entry.kind != GMC_ENTRY_REGION || source == nullptr || source->single() == nullptr || source->is_dead()) {
      return gmc_outcome(GMC_INVALID_ARGUMENT);
    }
    const Region& shared = *source->single();
    if (entry.base != shared.base || entry.size != shared.size) return gmc_outcome(GMC_INVALID_ARGUMENT);
    root = std::make_unique<Space>(std::make_shared<Memory<Policy>>(source->memory(), shared), GMC_SPACE_ROOT);
    return gmc_ok();
  }

  Host host_;
  Options options_;
};

}  // namespace gmc::mapped

#endif  // GMCHECK_HARNESS_BACKENDS_MAPPED_MAPPED_H
