// SPDX-License-Identifier: Apache-2.0 OR MIT
// The config text of the naive memory: what it follows it declares, and what it does not follow it refuses with one line.
#include <gtest/gtest.h>

#include <string>

#include "harness/backends/naive/naive.h"

namespace gmc {
namespace {

struct LogHost {
  GmcHost table{.size = sizeof(GmcHost), .abi_version = GMC_ABI_VERSION, .reserved = 0, .log = &add, .yield = nullptr};
  std::string text;

  static void add(const GmcHost* host, std::uint32_t, const char* line, std::uint64_t size) {
    const_cast<LogHost*>(reinterpret_cast<const LogHost*>(host))->text.append(line, size);
  }
};

struct TextSink {
  GmcSink table{.write = &add};
  std::string text;

  static void add(GmcSink* sink, const char* piece, std::uint64_t size) { reinterpret_cast<TextSink*>(sink)->text.append(piece, size); }
};

std::string described(const char* config) {
  LogHost host;
  GmcBackend* backend = nullptr;
  if (gmc_naive_plugin()->open(&host.table, config, &backend).status != GMC_OK) return "refused: " + host.text;
  TextSink sink;
  gmc_naive_plugin()->describe(backend, nullptr, &sink.table);
  gmc_naive_plugin()->close(backend);
  return sink.text;
}

TEST(NaiveConfig, DeclaresWhatItWasAskedToFollow) {
  EXPECT_EQ(described(""), "");
  EXPECT_EQ(described("cross_region=span"), "cross_region = span\n");
  EXPECT_EQ(described("typed_sizes=1+2+16, region.partial = yes"), "typed_sizes = 1 2 16\nregion.partial = yes\n");
  EXPECT_EQ(described("error_detail=denied|out_of_range"), "error_detail = denied|out_of_range\n");
}

TEST(NaiveConfig, RefusesWhatItDoesNotFollow) {
  EXPECT_EQ(described("cross_region"), "refused: expected name=value, got 'cross_region'");
  EXPECT_EQ(described("cross_region=maybe"), "refused: the naive memory does not follow 'cross_region = maybe'");
  EXPECT_EQ(described("lock=yes"), "refused: the naive memory does not follow 'lock = yes'");
  EXPECT_EQ(described("dirty_granule=many"), "refused: the naive memory does not follow 'dirty_granule = many'");
  EXPECT_EQ(described("typed_sizes=1+64"), "refused: the naive memory does not follow 'typed_sizes = 1+64'");
  EXPECT_EQ(described("vcpu.partial=yes"), "refused: the naive memory does not follow 'vcpu.partial = yes'");
}

TEST(NaiveConfig, TheLineOfOneKindHoldsForThatKindAlone) {
  naive::Profile profile;
  ASSERT_EQ(naive::parse("region.cross_region=span,cross_region=reject,root.range_fail_effect=prefix", profile), "");
  EXPECT_EQ(profile.region.cross_region, naive::kSpan);
  EXPECT_EQ(profile.root.cross_region, naive::kRejectCross);
  EXPECT_EQ(profile.root.range_fail_effect, naive::kPrefix);
  EXPECT_EQ(profile.region.range_fail_effect, naive::kNothing);
}

}  // namespace
}  // namespace gmc
