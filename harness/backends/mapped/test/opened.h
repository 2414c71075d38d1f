// SPDX-License-Identifier: Apache-2.0 OR MIT
// The product, opened through its C tables as gmcheck opens it, with what the tests say again and again.
#ifndef GMCHECK_HARNESS_BACKENDS_MAPPED_TEST_OPENED_H
#define GMCHECK_HARNESS_BACKENDS_MAPPED_TEST_OPENED_H

#include <gmcheck.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "harness/abi/cpp/backend.h"
#include "harness/backends/mapped/mapped.h"
#include "harness/backends/mapped/page_rights.h"

namespace gmc::mapped {

inline constexpr std::uint64_t kTop = ~std::uint64_t{0};
inline constexpr std::uint64_t kPage = std::uint64_t{1} << kPageShift;
inline constexpr std::uint32_t kReadWrite = GMC_RIGHT_READ | GMC_RIGHT_WRITE;

inline GmcEntry own(std::uint64_t base, std::uint64_t size, std::uint32_t rights = kReadWrite) {
  return {GMC_ENTRY_REGION, rights, base, size, GMC_BACKING_OWN, -1, 0, nullptr, nullptr};
}
inline GmcEntry on_file(std::uint64_t base, std::uint64_t size, int fd, std::uint64_t offset, std::uint32_t rights = kReadWrite) {
  return {GMC_ENTRY_REGION, rights, base, size, GMC_BACKING_FD, fd, offset, nullptr, nullptr};
}
inline GmcEntry on_host(std::uint64_t base, std::uint64_t size, void* host, std::uint32_t rights = kReadWrite) {
  return {GMC_ENTRY_REGION, rights, base, size, GMC_BACKING_HOST, -1, 0, host, nullptr};
}
inline GmcEntry window(std::uint64_t base, std::uint64_t size) {
  return {GMC_ENTRY_WINDOW, 0, base, size, GMC_BACKING_OWN, -1, 0, nullptr, nullptr};
}

inline std::string describe_text(const GmcPlugin* plugin, GmcBackend* backend, GmcSpace* space) {
  struct StringSink {
    GmcSink sink = {&StringSink::write};
    std::string text;
    static void write(GmcSink* sink, const char* text, std::uint64_t size) { reinterpret_cast<StringSink*>(sink)->text.append(text, size); }
  } sink;
  EXPECT_EQ(plugin->describe(backend, space, &sink.sink).status, GMC_OK);
  return sink.text;
}

// An opened backend of a policy. A test that needs other options than the config can say derives a policy for them.
template <class Policy = ProductPolicy>
class OpenedAs {
 public:
  explicit OpenedAs(const char* config = "") {
    EXPECT_EQ(plugin->open(&host_, config, &backend).status, GMC_OK);
    memory = static_cast<const GmcMemoryGroup*>(plugin->group(backend, GMC_GROUP_MEMORY));
    space = static_cast<const GmcSpaceGroup*>(plugin->group(backend, GMC_GROUP_SPACE));
    access = static_cast<const GmcAccessGroup*>(plugin->group(backend, GMC_GROUP_ACCESS));
    dirty = static_cast<const GmcDirtyGroup*>(plugin->group(backend, GMC_GROUP_DIRTY));
  }
  ~OpenedAs() {
    for (GmcSpace* region : regions_) space->close(nullptr, region);
    if (root != nullptr) memory->destroy(nullptr, root);
    plugin->close(backend);
  }
  OpenedAs(const OpenedAs&) = delete;
  OpenedAs& operator=(const OpenedAs&) = delete;

  GmcOutcome create(std::initializer_list<GmcEntry> entries) {
    const GmcLayout layout = {entries.begin(), entries.size()};
    return memory->create(backend, nullptr, &layout, &root);
  }
  GmcSpace* open_region(std::uint64_t address) {
    GmcSpaceRequest request = {};
    request.kind = GMC_SPACE_REGION;
    request.address = address;
    GmcSpace* region = nullptr;
    EXPECT_EQ(space->open(nullptr, root, &request, &region).status, GMC_OK);
    regions_.push_back(region);
    return region;
  }

  GmcOutcome call(GmcCallOp op, std::uint64_t address = 0, std::uint64_t size = 0, void* buffer = nullptr, std::uint64_t value = 0,
                  GmcSpace* in = nullptr) {
    GmcCall call = {};
    call.op = op;
    call.space = in == nullptr ? root : in;
    call.address = address;
    call.size = size;
    call.buffer = buffer;
    call.value = value;
    call.rights = GMC_RIGHT_READ;
    GmcOutcome outcome = {};
    EXPECT_EQ(access->submit(nullptr, &call, 1, &outcome).status, GMC_OK);
    return outcome;
  }
  GmcOutcome write(std::uint64_t address, const std::string& bytes) {
    return access->write(nullptr, root, address, bytes.data(), bytes.size());
  }
  // The bytes at `address`; "" where the read fails.
  std::string read(std::uint64_t address, std::uint64_t size) {
    std::string bytes(size, '?');
    return access->read(nullptr, root, address, bytes.data(), size).status == GMC_OK ? bytes : "";
  }
  // Every dirty granule, by a sparse harvest of the root.
  std::vector<std::uint64_t> dirty_granules(std::uint32_t flags = GMC_HARVEST_READ) {
    std::vector<GmcDirtyWord> words(4096);
    const GmcOutcome outcome = dirty->harvest_sparse(nullptr, root, flags, words.data(), words.size());
    EXPECT_EQ(outcome.status, GMC_OK);
    std::vector<std::uint64_t> granules;
    for (std::uint64_t i = 0; i < outcome.count; ++i) {
      for (std::uint64_t bit = 0; bit < 64; ++bit) {
        if ((words[i].bits >> bit) & 1) granules.push_back(words[i].index * 64 + bit);
      }
    }
    return granules;
  }
  std::vector<std::uint64_t> harvest() { return dirty_granules(GMC_HARVEST_READ | GMC_HARVEST_CLEAR); }

  const GmcPlugin* plugin = Plugin<Mapped<Policy>>::table();
  GmcBackend* backend = nullptr;
  GmcSpace* root = nullptr;
  const GmcMemoryGroup* memory = nullptr;
  const GmcSpaceGroup* space = nullptr;
  const GmcAccessGroup* access = nullptr;
  const GmcDirtyGroup* dirty = nullptr;

 private:
  GmcHost host_ = {sizeof(GmcHost), GMC_ABI_VERSION, 0, nullptr, nullptr};
  std::vector<GmcSpace*> regions_;
};
using Opened = OpenedAs<>;

using Granules = std::vector<std::uint64_t>;

}  // namespace gmc::mapped

#endif  // GMCHECK_HARNESS_BACKENDS_MAPPED_TEST_OPENED_H
