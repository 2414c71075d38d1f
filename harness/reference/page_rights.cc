// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/reference/page_rights.h"

#include <algorithm>

namespace gmc {

void PageRights::set(const Run& run) {
  std::vector<Run> runs;
  for (const Run& old : runs_) {
    if (old.first < run.first) runs.push_back({old.first, std::min(old.last, run.first - 1), old.may_read, old.may_write});
    if (old.last > run.last) runs.push_back({std::max(old.first, run.last + 1), old.last, old.may_read, old.may_write});
  }
  runs.push_back(run);
  std::ranges::sort(runs, {}, &Run::first);
  runs_ = std::move(runs);
}

const PageRights::Run* PageRights::find(std::uint64_t gpa) const {
  const auto found = std::ranges::find_if(runs_, [&](const Run& run) { return run.first <= gpa && gpa <= run.last; });
  return found == runs_.end() ? nullptr : &*found;
}

std::uint64_t PageRights::last_alike(std::uint64_t gpa, std::uint64_t last) const {
  if (const Run* const run = find(gpa); run != nullptr) return std::min(last, run->last);
  for (const Run& run : runs_) {
    if (run.first > gpa) return std::min(last, run.first - 1);
  }
  return last;
}

}  // namespace gmc
