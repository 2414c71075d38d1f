// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/campaign/watched_worker.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "harness/base/counted.h"
#include "harness/campaign/resources.h"

namespace gmc {

namespace {

constexpr std::size_t kTailSize = 8192;  // bytes of output that are kept
constexpr std::uint32_t kEndMs = 1000;   // from the end of the channel to the end of the process

// Codes of deaths beside the numbers of signals.
constexpr std::uint16_t kExitCodes = 256;  // and the code
constexpr std::uint16_t kLostChannel = 1000;
constexpr std::uint16_t kNoMessage = 1001;
constexpr std::uint16_t kMuchOutput = 1002;
constexpr std::uint16_t kMuchMemory = 1003;

std::string signal_text(int signal) {
  const char* name = sigabbrev_np(signal);
  return name != nullptr ? fmt::format("SIG{}", name) : fmt::format("signal {}", signal);
}

}  // namespace

Result<std::unique_ptr<WatchedWorker>> WatchedWorker::start(const WorkerOptions& options) {
  static std::atomic<unsigned> count = 0;
  adopt_orphans();
  auto worker = std::unique_ptr<WatchedWorker>(new WatchedWorker(options));
  GMC_TRY(recorder, FlightRecorder::make());
  worker->recorder_ = std::move(recorder);
  std::array<int, 2> sockets{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) != 0) {
    return fail("worker", fmt::format("socketpair: {}", std::strerror(errno)));
  }
  worker->channel_ = Descriptor(sockets[0]);
  const Descriptor its_channel(sockets[1]);
  std::array<int, 2> pipe_ends{};
  if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return fail("worker", fmt::format("pipe2: {}", std::strerror(errno)));
  worker->output_ = Descriptor(pipe_ends[0]);
  const Descriptor its_output(pipe_ends[1]);
  fcntl(worker->output_.get(), F_SETFL, O_NONBLOCK);
  // A worker that hangs reads no orders; nobody waits for it.
  const timeval patience{.tv_sec = 5, .tv_usec = 0};
  setsockopt(worker->channel_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);

  worker->marker_ = fmt::format("{}.{}", getpid(), ++count);
  Launch launching{.path = options.worker_path,
                   .arguments = options.first_arguments,
                   .marker = worker->marker_,
                   .output = its_output.get(),
                   .channel = its_channel.get(),
                   .recorder = worker->recorder_->descriptor()};
  launching.arguments.insert(launching.arguments.end(), {"--backend", options.backend.text(), "--supervisor", fmt::to_string(getpid())});
  if (options.profile_text) launching.arguments.insert(launching.arguments.end(), {"--profile", *options.profile_text});
  GMC_TRY(pid, launch(launching));
  worker->pid_ = pid;
  worker->progressed_at_ = Clock::now();
  return worker;
}

WatchedWorker::~WatchedWorker() {
  if (pid_ == 0 || is_dead_) return;
  kill(pid_, SIGKILL);
  bury();
  kill_descendants(pid_, marker_);
}

void WatchedWorker::send(const Order& order) {
  recorder_->record().stop.store(0, std::memory_order_relaxed);
  for (auto& counter : recorder_->record().counters) counter.store(0, std::memory_order_relaxed);
  is_busy_ = true;
  progressed_at_ = Clock::now();
  // Where this fails the worker is dying, which poll() will say.
  if (!send_message(channel_.get(), encode(order))) channel_ended_ = true;
}

void WatchedWorker::read_output() {
  std::array<char, 65536> piece;
  // Bounded, so that a flood does not keep this from looking at the limits.
  for (int i = 0; i < 16; ++i) {
    const ssize_t n = read(output_.get(), piece.data(), piece.size());
    if (n == 0) output_ended_ = true;
    if (n <= 0) return;
    output_size_ += static_cast<std::uint64_t>(n);
    output_tail_.append(piece.data(), static_cast<std::size_t>(n));
    if (output_tail_.size() > kTailSize) output_tail_.erase(0, output_tail_.size() - kTailSize);
  }
}

// False where nothing came.
bool WatchedWorker::read_channel() {
  std::array<char, 65536> piece;
  const ssize_t n = recv(channel_.get(), piece.data(), piece.size(), MSG_DONTWAIT);
  if (n > 0) {
    reader_.add(piece.data(), static_cast<std::size_t>(n));
    return true;
  }
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (!channel_ended_) channel_ended_at_ = Clock::now();
  channel_ended_ = true;
  return false;
}

