// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/campaign/resources.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "harness/campaign/processes.h"

namespace gmc {

namespace {

std::uint64_t count_lines(const char* path) {
  static std::array<char, 65536> piece;  // the worker has one thread of gmcheck's; a buffer on the heap could be a mapping of its own
  const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return 0;
  std::uint64_t lines = 0;
  ssize_t n = 0;
  while ((n = read(descriptor, piece.data(), piece.size())) > 0) {
    lines += static_cast<std::uint64_t>(std::count(piece.begin(), piece.begin() + n, '\n'));
  }
  close(descriptor);
  return lines;
}

std::uint64_t count_entries(const char* path) {
  DIR* folder = opendir(path);
  if (folder == nullptr) return 0;
  std::uint64_t entries = 0;
  while (const dirent* entry = readdir(folder)) {
    if (entry->d_name[0] != '.') ++entries;
  }
  closedir(folder);
  return entries;
}

// The kernel counts both itself, which spares a listing: a folder of tasks has a link for each beside its two, and from Linux 6.2 on the
// size of the folder of descriptors is their number. Where it is not so, they are counted.
std::uint64_t count_threads() {
  struct stat folder {};
  constexpr std::uint64_t kOwnLinks = 2;
  if (stat("/proc/self/task", &folder) == 0 && folder.st_nlink > kOwnLinks) return folder.st_nlink - kOwnLinks;
  return count_entries("/proc/self/task");
}

std::uint64_t count_descriptors() {
  struct stat folder {};
  if (stat("/proc/self/fd", &folder) == 0 && folder.st_size > 0) return static_cast<std::uint64_t>(folder.st_size);
  return count_entries("/proc/self/fd");
}

// Looks through /proc only where there is any child at all.
std::uint64_t count_children() {
  if (!has_children()) return 0;
  std::uint64_t children = 0;
  for (const ProcessState& process : all_processes()) children += process.parent == getpid() ? 1 : 0;
  return children;
}

}  // namespace

bool has_children() {
  siginfo_t info{};
  return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

std::string_view name(Resource resource) {
  switch (resource) {
    case Resource::kMappings:
      return "mappings";
    case Resource::kDescriptors:
      return "descriptors";
    case Resource::kThreads:
      return "threads";
    case Resource::kChildren:
      return "processes";
  }
  return {};
}

Resources Resources::now() {
  Resources resources;
  resources.counts = {count_lines("/proc/self/maps"), count_descriptors(), count_threads(), count_children()};
  return resources;
}

Resources Resources::settled(const Resources& before) {
  // By the clock and not by tries: where there are children, counting looks through all processes of the machine.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
  Resources now = Resources::now();
  while (now.of(Resource::kThreads) > before.of(Resource::kThreads) && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    now = Resources::now();
  }
  return now;
}

}  // namespace gmc
