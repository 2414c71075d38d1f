// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/cli/vectors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>
#include <vector>

#include "harness/program/contract_version.h"
#include "harness/program/text.h"
#include "harness/runner/executor.h"

namespace gmc {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kBytesMax = 16384;  // that one operation moves: what is longer makes texts that nobody reads

// JSON's numbers are exact up to 2^53 in many readers.
std::string number(std::uint64_t value) { return fmt::format("{:#x}", value); }

std::string hex(std::span<const std::uint8_t> bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

bool has_width_of_a_register(std::uint64_t size) { return size == 1 || size == 2 || size == 4 || size == 8; }

// What a memory of bytes can be asked, through its root and without anything of the host's.
bool is_portable(OpKind kind) {
  switch (touches(kind)) {
    case Touches::kReads:
      return kind != OpKind::kWriteTo && kind != OpKind::kWriteToPartial;
    case Touches::kWrites:
      return kind != OpKind::kReadFrom && kind != OpKind::kReadFromPartial;
    default:
      break;
  }
  constexpr std::array kOthers = {OpKind::kCheckRange, OpKind::kCheckedOffset, OpKind::kLastAddress, OpKind::kTotalSize, OpKind::kFind,
                                  OpKind::kRegions,    OpKind::kTrack,         OpKind::kMark,        OpKind::kHarvest,   OpKind::kReset};
  return std::ranges::find(kOthers, kind) != kOthers.end();
}

// "" where a vector can say all of it.
std::string why_not_portable(const Program& program) {
  if (program.adopts) return "its memory is the backend's own";
  for (const Region& region : program.layouts.front().regions) {
    if (!region.is_window && region.backing != Backing::kOwn) return "a region stands on a file or on memory of gmcheck's";
  }
  for (const Op& op : program.ops) {
    // Calls of a list are the same calls one by one.
    if (op.kind == OpKind::kSubmitBegin || op.kind == OpKind::kSubmitEnd) continue;
    if (!is_portable(op.kind)) return fmt::format("'{}' needs more than a memory", info(op.kind).text);
    if (op.fail_nth != 0) return "a fault is armed";
    if (op.space != 0 || op.other != 0) return "it uses other spaces than the root";
    if (op.kind == OpKind::kHarvest && op.form == HarvestForm::kDense) return "a dense harvest is of a region's space";
    const bool has_buffer = touches(op.kind) == Touches::kReads || has_operand(op.kind, Operand::kData);
    if (has_buffer && buffer_size(op) > kBytesMax) return fmt::format("an operation moves more than {} bytes", kBytesMax);
  }
  return "";
}

Json statuses(StatusMask mask) {
  Json names = Json::array();
  for (std::uint16_t status = 0; status < GMC_STATUS_COUNT; ++status) {
    if ((mask & status_bit(static_cast<GmcStatus>(status))) != 0) names.push_back(status_name(status));
  }
  return names;
}

std::string rights_text(std::uint8_t rights) {
  return fmt::format("{}{}", (rights & GMC_RIGHT_READ) != 0 ? "r" : "", (rights & GMC_RIGHT_WRITE) != 0 ? "w" : "");
}

// Writes down each operation as it is judged.
class Scribe : public Observer {
 public:
  void on_run(const Program& program, const Reference& reference) override {
    program_ = &program;
    reference_ = &reference;
  }
  void on_skipped(std::uint32_t index) override { give_up(fmt::format("operation {} is left out here", index)); }
  void on_operation(std::uint32_t index, const Expectation& e, const Answer& answer, const Judgement& judgement) override;

  [[nodiscard]] const std::string& why_not() const { return why_not_; }
  [[nodiscard]] const std::vector<Json>& operations() const { return operations_; }

 private:
  void give_up(std::string why) {
    if (why_not_.empty()) why_not_ = std::move(why);
  }
  [[nodiscard]] Json asked(std::uint32_t index, const Expectation& e) const;
  [[nodiscard]] std::string payload(const Pattern& pattern, std::uint32_t index, std::uint64_t size) const;
  void add_brought(const Op& op, const Alternative& chosen, const Answer& answer, Json& expect);

  const Program* program_ = nullptr;
  const Reference* reference_ = nullptr;
  std::vector<Json> operations_;
  std::string why_not_;
};

std::string Scribe::payload(const Pattern& pattern, std::uint32_t index, std::uint64_t size) const {
  std::vector<std::uint8_t> current(size);
  std::vector<std::uint8_t> bytes(size);
  reference_->current(program_->ops[index], current);
  fill_pattern(pattern, program_->seed, index, current, bytes);
  return hex(bytes);
}

// The call: its name and its operands, every address a number.
Json Scribe::asked(std::uint32_t index, const Expectation& e) const {
  const Op& op = program_->ops[index];
  Json call = {{"op", info(op.kind).text}};
  const auto has = [&](Operand operand) { return has_operand(op.kind, operand); };
  if (op.kind == OpKind::kCopy) {
    call["source"] = number(e.source.address);
    call["target"] = number(e.address);
  } else if (has(Operand::kAt)) {
    call["address"] = number(e.address);
  }
  if (has(Operand::kSize)) call["size"] = number(op.size);
  if (is_array(op.kind)) {
    call["count"] = number(op.count);
    call["room"] = number(op.room);
  }
  if (op.kind == OpKind::kFill) {
    call["byte"] = payload(op.data, index, 1);
  } else if (has(Operand::kData)) {
    call["data"] = payload(op.data, index, buffer_size(op));
  }
  if (has(Operand::kExpected)) call["expected"] = payload(op.expected, index, op.size);
  if (is_atomic(op.kind)) {
    call["order"] = op.order;
    if (op.kind == OpKind::kCompareExchange) call["failure_order"] = op.failure_order;
  }
  if (has(Operand::kRights)) call["rights"] = rights_text(op.rights);
  if (op.kind == OpKind::kTrack) call["on"] = op.on;
  if (op.kind == OpKind::kHarvest) {
    call["reads"] = op.mode != HarvestMode::kClear;
    call["clears"] = op.mode != HarvestMode::kRead;
  }
  return call;
}

// Bytes, regions, granules.
void Scribe::add_brought(const Op& op, const Alternative& chosen, const Answer& answer, Json& expect) {
  const bool is_ok = answer.outcome.status == GMC_OK;
  if (touches(op.kind) == Touches::kReads && !is_atomic(op.kind) && !(op.kind == OpKind::kLoad && has_width_of_a_register(op.size))) {
    if (op.kind != OpKind::kDump && chosen.moved > 0)
      expect["bytes"] = hex(answer.bytes.first(std::min<std::size_t>(chosen.moved, answer.bytes.size())));
    if (op.kind == OpKind::kDump && is_ok) give_up("what a dump leaves alone is not said");
  }
  if (op.kind == OpKind::kLoad && is_ok && has_width_of_a_register(op.size)) expect["value"] = number(answer.outcome.value);
  if (op.kind == OpKind::kAtomicLoad && is_ok) expect["value"] = number(answer.outcome.value);
  if (op.kind == OpKind::kRegions && is_ok) {
    expect["regions"] = Json::array();
    for (const GmcRegionInfo& region : answer.regions)
      expect["regions"].push_back({{"base", number(region.base)}, {"size", number(region.size)}});
  }
  if (op.kind == OpKind::kHarvest && is_ok && op.mode != HarvestMode::kClear) {
    expect["dirty"] = Json::array();
    for (const GmcDirtyWord& word : answer.sparse) {
      for (unsigned bit = 0; bit < 64; ++bit) {
        if ((word.bits >> bit & 1) != 0) expect["dirty"].push_back(number(word.index * 64 + bit));
      }
    }
  }
}

void Scribe::on_operation(std::uint32_t index, const Expectation& e, const Answer& answer, const Judgement& judgement) {
  const Op& op = program_->ops[index];
  if (judgement.violation) return;
  const Alternative& chosen = e.alternatives[judgement.alternative];
  // Which of its two answers a compare-exchange gives, memory decides.
  if (e.alternative_count != 1 && op.kind != OpKind::kCompareExchange) {
    return give_up(fmt::format("more than one answer to operation {} is right", index));
  }
  if (chosen.is_open) return give_up(fmt::format("what operation {} moves is open", index));
  const auto is_maybe = [](const DirtyLog::Mark& mark) { return mark.state == DirtyLog::State::kMaybe || mark.granule.table != 0; };
  if (op.kind == OpKind::kHarvest && std::ranges::any_of(reference_->dirty().marks(), is_maybe)) return give_up("what is dirty is open");
  Json call = asked(index, e);
  Json expect = {{"status", statuses(chosen.statuses)}};
  if (chosen.count_rule == CountRule::kRequired) expect["count"] = number(chosen.count);
  if (chosen.count_rule == CountRule::kIfGiven) expect["count_if_given"] = number(chosen.count);
  if (chosen.has_value || (e.returns_old && answer.outcome.status == GMC_OK) || answer.outcome.status == GMC_MISMATCH)
    expect["value"] = number(chosen.has_value ? chosen.value : answer.outcome.value);
  if (chosen.has_failed_at) expect["address_if_given"] = number(chosen.failed_at);
  add_brought(op, chosen, answer, expect);
  call["expect"] = std::move(expect);
  operations_.push_back(std::move(call));
}

Json memory_of(const Layout& layout) {
  Json entries = Json::array();
  for (const Region& region : layout.regions) {
    Json entry = {{"base", number(region.base)}, {"size", number(region.size)}};
    if (region.is_window) entry["window"] = true;
    if (region.is_read_only) entry["read_only"] = true;
    entries.push_back(std::move(entry));
  }
  return entries;
}

// The root's switches that are not at their defaults.
Json profile_of(const Profile& profile) {
  Json switches = Json::object();
  for (const SwitchInfo& row : switch_table()) {
    const std::string value = switch_text(profile.root(), row.name);
    if (value != row.default_text) switches[std::string(row.name)] = value;
  }
  return switches;
}

// What memory holds in the end where an operation came near, and which granules are dirty. "" and the JSON, or why there is none.
std::string finally(const Reference& reference, Json& end) {
  end["bytes"] = Json::array();
  std::string why;
  for (const MappedRegion& region : reference.map().regions()) {
    const Bytes& store = reference.store(region.store);
    store.for_each_touched(region.store_offset, region.size(), [&](std::uint64_t position, std::uint64_t size) {
      if (store.is_open(position, size)) why = "what memory holds in the end is open";
      std::vector<std::uint8_t> bytes(size);
      store.read(position, bytes);
      end["bytes"].push_back({{"address", number(region.base + (position - region.store_offset))}, {"bytes", hex(bytes)}});
    });
  }
  end["dirty"] = Json::array();
  for (const DirtyLog::Mark& mark : reference.dirty().marks()) {
    if (mark.state == DirtyLog::State::kMaybe || mark.granule.table != 0) return "what is dirty in the end is open";
    end["dirty"].push_back(number(mark.granule.number));
  }
  return why;
}

// The comment in front of the program, without its headers.
std::string idea_of(const Document& document) {
  std::string idea;
  for (const Comment& comment : document.comments) {
    if (comment.line != LineKey{} || comment.beside || comment.text.starts_with("backend: ") || comment.text.starts_with("requires: "))
      continue;
    idea += (idea.empty() ? "" : " ") + comment.text;
  }
  return idea;
}

// One line for each thing that a reader looks at.
std::string lines(const std::vector<Json>& items) {
  std::string text;
  for (const Json& item : items) text += fmt::format("{}\n    {}", text.empty() ? "" : ",", item.dump());
  return text + "\n  ";
}

}  // namespace

Result<Vector> vector_of(const KeptProgram& program, const Backend& backend) {
  const Document& document = program.document;
  if (std::string why = why_not_portable(document.program); !why.empty()) return Vector{.json = "", .why_not = std::move(why)};
  Executor executor(backend);
  Scribe scribe;
  executor.set_observer(&scribe);
  const auto finding = executor.run(document.program, Compare::kEverything);
  if (finding)
    return fail(program.path, fmt::format("{} is wrong here: {}, expected {}, got {}{}", backend.name(), id(finding->clause),
                                          finding->expected, finding->got, finding->note));
  Json end;
  std::string why = scribe.why_not();
  if (why.empty()) why = finally(executor.reference(), end);
  if (!why.empty()) return Vector{.json = "", .why_not = std::move(why)};
  Json decided = Json::array();
  for (std::size_t i = 0; i < kClauseCount; ++i) {
    if (executor.evidence().of(static_cast<Clause>(i)) > 0) decided.push_back(id(static_cast<Clause>(i)));
  }
  return Vector{.json = fmt::format("{{\n  \"version\": {},\n  \"contract\": {},\n  \"name\": {},\n  \"idea\": {},\n  \"decides\": {},\n"
                                    "  \"profile\": {},\n  \"memory\": {},\n  \"operations\": [{}],\n  \"finally\": {}\n}}\n",
                                    kVectorVersion, kContractVersion, Json(program.name).dump(), Json(idea_of(document)).dump(),
                                    decided.dump(), profile_of(backend.profile()).dump(),
                                    memory_of(document.program.layouts.front()).dump(), lines(scribe.operations()), end.dump()),
                .why_not = ""};
}

}  // namespace gmc
