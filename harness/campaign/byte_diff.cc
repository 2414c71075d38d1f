// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/campaign/byte_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "harness/base/counted.h"
#include "harness/program/text.h"

namespace gmc {

namespace {

constexpr std::size_t kRowsShown = 24;
constexpr std::size_t kRunsShown = 12;
constexpr std::size_t kTellable = 4;               // bytes: fewer are equal to something by chance
constexpr std::size_t kCompared = 64;              // bytes of a run that are looked for elsewhere
constexpr std::uint64_t kSearchedMax = 32u << 20;  // bytes of data that are looked through for one difference

// Wrong bytes that follow each other, and that one operation wrote last. A few right ones between them belong to it: of 256 wrong bytes one
// is right by chance.
struct Run {
  static constexpr std::size_t kRightMax = 2;

  std::uint64_t gpa = 0;
  std::uint32_t store = 0;
  std::uint64_t position = 0;
  std::vector<std::uint8_t> got{};
  std::size_t wrong = 0;  // of them
  std::optional<Writers::Piece> writer{};
};

bool goes_on(const Run& run, std::uint32_t store, std::uint64_t position, const std::optional<Writers::Piece>& writer) {
  if (run.store != store || run.position + run.got.size() != position) return false;
  if (!run.writer || !writer) return !run.writer && !writer;
  return run.writer->op == writer->op && run.writer->done + run.got.size() == writer->done;
}

std::vector<Run> runs_of(const std::vector<WrongRow>& rows, const Writers& writers) {
  std::vector<Run> runs;
  std::size_t right = 0;  // bytes at the end of the last run
  const auto end_run = [&] {
    if (!runs.empty()) runs.back().got.resize(runs.back().got.size() - right);
    right = 0;
  };
  for (const WrongRow& row : rows) {
    for (std::size_t i = 0; i < WrongRow::kSize; ++i) {
      if ((row.known >> i & 1) == 0) continue;
      const bool is_wrong = (row.wrong >> i & 1) != 0;
      const std::uint64_t position = row.position + i;
      const auto writer = writers.at(row.store, position);
      const bool is_same = !runs.empty() && goes_on(runs.back(), row.store, position, writer) && (is_wrong || right < Run::kRightMax);
      if (!is_same) {
        end_run();
        if (!is_wrong) continue;
        runs.push_back({.gpa = row.gpa + i, .store = row.store, .position = position, .writer = writer});
      }
      runs.back().got.push_back(row.got[i]);
      right = is_wrong ? 0 : right + 1;
      if (is_wrong) ++runs.back().wrong;
    }
  }
  end_run();
  return runs;
}

// "00 01 02", a blank for a byte that was not looked at; `mark` stands before each byte that is wrong.
std::string hex(const WrongRow& row, const std::array<std::uint8_t, WrongRow::kSize>& bytes, char mark) {
  std::string text;
  for (std::size_t i = 0; i < WrongRow::kSize; ++i) {
    const bool is_known = (row.known >> i & 1) != 0;
    text += (row.wrong >> i & 1) != 0 ? mark : ' ';
    text += is_known ? fmt::format("{:02x}", bytes[i]) : "  ";
  }
  return text;
}

// The data that operation `index` was given, where it has data of its own that can be told from others'.
std::vector<std::uint8_t> data_of(const Program& program, std::uint32_t index) {
  const Op& op = program.ops[index];
  const bool is_tellable =
      op.data.kind == PatternKind::kUnique || (op.data.kind == PatternKind::kImmediate && op.data.immediate_size >= kTellable);
  const bool has_data = has_operand(op.kind, Operand::kData) || takes_from_stream(op.kind);
  if (!has_data || !is_tellable || buffer_size(op) < kTellable || buffer_size(op) > kTransferMax) return {};
  std::vector<std::uint8_t> data(buffer_size(op));
  fill_pattern(op.data, program.seed, index, {}, data);
  return data;
}

class Teller {
 public:
  Teller(const Writers& writers, const Program& program, std::uint32_t end, ByteDiff& diff)
      : writers_(writers),
        program_(program),
        end_(std::min<std::uint32_t>(end, static_cast<std::uint32_t>(program.ops.size()))),
        diff_(diff) {}

