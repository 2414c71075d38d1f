// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/backends/mapped/options.h"

#include <gtest/gtest.h>

#include "harness/backends/mapped/test/opened.h"

namespace gmc::mapped {
namespace {

TEST(MappedOptions, NothingSaidIsTheDefault) { EXPECT_EQ(parse_options("").value(), Options()); }

TEST(MappedOptions, EveryKeyIsHeard) {
  const Options options =
      parse_options("own=memfd,granule=512,origin=region,dirty=explicit,fail=nothing,ranges=views,map=in_place,stale=denied,rights=region")
          .value();
  EXPECT_EQ(options.own, OwnMemory::kMemfd);
  EXPECT_EQ(options.granule, 512u);
  EXPECT_EQ(options.origin, DirtyOrigin::kRegion);
  EXPECT_EQ(options.dirty, Dirty::kExplicit);
  EXPECT_EQ(options.range_fail, FailEffect::kNothing);
  EXPECT_EQ(options.permission_fail, FailEffect::kNothing);
  EXPECT_EQ(options.ranges, Ranges::kViews);
  EXPECT_EQ(options.map, MapChanges::kInPlace);
  EXPECT_TRUE(options.denies_stale);
  EXPECT_EQ(options.rights, Rights::kRegions);
}

TEST(MappedOptions, WhatIsWrongIsNamed) {
  const auto error = [](std::string_view config) { return parse_options(config).error(); };
  EXPECT_EQ(error("own"), "config: `own`: not key=value");
  EXPECT_EQ(error("own=disk"), "config: `own=disk`: own is one of anon|memfd");
  EXPECT_EQ(error("fail=prefix,fail=nothing"), "config: `fail=nothing`: said twice");
  EXPECT_EQ(error("dirty=none,"), "config: a comma at the end");
  EXPECT_EQ(error(","), "config: ``: not key=value");
  EXPECT_EQ(error("colour=red"),
            "config: `colour=red`: known keys are own, granule, origin, dirty, fail, ranges, map, stale, rights, fd, faults, iova, "
            "pointers, layout");
  EXPECT_EQ(error("iova=0x10"), "config: `iova=0x10`: iova is none, or what is added to an address, decimal");
  for (const char* granule : {"granule=0", "granule=4", "granule=100", "granule=0x200", "granule=2147483648", "granule=512 ", "granule="}) {
    EXPECT_EQ(error(granule), "config: `" + std::string(granule) + "`: granule is a power of two from 8 to 2^30, in bytes");
  }
}

TEST(MappedOptions, AConfigThatIsNotKnownOpensNothingAndSaysWhy) {
  struct Log {
    GmcHost host = {sizeof(GmcHost), GMC_ABI_VERSION, 0, &Log::write, nullptr};
    std::string text;
    static void write(const GmcHost* host, std::uint32_t, const char* text, std::uint64_t size) {
      const_cast<Log*>(reinterpret_cast<const Log*>(host))->text.append(text, size);
    }
  } log;
  GmcBackend* backend = nullptr;
  EXPECT_EQ(Plugin<Mapped<ProductPolicy>>::table()->open(&log.host, "own=disk", &backend).status, GMC_INVALID_ARGUMENT);
  EXPECT_EQ(backend, nullptr);
  EXPECT_EQ(log.text, "config: `own=disk`: own is one of anon|memfd");
}

TEST(MappedOptions, TheProfileFollowsThem) {
  const Opened plain;
  const std::string profile = describe_text(plain.plugin, plain.backend, nullptr);
  EXPECT_NE(profile.find("range_fail_effect = prefix\n"), std::string::npos);
  EXPECT_NE(profile.find("dirty_granule = 4096\n"), std::string::npos);
  const Opened other("dirty=none,fail=nothing");
  const std::string changed = describe_text(other.plugin, other.backend, nullptr);
  EXPECT_NE(changed.find("range_fail_effect = nothing\n"), std::string::npos);
  EXPECT_EQ(changed.find("dirty_"), std::string::npos);
  EXPECT_EQ(other.dirty, nullptr);
}

}  // namespace
}  // namespace gmc::mapped
