// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/cli/corpus_runner.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <type_traits>
#include <utility>

#include "harness/cli/built_ins.h"
#include "harness/reference/coverage_cell.h"

namespace gmc {

namespace {

constexpr int kPatienceMs = 10'000;  // for one program
constexpr std::uint32_t kMessageMax = 16u << 20;

class Cells : public Observer {
 public:
  void on_run(const Program&, const Reference& reference) override { reference_ = &reference; }
  void on_skipped(std::uint32_t) override {}
  void on_operation(std::uint32_t, const Expectation& expectation, const Answer& answer, const Judgement&) override {
    cells_.insert(number_of(coverage_cell_of(*reference_, expectation, answer.outcome)));
  }
  [[nodiscard]] const std::set<std::uint32_t>& all() const { return cells_; }

 private:
  const Reference* reference_ = nullptr;
  std::set<std::uint32_t> cells_;
};

InputReach run_one(const Backend& backend, Program program) {
  program.adopts = backend.profile().root().layout == LayoutSource::kOwn;
  if (program.adopts) program.layouts.front() = {};
  InputReach reached;
  Executor executor(backend);
  Cells cells;
  executor.set_observer(&cells);
  auto finding = executor.run(program, Compare::kEverything);
  executor.set_observer(nullptr);
  if (!finding) finding = executor.finish();
  reached.cells.assign(cells.all().begin(), cells.all().end());
  for (std::size_t i = 0; i < kClauseCount; ++i) {
    if (executor.evidence().of(static_cast<Clause>(i)) > 0) reached.clauses.push_back(static_cast<Clause>(i));
  }
  reached.statistics = executor.statistics();
  if (finding && finding->verdict == Verdict::kSkipped) {
    reached.trouble = "could not run here: " + finding->note;
  } else if (finding) {
    reached.goes_wrong = true;
    reached.trouble = fmt::format("{}: expected {}, got {}", id(finding->clause), finding->expected, finding->got);
  }
  return reached;
}

// Between the two processes, which are one program: values as they lie in memory.
class Message {
 public:
  Message() = default;
  explicit Message(std::string text) : text_(std::move(text)) {}

