// SPDX-License-Identifier: Apache-2.0 OR MIT
// The main() of a target where no engine has one: runs files, and the files of folders, through LLVMFuzzerTestOneInput. Programs in text
// (.gmp) are turned into bytes first, unless the first argument is --as-they-are. With --bytes-to FOLDER in front nothing is run: each
// file's bytes go to a file of that folder, so that an engine begins with them.
//
// Exit codes: 0 all ran, 2 one cannot be read, 3 one cannot be written. A finding aborts, as it does under an engine.
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
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

int refuse(const gmc::Error& error, int code = 2) {
  std::fputs(fmt::format("gmcheck: {}\n", error.text()).c_str(), stderr);
  return code;
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

// The name says what lies in it, so that files of one name in two folders are two.
int write_bytes(const std::vector<std::string>& found, const std::string& folder) {
  for (const std::string& file : found) {
    const auto bytes = bytes_of(file, false);
    if (!bytes) return refuse(bytes.error());
    const std::string text(bytes->begin(), bytes->end());
    const auto written =
        gmc::write_file(fmt::format("{}/{}-{:016x}", folder, files::path(file).stem().string(), std::hash<std::string>()(text)), text);
    if (!written) return refuse(written.error(), 3);
  }
  fmt::print("{} files\n", found.size());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::span arguments(argv, static_cast<std::size_t>(argc));
  if (argc > 3 && std::string_view(argv[1]) == "--bytes-to") {
    const auto found = files_of(arguments.subspan(3));
    return found ? write_bytes(*found, argv[2]) : refuse(found.error());
  }
  if (LLVMFuzzerInitialize != nullptr) LLVMFuzzerInitialize(&argc, &argv);
  const bool as_they_are = argc > 1 && std::string_view(argv[1]) == "--as-they-are";
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