std::optional<WatchedWorker::Event> WatchedWorker::poll() {
  if (is_dead_) return std::nullopt;
  read_output();
  if (!channel_ended_) static_cast<void>(read_channel());
  while (auto message = reader_.next()) {
    progressed_at_ = Clock::now();
    const std::string kind = kind_of(*message);
    if (kind.empty()) return die(Verdict::kCrashed, kNoMessage, "sent what is no message");
    if (kind == "closed") {
      closed_ = std::move(*message);
      continue;
    }
    if (kind == "done" || kind == "opened" || kind == "error") is_busy_ = false;
    return Event(std::move(*message));
  }
  const auto now = Clock::now();
  if (now < next_check_ && !channel_ended_) return std::nullopt;
  next_check_ = now + std::chrono::milliseconds(kTickMs / 2);
  if (auto death = check_exit()) return Event(*std::move(death));
  if (auto death = check_limits()) return Event(*std::move(death));
  if (auto death = check_progress()) return Event(*std::move(death));
  return std::nullopt;
}

std::optional<Death> WatchedWorker::check_exit() {
  siginfo_t info{};
  // Only looked at: until it is waited for, its number and its session are nobody else's.
  if (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid_) {
    // What it sent before it died comes first: poll() takes it, and asks here again.
    if (!channel_ended_ && read_channel()) {
      next_check_ = Clock::now();
      return std::nullopt;
    }
    read_output();
    const int status = bury();
    return closed_ && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? close_in_order() : die_by_exit(status);
  }
  if (channel_ended_ && Clock::now() - channel_ended_at_ > std::chrono::milliseconds(kEndMs)) {
    return die(Verdict::kCrashed, kLostChannel, "closed descriptors that are not its own");
  }
  return std::nullopt;
}

std::optional<Death> WatchedWorker::check_limits() {
  constexpr unsigned kMiB = 20;
  const WorkerLimits& limits = options_.limits;
  if (output_size_ > limits.output_bytes) {
    return die(Verdict::kOverLimit, kMuchOutput, fmt::format("more than {} KiB written to standard output", limits.output_bytes >> 10));
  }
  if (resident_bytes(pid_) > limits.resident_bytes) {
    return die(Verdict::kOverLimit, kMuchMemory, fmt::format("more than {} MiB of memory", limits.resident_bytes >> kMiB));
  }
  return std::nullopt;
}

// Hung is what makes no progress although it had a processor to do so, or sleeps. On a machine that is too busy a worker waits in the run
// queue and gets more time. What goes on taking memory is not hung either: it comes to that limit.
std::optional<Death> WatchedWorker::check_progress() {
  if (!is_busy_) return std::nullopt;
  const auto now = Clock::now();
  const auto progress = recorder_->progress();
  if (progress != progress_) {
    progress_ = progress;
    progressed_at_ = now;
    cpu_ms_then_ = 0;
    return std::nullopt;
  }
  const Phase phase = recorder_->phase();
  // What gmcheck does itself is no answer of the backend's; it has more time.
  const bool is_slow = phase == Phase::kStart || phase == Phase::kOpen || phase == Phase::kThink;
  const std::uint32_t limit_ms = is_slow ? options_.limits.open_ms : options_.limits.hang_ms;
  const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(now - progressed_at_);
  const auto state = process_state(pid_);
  if (!state) return std::nullopt;
  if (cpu_ms_then_ == 0) {  // 0 means unknown
    cpu_ms_then_ = state->cpu_ms + 1;
    resident_then_ = resident_bytes(pid_);
  }
  if (waited < std::chrono::milliseconds(limit_ms)) return std::nullopt;
  const bool had_processor = state->cpu_ms + 1 - cpu_ms_then_ >= limit_ms / 2;
  const bool sleeps = state->state != 'R';
  if (!had_processor && !sleeps && waited < std::chrono::milliseconds(limit_ms) * options_.limits.starved) return std::nullopt;
  constexpr std::uint64_t kGrowth = 16u << 20;  // bytes
  if (resident_bytes(pid_) > resident_then_ + kGrowth) {
    progressed_at_ = now;
    cpu_ms_then_ = 0;
    return std::nullopt;
  }
  return die(Verdict::kHung, 0, fmt::format("no answer within {} ms", limit_ms));
}

// Waits for the process, which is dead or about to be.
int WatchedWorker::bury() {
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  is_dead_ = true;
  return status;
}

Death WatchedWorker::die(Verdict verdict, std::uint16_t code, std::string got) {
  kill(pid_, SIGKILL);
  read_output();
  bury();
  return describe_death(verdict, code, std::move(got), kill_descendants(pid_, marker_));
}

