// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/runner/plugin.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "harness/base/counted.h"

namespace gmc {

namespace {

bool is_path(std::string_view name) { return name.contains('/') || name.contains(".so"); }

Result<const GmcPlugin*> checked(const GmcPlugin* table, const std::string& place) {
  if (table == nullptr) return fail(place, fmt::format("gmc_plugin({}) answered null: it does not speak this version", GMC_ABI_VERSION));
  if (table->size < sizeof(GmcPlugin)) {
    return fail(place, fmt::format("the plugin table says it has {}; version {} has {}", counted(table->size, "byte"), GMC_ABI_VERSION,
                                   sizeof(GmcPlugin)));
  }
  if (table->abi_version != GMC_ABI_VERSION) {
    return fail(place, fmt::format("the plugin speaks ABI version {}, gmcheck speaks {}", table->abi_version, GMC_ABI_VERSION));
  }
  if (table->name == nullptr || table->version == nullptr) return fail(place, "the plugin table has no name or no version");
  const auto missing = [&](const char* entry) { return fail(place, fmt::format("the plugin table has no entry '{}'", entry)); };
  if (table->open == nullptr) return missing("open");
  if (table->close == nullptr) return missing("close");
  if (table->describe == nullptr) return missing("describe");
  if (table->group == nullptr) return missing("group");
  return table;
}

Result<const GmcPlugin*> load_library(const std::string& name) {
  // Without a slash the loader would search the system's folders.
  const std::string path = name.contains('/') ? name : "./" + name;
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return fail(name, "there is no such file");
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return fail(name, fmt::format("cannot be loaded: {}", dlerror()));
  const auto entry = reinterpret_cast<const GmcPlugin* (*)(std::uint32_t)>(dlsym(library, "gmc_plugin"));
  if (entry == nullptr) return fail(name, "the library does not export gmc_plugin");
  return checked(entry(GMC_ABI_VERSION), name);
}

}  // namespace

Result<BackendSpec> BackendSpec::parse(std::string_view text) {
  std::size_t search_from = 0;
  if (is_path(text)) {
    const std::size_t suffix = text.rfind(".so");
    search_from = suffix == std::string_view::npos ? text.size() : suffix;
  }
  const std::size_t colon = text.find(':', search_from);
  BackendSpec spec{.name = std::string(text.substr(0, colon)), .config = {}};
  if (colon != std::string_view::npos) spec.config = std::string(text.substr(colon + 1));
  if (spec.name.empty()) return fail("--backend", "names no backend");
  return spec;
}

Result<const GmcPlugin*> load_plugin(const BackendSpec& spec, std::span<const BuiltIn> built_ins) {
  if (is_path(spec.name)) return load_library(spec.name);
  const auto found = std::find_if(built_ins.begin(), built_ins.end(), [&](const BuiltIn& b) { return b.name == spec.name; });
  if (found != built_ins.end()) return checked(found->table(), spec.name);
  std::string names;
  for (const BuiltIn& b : built_ins) names += fmt::format("{}{}", names.empty() ? "" : ", ", b.name);
  return fail(spec.name, fmt::format("is no built-in backend ({}) and no path to a library", names));
}

}  // namespace gmc
