// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/campaign/processes.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <thread>
#include <utility>

extern char** environ;

namespace gmc {

namespace {

constexpr const char* kMarkerName = "GMCHECK_WORKER";

// A whole small file of /proc, or "".
std::string read_proc(const std::string& path, std::size_t size_max) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return {};
  std::string text(size_max, '\0');
  std::size_t size = 0;
  while (size < size_max) {
    const ssize_t n = read(file.get(), text.data() + size, size_max - size);
    if (n <= 0) break;
    size += static_cast<std::size_t>(n);
  }
  text.resize(size);
  return text;
}

bool carries(pid_t pid, const std::string& marker) {
  // The kernel gives no more than this of an environment that a worker of ours could have; the marker is put first.
  return read_proc(fmt::format("/proc/{}/environ", pid), 65536).contains(marker);
}

// What posix_spawn needs, released at the end.
struct SpawnPlan {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;

  SpawnPlan() {
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
};

void plan_signals(SpawnPlan& plan) {
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&plan.attributes, &none);
  posix_spawnattr_setsigdefault(&plan.attributes, &all);
  posix_spawnattr_setflags(&plan.attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  reset();
  number_ = other.release();
  return *this;
}

int Descriptor::release() { return std::exchange(number_, -1); }

void Descriptor::reset() {
  if (number_ >= 0) close(number_);
  number_ = -1;
}

std::optional<ProcessState> process_state(pid_t pid) {
  const std::string text = read_proc(fmt::format("/proc/{}/stat", pid), 1024);
  // The name in parentheses may hold anything; the fields begin behind the last one.
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  ProcessState state{.pid = pid};
  int parent = 0;
  int session = 0;
  unsigned long user = 0;
  unsigned long system = 0;
  const int read = std::sscanf(text.c_str() + name_end + 1, " %c %d %*d %d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &state.state, &parent,
                               &session, &user, &system);
  if (read != 5) return std::nullopt;
  state.parent = parent;
  state.session = session;
  state.cpu_ms = (user + system) * 1000 / static_cast<unsigned long>(sysconf(_SC_CLK_TCK));
  return state;
}

std::uint64_t resident_bytes(pid_t pid) {
  const std::string text = read_proc(fmt::format("/proc/{}/statm", pid), 256);
  unsigned long pages = 0;
  if (std::sscanf(text.c_str(), "%*u %lu", &pages) != 1) return 0;
  return std::uint64_t{pages} * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::vector<ProcessState> all_processes() {
  std::vector<ProcessState> processes;
  DIR* folder = opendir("/proc");
  if (folder == nullptr) return processes;
  while (const dirent* entry = readdir(folder)) {
    if (std::isdigit(static_cast<unsigned char>(entry->d_name[0])) == 0) continue;
    if (auto state = process_state(static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10)))) processes.push_back(*state);
  }
  closedir(folder);
  return processes;
}

Result<pid_t> launch(const Launch& launch) {
  SpawnPlan plan;
  plan_signals(plan);
  posix_spawn_file_actions_addopen(&plan.files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  // The descriptors may have each other's target numbers, so they are moved out of the way first. Copies lose close-on-exec; everything
  // else is opened with it.
  constexpr std::array<int, 4> kTargets = {STDOUT_FILENO, STDERR_FILENO, kChannelDescriptor, kRecorderDescriptor};
  const std::array<int, 4> sources = {launch.output, launch.output, launch.channel, launch.recorder};
  std::array<Descriptor, 4> moved;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    moved[i] = Descriptor(fcntl(sources[i], F_DUPFD_CLOEXEC, 64));
    if (!moved[i].is_open()) return fail(launch.path, fmt::format("cannot be started: {}", std::strerror(errno)));
    posix_spawn_file_actions_adddup2(&plan.files, moved[i].get(), kTargets[i]);
  }
  posix_spawn_file_actions_addclosefrom_np(&plan.files, kRecorderDescriptor + 1);

  std::vector<std::string> arguments = launch.arguments;
  arguments.insert(arguments.begin(), launch.path);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::string marker = fmt::format("{}={}", kMarkerName, launch.marker);
  std::vector<char*> variables = {marker.data()};
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (std::strncmp(*variable, kMarkerName, std::strlen(kMarkerName)) != 0) variables.push_back(*variable);
  }
  variables.push_back(nullptr);

  pid_t pid = 0;
  const int error = posix_spawn(&pid, launch.path.c_str(), &plan.files, &plan.attributes, argv.data(), variables.data());
  if (error != 0) return fail(launch.path, fmt::format("cannot be started: {}", std::strerror(error)));
  return pid;
}

void adopt_orphans() { prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

std::uint64_t kill_descendants(pid_t leader, const std::string& marker) {
  constexpr int kRoundsMax = 200;
  std::set<pid_t> killed;
  for (int round = 0; round < kRoundsMax; ++round) {
    bool is_any_left = false;
    for (const ProcessState& process : all_processes()) {
      if (process.pid == leader || process.pid == getpid()) continue;
      const bool is_ours = process.session == leader || (process.parent == getpid() && !marker.empty() && carries(process.pid, marker));
      if (!is_ours) continue;
      if (process.state != 'Z') {
        is_any_left = true;
        killed.insert(process.pid);
        kill(process.pid, SIGKILL);
      }
      // Those whose parent died are this process's to bury.
      if (process.parent == getpid()) is_any_left = waitpid(process.pid, nullptr, WNOHANG) == 0 || is_any_left;
    }
    if (!is_any_left) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return killed.size();
}

}  // namespace gmc