Death WatchedWorker::die_by_exit(int status) {
  const std::uint64_t left_behind = kill_descendants(pid_, marker_);
  std::string got;
  std::uint16_t code = 0;
  if (recorder_->phase() == Phase::kLostChannel) {
    code = kLostChannel;
    got = "closed descriptors that are not its own";
  } else if (WIFSIGNALED(status)) {
    code = static_cast<std::uint16_t>(WTERMSIG(status));
    got = fmt::format("killed by {}", signal_text(WTERMSIG(status)));
  } else {
    code = static_cast<std::uint16_t>(kExitCodes + WEXITSTATUS(status));
    got = fmt::format("exited with code {}", WEXITSTATUS(status));
  }
  // A failed check of gmcheck's own may still be the plugin's doing, which writes anywhere; whoever reads the finding is told.
  if (const std::size_t at = output_tail_.find("harness bug:"); at != std::string::npos) {
    got += fmt::format(" ({})", output_tail_.substr(at, output_tail_.find('\n', at) - at));
  }
  return describe_death(Verdict::kCrashed, code, std::move(got), left_behind);
}

Death WatchedWorker::close_in_order() {
  const std::uint64_t left_behind = kill_descendants(pid_, marker_);
  Death death;
  death.phase = Phase::kClose;
  if (const Json& what = what_of(*closed_); what.is_object() && what.contains("finding")) {
    if (auto finding = decode_finding(what.at("finding"))) death.finding = *std::move(finding);
  }
  if (left_behind == 0 || death.finding.verdict == Verdict::kLeaked) return death;
  return describe_death(Verdict::kLeaked, static_cast<std::uint16_t>(Resource::kChildren),
                        fmt::format("{} left behind", counted(left_behind, "process", "processes")), 0);
}

// Where the worker was, in words.
std::string WatchedWorker::place() const {
  switch (recorder_->phase()) {
    case Phase::kStart:
      return "before the plugin was loaded";
    case Phase::kOpen:
      return "in open";
    case Phase::kDestroy:
      return "in destroy";
    case Phase::kClose:
      return "in close";
    case Phase::kRun: {
      const std::uint32_t index = recorder_->record().op_index.load(std::memory_order_relaxed);
      if (index == Executor::kOpIndexCreate) return "in create or reset";
      if (index == Executor::kOpIndexCompare) return "while memory was compared";
      return {};
    }
    case Phase::kIdle:
    case Phase::kThink:
    case Phase::kLostChannel:
      return "between two programs";
  }
  return {};
}

Death WatchedWorker::describe_death(Verdict verdict, std::uint16_t code, std::string got, std::uint64_t left_behind) const {
  const FlightRecord& record = recorder_->record();
  Death death;
  death.phase = recorder_->phase();
  death.batch = record.batch.load(std::memory_order_relaxed);
  death.number = record.number.load(std::memory_order_relaxed);
  recorder_->read_counts(death.statistics, death.evidence);
  Finding& finding = death.finding;
  finding.verdict = verdict;
  finding.clause = Clause::kINV1;
  finding.divergence = {.part = Part::kProcess, .got_status = code};
  // What belongs to no operation is filed under create, and what destroy does under reset, as where its bytes are looked at.
  finding.op = death.phase == Phase::kDestroy ? OpKind::kReset : OpKind::kCreate;
  finding.expected = "an answer";
  finding.got = std::move(got);
  if (const std::string where = place(); !where.empty()) finding.got += " " + where;
  finding.note = output_tail_;
  if (verdict == Verdict::kCrashed && code < kExitCodes) finding.back_trace = recorder_->back_trace();
  if (left_behind > 0) finding.note += fmt::format("\n{} left behind and killed", counted(left_behind, "process was", "processes were"));
  if (death.phase != Phase::kRun && death.phase != Phase::kDestroy && death.phase != Phase::kLostChannel && death.phase != Phase::kThink) {
    return death;
  }
  death.program = recorder_->program();
  if (!death.program) return death;
  const std::uint32_t index = record.op_index.load(std::memory_order_relaxed);
  finding.op_index = static_cast<std::uint32_t>(death.program->ops.size());  // behind the last one: at no operation
  if (death.phase == Phase::kRun && index < death.program->ops.size()) {
    finding.op = death.program->ops[index].kind;
    finding.op_index = index;
  }
  return death;
}

void wait_for_any(const std::vector<WatchedWorker*>& workers, int timeout_ms) {
  std::vector<pollfd> descriptors;
  for (const WatchedWorker* worker : workers) {
    for (const int descriptor : worker->descriptors()) descriptors.push_back({.fd = descriptor, .events = POLLIN, .revents = 0});
  }
  ::poll(descriptors.data(), descriptors.size(), timeout_ms);
}

}  // namespace gmc
