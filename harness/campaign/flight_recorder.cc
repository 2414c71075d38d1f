// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/campaign/flight_recorder.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <type_traits>
#include <vector>

#include "harness/base/check.h"

namespace gmc {

namespace {

static_assert(std::is_trivially_copyable_v<Op> && std::is_standard_layout_v<Op>);
static_assert(std::is_trivially_copyable_v<Region> && std::is_standard_layout_v<Region>);

// A bool that holds anything but 0 and 1 must not be read as one, so it is looked at as a byte first.
bool is_bool(const std::byte* at) { return *at == std::byte{0} || *at == std::byte{1}; }

std::optional<Region> read_region(const std::byte* bytes) {
  if (!is_bool(bytes + offsetof(Region, is_window)) || !is_bool(bytes + offsetof(Region, is_read_only))) return std::nullopt;
  Region region;
  std::memcpy(&region, bytes, sizeof region);
  return region;
}

std::optional<Op> read_op(const std::byte* bytes) {
  if (!is_bool(bytes + offsetof(Op, on))) return std::nullopt;
  Op op;
  std::memcpy(&op, bytes, sizeof op);
  return op;
}

}  // namespace

Result<std::unique_ptr<FlightRecorder>> FlightRecorder::make() {
  const int descriptor = memfd_create("gmcheck-flight-recorder", MFD_CLOEXEC);
  if (descriptor < 0) return fail("flight recorder", fmt::format("memfd_create: {}", std::strerror(errno)));
  if (ftruncate(descriptor, sizeof(FlightRecord)) != 0) {
    const int error = errno;
    ::close(descriptor);
    return fail("flight recorder", fmt::format("ftruncate: {}", std::strerror(error)));
  }
  auto recorder = map(descriptor);
  if (recorder) {
    (*recorder)->descriptor_ = descriptor;
  } else {
    ::close(descriptor);
  }
  return recorder;
}

Result<std::unique_ptr<FlightRecorder>> FlightRecorder::map(int descriptor) {
  void* mapping = mmap(nullptr, sizeof(FlightRecord), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (mapping == MAP_FAILED) return fail("flight recorder", fmt::format("mmap: {}", std::strerror(errno)));
  auto recorder = std::unique_ptr<FlightRecorder>(new FlightRecorder);
  recorder->record_ = static_cast<FlightRecord*>(mapping);
  return recorder;
}

FlightRecorder::~FlightRecorder() {
  if (record_ != nullptr) munmap(record_, sizeof(FlightRecord));
  if (descriptor_ >= 0) ::close(descriptor_);
}

void FlightRecorder::write(const Program& program, std::uint64_t batch, std::uint64_t number, bool layouts_changed) {
  FlightRecord& record = *record_;
  record.is_torn.store(1, std::memory_order_relaxed);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  record.batch.store(batch, std::memory_order_relaxed);
  record.number.store(number, std::memory_order_relaxed);
  record.seed = program.seed;
  record.adopts = program.adopts ? 1 : 0;
  if (layouts_changed) {
    GMC_CHECK(program.layouts.size() <= kLayoutsMax, program.layouts.size());
    record.layout_count = static_cast<std::uint32_t>(program.layouts.size());
    std::byte* at = record.regions.data();
    for (std::size_t i = 0; i < program.layouts.size(); ++i) {
      const std::vector<Region>& regions = program.layouts[i].regions;
      GMC_CHECK(regions.size() <= kRegionsMax, regions.size());
      record.region_counts[i] = static_cast<std::uint32_t>(regions.size());
      if (!regions.empty()) std::memcpy(at, regions.data(), regions.size() * sizeof(Region));
      at += regions.size() * sizeof(Region);
    }
  }
  GMC_CHECK(program.ops.size() <= kOpsMax, program.ops.size());
  record.op_count = static_cast<std::uint32_t>(program.ops.size());
  if (!program.ops.empty()) std::memcpy(record.ops.data(), program.ops.data(), program.ops.size() * sizeof(Op));
  record.op_index.store(Executor::kOpIndexCreate, std::memory_order_relaxed);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  record.is_torn.store(0, std::memory_order_relaxed);
  beat();
}

void FlightRecorder::write_counts(const RunStatistics& statistics, const Evidence& evidence) {
  auto* counter = record_->counters.data();
  const auto put = [&counter](std::uint64_t value) { (counter++)->store(value, std::memory_order_relaxed); };
  put(statistics.programs);
  put(statistics.operations);
  put(statistics.inside);
  put(statistics.skipped);
  for (const std::uint64_t count : statistics.by_kind) put(count);
  for (const std::uint64_t count : evidence.checks) put(count);
}

Phase FlightRecorder::phase() const {
  const std::uint32_t phase = record_->phase.load(std::memory_order_relaxed);
  return phase < kPhaseCount ? static_cast<Phase>(phase) : Phase::kStart;
}

std::optional<Program> FlightRecorder::program() const {
  // The numbers are copied once and then checked: the other side may still be running.
  const FlightRecord& record = *record_;
  const std::uint32_t layout_count = record.layout_count;
  const std::uint32_t op_count = record.op_count;
  const std::uint32_t adopts = record.adopts;
  const std::array<std::uint32_t, kLayoutsMax> region_counts = record.region_counts;
  if (record.is_torn.load(std::memory_order_relaxed) != 0) return std::nullopt;
  if (layout_count == 0 || layout_count > kLayoutsMax || op_count > kOpsMax || adopts > 1) return std::nullopt;
  Program program;
  program.seed = record.seed;
  program.adopts = adopts == 1;
  const std::byte* at = record.regions.data();
  for (std::uint32_t i = 0; i < layout_count; ++i) {
    if (region_counts[i] > kRegionsMax) return std::nullopt;
    Layout& layout = program.layouts.emplace_back();
    for (std::uint32_t r = 0; r < region_counts[i]; ++r, at += sizeof(Region)) {
      const auto region = read_region(at);
      if (!region) return std::nullopt;
      layout.regions.push_back(*region);
    }
  }
  for (std::uint32_t i = 0; i < op_count; ++i) {
    const auto op = read_op(record.ops.data() + i * sizeof(Op));
    if (!op) return std::nullopt;
    program.ops.push_back(*op);
  }
  if (!validate(program)) return std::nullopt;
  return program;
}

std::vector<std::string> FlightRecorder::back_trace() const {
  const auto text = [](const auto& characters) {
    std::string printable(characters.begin(), std::find(characters.begin(), characters.end(), '\0'));
    std::ranges::replace_if(
        printable, [](char c) { return c < ' ' || c > '~'; }, '?');
    return printable;
  };
  std::vector<std::string> lines;
  const std::size_t count = std::min<std::size_t>(record_->frame_count.load(std::memory_order_acquire), FlightRecord::kFramesMax);
  for (std::size_t i = 0; i < count; ++i) {
    const FlightRecord::Frame frame = record_->frames[i];
    const std::string module = text(frame.module);
    const std::string symbol = text(frame.symbol);
    std::string line = module.empty() ? fmt::format("{:#x}", frame.offset) : fmt::format("{}+{:#x}", module, frame.offset);
    if (!symbol.empty()) line += fmt::format("  {}+{:#x}", symbol, frame.symbol_offset);
    lines.push_back(std::move(line));
  }
  return lines;
}

void FlightRecorder::read_counts(RunStatistics& statistics, Evidence& evidence) const {
  // Far above what a machine does in a year and far below where sums wrap.
  constexpr std::uint64_t kCredible = std::uint64_t{1} << 50;
  statistics = {};
  evidence = {};
  const auto* counter = record_->counters.data();
  bool is_credible = true;
  const auto get = [&] {
    const std::uint64_t value = (counter++)->load(std::memory_order_relaxed);
    is_credible = is_credible && value < kCredible;
    return value;
  };
  statistics.programs = get();
  statistics.operations = get();
  statistics.inside = get();
  statistics.skipped = get();
  for (std::uint64_t& count : statistics.by_kind) count = get();
  for (std::uint64_t& count : evidence.checks) count = get();
  if (is_credible) return;
  statistics = {};
  evidence = {};
}

std::array<std::uint64_t, 4> FlightRecorder::progress() const {
  return {record_->phase.load(std::memory_order_relaxed), record_->op_index.load(std::memory_order_relaxed),
          record_->heartbeat.load(std::memory_order_relaxed), record_->counters[1].load(std::memory_order_relaxed)};
}

}  // namespace gmc
