// SPDX-License-Identifier: Apache-2.0 OR MIT
// Standard output. That it cannot be written is remembered and told at the end, instead of thrown where it happens: a run whose text is
// lost still leaves its reports.
#ifndef GMCHECK_HARNESS_CLI_STANDARD_OUTPUT_H
#define GMCHECK_HARNESS_CLI_STANDARD_OUTPUT_H

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "harness/base/error.h"

namespace gmc {

// Prints to standard output. Not thread-safe.
void say_text(std::string_view text);

template <typename... Arguments>
void say(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  say_text(fmt::format(format, std::forward<Arguments>(arguments)...));
}

// Hands on what was said so far, so that it is seen before what takes long.
void flush_output();

// Flushes, and answers whether everything that was printed since the process began was written. The error is that of the first loss.
[[nodiscard]] Result<void> check_output();

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CLI_STANDARD_OUTPUT_H
