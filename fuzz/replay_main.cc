// SPDX-License-Identifier: Apache-2.0 OR MIT
// The main() of a target where no engine has one: runs files, and the files of folders, through LLVMFuzzerTestOneInput. Programs in text
// (.gmp) are turned into bytes first.
//
// Exit codes: 0 all ran, 2 one cannot be read. A finding aborts, as it does under an engine.
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
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
gmc::Result<std::vector<std::string>> files_of(int count, char** arguments) {
  std::vector<std::string> found;
  for (int i = 1; i < count; ++i) {
    std::error_code error;
    if (!files::is_directory(arguments[i], error)) {
      found.emplace_back(arguments[i]);
      continue;
    }
    for (auto at = files::recursive_directory_iterator(arguments[i], error); !error && at != files::end(at); at.increment(error)) {
      if (at->is_regular_file(error)) found.push_back(at->path().string());
    }
    if (error) return gmc::fail(arguments[i], error.message());
  }
  std::ranges::sort(found);
  return found;
}

gmc::Result<std::vector<std::uint8_t>> bytes_of(const std::string& file) {
  GMC_TRY(text, gmc::read_file(file));
  if (!file.ends_with(".gmp")) return std::vector<std::uint8_t>(text.begin(), text.end());
  GMC_TRY(document, gmc::read_program(text, file));
  std::vector<std::uint8_t> bytes;
  gmc::encode_bytes(document.program, bytes);
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  if (LLVMFuzzerInitialize != nullptr) LLVMFuzzerInitialize(&argc, &argv);
  const auto found = files_of(argc, argv);
  if (!found) return refuse(found.error());
  for (const std::string& file : *found) {
    const auto bytes = bytes_of(file);
    if (!bytes) return refuse(bytes.error());
    LLVMFuzzerTestOneInput(bytes->data(), bytes->size());
  }
  fmt::print("{} files\n", found->size());
  return 0;
}
