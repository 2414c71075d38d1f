// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/profiler/beginning.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "harness/base/check.h"
#include "harness/profiler/probe_programs.h"

namespace gmc {

namespace {

// Plain typed accesses are what the contract's defaults claim; with this line nothing is left that can be missing. One backing has to be
// claimed where layouts are given, and the backend's own bytes are what most can have.
constexpr Beginning kBeginnings[] = {
    {"the least profile", "typed_sizes = none\n", false},
    {"regions of files", "typed_sizes = none\nbacking = fd\n", false},
    {"regions of host memory", "typed_sizes = none\nbacking = host_pointer\n", false},
    {"one region from address 0", "typed_sizes = none\naddr_space = offset\nregions_max = 1\n", true},
    {"a layout of its own", "typed_sizes = none\nlayout = own\nregion_api = list\n", false},
};

// The write and the read at the backend's own first region.
std::vector<Program> adopting(const Layout& adopted) {
  if (adopted.regions.empty()) return {};
  Program program = plain_programs().front();
  program.adopts = true;
  program.layouts = {Layout{}};
  for (Op& op : program.ops) op.at = {.anchor = Anchor::kAbsolute, .index = 0, .delta = static_cast<std::int64_t>(adopted.regions[0].base)};
  return {program};
}

std::string cause_of(const Supervisor::Probes& probes) {
  if (probes.refusal) return probes.refusal->cause;
  if (!probes.findings.empty()) {
    const Finding& finding = probes.findings.begin()->second;
    return fmt::format("{} expected {}, got {}", keyword(finding.op), finding.expected, finding.got);
  }
  return probes.skip_reason;
}

// The first memory that can be had; else why the last one cannot.
std::expected<std::optional<Layout>, std::string> find_memory(const Supervisor& supervisor, const Beginning& beginning) {
  const bool adopts = supervisor.profile().root().layout == LayoutSource::kOwn;
  std::string cause = adopts ? "it lists no region" : "no plain memory is legal";
  for (const Program& program : adopts ? adopting(supervisor.opened().adopted) : plain_programs()) {
    const Layout& layout = program.layouts.front();
    if (!adopts) {
      if ((layout.regions.front().base == 0) != beginning.is_at_zero) continue;
      if (!faults_of(layout, supervisor.profile()).empty()) continue;
    }
    const Supervisor::Probes probes = supervisor.probe(supervisor.profile(), {program}, 1);
    if (probes.answers.front() == Supervisor::Probes::Answer::kAgrees) return adopts ? std::nullopt : std::optional(layout);
    cause = cause_of(probes);
  }
  return std::unexpected(std::move(cause));
}

}  // namespace

std::span<const Beginning> beginnings() { return kBeginnings; }

Profile profile_to_begin_with(const Beginning& beginning) {
  auto profile = Profile::parse(beginning.lines, beginning.name);
  GMC_CHECK(profile.has_value(), profile.error().text());
  return *std::move(profile);
}

std::expected<Begun, CannotStart> begin_from_nothing(const StartSupervisor& start) {
  Begun begun;
  std::string place;
  for (const Beginning& beginning : kBeginnings) {
    const auto note = [&](std::string_view cause) { begun.failed.push_back(fmt::format("{}: {}", beginning.name, cause)); };
    auto supervisor = start(profile_to_begin_with(beginning));
    if (!supervisor && supervisor.error().finding) return std::unexpected(std::move(supervisor.error()));
    if (!supervisor) {
      place = supervisor.error().error.place;
      note(supervisor.error().error.cause);
      // What cannot be opened with nothing claimed cannot be opened.
      if (&beginning == kBeginnings) return std::unexpected(std::move(supervisor.error()));
      continue;
    }
    place = (*supervisor)->opened().name;
    auto memory = find_memory(**supervisor, beginning);
    if (!memory) {
      note(memory.error());
      continue;
    }
    begun.supervisor = *std::move(supervisor);
    begun.beginning = &beginning;
    begun.plain = *std::move(memory);
    return begun;
  }
  return std::unexpected(
      CannotStart{.error = {place, fmt::format("no memory can be made, written and read: {}", fmt::join(begun.failed, "; "))},
                  .finding = std::nullopt});
}

}  // namespace gmc
