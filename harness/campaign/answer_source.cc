// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/campaign/answer_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/base/counted.h"

namespace gmc {

namespace {

constexpr std::chrono::milliseconds kPatience = std::chrono::minutes(5);

}  // namespace

Result<void> AnswerSource::send(std::vector<Program> programs) {
  programs_ = std::move(programs);
  // What does not come at all was lost on the way: that is no agreement.
  answers_.assign(programs_.size(), ProgramAnswers{.ops = {}, .finding = std::nullopt, .skip_reason = "its worker sent no answer"});
  next_ = 0;
  deaths_of_order_ = 0;
  return send_rest();
}

Result<void> AnswerSource::send_rest() {
  if (next_ >= programs_.size()) return {};
  if (worker_ == nullptr) {
    GMC_TRY(worker, supervisor_.new_worker());
    worker_ = std::move(worker);
  }
  AnswersOrder order;
  order.programs.assign(programs_.begin() + static_cast<std::ptrdiff_t>(next_), programs_.end());
  worker_->send(order);
  return {};
}

Result<std::vector<ProgramAnswers>> AnswerSource::collect() {
  while (next_ < programs_.size()) {
    take(Supervisor::receive(*worker_, kPatience));
    GMC_TRY_VOID(send_rest());
  }
  return std::move(answers_);
}

void AnswerSource::take(Supervisor::Reply reply) {
  const std::size_t count = programs_.size() - next_;
  for (NumberedAnswers& answers : reply.answers) {
    if (answers.number >= count) continue;
    ProgramAnswers& into = answers_[next_ + answers.number];
    into.ops = std::move(answers.ops);
    into.skip_reason = std::move(answers.skip_reason);
  }
  for (Found& found : reply.found) {
    if (found.number < count) answers_[next_ + found.number].finding = std::move(found.blamed);
  }
  if (!reply.death) {
    next_ = programs_.size();
    return;
  }
  ++deaths_;
  ++deaths_of_order_;
  worker_.reset();
  const std::size_t died_at = next_ + std::min<std::size_t>(reply.death->number, count - 1);
  ProgramAnswers& into = answers_[died_at];
  into.skip_reason.clear();
  if (!into.finding) into.finding = Blamed{reply.death->finding, programs_[died_at]};
  next_ = died_at + 1;
  if (deaths_of_order_ < kDeathsMax) return;
  for (; next_ < programs_.size(); ++next_)
    answers_[next_].skip_reason = fmt::format("{} died before it", counted(deaths_of_order_, "worker"));
}

std::optional<Finding> AnswerSource::close() {
  if (worker_ == nullptr) return std::nullopt;
  const auto death = Supervisor::close(*worker_);
  worker_.reset();
  if (!death) return std::nullopt;
  return death->finding;
}

}  // namespace gmc
