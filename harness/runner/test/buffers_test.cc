// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/runner/buffers.h"

#include <gtest/gtest.h>

namespace gmc {
namespace {

TEST(Buffers, LieAtTheMisalignmentThatIsAsked) {
  Buffers buffers;
  for (unsigned misalignment = 0; misalignment < 16; ++misalignment) {
    const auto bytes = buffers.take(33, misalignment);
    EXPECT_EQ(bytes.size(), 33u);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(bytes.data()) % 16, misalignment);
  }
}

TEST(Buffers, AnyByteOfEitherZoneIsSeen) {
  Buffers buffers;
  for (const std::uint64_t size : {0u, 1u, 4096u}) {
    const auto bytes = buffers.take(size, 5);
    EXPECT_TRUE(Buffers::is_intact(bytes));
    std::fill(bytes.begin(), bytes.end(), std::uint8_t{0});
    EXPECT_TRUE(Buffers::is_intact(bytes)) << "what is inside is the backend's";
    for (std::size_t i = 0; i < Buffers::kZone; ++i) {
      for (std::uint8_t* const beside : {bytes.data() - 1 - i, bytes.data() + size + i}) {
        *beside ^= 0x10;
        EXPECT_FALSE(Buffers::is_intact(bytes)) << "size " << size << ", byte " << i << " of a zone";
        *beside ^= 0x10;
      }
    }
  }
}

TEST(Buffers, FitUntilTheRoomIsUsed) {
  Buffers buffers(1024);
  std::size_t taken = 0;
  for (; buffers.fits(100); ++taken) static_cast<void>(buffers.take(100, 0));
  EXPECT_GE(taken, 4u);
  EXPECT_FALSE(buffers.fits(100));
  buffers.clear();
  EXPECT_TRUE(buffers.fits(100));
  EXPECT_FALSE(buffers.fits(1024)) << "the zones take room too";
}

}  // namespace
}  // namespace gmc
