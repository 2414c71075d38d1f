// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/cli/googletest_face.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <optional>
#include <string_view>

namespace gmc {

namespace {

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty() ? std::optional(value) : std::nullopt;
}

}  // namespace

Result<void> check_shards() {
  const std::string_view total = environment("GTEST_TOTAL_SHARDS"), index = environment("GTEST_SHARD_INDEX");
  if (total.empty() && index.empty()) return {};
  const auto total_number = number(total), index_number = number(index);
  if (!total_number || !index_number || *index_number < 0 || *index_number >= *total_number) {
    return fail("GTEST_SHARD_INDEX", fmt::format("shard '{}' of GTEST_TOTAL_SHARDS '{}' does not exist", index, total));
  }
  return {};
}

Shard shard() {
  const auto total = number(environment("GTEST_TOTAL_SHARDS")), index = number(environment("GTEST_SHARD_INDEX"));
  if (!total || !index) return {};
  return {.index = static_cast<unsigned>(*index), .total = static_cast<unsigned>(*total)};
}

XmlCatcher::XmlCatcher() : file_(::memfd_create("junit", MFD_CLOEXEC)) {}

XmlCatcher::~XmlCatcher() {
  if (file_ >= 0) ::close(file_);
}

std::string XmlCatcher::path() const { return fmt::format("/proc/self/fd/{}", file_); }

void start_googletest(const std::vector<std::string>& flags, const std::string& filter, const XmlCatcher* xml) {
  std::vector<std::string> arguments = {"gmcheck"};
  if (!filter.empty()) arguments.push_back("--gtest_filter=" + filter);
  if (xml != nullptr) arguments.push_back("--gtest_output=xml:" + xml->path());
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  int argc = static_cast<int>(arguments.size());
  testing::InitGoogleTest(&argc, argv.data());
  // The report is what people read.
  auto& listeners = testing::UnitTest::GetInstance()->listeners();
  delete listeners.Release(listeners.default_result_printer());
}

}  // namespace gmc