  template <typename T>
  void put(std::span<const T> values) {
    static_assert(std::is_trivially_copyable_v<T>);
    const auto count = static_cast<std::uint32_t>(values.size());
    text_.append(reinterpret_cast<const char*>(&count), sizeof count);
    text_.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  }
  // False where the message ends too early.
  template <typename T>
  [[nodiscard]] bool take(std::vector<T>& values) {
    std::uint32_t count = 0;
    if (text_.size() - at_ < sizeof count) return false;
    std::memcpy(&count, text_.data() + at_, sizeof count);
    at_ += sizeof count;
    if ((text_.size() - at_) / sizeof(T) < count) return false;
    values.resize(count);
    if (count > 0) std::memcpy(values.data(), text_.data() + at_, count * sizeof(T));
    at_ += count * sizeof(T);
    return true;
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::size_t at_ = 0;
};

std::string packed(const InputReach& reached) {
  Message message;
  message.put(std::span<const std::uint32_t>(reached.cells));
  message.put(std::span<const Clause>(reached.clauses));
  message.put(std::span<const RunStatistics>(&reached.statistics, 1));
  message.put(std::span<const bool>(&reached.goes_wrong, 1));
  message.put(std::span<const char>(reached.trouble));
  return message.text();
}

std::optional<InputReach> unpacked(std::string text) {
  Message message(std::move(text));
  InputReach reached;
  std::vector<RunStatistics> statistics;
  std::vector<char> goes_wrong;
  std::vector<char> trouble;
  const bool is_whole = message.take(reached.cells) && message.take(reached.clauses) && message.take(statistics) &&
                        message.take(goes_wrong) && message.take(trouble) && statistics.size() == 1 && goes_wrong.size() == 1;
  if (!is_whole) return std::nullopt;
  reached.statistics = statistics.front();
  reached.goes_wrong = goes_wrong.front() != 0;
  reached.trouble.assign(trouble.begin(), trouble.end());
  return reached;
}

bool send(int pipe, const std::string& text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  std::string all(reinterpret_cast<const char*>(&size), sizeof size);
  all += text;
  for (std::string_view rest = all; !rest.empty();) {
    const ssize_t written = ::write(pipe, rest.data(), rest.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) rest.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// All of it within the patience; none where the other side is gone (`hung` false) or too slow.
std::optional<std::string> receive(int pipe, bool& hung) {
  hung = false;
  std::string text;
  std::uint32_t wanted = sizeof(std::uint32_t);
  bool has_size = false;
  for (;;) {
    if (text.size() == wanted) {
      if (has_size) return text;
      std::memcpy(&wanted, text.data(), sizeof wanted);
      if (wanted > kMessageMax) return std::nullopt;
      text.clear();
      has_size = true;
      continue;
    }
    pollfd waiting{.fd = pipe, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&waiting, 1, kPatienceMs);
    if (ready < 0 && errno == EINTR) continue;
    hung = ready == 0;
    if (ready <= 0) return std::nullopt;
    std::array<char, 4096> piece{};
    const ssize_t size = ::read(pipe, piece.data(), std::min<std::size_t>(piece.size(), wanted - text.size()));
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return std::nullopt;
    text.append(piece.data(), static_cast<std::size_t>(size));
  }
}

// In the other process. First an empty message, or why there is no backend; then one for each program.
[[noreturn]] void serve(const std::string& backend, std::span<const Program* const> programs, int pipe) {
  const auto opened = [&]() -> Result<std::unique_ptr<Backend>> {
    GMC_TRY(spec, BackendSpec::parse(backend));
    GMC_TRY(table, load_plugin(spec, built_ins()));
    return Backend::open(spec, table);
  }();
  if (!send(pipe, opened ? "" : opened.error().text()) || !opened) ::_exit(0);
  for (const Program* program : programs) {
    if (!send(pipe, packed(run_one(**opened, *program)))) break;
  }
  // Nothing of this process's is to be flushed or destroyed twice.
  ::_exit(0);
}

struct Child {
  pid_t pid = 0;
  int pipe = -1;

  // What ended it, in words.
  [[nodiscard]] std::string end(bool hung) const {
    ::close(pipe);
    if (hung) ::kill(pid, SIGKILL);
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (hung) return fmt::format("no answer in {} s", kPatienceMs / 1000);
    if (WIFSIGNALED(status)) return fmt::format("the process died of it: {}", ::strsignal(WTERMSIG(status)));
    return fmt::format("the process ended with exit code {}", WEXITSTATUS(status));
  }
};

Result<Child> start(const std::string& backend, std::span<const Program* const> programs) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail(backend, fmt::format("no pipe can be had: {}", std::strerror(errno)));
  const pid_t pid = ::fork();
  if (pid < 0) return fail(backend, fmt::format("no process can be had: {}", std::strerror(errno)));
  if (pid == 0) {
    ::close(ends[0]);
    serve(backend, programs, ends[1]);
  }
  ::close(ends[1]);
  return Child{.pid = pid, .pipe = ends[0]};
}

}  // namespace

Result<std::vector<InputReach>> reach(const std::string& backend, const std::vector<const Program*>& programs) {
  std::vector<InputReach> reached;
  while (reached.size() < programs.size()) {
    GMC_TRY(child, start(backend, std::span(programs).subspan(reached.size())));
    bool hung = false;
    const auto why_not = receive(child.pipe, hung);
    if (!why_not || !why_not->empty()) {
      const std::string end = child.end(hung);
      if (why_not) return std::unexpected(Error{"", *why_not});
      return fail(backend, "while it was opened: " + end);
    }
    while (reached.size() < programs.size()) {
      auto message = receive(child.pipe, hung);
      auto one = message ? unpacked(*std::move(message)) : std::nullopt;
      if (!one) break;
      reached.push_back(*std::move(one));
    }
    std::string end = child.end(hung);
    if (reached.size() < programs.size()) reached.push_back({.cells = {}, .clauses = {}, .goes_wrong = true, .trouble = std::move(end)});
  }
  return reached;
}

}  // namespace gmc
