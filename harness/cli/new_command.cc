// SPDX-License-Identifier: Apache-2.0 OR MIT
// gmcheck new: a plugin that builds and passes at once, for its author to change. The files are those of templates/.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "harness/cli/commands.h"
#include "harness/cli/session.h"
#include "harness/cli/standard_output.h"
#include "harness/report/folder.h"

namespace gmc {

namespace {

namespace files = std::filesystem;

struct Template {
  std::string_view language;
  std::string_view path;  // below the new folder
  std::span<const unsigned char> text;
};

#include "harness/cli/templates.inc"

struct Options {
  std::string language;
  std::string name;
  std::string folder;
};

// What the templates name in the form @KEY@.
struct Values {
  std::string name;
  std::string prefix;   // of gmcheck's tree: an installation, or the folder `package` of a build
  std::string gmcheck;  // its executable
  std::string rust;     // the folder of its crate
};

// What Rust would not take as the name of a crate, or takes as another one. C and C++ only use the name as a file's.
constexpr std::array kNamesOfRust = {
    "abstract", "alloc",  "as",      "async",  "await",   "become", "box",   "break", "const",    "continue", "core",       "crate",
    "do",       "dyn",    "else",    "enum",   "extern",  "false",  "final", "fn",    "for",      "gmcheck",  "if",         "impl",
    "in",       "let",    "loop",    "macro",  "match",   "mod",    "move",  "mut",   "override", "priv",     "proc_macro", "pub",
    "ref",      "return", "self",    "static", "std",     "struct", "super", "test",  "trait",    "true",     "try",        "type",
    "typeof",   "unsafe", "unsized", "use",    "virtual", "where",  "while", "yield"};

Result<void> check_name(const std::string& name, const std::string& language) {
  const auto fits = [](unsigned char c) { return std::islower(c) != 0 || std::isdigit(c) != 0 || c == '_'; };
  const bool begins = !name.empty() && std::islower(static_cast<unsigned char>(name.front())) != 0;
  if (!begins || name.size() > 64 || !std::ranges::all_of(name, fits))
    return fail("--name", fmt::format("'{}' is no name; one begins with a letter and has at most 64 of a-z, 0-9 and _", name));
  if (language == "rust" && std::ranges::find(kNamesOfRust, name) != kNamesOfRust.end())
    return fail("--name", fmt::format("'{}' means something else in Rust", name));
  return {};
}

// The tree that belongs to this binary: where it is installed, or the one that the build leaves beside it.
Result<Values> find_tree() {
  std::error_code error;
  const files::path self = files::read_symlink("/proc/self/exe", error);
  const files::path above = self.parent_path().parent_path();
  for (const files::path& prefix : {above, above / "package"}) {
    if (!files::exists(prefix / GMC_INCLUDEDIR / "gmcheck/backend.h", error)) continue;
    const std::string text = prefix.string();
    if (text.find_first_of("\"\\$;@\n") != std::string::npos) return fail(text, "gmcheck lies in a folder that no build file can name");
    return Values{.name = {}, .prefix = text, .gmcheck = self.string(), .rust = (prefix / GMC_DATADIR / "gmcheck/rust").string()};
  }
  return fail(above.string(), "there are no headers of gmcheck's: its component 'development' is not installed here");
}

std::string filled_in(std::span<const unsigned char> bytes, const Values& values) {
  std::string text(bytes.begin(), bytes.end());
  const auto replace = [&text](std::string_view key, std::string_view value) {
    for (std::size_t at = text.find(key); at != std::string::npos; at = text.find(key, at + value.size()))
      text.replace(at, key.size(), value);
  };
  replace("@NAME@", values.name);
  replace("@PREFIX@", values.prefix);
  replace("@GMCHECK@", values.gmcheck);
  replace("@RUST@", values.rust);
  return text;
}

// A folder that is not there yet, or an empty one that nobody stands in.
Result<files::path> check_folder(const std::string& wanted) {
  std::error_code error;
  files::path folder = files::absolute(wanted, error).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  const files::file_status status = files::symlink_status(folder, error);
  if (!files::exists(status)) return folder;
  if (!files::is_directory(status)) return fail(wanted, "is there already, and is no folder");
  if (files::equivalent(folder, files::current_path(error), error))
    return fail(wanted, "is the current folder; name one that is to be made");
  const bool is_empty = files::is_empty(folder, error);
  if (error) return fail(wanted, fmt::format("cannot be looked into: {}", error.message()));
  return is_empty ? Result<files::path>(folder) : fail(wanted, "is there already, and is not empty");
}

Result<void> write_templates(const files::path& folder, const std::string& language, const Values& values) {
  for (const Template& row : kTemplates) {
    if (row.language != language) continue;
    const files::path path = folder / row.path;
    std::error_code error;
    files::create_directories(path.parent_path(), error);
    if (error) return fail(path.parent_path().string(), fmt::format("cannot be made: {}", error.message()));
    GMC_TRY_VOID(write_file(path.string(), filled_in(row.text, values)));
  }
  return {};
}

// All of it or nothing: it is written beside its place and renamed.
Result<void> write_skeleton(const files::path& folder, const std::string& language, const Values& values) {
  const files::path beside = folder.parent_path() / fmt::format(".{}.tmp-{}", folder.filename().string(), ::getpid());
  std::error_code error;
  files::create_directory(beside, error);
  if (error) return fail(folder.string(), fmt::format("cannot be made: {}", error.message()));
  auto written = write_templates(beside, language, values);
  if (written && ::rename(beside.c_str(), folder.c_str()) != 0)
    written = fail(folder.string(), fmt::format("cannot be made: {}", std::strerror(errno)));
  if (!written) files::remove_all(beside, error);
  return written;
}

ExitCode refuse(const Error& error, ExitCode code) {
  complain(error);
  return code;
}

ExitCode make(const Options& options) {
  const auto folder = check_folder(options.folder);
  if (!folder) return refuse(folder.error(), ExitCode::kUsage);
  std::string name = options.name;
  if (name.empty()) {
    name = folder->filename().string();
    std::ranges::replace(name, '-', '_');
  }
  if (const auto checked = check_name(name, options.language); !checked) return refuse(checked.error(), ExitCode::kUsage);
  auto values = find_tree();
  if (!values) return refuse(values.error(), ExitCode::kUnusable);
  values->name = name;
  if (const auto written = write_skeleton(*folder, options.language, *values); !written)
    return refuse(written.error(), ExitCode::kUnusable);
  say("{}: a backend that passes; README.md says how it is built and checked\n", options.folder);
  return ExitCode::kPassed;
}

}  // namespace

void add_new(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("new", "Writes a plugin to begin with: it builds, and passes");
  command->add_option("--lang", options->language, "The language of the plugin")->required()->check(CLI::IsMember({"c", "cpp", "rust"}));
  command->add_option("--name", options->name, "Of the backend; without it, that of the folder");
  command->add_option("DIR", options->folder, "The folder to make; an empty one may be there")->required();
  command->callback([options, &action] { action = [options] { return make(*options); }; });
}

}  // namespace gmc
