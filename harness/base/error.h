// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the user or the operating system got wrong: one line that names the cause and the place.
#ifndef GMCHECK_HARNESS_BASE_ERROR_H
#define GMCHECK_HARNESS_BASE_ERROR_H

#include <expected>
#include <string>
#include <utility>

namespace gmc {

struct Error {
  std::string place;  // a file, `file:line:column`, an option, a switch; empty where the cause says it all
  std::string cause;  // one line, without a full stop

  [[nodiscard]] std::string text() const { return place.empty() ? cause : place + ": " + cause; }
  bool operator==(const Error&) const = default;
};

template <typename T>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(std::string place, std::string cause) {
  return std::unexpected(Error{std::move(place), std::move(cause)});
}

}  // namespace gmc

// GMC_TRY(name, expression): declares `name` with the value of a Result, or returns its error.
#define GMC_TRY(name, ...)                                                          \
  auto&& name##_or_error = (__VA_ARGS__);                                           \
  if (!name##_or_error) return std::unexpected(std::move(name##_or_error).error()); \
  auto&& name = *std::move(name##_or_error)

// GMC_TRY_VOID(expression): returns the error of a Result<void>.
#define GMC_TRY_VOID(...)                                                                                    \
  do {                                                                                                       \
    if (auto gmc_result = (__VA_ARGS__); !gmc_result) return std::unexpected(std::move(gmc_result).error()); \
  } while (false)

#endif  // GMCHECK_HARNESS_BASE_ERROR_H
