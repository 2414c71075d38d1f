// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/cli/corpus_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <system_error>
#include <utility>

#include "harness/program/byte_form.h"
#include "harness/program/text.h"
#include "harness/report/folder.h"

namespace gmc {

namespace {

namespace files = std::filesystem;

// The file that says what bytes in `folder` mean: beside them, or beside their folder.
std::optional<files::path> form_of(const files::path& folder) {
  std::error_code error;
  for (const files::path& form : {folder / "form", folder.lexically_normal() / "../form"}) {
    if (files::is_regular_file(form, error)) return form.lexically_normal();
  }
  return std::nullopt;
}

Result<void> check_form(const files::path& file) {
  GMC_TRY(form, read_file(file.string()));
  while (form.ends_with('\n')) form.pop_back();
  if (form == byte_form_name()) return {};
  return fail(file.string(),
              fmt::format("the corpus is of another version ({}; this gmcheck's is {})", form.substr(0, 60), byte_form_name()));
}

Result<CorpusInput> read_one(const files::path& path, std::string name, bool is_bytes) {
  CorpusInput input{.path = path.string(), .name = std::move(name), .text = "", .document = {}};
  GMC_TRY(text, read_file(input.path));
  input.text = std::move(text);
  if (is_bytes) {
    decode_bytes(std::span(reinterpret_cast<const std::uint8_t*>(input.text.data()), input.text.size()), input.document.program);
    return input;
  }
  GMC_TRY(document, read_program(input.text, input.path));
  input.document = std::move(document);
  return input;
}

// The files below `folder`, but for `form`.
Result<std::vector<files::path>> files_below(const files::path& folder) {
  std::vector<files::path> found;
  std::error_code error;
  for (auto at = files::recursive_directory_iterator(folder, error); !error && at != files::end(at); at.increment(error)) {
    if (at->is_regular_file(error) && at->path().filename() != "form") found.push_back(at->path());
  }
  if (error) return fail(folder.string(), "cannot be read: " + error.message());
  std::ranges::sort(found);
  return found;
}

}  // namespace

Result<Corpus> read_corpus(const std::string& path) {
  std::error_code error;
  const files::path folder(path.size() > 1 && path.ends_with('/') ? path.substr(0, path.size() - 1) : path);
  if (!files::is_directory(folder, error)) {
    return fail(path, error ? "cannot be read: " + error.message() : "is no folder");
  }
  const files::path inputs = files::is_regular_file(folder / "form", error) ? folder / "corpus" : folder;
  GMC_TRY(found, files_below(inputs));
  const auto is_text = [](const files::path& file) { return file.extension() == ".gmp"; };
  const auto form = form_of(folder);
  // Findings are kept beside the corpus, as text.
  const bool is_bytes = form.has_value() && (inputs != folder || std::ranges::none_of(found, is_text));
  if (is_bytes) {
    GMC_TRY_VOID(check_form(*form));
    // Engines have all of them in one folder; what lies deeper is somebody's own.
    std::erase_if(found, [&](const files::path& file) { return file.parent_path() != inputs; });
  } else if (const auto others = std::erase_if(found, [&](const files::path& file) { return !is_text(file); });
             found.empty() && others > 0) {
    return fail((folder / "form").string(), "is missing, so that nobody knows what the bytes of the corpus mean");
  }
  Corpus corpus{.is_bytes = is_bytes, .inputs = {}};
  for (const files::path& file : found) {
    GMC_TRY(input, read_one(file, file.lexically_relative(folder).string(), is_bytes));
    corpus.inputs.push_back(std::move(input));
  }
  return corpus;
}

Result<CorpusInput> read_input(const std::string& path) {
  const files::path file(path);
  const bool is_bytes = file.extension() != ".gmp";
  if (is_bytes) {
    const auto form = form_of(file.has_parent_path() ? file.parent_path() : files::path("."));
    if (form) GMC_TRY_VOID(check_form(*form));
  }
  return read_one(file, file.filename().string(), is_bytes);
}

}  // namespace gmc
