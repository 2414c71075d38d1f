// SPDX-License-Identifier: Apache-2.0 OR MIT
// Programs of the caller's under a profile of the caller's: whether the backend answers as that profile says.
#include <algorithm>
#include <utility>

#include "harness/base/check.h"
#include "harness/campaign/supervisor.h"

namespace gmc {

namespace {

constexpr std::chrono::milliseconds kPatience = std::chrono::minutes(5);

}  // namespace

// Runs programs from number `first` on in `worker`. Answers where to go on: behind the last one, or behind the one that it died of.
std::size_t Supervisor::probe_from(std::size_t first, WatchedWorker& worker, const std::vector<Program>& programs, Probes& probes) const {
  ListOrder order;
  order.programs.assign(programs.begin() + static_cast<std::ptrdiff_t>(first), programs.end());
  order.compare = Compare::kTouched;
  order.blames = false;
  const std::size_t count = order.programs.size();
  Reply reply = request(worker, order, kPatience);
  const std::size_t died_at = reply.death ? first + std::min<std::size_t>(reply.death->number, count - 1) : programs.size();
  std::fill(probes.answers.begin() + static_cast<std::ptrdiff_t>(first), probes.answers.begin() + static_cast<std::ptrdiff_t>(died_at),
            Probes::Answer::kAgrees);
  const auto differs = [&](std::size_t index, Finding finding) {
    probes.answers[index] = Probes::Answer::kDiffers;
    probes.findings.insert_or_assign(index, std::move(finding));
  };
  if (reply.done && reply.done->skipped_programs > 0) {
    probes.skip_reason = reply.done->skip_reason;
    for (const std::uint64_t number : reply.done->skipped) {
      if (number < count) probes.answers[first + number] = Probes::Answer::kUnknown;
    }
  }
  for (Found& found : reply.found) {
    if (found.number < count) differs(first + found.number, std::move(found.blamed.finding));
  }
  if (!reply.death) return programs.size();
  differs(died_at, std::move(reply.death->finding));
  return died_at + 1;
}

Supervisor::Probes Supervisor::probe(const Profile& profile, const std::vector<Program>& programs, unsigned deaths_max) const {
  GMC_CHECK(deaths_max > 0);
  Probes probes;
  probes.answers.resize(programs.size(), Probes::Answer::kUnknown);
  WorkerOptions options = options_.worker;
  options.profile_text = profile.print();
  std::size_t next = 0;
  for (unsigned deaths = 0; deaths < deaths_max; ++deaths) {
    auto worker = start_worker(options, nullptr);
    if (!worker) {
      if (next == 0) probes.refusal = std::move(worker.error().error);
      return probes;
    }
    if (next == programs.size()) return probes;
    next = probe_from(next, **worker, programs, probes);
    if (next == programs.size()) return probes;
  }
  return probes;
}

}  // namespace gmc
