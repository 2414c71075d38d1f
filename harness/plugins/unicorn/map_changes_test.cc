// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the plugin does with changes of the map, beyond what the suites' programs reach: Unicorn's own uc_mem_map, uc_mem_unmap and
// uc_mem_protect.
#include <gmcheck.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace {

constexpr std::uint32_t kReadWrite = GMC_RIGHT_READ | GMC_RIGHT_WRITE;

GmcEntry own(std::uint64_t base, std::uint64_t size, std::uint32_t rights = kReadWrite) {
  return {.kind = GMC_ENTRY_REGION,
          .rights = rights,
          .base = base,
          .size = size,
          .backing = GMC_BACKING_OWN,
          .fd = -1,
          .fd_offset = 0,
          .host = nullptr,
          .space = nullptr};
}

// The first member is what the plugin sees.
struct LoggingHost {
  GmcHost table;
  std::string log;
};

void append(const GmcHost* host, std::uint32_t, const char* text, std::uint64_t size) {
  const_cast<LoggingHost*>(reinterpret_cast<const LoggingHost*>(host))->log.append(text, size);
}
void ignore(const GmcHost*, GmcLane*, std::uint32_t, std::uint64_t) {}

class UnicornMemory : public testing::Test {
 protected:
  UnicornMemory() {
    const std::vector<GmcEntry> entries = {own(0x1000, 0x3000)};
    const GmcLayout layout = {entries.data(), entries.size()};
    EXPECT_EQ(plugin->open(&host.table, "", &backend).status, GMC_OK);
    memory = static_cast<const GmcMemoryGroup*>(plugin->group(backend, GMC_GROUP_MEMORY));
    access = static_cast<const GmcAccessGroup*>(plugin->group(backend, GMC_GROUP_ACCESS));
    EXPECT_EQ(memory->create(backend, nullptr, &layout, &root).status, GMC_OK);
  }
  ~UnicornMemory() override {
    EXPECT_EQ(memory->destroy(nullptr, root).status, GMC_OK);
    plugin->close(backend);
  }

  std::uint16_t add(const GmcEntry& entry) { return memory->add(nullptr, root, &entry, nullptr).status; }
  std::uint16_t remove(std::uint64_t base, std::uint64_t size) { return memory->remove(nullptr, root, base, size, nullptr).status; }
  std::uint16_t write(std::uint64_t address, char byte) { return access->write(nullptr, root, address, &byte, 1).status; }
  // The byte there, or minus the status.
  int read(std::uint64_t address) {
    char byte = 0;
    const GmcOutcome outcome = access->read(nullptr, root, address, &byte, 1);
    return outcome.status == GMC_OK ? byte : -outcome.status;
  }
  // "base+size:rights" of each region.
  std::string regions() {
    std::vector<GmcRegionInfo> infos(16);
    const GmcOutcome outcome = memory->regions(nullptr, root, infos.data(), infos.size());
    EXPECT_EQ(outcome.status, GMC_OK);
    std::string text;
    for (std::uint64_t i = 0; i < outcome.count; i++) {
      text += (i == 0 ? "" : " ") + std::to_string(infos[i].base / 4096) + "+" + std::to_string(infos[i].size / 4096) + ":" +
              std::to_string(infos[i].rights);
    }
    return text;
  }

  LoggingHost host = {{sizeof(GmcHost), GMC_ABI_VERSION, 0, append, ignore}, ""};
  const GmcPlugin* plugin = gmc_plugin(GMC_ABI_VERSION);
  GmcBackend* backend = nullptr;
  const GmcMemoryGroup* memory = nullptr;
  const GmcAccessGroup* access = nullptr;
  GmcSpace* root = nullptr;
};

TEST_F(UnicornMemory, AnAddedRegionIsThereUntilItIsRemoved) {
  EXPECT_EQ(read(0x8000), -GMC_OUT_OF_RANGE);
  EXPECT_EQ(add(own(0x8000, 0x1000)), GMC_OK);
  EXPECT_EQ(write(0x8fff, 'x'), GMC_OK);
  EXPECT_EQ(read(0x8fff), 'x');
  EXPECT_EQ(regions(), "1+3:3 8+1:3");
  EXPECT_EQ(remove(0x8000, 0x1000), GMC_OK);
  EXPECT_EQ(read(0x8fff), -GMC_OUT_OF_RANGE);
  EXPECT_EQ(regions(), "1+3:3");
}

TEST_F(UnicornMemory, RejectedChangesChangeNothing) {
  EXPECT_EQ(add(own(0x3000, 0x1000)), GMC_OVERLAP);
  EXPECT_EQ(add(own(0x8001, 0x1000)), GMC_INVALID_ARGUMENT);
  EXPECT_EQ(add(own(0x8000, 0x1001)), GMC_INVALID_ARGUMENT);
  EXPECT_EQ(remove(0x8000, 0x1000), GMC_NOT_FOUND);
  EXPECT_EQ(memory->protect(nullptr, root, 0x3000, 0x2000, 0).status, GMC_OUT_OF_RANGE);
  EXPECT_EQ(regions(), "1+3:3");
}

// unicorn.h: "memory regions may be split by uc_mem_unmap()".
TEST_F(UnicornMemory, RemovingAPartSplitsItsRegionAndKeepsTheRest) {
  EXPECT_EQ(write(0x1000, 'a'), GMC_OK);
  EXPECT_EQ(write(0x3fff, 'b'), GMC_OK);
  EXPECT_EQ(remove(0x2000, 0x1000), GMC_OK);
  EXPECT_EQ(regions(), "1+1:3 3+1:3");
  EXPECT_EQ(read(0x1000), 'a');
  EXPECT_EQ(read(0x3fff), 'b');
}