  [[nodiscard]] std::string tell(const Run& run) {
    std::string line = fmt::format("  {:#x} to {:#x} ({} {}{}): ", run.gpa, run.gpa + (run.got.size() - 1), run.got.size(),
                                   run.got.size() == 1 ? "byte" : "bytes",
                                   run.wrong == run.got.size() ? "" : fmt::format(", {} of them wrong", run.wrong));
    if (run.writer) {
      line += fmt::format("op {} ({}) wrote there last, its {}", mention(run.writer->op), print_op(program_.ops[run.writer->op]),
                          range(run.writer->done, run.got.size()));
    } else {
      line += "no operation wrote there";
    }
    return line + "; what stands there is " + whose(run);
  }

 private:
  std::uint32_t mention(std::uint32_t op) {
    diff_.mentioned.insert(op);
    return op;
  }
  static std::string range(std::uint64_t first, std::size_t size) {
    return size == 1 ? fmt::format("byte {}", first) : fmt::format("bytes {} to {}", first, first + (size - 1));
  }

  [[nodiscard]] std::string whose(const Run& run) {
    if (equals_before(run)) return fmt::format("what stood there before op {}", run.writer->op);
    if (const auto by = find_data(run)) return *by;
    if (const auto background = find_background(run)) return *background;
    const bool is_even = std::ranges::all_of(run.got, [&](std::uint8_t byte) { return byte == run.got.front(); });
    if (run.got.size() > 1 && is_even) return fmt::format("{:#04x} throughout", run.got.front());
    return run.got.size() < kTellable ? "too short to say whose it is" : "no operation's data";
  }

  [[nodiscard]] bool equals_before(const Run& run) const {
    if (!run.writer || run.writer->before == Writers::kNotSaved) return false;
    const std::vector<std::uint8_t>& saved = writers_.saved();
    if (saved.size() - run.writer->before < run.got.size()) return false;
    return std::equal(run.got.begin(), run.got.end(), saved.begin() + static_cast<std::ptrdiff_t>(run.writer->before));
  }

  // The data of an operation, from anywhere on. The one that wrote last is tried first, then the others, the latest first.
  [[nodiscard]] std::optional<std::string> find_data(const Run& run) {
    if (run.got.size() < kTellable) return std::nullopt;
    if (run.writer) {
      if (const auto found = find_in(run, run.writer->op)) return found;
    }
    for (std::uint32_t op = end_; op-- > 0;) {
      if (run.writer && op == run.writer->op) continue;
      if (searched_ > kSearchedMax) return fmt::format("nobody's whose data was looked through: op {} to op {}", op + 1, end_ - 1);
      if (const auto found = find_in(run, op)) return found;
    }
    return std::nullopt;
  }
  [[nodiscard]] std::optional<std::string> find_in(const Run& run, std::uint32_t op) {
    const std::vector<std::uint8_t> data = data_of(program_, op);
    searched_ += data.size();
    const auto wanted = std::span(run.got).first(std::min(run.got.size(), kCompared));
    const auto found = std::ranges::search(data, wanted);
    if (found.empty()) return std::nullopt;
    const auto offset = static_cast<std::size_t>(found.begin() - data.begin());
    std::size_t size = wanted.size();
    while (size < run.got.size() && offset + size < data.size() && data[offset + size] == run.got[size]) ++size;
    std::string text = fmt::format("the data of op {} ({}), its {}", mention(op), print_op(program_.ops[op]), range(offset, size));
    if (size < run.got.size()) text += fmt::format(", and behind {} something else", counted(size, "byte"));
    return text;
  }

