// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "fuzz/lockstep_target.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <utility>

#include "harness/cli/built_ins.h"
#include "harness/program/byte_form.h"
#include "harness/report/folder.h"
#include "harness/report/report.h"
#include "harness/runner/memory.h"

namespace gmc {

namespace {

constexpr std::uint64_t kWholeComparisonOneIn = 64;
constexpr std::uint64_t kLeftToTheEngineOneIn = 16;
// Of a parent its memory alone is kept: most of what a child of thirty operations does its parent did, and new operations are what meets
// new cells.
constexpr std::uint64_t kFreshOneIn = 2;
constexpr std::uint64_t kLookAtClockOneIn = 256;

Result<GeneratorSettings> mutator_settings(const Backend& backend) {
  GeneratorSettings settings;
  settings.ops_per_program = 30;
  settings.huge_regions = false;  // engines watch the size of the process
  if (backend.profile().root().layout == LayoutSource::kOwn) {
    GMC_TRY(adopted, adopted_layout(backend));
    settings.adopted = std::move(adopted);
  }
  return settings;
}

}  // namespace

Result<std::unique_ptr<Backend>> open_fuzzed(const std::string& name, const std::string& profile_file) {
  GMC_TRY(spec, BackendSpec::parse(name));
  GMC_TRY(table, load_plugin(spec, built_ins()));
  if (profile_file.empty()) return Backend::open(spec, table);
  GMC_TRY(text, read_file(profile_file));
  GMC_TRY(profile, Profile::parse(text, profile_file));
  return Backend::open(spec, table, profile);
}

std::size_t store_program(const Program& program, std::span<std::uint8_t> room, std::vector<std::uint8_t>& bytes) {
  encode_bytes(program, bytes);
  const std::size_t size = std::min(bytes.size(), room.size());
  std::copy_n(bytes.begin(), size, room.begin());
  return size;
}

std::size_t ops_that_fit(std::size_t size, const std::vector<Layout>& layouts) {
  std::size_t records = size > kByteHeaderSize ? (size - kByteHeaderSize) / kByteRecordSize : 0;
  std::size_t taken = layouts.size() - 1;
  for (const Layout& layout : layouts) taken += layout.regions.size();
  records -= std::min(records, taken);
  return std::clamp<std::size_t>(records, 1, kOpsMax);
}

Result<std::unique_ptr<LockstepTarget>> LockstepTarget::open(const FuzzSettings& settings) {
  GMC_TRY(backend, open_fuzzed(settings.backend, settings.profile_file));
  GMC_TRY(drawing, mutator_settings(*backend));
  return std::unique_ptr<LockstepTarget>(new LockstepTarget(settings, drawing, std::move(backend)));
}

LockstepTarget::LockstepTarget(FuzzSettings settings, const GeneratorSettings& drawing, std::unique_ptr<Backend> backend)
    : settings_(std::move(settings)),
      backend_(std::move(backend)),
      executor_(*backend_),
      guidance_(settings_.is_guided),
      mutator_(backend_->profile(), drawing) {
  executor_.set_observer(&guidance_);
}

void LockstepTarget::run(std::span<const std::uint8_t> bytes) {
  decode_bytes(bytes, program_);
  program_.adopts = backend_->profile().root().layout == LayoutSource::kOwn;
  if (program_.adopts) program_.layouts.front() = {};
  const bool compares_all = ++runs_ % kWholeComparisonOneIn == 0;
  const auto finding = executor_.run(program_, compares_all ? Compare::kEverything : Compare::kTouched);
  if (finding && finding->verdict != Verdict::kSkipped) report(*finding);
  if (runs_ % kLookAtClockOneIn != 0 || settings_.status.empty()) return;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_status_) return;
  next_status_ = now + std::chrono::seconds(1);
  write_status();
}

void LockstepTarget::write_status() const {
  if (settings_.status.empty()) return;
  const RunStatistics& s = executor_.statistics();
  const nlohmann::json json = {{"programs", s.programs}, {"operations", s.operations}, {"inside", s.inside}, {"cells", guidance_.cells()}};
  // What cannot be written is not worth the end of a run: whoever reads it sees that it is old.
  static_cast<void>(write_file(settings_.status, json.dump() + "\n"));
}

// Finds the culprit, tells, saves, and ends the process or steers round from now on.
void LockstepTarget::report(const Finding& seen) {
  executor_.set_observer(nullptr);
  const Blamed blamed = executor_.blame(program_, seen);
  executor_.set_observer(&guidance_);
  Report report;
  report.backend = settings_.backend;
  report.profile_file = settings_.profile_file;
  report.implementation = backend_->name() + " " + backend_->version();
  ReportedFinding reported{.finding = blamed.finding, .program = blamed.program};
  const std::string document = document_of(reported, report);
  if (!settings_.findings.empty()) {
    reported.file = settings_.findings + "/" + file_name(reported);
    if (const auto written = write_file(reported.file, document); !written) {
      std::fputs(fmt::format("gmcheck: {}\n", written.error().text()).c_str(), stderr);
      reported.file.clear();
    }
  }
  const std::string again = reported.file.empty() ? std::string() : "replay: " + again_command(reported, report) + "\n";
  std::fputs(fmt::format("\n{}{}", document, again).c_str(), stderr);
  if (!settings_.keeps_going) {
    write_status();
    std::abort();
  }
  executor_.steer_round(seen.cell);
  executor_.steer_round(blamed.finding.cell);
}

std::optional<std::size_t> LockstepTarget::mutate(std::span<std::uint8_t> data, std::size_t size, std::uint64_t seed) {
  if (mix(seed) % kLeftToTheEngineOneIn == 0) return std::nullopt;
  decode_bytes(data.first(size), other_);
  if (mix(seed ^ kFreshOneIn) % kFreshOneIn == 0) other_.ops.clear();
  mutator_.mutate(other_, seed, ops_that_fit(data.size(), other_.layouts));
  return store_program(other_, data, bytes_);
}

std::size_t LockstepTarget::cross(std::span<const std::uint8_t> first, std::span<const std::uint8_t> second, std::span<std::uint8_t> result,
                                  std::uint64_t seed) {
  decode_bytes(first, program_);
  decode_bytes(second, other_);
  mutator_.cross(program_, other_, seed, ops_that_fit(result.size(), program_.layouts), result_);
  return store_program(result_, result, bytes_);
}

}  // namespace gmc
