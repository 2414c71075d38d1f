// SPDX-License-Identifier: Apache-2.0 OR MIT
// Creation, its rejections, backings, guard pages, reset and destruction.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "harness/backends/mapped/test/opened.h"

namespace gmc::mapped {
namespace {

// A file of `size` bytes that is gone when the test is.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::uint64_t size) : fd(::memfd_create("mapped-test", MFD_CLOEXEC)) {
    EXPECT_GE(fd, 0);
    EXPECT_EQ(::ftruncate(fd, static_cast<off_t>(size)), 0);
  }
  ~TemporaryFile() { ::close(fd); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  std::string read(std::uint64_t offset, std::uint64_t size) const {
    std::string bytes(size, '?');
    EXPECT_EQ(::pread(fd, bytes.data(), size, static_cast<off_t>(offset)), static_cast<ssize_t>(size));
    return bytes;
  }

  const int fd;
};

std::size_t mapping_count() {
  std::ifstream maps("/proc/self/maps");
  std::size_t count = 0;
  for (std::string line; std::getline(maps, line);) ++count;
  return count;
}
std::size_t descriptor_count() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

TEST(Layout, RegionsMayTouchAndMayNotOverlap) {
  const std::uint64_t positions[] = {0, 1, 7, 8, 9, 15, 16, kTop - 15, kTop - 8, kTop - 7};
  for (const std::uint64_t a : positions) {
    for (const std::uint64_t b : positions) {
      for (const std::uint64_t size : {1u, 7u, 8u}) {
        Opened opened;
        const bool overlap = a <= b ? b - a < 8 : a - b < size;
        ASSERT_EQ(opened.create({own(a, 8), own(b, size)}).status, overlap ? GMC_OVERLAP : GMC_OK) << a << " " << b << " " << size;
        ASSERT_EQ(opened.root == nullptr, overlap);
      }
    }
  }
}

TEST(Layout, IllegalEntriesAreRejectedAndLeaveNothing) {
  Opened opened;
  opened.create({});
  opened.memory->destroy(nullptr, opened.root);
  opened.root = nullptr;
  const TemporaryFile file(3 * kPage - 1);
  const auto status = [&](std::initializer_list<GmcEntry> entries) { return opened.create(entries).status; };
  const std::size_t mappings = mapping_count();
  const std::size_t descriptors = descriptor_count();
  GmcEntry unknown_kind = own(0, 8);
  unknown_kind.kind = 2;
  GmcEntry unknown_backing = own(0, 8);
  unknown_backing.backing = 9;
  GmcEntry from_space = own(0, 8);
  from_space.backing = GMC_BACKING_SPACE;
  EXPECT_EQ(status({own(64, 64), own(0, 0)}), GMC_INVALID_ARGUMENT);
  EXPECT_EQ(status({own(64, 64), own(kTop, 2)}), GMC_OUT_OF_RANGE);
  EXPECT_EQ(status({own(64, 64), own(8, kTop)}), GMC_OUT_OF_RANGE);
  EXPECT_EQ(status({own(64, 64), unknown_kind}), GMC_INVALID_ARGUMENT);
  EXPECT_EQ(status({own(64, 64), unknown_backing}), GMC_INVALID_ARGUMENT);
  EXPECT_EQ(status({own(64, 64), own(0, 8, 4)}), GMC_INVALID_ARGUMENT);
  EXPECT_EQ(status({own(64, 64), from_space}), GMC_UNSUPPORTED);
  EXPECT_EQ(status({own(64, 64), on_host(0, 8, nullptr)}), GMC_INVALID_ARGUMENT);
  EXPECT_EQ(status({own(64, 64), on_file(0, 8, -1, 0)}), GMC_IO);
  EXPECT_EQ(status({own(64, 64), on_file(0, 8, file.fd, 1)}), GMC_INVALID_ARGUMENT);
  EXPECT_EQ(status({own(64, 64), on_file(0x10000, 3 * kPage, file.fd, 0)}), GMC_INVALID_ARGUMENT);  // one byte short
  EXPECT_EQ(status({own(64, 64), on_file(0x10000, kPage, file.fd, 2 * kPage)}), GMC_INVALID_ARGUMENT);
  EXPECT_EQ(status({own(64, 64), on_file(0x10000, 1, file.fd, kTop & ~(kPage - 1))}), GMC_INVALID_ARGUMENT);
  EXPECT_EQ(status({own(64, 64), window(100, 100)}), GMC_INVALID_ARGUMENT);  // the region straddles the window's start
  EXPECT_EQ(status({own(64, 64), own(1 << 20, std::uint64_t{1} << 62)}), GMC_NO_MEMORY);
  EXPECT_EQ(opened.memory->create(opened.backend, nullptr, nullptr, &opened.root).status, GMC_INVALID_ARGUMENT);
  EXPECT_EQ(opened.root, nullptr);
  EXPECT_EQ(mapping_count(), mappings);
  EXPECT_EQ(descriptor_count(), descriptors);
  EXPECT_EQ(status({on_file(0x10000, 3 * kPage - 1, file.fd, 0)}), GMC_OK);
}

TEST(Layout, OptionsTightenIt) {
  struct Tight : ProductPolicy {
    static std::expected<Options, std::string> options(std::string_view) {
      Options options;
      options.align = 4096;
      options.accepts_top = false;
      options.order = Order::kSorted;
      options.accepts_empty_region = true;
      return options;
    }
  };
  const auto status = [](std::initializer_list<GmcEntry> entries) { return OpenedAs<Tight>().create(entries).status; };
  EXPECT_EQ(status({own(kPage, kPage)}), GMC_OK);
  EXPECT_EQ(status({own(kPage + 8, kPage)}), GMC_INVALID_ARGUMENT);
  EXPECT_EQ(status({own(kPage, 8)}), GMC_INVALID_ARGUMENT);
  EXPECT_EQ(status({own(kTop - kPage + 1, kPage)}), GMC_OUT_OF_RANGE);
  EXPECT_EQ(status({own(2 * kPage, kPage), own(0, kPage)}), GMC_INVALID_ARGUMENT);
  EXPECT_EQ(status({own(kPage, 0), own(kPage, kPage)}), GMC_OK);
}

TEST(Backing, AFileIsTheMemory) {
  const TemporaryFile file(4 * kPage);
  Opened opened;
  ASSERT_EQ(opened
                .create({on_file(0x5000, kPage, file.fd, 2 * kPage), on_file(0x6000, kPage, file.fd, 0, GMC_RIGHT_READ),
                         on_file(0x9000, 2 * kPage, file.fd, kPage)})
                .status,
            GMC_OK);
  ASSERT_EQ(opened.write(0x5ffc, "tail").status, GMC_OK);
  EXPECT_EQ(file.read(3 * kPage - 4, 4), "tail");
  EXPECT_EQ(opened.read(0x9000 + 2 * kPage - 4, 4), "tail");  // the same extent seen twice
  ASSERT_EQ(::pwrite(file.fd, "head", 4, 0), 4);
  EXPECT_EQ(opened.read(0x6000, 4), "head");
  GmcSpace* const a = opened.open_region(0x5000);
  GmcSpace* const b = opened.open_region(0x6000);
  GmcSpace* const c = opened.open_region(0x9000);
  const auto overlap = [&](GmcSpace* one, GmcSpace* other) {
    GmcCall call = {};
    call.op = GMC_CALL_FDS_OVERLAP;
    call.space = one;
    call.other = other;
    GmcOutcome outcome = {};
    opened.access->submit(nullptr, &call, 1, &outcome);
    return outcome.value;
  };
  EXPECT_EQ(overlap(a, b), 0u);
  EXPECT_EQ(overlap(a, c), 1u);
  EXPECT_EQ(overlap(c, a), 1u);
  EXPECT_EQ(overlap(b, c), 0u);
  EXPECT_EQ(describe_text(opened.plugin, opened.backend, b),
            "protection = 1\nflags = 16385\nraw_size = 12288\nguard_pages = 1\nfile_offset = 0\nhugetlbfs = no\n");
  EXPECT_NE(describe_text(opened.plugin, opened.backend, a).find("protection = 3\nflags = 16385\n"), std::string::npos);
  EXPECT_NE(describe_text(opened.plugin, opened.backend, a).find("file_offset = 8192\n"), std::string::npos);
}

TEST(Backing, HostMemoryStaysTheHarnesss) {
  std::vector<char> host(100, 'h');
  {
    Opened opened;
    ASSERT_EQ(opened.create({on_host(10, 100, host.data()), own(200, 100)}).status, GMC_OK);
    EXPECT_EQ(opened.read(10, 3), "hhh");
    opened.write(12, "W");
    opened.memory->reset(nullptr, opened.root);
  }
  EXPECT_EQ(std::string(host.begin(), host.begin() + 4), "hhWh");
}

TEST(Backing, OwnMemoryOfBothKindsReadsZeroAndIsGivenBack) {
  for (const char* config : {"own=anon", "own=memfd"}) {
    Opened opened(config);
    opened.create({own(0, 1)});  // whatever the first creation takes for good is taken now
    opened.memory->destroy(nullptr, opened.root);
    const std::size_t mappings = mapping_count();
    const std::size_t descriptors = descriptor_count();
    ASSERT_EQ(opened.create({own(3, 2 * kPage), own(0x10000, 1)}).status, GMC_OK);
    EXPECT_EQ(opened.read(3, 2 * kPage), std::string(2 * kPage, '\0'));
    EXPECT_GT(mapping_count(), mappings);
    opened.memory->destroy(nullptr, opened.root);
    opened.root = nullptr;
    EXPECT_EQ(mapping_count(), mappings);
    EXPECT_EQ(descriptor_count(), descriptors);
  }
}

TEST(Backing, AHugeRegionCostsWhatIsTouched) {
  Opened opened;
  const std::uint64_t size = std::uint64_t{1} << 40;
  const GmcOutcome created = opened.create({own(0x1000, size)});
  if (created.status == GMC_NO_MEMORY) GTEST_SKIP() << "the system does not lend a terabyte of addresses";
  ASSERT_EQ(created.status, GMC_OK);
  ASSERT_EQ(opened.write(size, "beyond 4 GiB").status, GMC_OK);
  EXPECT_EQ(opened.read(size, 12), "beyond 4 GiB");
  EXPECT_EQ(opened.read(0x1000, 12), std::string(12, '\0'));
  EXPECT_EQ(opened.harvest(), Granules{size / 4096});
  EXPECT_EQ(opened.call(GMC_CALL_ZERO_ALL).status, GMC_OK);
  EXPECT_EQ(opened.read(size, 12), std::string(12, '\0'));
  opened.write(size, "again");
  opened.memory->reset(nullptr, opened.root);
  EXPECT_EQ(opened.read(size, 12), std::string(12, '\0'));
}

TEST(Backing, NeighboursInGuestAddressesAreNoneOnTheHost) {
  Opened opened;
  ASSERT_EQ(opened.create({own(0, kPage), own(kPage, kPage), own(2 * kPage, kPage), own(3 * kPage, kPage)}).status, GMC_OK);
  const auto host = [&](std::uint64_t address) { return opened.call(GMC_CALL_HOST_ADDRESS, address, 1).value; };
  bool ascends = true;
  bool descends = true;
  for (std::uint64_t i = 0; i < 3; ++i) {
    const std::uint64_t here = host(i * kPage);
    const std::uint64_t there = host((i + 1) * kPage);
    EXPECT_GE(here < there ? there - here : here - there, 2 * kPage);
    ascends = ascends && here < there;
    descends = descends && here > there;
  }
  EXPECT_FALSE(ascends || descends);
}

// The rights of the host page of `address`, as /proc/self/maps writes them; "" where nothing is mapped.
std::string host_rights(std::uint64_t address) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    unsigned long first = 0;
    unsigned long end = 0;
    char rights[5] = {};
    if (std::sscanf(line.c_str(), "%lx-%lx %4s", &first, &end, rights) == 3 && first <= address && address < end) return rights;
  }
  return "";
}

