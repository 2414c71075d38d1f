// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/cli/standard_output.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace gmc {

namespace {

// errno of the first loss; 0 before it.
int first_error = 0;

void note(bool is_lost) {
  if (is_lost && first_error == 0) first_error = errno;
}

}  // namespace

void say_text(std::string_view text) { note(std::fwrite(text.data(), 1, text.size(), stdout) != text.size()); }

void flush_output() { note(std::fflush(stdout) != 0); }

Result<void> check_output() {
  flush_output();
  if (first_error != 0) return fail("", fmt::format("standard output cannot be written: {}", std::strerror(first_error)));
  // GoogleTest prints lists of tests itself; the reason of such a loss is gone.
  if (std::ferror(stdout) != 0) return fail("", "standard output cannot be written");
  return {};
}

}  // namespace gmc
