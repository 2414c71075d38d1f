// SPDX-License-Identifier: Apache-2.0 OR MIT
// The main() of a target where no engine has one: runs files, and the files of folders, through LLVMFuzzerTestOneInput. Programs in text
// (.gmp) are turned into bytes first, unless the first argument is --as-they-are.
//
// Exit codes: 0 all ran, 2 one cannot be read. A finding aborts, as it does under an engine.
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/program/byte_form.h"
#include "harness/program/text.h"
#include "harness/report/folder.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" __attribute__((weak)) int LLVMFuzzerInitialize(int* argc, char*** argv);

namespace {

namespace files = std::filesystem;

int refuse(const gmc::Error& error) {
  std::fputs(fmt::format("gmcheck: {}\n", error.text()).c_str(), stderr);
  return 2;
}

// The files below the arguments, in an order that is the same everywhere.
gmc::Result<std::vector<std::string>> files_of(std::span<char*> arguments) {
  std::vector<std::string> found;
  for (const char* const argument : arguments) {
    std::error_code error;
    if (!files::is_directory(argument, error)) {
      found.emplace_back(argument);
      continue;
    }
    for (auto at = files::recursive_directory_iterator(argument, error); !error && at != files::end(at); at.increment(error)) {
      if (at->is_regular_file(error)) found.push_back(at->path().string());
    }
    if (error) return gmc::fail(argument, error.message());
  }
  std::ranges::sort(found);
  return found;
}

gmc::Result<std::vector<std::uint8_t>> bytes_of(const std::string& file, bool as_it_is) {
  GMC_TRY(text, gmc::read_file(file));
  if (as_it_is || !file.ends_with(".gmp")) return std::vector<std::uint8_t>(text.begin(), text.end());
  GMC_TRY(document, gmc::read_program(text, file));
  std::vector<std::uint8_t> bytes;
  gmc::encode_bytes(document.program, bytes);
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  if (LLVMFuzzerInitialize != nullptr) LLVMFuzzerInitialize(&argc, &argv);
  const bool as_they_are = argc > 1 && std::string_view(argv[1]) == "--as-they-are";
  const std::span arguments(argv, static_cast<std::size_t>(argc));
  const auto found = files_of(arguments.subspan(std::min<std::size_t>(as_they_are ? 2 : 1, arguments.size())));
  if (!found) return refuse(found.error());
  for (const std::string& file : *found) {
    const auto bytes = bytes_of(file, as_they_are);
    if (!bytes) return refuse(bytes.error());
    LLVMFuzzerTestOneInput(bytes->data(), bytes->size());
  }
  fmt::print("{} files\n", found->size());
  return 0;
}