TEST(GuardPages, StandOnBothSidesOfEachMapping) {
  const TemporaryFile file(kPage);
  Opened opened;
  ASSERT_EQ(opened.create({own(0, kPage), own(0x10000, kPage), on_file(0x20000, kPage, file.fd, 0)}).status, GMC_OK);
  for (const std::uint64_t base : {0x0u, 0x10000u, 0x20000u}) {
    const std::uint64_t host = opened.call(GMC_CALL_HOST_ADDRESS, base, kPage).value;
    EXPECT_EQ(host_rights(host - 1), "---p");
    EXPECT_EQ(host_rights(host).substr(0, 3), "rw-");
    EXPECT_EQ(host_rights(host + kPage), "---p");
  }
}

TEST(GuardPagesDeathTest, TouchingOneFaults) {
  Opened opened;
  ASSERT_EQ(opened.create({own(0, kPage)}).status, GMC_OK);
  auto* const first = reinterpret_cast<volatile char*>(opened.call(GMC_CALL_HOST_ADDRESS, 0, kPage).value);
  first[0] = 1;
  first[kPage - 1] = 1;
  EXPECT_DEATH(first[-1] = 1, "");
  EXPECT_DEATH(first[kPage] = 1, "");
}

TEST(Reset, IsTheMemoryAsCreatedWithTheHarnesssBackingsLeftAlone) {
  for (const char* config : {"", "own=memfd", "granule=512,origin=region"}) {
    const TemporaryFile file(kPage);
    Opened opened(config);
    ASSERT_EQ(opened.create({own(0, 70 * kPage + 5), on_file(0x100000, kPage, file.fd, 0)}).status, GMC_OK);
    for (int round = 0; round < 3; ++round) {
      opened.write(70 * kPage, "tail!");
      opened.access->store64(nullptr, opened.root, 63 * kPage + 4092, ~std::uint64_t{0});
      opened.call(GMC_CALL_FILL, kPage - 1, 2 * kPage, nullptr, 0xff);
      opened.write(0x100000, "file");
      opened.harvest();  // what is no longer dirty is zeroed all the same
      opened.write(5 * kPage, "dirty");
      ASSERT_EQ(opened.memory->reset(nullptr, opened.root).status, GMC_OK);
      EXPECT_EQ(opened.read(0, 70 * kPage + 5), std::string(70 * kPage + 5, '\0')) << config;
      EXPECT_EQ(opened.read(0x100000, 4), "file");
      EXPECT_TRUE(opened.harvest().empty());
    }
  }
}

