// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/runner/memory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vector>

#include "harness/backends/naive/naive.h"
#include "harness/program/program.h"
#include "harness/runner/files.h"

namespace gmc {
namespace {

std::unique_ptr<Backend> naive_with(const std::string& profile) {
  auto opened = Backend::open(BackendSpec{.name = "naive", .config = profile}, gmc_naive_plugin());
  EXPECT_TRUE(opened.has_value()) << opened.error().text();
  return opened ? std::move(*opened) : nullptr;
}

std::vector<std::uint8_t> background(std::uint64_t position, std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  fill_background(position, bytes);
  return bytes;
}

TEST(WitnessFile, ShowsWhatItsDescriptorHolds) {
  const auto made = WitnessFile::make(WitnessFile::Kind::kFile, 5000);
  ASSERT_TRUE(made.has_value()) << made.error().text();
  const WitnessFile& file = **made;
  ASSERT_EQ(file.bytes().size(), 8192u) << "whole pages";
  struct stat info {};
  ASSERT_EQ(fstat(file.descriptor(), &info), 0);
  EXPECT_EQ(info.st_size, 8192);
  EXPECT_TRUE(std::ranges::equal(file.bytes(), background(0, 8192)));
  const std::uint8_t byte = file.bytes()[4097] ^ 1;
  ASSERT_EQ(pwrite(file.descriptor(), &byte, 1, 4097), 1);
  EXPECT_EQ(file.bytes()[4097], byte);
  file.restore(4096, 2);
  EXPECT_TRUE(std::ranges::equal(file.bytes(), background(0, 8192)));
}

TEST(WitnessFile, NobodyWritesBesideIt) {
  const auto made = WitnessFile::make(WitnessFile::Kind::kMemory, 4096);
  ASSERT_TRUE(made.has_value()) << made.error().text();
  EXPECT_EQ((*made)->descriptor(), -1);
  volatile std::uint8_t* const bytes = (*made)->bytes().data();
  // A sanitizer turns the signal into an exit of its own.
  EXPECT_DEATH(bytes[4096] = 1, "");
  EXPECT_DEATH(bytes[-1] = 1, "");
}

TEST(Memory, BringsTheBytesOfRoundedRegions) {
  const auto backend = naive_with("region_align_size=4096,region_rounding=up,backing=fd+host_pointer");
  ASSERT_NE(backend, nullptr);
  const Layout layout{{Region{.base = 0, .size = 1, .backing = Backing::kFile, .file_offset = 4096},
                       Region{.base = 0x10000, .size = 4097, .backing = Backing::kHost}}};
  const auto memory = Memory::create(*backend, layout, false);
  ASSERT_TRUE(memory.has_value()) << memory.error().text();
  EXPECT_TRUE((*memory)->is_alive());
  EXPECT_EQ((*memory)->witness(0).size(), 4096u);
  EXPECT_EQ((*memory)->witness(0)[4095], background(8191, 1)[0]) << "of the file, from the region's offset on";
  EXPECT_EQ((*memory)->witness(1).size(), 8192u);
}

TEST(Memory, OfALayoutThatNobodyCanBackIsTheBackendsToRefuse) {
  const auto backend = naive_with("backing=fd");
  ASSERT_NE(backend, nullptr);
  const Layout layout{{Region{.base = 0x1000, .size = UINT64_MAX, .backing = Backing::kFile}}};
  const auto memory = Memory::create(*backend, layout, false);
  ASSERT_TRUE(memory.has_value()) << memory.error().text();
  EXPECT_FALSE((*memory)->is_alive());
  EXPECT_NE((*memory)->outcome().status, GMC_OK);
}

}  // namespace
}  // namespace gmc
