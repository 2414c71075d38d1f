// SPDX-License-Identifier: Apache-2.0 OR MIT
// fuzz_messages: whatever a worker sends is decoded or refused; what comes back from one is untrusted.
#include <cstddef>
#include <cstdint>

#include "harness/base/check.h"
#include "harness/campaign/answers.h"
#include "harness/campaign/wire.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const gmc::Json json = gmc::Json::parse(data, data + size, nullptr, false);
  if (json.is_discarded()) return 0;
  static_cast<void>(gmc::kind_of(json));
  const gmc::Json& what = gmc::what_of(json);
  static_cast<void>(gmc::decode_opened(what));
  static_cast<void>(gmc::decode_done(what));
  static_cast<void>(gmc::decode_order(json));
  static_cast<void>(gmc::decode_answers(what));
  if (const auto finding = gmc::decode_finding(what)) {
    const auto again = gmc::decode_finding(gmc::encode(*finding));
    GMC_CHECK(again.has_value() && again->same_as(*finding));
  }
  return 0;
}
