// SPDX-License-Identifier: Apache-2.0 OR MIT
// Waivers: findings that are known, explained and accepted until a day. A file of them reads
//
//   # vm-memory 0.10 marks the page behind
//   [GM-DIRTY-003 write dirty_extra]
//   backend = ./libvm_memory.so
//   reason  = the bitmap rounds up; fixed in 0.11
//   link    = https://example.org/issues/12
//   expires = 2027-01-31
//
// one section for each, its head the clause, operation and part as report.json names them, and all four lines in any order. The backend `*`
// stands for every one. A comment has a line of its own, since a link may hold a `#`.
//
// Before the first section a line `backends = libother.so libthird.so` may name libraries that share the file, so that a waiver for one of
// them is told apart from one whose backend is misspelt.
#ifndef GMCHECK_HARNESS_REPORT_WAIVER_H
#define GMCHECK_HARNESS_REPORT_WAIVER_H

#include <chrono>
#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/error.h"
#include "harness/program/clause.h"
#include "harness/program/op.h"
#include "harness/program/verdict.h"

namespace gmc {

using Date = std::chrono::year_month_day;

// "2027-01-31", a day that exists.
[[nodiscard]] Result<Date> parse_date(std::string_view text);
[[nodiscard]] std::string text_of(Date date);

// What makes two findings of different runs the same: statuses are left out, since a program of another seed may show the same mistake with
// another status.
struct FindingKey {
  Clause clause = Clause::kADDR1;
  OpKind op = OpKind::kRead;
  Part part = Part::kStatus;

  auto operator<=>(const FindingKey&) const = default;
};

[[nodiscard]] FindingKey key_of(const Finding& finding);
[[nodiscard]] std::string text_of(const FindingKey& key);                   // "GM-RW-001 read bytes"
[[nodiscard]] Result<FindingKey> parse_finding_key(std::string_view text);  // the inverse; the error has no place

struct Waiver {
  FindingKey key{};
  std::string backend{};
  std::string reason{};
  std::string link{};   // begins with http:// or https://
  Date expires{};       // the last day on which it counts
  std::string place{};  // "waivers.txt:12"

  // True where `backend`, as --backend has it, is meant: by its whole text, without its config, or by the name of the library's file.
  [[nodiscard]] bool is_for(std::string_view backend) const;
};

struct WaiverFile {
  std::vector<Waiver> waivers{};
  std::vector<std::string> backends{};  // that share the file, as its first line says
};

// Errors stand at `place:line:column`; two waivers for the same finding of the same backend are one.
[[nodiscard]] Result<WaiverFile> parse_waivers(std::string_view text, std::string_view place);

// True where both name one backend, whatever their configs: by its name, or by the name of the library's file.
[[nodiscard]] bool is_same_backend(std::string_view a, std::string_view b);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_REPORT_WAIVER_H
