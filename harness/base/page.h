// SPDX-License-Identifier: Apache-2.0 OR MIT
// The page of the host: what mappings, and the rights and marks of pages, come in.
#ifndef GMCHECK_HARNESS_BASE_PAGE_H
#define GMCHECK_HARNESS_BASE_PAGE_H

#include <cstdint>

namespace gmc {

// Bytes. Where a clause says 4096 itself, as of the rights of pages, or a backend goes by it, the number stands there.
inline constexpr std::uint64_t kPage = 4096;

}  // namespace gmc

#endif  // GMCHECK_HARNESS_BASE_PAGE_H
