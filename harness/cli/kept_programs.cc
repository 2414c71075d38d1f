// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/cli/kept_programs.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "harness/program/text.h"
#include "harness/report/folder.h"

namespace gmc {

namespace files = std::filesystem;

Result<std::vector<KeptProgram>> read_programs(const std::string& path) {
  std::vector<files::path> found;
  std::error_code error;
  if (files::is_directory(path, error)) {
    for (auto at = files::recursive_directory_iterator(path, error); !error && at != files::end(at); at.increment(error)) {
      if (at->path().extension() == ".gmp") found.push_back(at->path());
    }
    if (error) return fail(path, "cannot be read: " + error.message());
  } else {
    found.emplace_back(path);
  }
  std::ranges::sort(found);
  std::vector<KeptProgram> programs;
  for (const files::path& file : found) {
    GMC_TRY(text, read_file(file.string()));
    GMC_TRY(document, read_program(text, file.string()));
    programs.push_back({.path = file.string(), .name = file.stem().string(), .document = std::move(document)});
  }
  return programs;
}

std::string backend_of(const Document& document) {
  const auto lines = document.headers("backend");
  return lines.empty() ? "mmap" : std::string(lines.front());
}

}  // namespace gmc
