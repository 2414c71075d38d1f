// SPDX-License-Identifier: Apache-2.0 OR MIT
// fuzz_waivers: any text is a list of waivers, or is refused in one line.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "harness/base/check.h"
#include "harness/report/waiver.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto waivers = gmc::parse_waivers(std::string_view(reinterpret_cast<const char*>(data), size), "input");
  if (!waivers) GMC_CHECK(!waivers.error().text().contains('\n'), waivers.error().text());
  return 0;
}
