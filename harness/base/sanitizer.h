// SPDX-License-Identifier: Apache-2.0 OR MIT
// The sanitizer that this was built with: a worker tells it to the report, and tests wait longer under one.
#ifndef GMCHECK_HARNESS_BASE_SANITIZER_H
#define GMCHECK_HARNESS_BASE_SANITIZER_H

#include <string_view>

namespace gmc {

// "address", "thread" or "". g++ says it by macros, clang by features.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr std::string_view kSanitizer = "address";
#elif defined(__SANITIZE_THREAD__)
inline constexpr std::string_view kSanitizer = "thread";
#elif !defined(__has_feature)
inline constexpr std::string_view kSanitizer;
#elif __has_feature(address_sanitizer)
inline constexpr std::string_view kSanitizer = "address";
#elif __has_feature(thread_sanitizer)
inline constexpr std::string_view kSanitizer = "thread";
#else
inline constexpr std::string_view kSanitizer;
#endif

[[nodiscard]] constexpr bool is_sanitized() { return !kSanitizer.empty(); }

}  // namespace gmc

#endif  // GMCHECK_HARNESS_BASE_SANITIZER_H
