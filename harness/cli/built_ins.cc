// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/cli/built_ins.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "harness/adapters/reference/reference_plugin.h"
#include "harness/backends/mmap/mmap.h"
#include "harness/backends/mutants/mutants.h"
#include "harness/backends/naive/naive.h"
#include "harness/backends/operators/operators.h"

namespace gmc {

namespace {

std::size_t own_count = 0;

// A list that main() may add to; explicit, since a linker drops what registers itself.
std::vector<BuiltIn>& table() {
  static std::vector<BuiltIn> table = [] {
    std::vector<BuiltIn> own = {
        {"mmap", gmc_mmap_plugin, "regions over host mappings, with exact dirty tracking"},
        {"mutant", gmc_mutants_plugin, "mutant:NAME, a backend with one planted fault; `gmcheck power` lists them"},
        {"naive", gmc_naive_plugin, "the simplest memory that keeps the contract, under any profile"},
        {"operator", gmc_operators_plugin, "operator:NAME, a backend with one operator wrong; `gmcheck power --operators` lists them"},
        {"reference", gmc_reference_plugin, "what every answer is compared with, offered as a backend itself"},
    };
    own_count = own.size();
    return own;
  }();
  return table;
}

bool is_name(std::string_view text) {
  const auto fits = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-'; };
  return !text.empty() && text.front() != '-' && std::ranges::all_of(text, fits);
}

// The strings of the table outlive main(): they are its caller's literals or are copied here.
std::string_view kept(const char* text) {
  static std::vector<std::unique_ptr<std::string>> texts;
  return *texts.emplace_back(std::make_unique<std::string>(text == nullptr ? "" : text));
}

}  // namespace

std::span<const BuiltIn> built_ins() { return table(); }

bool has_linked_built_ins() { return table().size() > own_count; }

Result<void> link_built_ins(std::span<const GmcLinked> added) {
  std::vector<BuiltIn> all = table();
  for (const GmcLinked& linked : added) {
    const std::string name = linked.name == nullptr ? "" : linked.name;
    if (!is_name(name)) return fail("a linked backend", fmt::format("'{}' is no name for --backend", name));
    if (std::ranges::find(all, name, &BuiltIn::name) != all.end()) return fail(name, "two backends that are linked in have this name");
    if (linked.table == nullptr) return fail(name, "is linked in without a table");
    all.push_back({.name = kept(linked.name), .table = linked.table, .what = kept(linked.what)});
  }
  table() = std::move(all);
  return {};
}

}  // namespace gmc
