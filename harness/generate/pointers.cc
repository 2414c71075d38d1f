// SPDX-License-Identifier: Apache-2.0 OR MIT
// Pointers: what is written behind one is reported, and one through a snapshot is looked behind after the map has changed. Each is a row
// of operations that hardly ever come one after the other by themselves.
#include <gmcheck.h>

#include <optional>
#include <utility>

#include "harness/generate/generator.h"

namespace gmc {
namespace {

constexpr std::uint32_t kPaidOneIn = 3;       // of the operations from then on
constexpr std::uint32_t kReportPercent = 60;  // of the pointers for writing

}  // namespace

bool Generator::has_pointers_of_snapshots() const {
  return profile_.root().pointer_lifetime == PointerLifetime::kSnapshot && is_on(OpKind::kHostAddress) &&
         claims_.by(GMC_SPACE_SNAPSHOT, OpKind::kHostAddress);
}

std::optional<OpKind> Generator::pay_debt(Random& random) {
  if (!random.one_in(kPaidOneIn)) return std::nullopt;
  if (std::exchange(debts_.mark, false)) {
    is_reporting_ = true;
    return OpKind::kMark;
  }
  if (std::exchange(debts_.pointer, false)) return OpKind::kHostAddress;
  debts_.change = false;
  return may_owe(OpKind::kRemove) ? std::optional(OpKind::kRemove) : std::nullopt;
}

// True: the mark is of what was written behind the last pointer for writing.
bool Generator::reports_pointer(Op& op, Random& random) {
  const bool is_due = std::exchange(is_reporting_, false);
  if (pointed_.size == 0 || (!is_due && !random.one_in(3))) return false;
  op.at = pointed_.at;
  op.size = pointed_.size;
  return true;
}

// Where pointers live as long as a snapshot, through one, and to where something stands.
void Generator::aim_pointer(Op& op, Random& random) {
  if (!has_pointers_of_snapshots()) return;
  for (std::uint32_t i = 0; i < open_count_; ++i) {
    const std::uint8_t slot = open_slots_[i];
    if (slots_[slot].kind != GMC_SPACE_SNAPSHOT || !random.percent(80)) continue;
    op.space = slot;
    if (written_.size > 0 && random.percent(60)) {
      op.at = written_.at;
      op.size = written_.size;
    }
    debts_.change = may_change_;
    return;
  }
}

void Generator::note_pointer(const Op& op, Random& random) {
  if ((op.rights & GMC_RIGHT_WRITE) == 0) return;
  pointed_ = {.at = op.at, .size = op.size};
  debts_.mark = may_owe(OpKind::kMark) && random.percent(kReportPercent);
}

}  // namespace gmc