  // What the harness left in a backing of its own before the program, from another position than this one.
  [[nodiscard]] static std::optional<std::string> find_background(const Run& run) {
    if (run.got.size() < kTellable) return std::nullopt;
    const std::size_t size = std::min(run.got.size(), kCompared);
    constexpr std::int64_t kFar = 40000;  // the background repeats after 65521 bytes
    for (std::int64_t distance = 0; distance <= kFar; distance = distance > 0 ? -distance : 1 - distance) {
      const std::uint64_t position = run.position + static_cast<std::uint64_t>(distance);
      if (distance < 0 && position > run.position) continue;
      if (!std::equal(run.got.begin(), run.got.begin() + static_cast<std::ptrdiff_t>(size), background_at(position))) continue;
      if (distance == 0) return "what stood there before the program";
      return fmt::format("what stood {:#x} bytes {} in the backing before the program",
                         static_cast<std::uint64_t>(distance < 0 ? -distance : distance), distance < 0 ? "earlier" : "later");
    }
    return std::nullopt;
  }

  const Writers& writers_;
  const Program& program_;
  std::uint32_t end_;
  ByteDiff& diff_;
  std::uint64_t searched_ = 0;
};

}  // namespace

void Writers::clear() {
  pieces_.clear();
  saved_.clear();
}

// Makes `at` the beginning of a piece, where one goes across it.
void Writers::cut(Key at) {
  auto piece = pieces_.upper_bound(at);
  if (piece == pieces_.begin()) return;
  --piece;
  if (piece->first.first != at.first || piece->first.second == at.second || piece->second.end <= at.second) return;
  const std::uint64_t size = at.second - piece->first.second;
  Piece behind = piece->second;
  behind.done += size;
  if (behind.before != kNotSaved) behind.before += size;
  piece->second.end = at.second;
  pieces_.emplace(at, behind);
}

void Writers::write(std::uint32_t store, std::uint64_t position, std::uint64_t size, std::uint32_t op, std::uint64_t done,
                    std::span<const std::uint8_t> before) {
  if (size == 0) return;
  cut({store, position});
  cut({store, position + size});
  pieces_.erase(pieces_.lower_bound({store, position}), pieces_.lower_bound({store, position + size}));
  Piece piece{.op = op, .done = done, .before = kNotSaved, .end = position + size};
  if (before.size() == size && saved_.size() + size <= kSavedMax) {
    piece.before = saved_.size();
    saved_.insert(saved_.end(), before.begin(), before.end());
  }
  pieces_.emplace(Key{store, position}, piece);
}

std::optional<Writers::Piece> Writers::at(std::uint32_t store, std::uint64_t position) const {
  auto piece = pieces_.upper_bound({store, position});
  if (piece == pieces_.begin()) return std::nullopt;
  --piece;
  if (piece->first.first != store || piece->second.end <= position) return std::nullopt;
  const std::uint64_t size = position - piece->first.second;
  Piece from = piece->second;
  from.done += size;
  if (from.before != kNotSaved) from.before += size;
  return from;
}

ByteDiff tell_difference(const WrongBytes& wrong, const Writers& writers, const Program& program, std::uint32_t end,
                         std::string_view what) {
  ByteDiff diff;
  const std::vector<WrongRow> rows = wrong.rows();
  if (rows.empty()) return diff;
  diff.lines.push_back(fmt::format("  {:18}  {:47}  got, '>' before what is wrong", what, "expected"));
  for (std::size_t i = 0; i < std::min(rows.size(), kRowsShown); ++i) {
    diff.lines.push_back(
        fmt::format("  {:#018x} {:48} {}", rows[i].gpa, hex(rows[i], rows[i].expected, ' '), hex(rows[i], rows[i].got, '>')));
  }
  if (rows.size() > kRowsShown) {
    diff.lines.push_back(fmt::format("  ... {}{}", wrong.is_cut() ? "at least " : "",
                                     counted(rows.size() - kRowsShown, "more row differs", "more rows differ")));
  }
  const std::vector<Run> runs = runs_of(rows, writers);
  Teller teller(writers, program, end, diff);
  for (std::size_t i = 0; i < std::min(runs.size(), kRunsShown); ++i) diff.lines.push_back(teller.tell(runs[i]));
  if (runs.size() > kRunsShown) diff.lines.push_back(fmt::format("  ... {} of wrong bytes", counted(runs.size() - kRunsShown, "more run")));
  return diff;
}

}  // namespace gmc