TEST_F(UnicornMemory, RightsAreListedAndBindNoAccessOfTheHost) {
  EXPECT_EQ(memory->protect(nullptr, root, 0x2000, 0x1000, GMC_RIGHT_READ).status, GMC_OK);
  EXPECT_EQ(regions(), "1+1:3 2+1:1 3+1:3");
  EXPECT_EQ(add(own(0x8000, 0x1000, 0)), GMC_OK);
  EXPECT_EQ(write(0x2000, 'r'), GMC_OK);
  EXPECT_EQ(write(0x8000, 'n'), GMC_OK);
  EXPECT_EQ(read(0x2000), 'r');
  EXPECT_EQ(read(0x8000), 'n');
  EXPECT_EQ(regions(), "1+1:3 2+1:1 3+1:3 8+1:0");
}

TEST_F(UnicornMemory, ResetUndoesChangesAndZeroes) {
  EXPECT_EQ(write(0x1000, 'a'), GMC_OK);
  EXPECT_EQ(add(own(0x8000, 0x1000)), GMC_OK);
  EXPECT_EQ(remove(0x3000, 0x1000), GMC_OK);
  EXPECT_EQ(memory->reset(nullptr, root).status, GMC_OK);
  EXPECT_EQ(regions(), "1+3:3");
  EXPECT_EQ(read(0x1000), 0);
}

// Unicorn 2.0.1 keeps the failure, answers UC_ERR_NOMEM to every mapping from then on, and leaves freed memory in its list of blocks.
TEST_F(UnicornMemory, NothingIsMappedAfterMemoryRanOut) {
  EXPECT_EQ(add(own(0x8000, std::uint64_t{1} << 62)), GMC_NO_MEMORY);
  EXPECT_EQ(add(own(0x3000, 0x1000)), GMC_OVERLAP);  // seen before anything is mapped
  EXPECT_EQ(host.log, "");
  EXPECT_EQ(add(own(0x8000, 0x1000)), GMC_REFUSED);
  EXPECT_NE(host.log.find("freed memory"), std::string::npos) << host.log;
  EXPECT_EQ(remove(0x2000, 0x1000), GMC_REFUSED);  // its region would be mapped again in two parts
}

TEST_F(UnicornMemory, ARegionThatUnicornAbortsOnIsRefused) {
  EXPECT_EQ(add(own(0x4000, ~std::uint64_t{0x3fff})), GMC_REFUSED);
  EXPECT_NE(host.log.find("0xffffffffffffc000 bytes"), std::string::npos) << host.log;
  EXPECT_EQ(add(own(0x1000, ~std::uint64_t{0x3fff})), GMC_OVERLAP);
  EXPECT_EQ(add(own(0x8000, 0x1000)), GMC_OK);

  // Three parts and the added region, each numbered from a multiple of 64 pages: 2^64 less 1 MiB are no longer to be had.
  EXPECT_EQ(memory->protect(nullptr, root, 0x2000, 0x1000, GMC_RIGHT_READ).status, GMC_OK);
  EXPECT_EQ(add(own(0x100000, ~std::uint64_t{0xfffff})), GMC_REFUSED);
}

// What follows is known of Unicorn 2.0.1 and wrong; the tests fail when a later version mends it, and findings/README.md has to follow.

// unicorn.h knows no such effect: the last page is not to be had alone, and whoever names the first page gets the whole region. In this
// region, which ends at 2^64, uc.c takes the end of a region for 0.
TEST_F(UnicornMemory, KnownDefectARegionThatEndsAt2To64ChangesAsAWhole) {
  constexpr std::uint64_t kFirst = ~std::uint64_t{0} - 0x1fff;
  ASSERT_EQ(remove(0x1000, 0x3000), GMC_OK);
  ASSERT_EQ(add(own(kFirst, 0x2000)), GMC_OK);
  EXPECT_EQ(remove(kFirst + 0x1000, 0x1000), GMC_NOT_FOUND);
  EXPECT_EQ(write(kFirst + 0x1fff, 'z'), GMC_OK);
  EXPECT_EQ(memory->protect(nullptr, root, kFirst, 0x1000, GMC_RIGHT_READ).status, GMC_OK);
  EXPECT_EQ(regions(), "4503599627370494+2:1");
  EXPECT_EQ(remove(kFirst, 0x1000), GMC_OK);
  EXPECT_EQ(regions(), "");
  EXPECT_EQ(read(kFirst + 0x1fff), -GMC_OUT_OF_RANGE);
}

// GM-RW-007 asks for out_of_range. gmcheck's programs have no transfer of this size; nothing of it is mapped, so no byte moves.
TEST_F(UnicornMemory, KnownDefectAnAccessOf2GiBIsAnInvalidArgument) {
  char byte = 0;
  EXPECT_EQ(access->read(nullptr, root, 0x8000, &byte, 0x7fffffff).status, GMC_OUT_OF_RANGE);
  EXPECT_EQ(access->read(nullptr, root, 0x8000, &byte, 0x80000000).status, GMC_INVALID_ARGUMENT);
  EXPECT_EQ(access->write(nullptr, root, 0x8000, &byte, 0x80000000).status, GMC_INVALID_ARGUMENT);
}

}  // namespace
