// SPDX-License-Identifier: Apache-2.0 OR MIT
// fuzz_profile: any text is a profile, which prints as one that is equal, or is refused in one line.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "harness/base/check.h"
#include "harness/program/profile.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto profile = gmc::Profile::parse(std::string_view(reinterpret_cast<const char*>(data), size), "input");
  if (!profile) {
    GMC_CHECK(!profile.error().text().contains('\n'), profile.error().text());
    return 0;
  }
  const std::string printed = profile->print();
  const auto again = gmc::Profile::parse(printed, "printed");
  GMC_CHECK(again.has_value(), again.error().text());
  GMC_CHECK(again->print() == printed, printed);
  return 0;
}
