// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/campaign/supervisor.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/base/check.h"

namespace gmc {

namespace {

constexpr std::chrono::milliseconds kListPatience = std::chrono::minutes(5);

CannotStart cannot_start(const WorkerOptions& options, const Death& death) {
  CannotStart why{.error = {options.backend.text(), death.finding.got}, .finding = death.finding};
  // The last line that it wrote often says why.
  std::string_view note = death.finding.note;
  while (note.ends_with('\n')) note.remove_suffix(1);
  note = note.substr(note.rfind('\n') + 1);
  if (!note.empty()) why.error.cause += fmt::format(": {}", note);
  return why;
}

// As the worker tells it.
CannotStart cannot_start(const Json& what) {
  const auto text = [&](const char* key) {
    return what.is_object() && what.contains(key) && what.at(key).is_string() ? what.at(key).get<std::string>() : std::string();
  };
  CannotStart why{.error = {text("place"), text("cause")}, .finding = std::nullopt};
  if (what.is_object() && what.contains("finding")) {
    if (auto finding = decode_finding(what.at("finding"))) why.finding = *std::move(finding);
  }
  return why;
}

}  // namespace

std::expected<std::unique_ptr<Supervisor>, CannotStart> Supervisor::start(SupervisorOptions options) {
  GMC_CHECK(options.workers > 0);
  auto supervisor = std::unique_ptr<Supervisor>(new Supervisor(std::move(options)));
  auto worker = supervisor->start_worker(supervisor->options_.worker, &supervisor->opened_);
  if (!worker) return std::unexpected(std::move(worker.error()));
  const SupervisorOptions& kept = supervisor->options_;
  auto profile = Profile::parse(kept.worker.profile_text.value_or(supervisor->opened_.profile_text), kept.worker.backend.text());
  if (!profile) return std::unexpected(CannotStart{.error = std::move(profile.error()), .finding = std::nullopt});
  supervisor->profile_ = *std::move(profile);
  return supervisor;
}

std::expected<std::unique_ptr<WatchedWorker>, CannotStart> Supervisor::start_worker(const WorkerOptions& options, Opened* opened) const {
  auto worker = WatchedWorker::start(options);
  if (!worker) return std::unexpected(CannotStart{.error = std::move(worker.error()), .finding = std::nullopt});
  while (true) {
    auto event = (*worker)->poll();
    if (!event) {
      wait_for_any({worker->get()}, WatchedWorker::kTickMs);
      continue;
    }
    if (const Death* death = std::get_if<Death>(&*event)) return std::unexpected(cannot_start(options, *death));
    const Json& message = std::get<Json>(*event);
    if (kind_of(message) == "opened") {
      auto decoded = decode_opened(what_of(message));
      if (!decoded) return std::unexpected(CannotStart{.error = std::move(decoded.error()), .finding = std::nullopt});
      if (opened != nullptr) *opened = *std::move(decoded);
      return *std::move(worker);
    }
    if (kind_of(message) == "error") return std::unexpected(cannot_start(what_of(message)));
  }
}

Result<std::unique_ptr<WatchedWorker>> Supervisor::new_worker() const {
  auto worker = start_worker(options_.worker, nullptr);
  if (!worker) return std::unexpected(std::move(worker.error().error));
  return *std::move(worker);
}

Supervisor::Reply Supervisor::request(WatchedWorker& worker, const Order& order, std::chrono::milliseconds patience) {
  worker.send(order);
  return receive(worker, patience);
}

Supervisor::Reply Supervisor::receive(WatchedWorker& worker, std::chrono::milliseconds patience) {
  Reply reply;
  const auto deadline = Clock::now() + patience;
  while (true) {
    auto event = worker.poll();
    if (!event) {
      if (Clock::now() >= deadline) worker.ask_to_stop();
      wait_for_any({&worker}, WatchedWorker::kTickMs);
      continue;
    }
    if (Death* death = std::get_if<Death>(&*event)) {
      reply.death = std::move(*death);
      return reply;
    }
    const Json& message = std::get<Json>(*event);
    const std::string kind = kind_of(message);
    if (kind == "done") {
      // What cannot be read is as good as nothing: the order brought no answer.
      auto done = decode_done(what_of(message));
      reply.done = done ? *std::move(done) : Done{};
      return reply;
    }
    if (kind == "found") {
      if (auto found = decode_found(what_of(message))) reply.found.push_back(*std::move(found));
    } else if (kind == "trace") {
      if (auto line = decode_trace_line(what_of(message))) reply.lines.push_back(*std::move(line));
    } else if (kind == "detail") {
      if (auto detail = decode_trace_detail(what_of(message))) reply.detail = *std::move(detail);
    } else if (kind == "answers") {
      if (auto answers = decode_answers(what_of(message))) reply.answers.push_back(*std::move(answers));
    } else if (kind == "smaller" && what_of(message).is_object() && what_of(message).contains("program")) {
      Json carrier = message;
      carrier = {{"finding", encode(Finding{})}, {"program", what_of(message).at("program")}};
      if (auto blamed = decode_blamed(carrier)) reply.smaller = std::move(blamed->program);
    }
  }
}

std::optional<Death> Supervisor::close(WatchedWorker& worker) {
  worker.send(CloseOrder{});
  while (true) {
    auto event = worker.poll();
    if (!event) {
      if (worker.is_dead()) return std::nullopt;
      wait_for_any({&worker}, WatchedWorker::kTickMs);
      continue;
    }
    if (Death* death = std::get_if<Death>(&*event)) {
      if (death->is_orderly()) return std::nullopt;
      return std::move(*death);
    }
  }
}

std::uint32_t Supervisor::cell_of(const Death& death) const {
  if (death.phase != Phase::kRun || !death.program || death.finding.op_index >= death.program->ops.size()) return 0;
  auto worker = new_worker();
  if (!worker) return 0;
  const Reply reply = request(**worker, CellOrder{*death.program, death.finding.op_index}, kListPatience);
  return reply.done ? reply.done->cell : 0;
}

std::optional<TraceDetail> Supervisor::detail_of_death(const Program& program, std::uint32_t op_index) const {
  if (op_index >= program.ops.size()) return std::nullopt;
  auto worker = new_worker();
  if (!worker) return std::nullopt;
  return request(**worker, TraceOrder{.program = program, .in_detail = true, .stops_at = op_index + 1}, kListPatience).detail;
}

Result<Trace> Supervisor::replay(const Program& program, bool in_detail) {
  GMC_TRY(worker, new_worker());
  Reply reply = request(*worker, TraceOrder{.program = program, .in_detail = in_detail}, kListPatience);
  Trace trace;
  trace.detail = std::move(reply.detail);
  trace.lines = std::move(reply.lines);
  if (!reply.found.empty()) trace.finding = std::move(reply.found.back().blamed.finding);
  if (reply.done) trace.skip_reason = reply.done->skip_reason;
  if (!reply.death) reply.death = close(*worker);
  if (reply.death && !trace.finding) {
    trace.finding = std::move(reply.death->finding);
    if (in_detail && reply.death->phase == Phase::kRun) trace.detail = detail_of_death(program, trace.finding->op_index);
  }
  return trace;
}

Result<Supervisor::ListResult> Supervisor::run_list(const std::vector<Program>& programs) {
  ListResult result;
  std::size_t next = 0;
  while (next < programs.size()) {
    GMC_TRY(worker, new_worker());
    ListOrder order;
    order.programs.assign(programs.begin() + static_cast<std::ptrdiff_t>(next), programs.end());
    Reply reply = request(*worker, order, kListPatience);
    for (Found& found : reply.found) {
      found.number += next;
      result.found.push_back(std::move(found));
    }
    if (!reply.death) {
      if (reply.done) {
        result.statistics.add(reply.done->statistics);
        result.evidence.add(reply.done->evidence);
        result.skipped_programs += reply.done->skipped_programs;
        if (result.skip_reason.empty()) result.skip_reason = reply.done->skip_reason;
      }
      if (auto death = close(*worker)) {
        result.found.push_back({.blamed = {death->finding, {}}, .number = programs.size() - 1});
      }
      break;
    }
    result.statistics.add(reply.death->statistics);
    result.evidence.add(reply.death->evidence);
    const std::size_t died_at = next + std::min<std::size_t>(reply.death->number, order.programs.size() - 1);
    result.found.push_back({.blamed = {reply.death->finding, programs[died_at]}, .number = died_at});
    next = died_at + 1;
  }
  return result;
}

}  // namespace gmc
