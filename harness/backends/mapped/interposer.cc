// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/backends/mapped/interposer.h"

#include <string>

#include "harness/abi/cpp/backend.h"
#include "harness/backends/mapped/mapped.h"

namespace gmc::mapped {
namespace {

void log(const GmcHost*, std::uint32_t, const char*, std::uint64_t) {}
void yield(const GmcHost*, GmcLane*, std::uint32_t, std::uint64_t) {}

Inner look_inside() {
  static constexpr GmcHost kHost = {sizeof(GmcHost), GMC_ABI_VERSION, 0, &log, &yield};
  Inner found = {Plugin<Mapped<EveryOption>>::table(), nullptr, nullptr, nullptr, nullptr};
  GmcBackend* backend = nullptr;
  if (found.plugin->open(&kHost, "", &backend).status != GMC_OK) return found;
  found.memory = static_cast<const GmcMemoryGroup*>(found.plugin->group(backend, GMC_GROUP_MEMORY));
  found.space = static_cast<const GmcSpaceGroup*>(found.plugin->group(backend, GMC_GROUP_SPACE));
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

// The line at the front of `text`, with its newline, which is then removed from it.
static std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n') + 1);
  text.remove_prefix(line.size());
  return line;
}

GmcOutcome describe_with(std::string_view says, GmcBackend* backend, GmcSink* sink) {
  StringSink original{{&StringSink::write}, {}};
  const GmcOutcome outcome = inner().plugin->describe(backend, nullptr, &original.sink);
  const auto says_something_of = [&](std::string_view line) {
    const std::string_view name = line.substr(0, line.find('=') + 1);
    return says.starts_with(name) || says.contains("\n" + std::string(name));
  };
  std::string text(says);
  for (std::string_view rest = original.text; !rest.empty();) {
    const std::string_view line = take_line(rest);
    if (!says_something_of(line)) text += line;
  }
  sink->write(sink, text.data(), text.size());
  return outcome;
}

}  // namespace gmc::mapped
