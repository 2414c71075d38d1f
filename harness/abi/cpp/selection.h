// SPDX-License-Identifier: Apache-2.0 OR MIT
// A plugin that is several: the first word of its config, up to a comma, names one of them, and the rest is that one's config.
//
// A class `F` says which there are:
//
//   struct F {
//     static constexpr const char* kName = "mine";
//     static constexpr const char* kVersion = "1.0";
//     static std::span<const Choice> choices();
//   };
#ifndef GMCHECK_HARNESS_ABI_CPP_SELECTION_H
#define GMCHECK_HARNESS_ABI_CPP_SELECTION_H

#include <gmcheck.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "harness/abi/cpp/host.h"

namespace gmc {

struct Choice {
  std::string_view name;
  std::string_view config;  // what it is always opened with; may be empty
  const GmcPlugin* (*table)();
};

template <class F>
class Selection {
 public:
  static const GmcPlugin* table() {
    static constexpr GmcPlugin kTable = {sizeof(GmcPlugin), GMC_ABI_VERSION, 0, F::kName, F::kVersion, &open, &close, &describe, &group};
    return &kTable;
  }

 private:
  // Handles are those of the chosen plugins, as its groups take them too. Which handle is whose is remembered here.
  struct Owners {
    std::mutex mutex;
    std::map<GmcBackend*, const GmcPlugin*> of;
  };
  static Owners& owners() {
    static Owners owners;
    return owners;
  }
  static const GmcPlugin& owner_of(GmcBackend* backend) {
    const std::scoped_lock lock(owners().mutex);
    return *owners().of.at(backend);
  }

  static GmcOutcome open(const GmcHost* host, const char* config, GmcBackend** backend) noexcept {
    const std::string_view text = config == nullptr ? std::string_view() : std::string_view(config);
    const std::string_view name = text.substr(0, text.find(','));
    const auto choices = F::choices();
    const auto chosen = std::ranges::find(choices, name, &Choice::name);
    if (chosen == choices.end()) {
      Host(host).error("config: `" + std::string(name) + "` is no " + F::kName);
      return gmc_outcome(GMC_INVALID_ARGUMENT);
    }
    std::string rest(chosen->config);
    if (name.size() < text.size()) rest.append(rest.empty() ? "" : ",").append(text.substr(name.size() + 1));
    const GmcPlugin* const plugin = chosen->table();
    const GmcOutcome outcome = plugin->open(host, rest.c_str(), backend);
    if (outcome.status == GMC_OK) {
      const std::scoped_lock lock(owners().mutex);
      owners().of[*backend] = plugin;
    }
    return outcome;
  }
  static void close(GmcBackend* backend) noexcept {
    const GmcPlugin& plugin = owner_of(backend);
    {
      const std::scoped_lock lock(owners().mutex);
      owners().of.erase(backend);
    }
    plugin.close(backend);
  }
  static GmcOutcome describe(GmcBackend* backend, GmcSpace* space, GmcSink* sink) noexcept {
    return owner_of(backend).describe(backend, space, sink);
  }
  static const void* group(GmcBackend* backend, std::uint32_t id) noexcept { return owner_of(backend).group(backend, id); }
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_ABI_CPP_SELECTION_H
