// SPDX-License-Identifier: Apache-2.0 OR MIT
// Reads the members of a message that nobody vouches for. Internal to campaign.
#ifndef GMCHECK_HARNESS_CAMPAIGN_FIELDS_H
#define GMCHECK_HARNESS_CAMPAIGN_FIELDS_H

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/error.h"
#include "harness/campaign/wire.h"

namespace gmc {

inline constexpr std::size_t kItemsMax = 1u << 20;  // of one array of a message

// Reads the members of one object. The first that is missing or out of range is kept as the error; from then on everything reads as zero.
class Fields {
 public:
  explicit Fields(const Json& json) : json_(json) {
    if (!json.is_object()) complain("is no object");
  }

  [[nodiscard]] const Json& at(const char* key) {
    static const Json kNull;
    if (!json_.is_object()) return kNull;
    const auto found = json_.find(key);
    if (found != json_.end()) return *found;
    complain(fmt::format("has no '{}'", key));
    return kNull;
  }
  [[nodiscard]] std::uint64_t number(const char* key, std::uint64_t max) {
    const Json& value = at(key);
    if (value.is_number_unsigned() && value.get<std::uint64_t>() <= max) return value.get<std::uint64_t>();
    complain(fmt::format("'{}' is no number up to {}", key, max));
    return 0;
  }
  template <typename T>
  void read(const char* key, T& value) {
    value = static_cast<T>(number(key, std::numeric_limits<T>::max()));
  }
  void read(const char* key, bool& value) {
    const Json& json = at(key);
    if (!json.is_boolean()) return complain(fmt::format("'{}' is neither true nor false", key));
    value = json.get<bool>();
  }
  void read(const char* key, std::string& value) {
    const Json& json = at(key);
    if (!json.is_string()) return complain(fmt::format("'{}' is no text", key));
    value = json.get<std::string>();
  }
  // An enumeration whose enumerators run from 0 to `count` - 1.
  template <typename Enum>
  void read(const char* key, Enum& value, std::size_t count) {
    value = static_cast<Enum>(number(key, count - 1));
  }
  template <typename T, typename Decode>
  void read_list(const char* key, std::vector<T>& values, Decode decode) {
    const Json& json = at(key);
    if (!json.is_array() || json.size() > kItemsMax) return complain(fmt::format("'{}' is no list", key));
    for (const Json& item : json) {
      Result<T> value = decode(item);
      if (!value) return complain(fmt::format("'{}': {}", key, value.error().text()));
      values.push_back(*std::move(value));
    }
  }
  template <std::size_t size, typename T>
  void read_array(const char* key, std::array<T, size>& values) {
    const Json& json = at(key);
    if (!json.is_array() || json.size() != size) return complain(fmt::format("'{}' is no list of {}", key, size));
    for (std::size_t i = 0; i < size; ++i) {
      if (!json[i].is_number_unsigned() || json[i].get<std::uint64_t>() > std::numeric_limits<T>::max()) {
        return complain(fmt::format("'{}' holds what is no number", key));
      }
      values[i] = json[i].get<T>();
    }
  }
  template <typename T, typename Decode>
  void read(const char* key, T& value, Decode decode) {
    Result<T> decoded = decode(at(key));
    if (!decoded) return complain(fmt::format("'{}': {}", key, decoded.error().text()));
    value = *std::move(decoded);
  }

  void complain(std::string cause) {
    if (error_.empty()) error_ = std::move(cause);
  }
  template <typename T>
  [[nodiscard]] Result<T> finish(T value) {
    if (!error_.empty()) return fail("worker", "sent a message that " + error_);
    return value;
  }

 private:
  const Json& json_;
  std::string error_;
};

template <typename T>
[[nodiscard]] Result<T> decode_number(const Json& json) {
  if (!json.is_number_unsigned() || json.get<std::uint64_t>() > std::numeric_limits<T>::max()) return fail({}, "holds what is no number");
  return json.get<T>();
}

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CAMPAIGN_FIELDS_H
