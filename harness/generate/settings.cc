// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/generate/settings.h"

namespace gmc {

std::array<std::uint32_t, kOpKindCount> base_weights() {
  std::array<std::uint32_t, kOpKindCount> weights{};
  for (std::size_t i = 0; i < kOpKindCount; ++i) {
    const OpInfo& row = info(static_cast<OpKind>(i));
    weights[i] = row.runs ? row.weight : 0;
  }
  return weights;
}

}  // namespace gmc