// A pointer stays good over a reset: what is written through it afterwards is forgotten by the next one too. A few pages are written over,
// and of many the system brings new ones.
TEST(Reset, ForgetsWhatWasWrittenThroughAPointer) {
  for (const char* config : {"", "own=memfd"}) {
    for (const std::uint64_t pages : {1u, 4u, 400u}) {
      Opened opened(config);
      ASSERT_EQ(opened.create({own(kPage, 401 * kPage)}).status, GMC_OK);
      GmcCall call = {};
      call.op = GMC_CALL_HOST_ADDRESS;
      call.space = opened.root;
      call.address = 2 * kPage;
      call.size = pages * kPage;
      call.rights = kReadWrite;
      GmcOutcome outcome = {};
      opened.access->submit(nullptr, &call, 1, &outcome);
      ASSERT_EQ(outcome.status, GMC_OK);
      for (const std::uint64_t offset : {std::uint64_t{0}, pages * kPage - 1, std::uint64_t{0}}) {
        reinterpret_cast<volatile char*>(outcome.value)[offset] = 'p';
        EXPECT_EQ(opened.read(call.address + offset, 1), "p");
        opened.memory->reset(nullptr, opened.root);
        EXPECT_EQ(opened.read(call.address + offset, 1), std::string(1, '\0')) << pages << " " << offset;
      }
    }
  }
}

}  // namespace
}  // namespace gmc::mapped
