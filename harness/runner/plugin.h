// SPDX-License-Identifier: Apache-2.0 OR MIT
// A plugin's table, from a shared library or linked in. What is wrong with it is the plugin author's to mend: one line with cause and
// place.
#ifndef GMCHECK_HARNESS_RUNNER_PLUGIN_H
#define GMCHECK_HARNESS_RUNNER_PLUGIN_H

#include <gmcheck.h>

#include <span>
#include <string>
#include <string_view>

#include "harness/base/error.h"

namespace gmc {

struct BuiltIn {
  std::string_view name;
  const GmcPlugin* (*table)();
  std::string_view what;  // one line for `gmcheck backends`
};

// `--backend` as it was written: a built-in's name or a path, and after the first colon the config. A path is what has a slash or ends in
// .so; in a path with a colon of its own the colon that counts is the last one behind ".so".
struct BackendSpec {
  std::string name;
  std::string config;

  [[nodiscard]] static Result<BackendSpec> parse(std::string_view text);
  [[nodiscard]] std::string text() const { return config.empty() ? name : name + ":" + config; }
};

// The table behind `spec.name`, checked: there, large enough, of this ABI version, named. A loaded library is never unloaded: what it left
// behind, threads and destructors of thread-local data, would then run on unmapped code.
[[nodiscard]] Result<const GmcPlugin*> load_plugin(const BackendSpec& spec, std::span<const BuiltIn> built_ins);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_RUNNER_PLUGIN_H
