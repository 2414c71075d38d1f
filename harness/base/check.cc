// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/base/check.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace gmc::detail {

void check_failed(const char* file, int line, const char* condition, const char* names, const std::string& values) {
  const char* slash = std::strrchr(file, '/');
  std::fprintf(stderr, "%s:%d: harness bug: expected %s", slash ? slash + 1 : file, line, condition);
  if (*names != '\0') std::fprintf(stderr, "; %s = %s", names, values.c_str());
  std::fputc('\n', stderr);
  std::abort();
}

}  // namespace gmc::detail
