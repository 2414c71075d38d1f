// SPDX-License-Identifier: Apache-2.0 OR MIT
// A claim of a profile whose entry is not there is refused when the backend is opened, and names both.
#include "harness/runner/backend.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "harness/backends/naive/naive.h"

namespace gmc {
namespace {

struct Tables {
  GmcMemoryGroup memory;
  GmcSpaceGroup space;
  GmcAccessGroup access;
  GmcDirtyGroup dirty;
  GmcControlGroup control;
};

// The naive memory with entries taken away. A plugin's functions have no place for a state, so it is here.
Tables tables;

const void* group(GmcBackend* backend, std::uint32_t id) {
  switch (id) {
    case GMC_GROUP_MEMORY:
      return &tables.memory;
    case GMC_GROUP_SPACE:
      return &tables.space;
    case GMC_GROUP_ACCESS:
      return &tables.access;
    case GMC_GROUP_DIRTY:
      return &tables.dirty;
    case GMC_GROUP_CONTROL:
      return &tables.control;
    default:
      return gmc_naive_plugin()->group(backend, id);
  }
}

// What opening says under `profile` where `take_away` has been at the tables; "" where it opens.
std::string refusal(const std::string& profile, const std::function<void(Tables&)>& take_away) {
  const GmcPlugin* const naive = gmc_naive_plugin();
  static GmcPlugin plugin;
  plugin = *naive;
  plugin.group = group;
  GmcBackend* backend = nullptr;
  const GmcHost host = {sizeof(GmcHost), GMC_ABI_VERSION, 0, [](const GmcHost*, std::uint32_t, const char*, std::uint64_t) {}, nullptr};
  EXPECT_EQ(naive->open(&host, "", &backend).status, GMC_OK);
  tables.memory = *static_cast<const GmcMemoryGroup*>(naive->group(backend, GMC_GROUP_MEMORY));
  tables.space = *static_cast<const GmcSpaceGroup*>(naive->group(backend, GMC_GROUP_SPACE));
  tables.access = *static_cast<const GmcAccessGroup*>(naive->group(backend, GMC_GROUP_ACCESS));
  tables.dirty = *static_cast<const GmcDirtyGroup*>(naive->group(backend, GMC_GROUP_DIRTY));
  tables.control = *static_cast<const GmcControlGroup*>(naive->group(backend, GMC_GROUP_CONTROL));
  naive->close(backend);
  take_away(tables);
  const auto parsed = Profile::parse(profile, "profile");
  if (!parsed) return parsed.error().text();
  const auto opened = Backend::open(BackendSpec{.name = "naive", .config = ""}, &plugin, *parsed);
  return opened ? "" : opened.error().text();
}

struct Claim {
  const char* profile;
  const char* claim;
  const char* entry;
  std::function<void(Tables&)> take_away;
};

void PrintTo(const Claim& claim, std::ostream* out) { *out << claim.claim; }

class Claims : public testing::TestWithParam<Claim> {};

TEST_P(Claims, NeedTheirEntries) {
  const Claim& claim = GetParam();
  EXPECT_EQ(refusal(claim.profile, [](Tables&) {}), "") << "with all entries there is nothing to refuse";
  EXPECT_EQ(refusal(claim.profile, claim.take_away),
            fmt::format("naive: the profile says '{}', and the entry '{}' is null", claim.claim, claim.entry));
}

const std::function<void(Tables&)> kNoSubmit = [](Tables& of) { of.access.submit = nullptr; };
const std::function<void(Tables&)> kNoOpen = [](Tables& of) { of.space.open = nullptr; };
constexpr const char* kDirty = "dirty_source = host_api\nharvest = both\n";

INSTANTIATE_TEST_SUITE_P(
    , Claims,
    testing::Values(
        Claim{"typed_sizes = 1 2 4 8\n", "typed_sizes", "load32 or store32",
              [](Tables& of) { of.access.load32 = nullptr, of.access.submit = nullptr; }},
        Claim{"typed_sizes = 1 2 4 8\n", "typed_sizes", "load8 or store8",
              [](Tables& of) { of.access.store8 = nullptr, of.access.submit = nullptr; }},
        Claim{"atomics = load store exchange\n", "atomics = exchange or a fetch operation", "submit", kNoSubmit},
        Claim{"atomics = load\n", "atomics = load", "submit",
              [](Tables& of) { of.access.atomic_load = nullptr, of.access.submit = nullptr; }},
        Claim{"atomics = store\n", "atomics = store", "submit",
              [](Tables& of) { of.access.atomic_store = nullptr, of.access.submit = nullptr; }},
        Claim{"atomics = compare_exchange\n", "atomics = compare_exchange", "submit",
              [](Tables& of) { of.access.compare_exchange = nullptr, of.access.submit = nullptr; }},
        Claim{"partial = yes\n", "partial = yes", "submit", kNoSubmit}, Claim{"has_fill = yes\n", "has_fill = yes", "submit", kNoSubmit},
        Claim{"has_zero_all = yes\n", "has_zero_all = yes", "submit", kNoSubmit},
        Claim{"fault_sites = access\n", "fault_sites", "arm", [](Tables& of) { of.control.arm = nullptr; }},
        Claim{"iova = yes\n", "iova = yes", "submit", kNoSubmit}, Claim{"slice_lists = yes\n", "slice_lists = yes", "submit", kNoSubmit},
        Claim{"references = atomic\n", "references", "submit", kNoSubmit}, Claim{"arrays = yes\n", "arrays = yes", "submit", kNoSubmit},
        Claim{"has_copy = yes\n", "has_copy = yes", "submit", kNoSubmit},
        Claim{"atomic_buffers = yes\n", "atomic_buffers = yes", "submit", kNoSubmit},
        Claim{"dump_all = exact_length\n", "dump_all", "submit", kNoSubmit},
        Claim{"range_api = check_range\n", "range_api", "submit", kNoSubmit},
        Claim{"host_pointer = per_addr\n", "host_pointer", "submit", kNoSubmit},
        Claim{"region_api = find\n", "region_api = find", "submit", kNoSubmit},
        Claim{"region_api = last_address\n", "region_api = last_address", "submit", kNoSubmit},
        Claim{"region_api = total_size\n", "region_api = total_size", "submit", kNoSubmit},
        Claim{"backing = own fd\nfile_facts = fds_overlap\n", "file_facts = fds_overlap", "submit", kNoSubmit},
        Claim{"region_api = list\n", "region_api = list", "regions", [](Tables& of) { of.memory.regions = nullptr; }},
        Claim{"slices = yes\n", "slices = yes", "open of group space", kNoOpen},
        Claim{"views = yes\n", "views = yes", "open of group space", [](Tables& of) { of.space.close = nullptr; }},
        Claim{"map_mutation = in_place_addonly\n", "map_mutation", "add", [](Tables& of) { of.memory.add = nullptr; }},
        Claim{"map_mutation = in_place\n", "map_mutation", "remove", [](Tables& of) { of.memory.remove = nullptr; }},
        Claim{"map_mutation = cow\n", "map_mutation = cow", "open of group space", kNoOpen},
        Claim{"permissions = page_bitmap\n", "permissions = page_bitmap", "protect", [](Tables& of) { of.memory.protect = nullptr; }},
        Claim{"reset = yes\n", "reset = yes", "reset", [](Tables& of) { of.memory.reset = nullptr; }},
        Claim{kDirty, "dirty_source", "harvest_dense or harvest_sparse",
              [](Tables& of) { of.dirty.harvest_dense = nullptr, of.dirty.harvest_sparse = nullptr; }},
        Claim{kDirty, "dirty_source", "space open", [](Tables& of) { of.dirty.harvest_sparse = nullptr, of.space.open = nullptr; }},
        Claim{"dirty_source = host_api\nharvest = both\ndirty_bitmap_api = yes\n", "dirty_bitmap_api = yes", "mark",
              [](Tables& of) { of.dirty.mark = nullptr; }},
        Claim{"dirty_source = host_api\nharvest = both\ndirty_enable = explicit\n", "dirty_enable = explicit", "track",
              [](Tables& of) { of.dirty.track = nullptr; }}));

TEST(Entries, ThatEveryBackendHasAreAskedFor) {
  EXPECT_EQ(refusal("", [](Tables& of) { of.memory.create = nullptr; }), "naive: the group 'memory' lacks 'create' or 'destroy'");
  EXPECT_EQ(refusal("", [](Tables& of) { of.access.read = nullptr, of.access.submit = nullptr; }),
            "naive: the group 'access' has neither 'read' nor 'submit'");
  EXPECT_EQ(refusal("", [](Tables& of) { of.access.write = nullptr, of.access.submit = nullptr; }),
            "naive: the group 'access' has neither 'write' nor 'submit'");
  EXPECT_EQ(refusal("", [](Tables& of) { of.access.read = nullptr; }), "") << "a list will do";
}

}  // namespace
}  // namespace gmc
