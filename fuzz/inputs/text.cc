// SPDX-License-Identifier: Apache-2.0 OR MIT
// fuzz_text: any text is a program with a canonical form, or is refused with its place.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "harness/base/check.h"
#include "harness/program/text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = gmc::parse_text(text, "input");
  if (!parsed) {
    GMC_CHECK(parsed.error().text().starts_with("input:") && !parsed.error().text().contains('\n'), parsed.error().text());
    return 0;
  }
  const std::string printed = gmc::print(parsed->document);
  const auto again = gmc::parse_text(printed, "printed");
  GMC_CHECK(again.has_value(), again.error().text());
  GMC_CHECK(gmc::print(again->document) == printed, printed);
  return 0;
}
