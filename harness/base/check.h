// SPDX-License-Identifier: Apache-2.0 OR MIT
// GMC_CHECK(condition, operands...): what gmcheck itself got wrong ends the process, with the place and the operands. It stays on in every
// build.
#ifndef GMCHECK_HARNESS_BASE_CHECK_H
#define GMCHECK_HARNESS_BASE_CHECK_H

#include <fmt/format.h>

#include <string>

namespace gmc::detail {

[[noreturn]] void check_failed(const char* file, int line, const char* condition, const char* names, const std::string& values);

template <typename... Operands>
[[noreturn]] void report_check(const char* file, int line, const char* condition, const char* names, const Operands&... operands) {
  std::string values;
  ((values += fmt::format("{} ", operands)), ...);
  check_failed(file, line, condition, names, values);
}

}  // namespace gmc::detail

#define GMC_CHECK(condition, ...)                                                                           \
  do {                                                                                                      \
    if (!(condition)) [[unlikely]]                                                                          \
      ::gmc::detail::report_check(__FILE__, __LINE__, #condition, #__VA_ARGS__ __VA_OPT__(, ) __VA_ARGS__); \
  } while (false)

#endif  // GMCHECK_HARNESS_BASE_CHECK_H
