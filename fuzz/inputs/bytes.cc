// SPDX-License-Identifier: Apache-2.0 OR MIT
// fuzz_bytes: any bytes are a valid program, whose encoding is a fixed point and whose text is the same program.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "harness/base/check.h"
#include "harness/program/byte_form.h"
#include "harness/program/text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  gmc::Program program;
  gmc::decode_bytes({data, size}, program);
  if (const auto invalidity = gmc::find_invalidity(program)) GMC_CHECK(false, invalidity->cause);
  std::vector<std::uint8_t> once, twice;
  gmc::encode_bytes(program, once);
  gmc::Program again;
  gmc::decode_bytes(once, again);
  GMC_CHECK(again == program, gmc::print(program), gmc::print(again));
  gmc::encode_bytes(again, twice);
  GMC_CHECK(once == twice);
  const auto read = gmc::read_program(gmc::print(program), "printed");
  GMC_CHECK(read.has_value(), read.error().text());
  GMC_CHECK(read->program == program, gmc::print(program));
  return 0;
}
