// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/backends/mutants/interposer.h"

#include <string>

#include "harness/backends/mutants/policy_mutant.h"

namespace gmc::mutants {
namespace {

void log(const GmcHost*, std::uint32_t, const char*, std::uint64_t) {}
void yield(const GmcHost*, GmcLane*, std::uint32_t, std::uint64_t) {}

Inner look_inside() {
  static constexpr GmcHost kHost = {sizeof(GmcHost), GMC_ABI_VERSION, 0, &log, &yield};
  Inner found = {by_policy<MutantPolicy>(), nullptr, nullptr, nullptr};
  GmcBackend* backend = nullptr;
  if (found.plugin->open(&kHost, "", &backend).status != GMC_OK) return found;
  found.memory = static_cast<const GmcMemoryGroup*>(found.plugin->group(backend, GMC_GROUP_MEMORY));
  found.access = static_cast<const GmcAccessGroup*>(found.plugin->group(backend, GMC_GROUP_ACCESS));
  found.dirty = static_cast<const GmcDirtyGroup*>(found.plugin->group(backend, GMC_GROUP_DIRTY));
  found.plugin->close(backend);
  return found;
}

struct StringSink {
  GmcSink sink;
  std::string text;
  static void write(GmcSink* sink, const char* text, std::uint64_t size) {
    reinterpret_cast<StringSink*>(sink)->text.append(text, static_cast<std::size_t>(size));
  }
};

}  // namespace

const Inner& inner() {
  static const Inner kInner = look_inside();
  return kInner;
}

GmcOutcome pass(const GmcCall& call) {
  GmcOutcome outcome = gmc_outcome(GMC_BROKEN);
  inner().access->submit(nullptr, &call, 1, &outcome);
  return outcome;
}

GmcOutcome describe_with(std::string_view claim, GmcBackend* backend, GmcSink* sink) {
  StringSink said{{&StringSink::write}, {}};
  const GmcOutcome outcome = inner().plugin->describe(backend, nullptr, &said.sink);
  const std::string_view name = claim.substr(0, claim.find('=') + 1);
  std::string text;
  for (std::size_t at = 0; at < said.text.size();) {
    const std::size_t end = said.text.find('\n', at) + 1;
    const std::string_view line = std::string_view(said.text).substr(at, end - at);
    text.append(line.starts_with(name) ? claim : line.substr(0, line.size() - 1)).append("\n");
    at = end;
  }
  sink->write(sink, text.data(), text.size());
  return outcome;
}

}  // namespace gmc::mutants
