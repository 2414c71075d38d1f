// SPDX-License-Identifier: Apache-2.0 OR MIT
// A plugin that does one hostile thing in one place and is otherwise the built-in mmap. Config: `ACT@PLACE`, as in `crash@write`.
#include <dlfcn.h>
#include <fcntl.h>
#include <gmcheck.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "harness/backends/mmap/mmap.h"

namespace {

struct State {
  const GmcPlugin* mmap = gmc::gmc_mmap_plugin();
  std::string act;
  std::string place;
  GmcMemoryGroup memory{};
  GmcAccessGroup access{};
  GmcMemoryGroup own_memory{};
  GmcAccessGroup own_access{};
  bool remembers = false;
};

State& state() {
  static State the_state;
  return the_state;
}

[[noreturn]] void loop() {
  volatile unsigned turns = 0;
  while (true) turns = turns + 1;
}

[[noreturn]] void allocate() {
  constexpr std::size_t kPiece = 16u << 20;
  while (true) {
    [[maybe_unused]] static char* volatile latest;  // else the compiler sees that nobody needs the memory
    void* piece = std::malloc(kPiece);
    if (piece != nullptr) std::memset(piece, 1, kPiece);
    latest = static_cast<char*>(piece);
  }
}

[[noreturn]] void flood() {
  constexpr char kLine[] = "this line does not end\n";
  while (true) static_cast<void>(write(STDOUT_FILENO, kLine, sizeof kLine - 1));
}

void leave_child() {
  if (fork() == 0) {
    while (true) pause();
  }
}

void leave_thread() {
  pthread_t thread{};
  pthread_create(
      &thread, nullptr,
      [](void*) -> void* {
        while (true) pause();
      },
      nullptr);
}

// Two pages with different rights, so that the kernel cannot make one mapping of all of them.
void leave_mapping() {
  void* mapping = mmap(nullptr, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping != MAP_FAILED) mprotect(mapping, 4096, PROT_READ | PROT_WRITE);
}

void fault() {
  int* volatile nowhere = reinterpret_cast<int*>(8);  // NOLINT
  *nowhere = 1;
}

int overflow(int depth) {
  volatile char room[4096] = {};
  return depth < 0 ? 0 : overflow(depth + 1) + room[0];
}

void jump() {
  void (*volatile nowhere)() = reinterpret_cast<void (*)()>(0x10);  // NOLINT
  nowhere();
}

// Who looks for the callers looks at the stack.
void lose_stack() {
#if defined(__x86_64__)
  asm volatile("mov $16, %rsp\n push %rax");
#endif
  std::abort();
}

// A thread stays inside of the loader with its lock: opening a pipe waits for somebody who writes.
void lock_loader() {
  static std::string path;
  char folder[] = "/tmp/gmcheck-hostile-XXXXXX";
  path = std::string(mkdtemp(folder)) + "/pipe";
  mkfifo(path.c_str(), 0600);
  pthread_t thread{};
  pthread_create(
      &thread, nullptr, [](void*) -> void* { return dlopen(path.c_str(), RTLD_NOW); }, nullptr);
  usleep(50000);
  unlink(path.c_str());
  rmdir(folder);
  std::abort();
}

// A child crashes, and this process ends of something that no handler sees.
void crash_in_child() {
  const pid_t child = fork();
  if (child == 0) std::abort();
  waitpid(child, nullptr, 0);
  kill(getpid(), SIGKILL);
}

void act() {
  const std::string_view act = state().act;
  if (act == "fault") fault();
  if (act == "overflow") overflow(0);
  if (act == "jump") jump();
  if (act == "lose_stack") lose_stack();
  if (act == "lock_loader") lock_loader();
  if (act == "crash_in_child") crash_in_child();
  if (act == "crash") std::abort();
  if (act == "loop") loop();
  if (act == "sleep") pause();
  if (act == "exit") _exit(7);
  if (act == "close_all") close_range(3, ~0u, 0);
  if (act == "fork") leave_child();
  if (act == "thread") leave_thread();
  if (act == "allocate") allocate();
  if (act == "flood") flood();
  if (act == "leak_descriptor") static_cast<void>(open("/dev/null", O_RDONLY));
  if (act == "leak_mapping") leave_mapping();
}

void act_in(std::string_view place) {
  if (state().place == place) act();
}

GmcOutcome open_backend(const GmcHost* host, const char* config, GmcBackend** backend) {
  const std::string_view text = config;
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos) return gmc_outcome(GMC_INVALID_ARGUMENT);
  state().act = text.substr(0, at);
  state().place = text.substr(at + 1);
  act_in("open");
  if (state().place == "own_thread") {
    pthread_t thread{};
    pthread_create(
        &thread, nullptr,
        [](void*) -> void* {
          usleep(20000);
          act();
          return nullptr;
        },
        nullptr);
    pthread_detach(thread);
  }
  return state().mmap->open(host, "", backend);
}

void close_backend(GmcBackend* backend) {
  act_in("close");
  state().mmap->close(backend);
}

GmcOutcome create(GmcBackend* backend, GmcLane* lane, const GmcLayout* layout, GmcSpace** root) {
  act_in("create");
  return state().memory.create(backend, lane, layout, root);
}

GmcOutcome destroy(GmcLane* lane, GmcSpace* root) {
  act_in("destroy");
  return state().memory.destroy(lane, root);
}

GmcOutcome write_bytes(GmcLane* lane, GmcSpace* space, uint64_t address, const void* buffer, uint64_t size) {
  act_in("write");
  // Remembered for as long as the process lives, whatever happens to memories.
  if (state().place == "write_then_load") state().remembers = true;
  return state().access.write(lane, space, address, buffer, size);
}

// Lies once in the lifetime of a file: the config's place is its name.
bool lies_once() { return state().act == "lie_once" && unlink(state().place.c_str()) == 0; }

GmcOutcome load32(GmcLane* lane, GmcSpace* space, uint64_t address) {
  act_in("load32");
  GmcOutcome outcome = state().access.load32(lane, space, address);
  // A load that fails shows no value: the one lie there is must not be spent on it.
  if (outcome.status != GMC_OK) return outcome;
  const bool lies = (state().act == "lie" && (state().place == "load32" || state().remembers)) || lies_once();
  if (lies) outcome.value ^= 0x100;
  return outcome;
}

const void* group(GmcBackend* backend, uint32_t id) {
  State& s = state();
  const void* table = s.mmap->group(backend, id);
  if (id == GMC_GROUP_MEMORY) {
    s.memory = s.own_memory = *static_cast<const GmcMemoryGroup*>(table);
    s.own_memory.create = create;
    s.own_memory.destroy = destroy;
    return &s.own_memory;
  }
  if (id == GMC_GROUP_ACCESS) {
    s.access = s.own_access = *static_cast<const GmcAccessGroup*>(table);
    s.own_access.write = write_bytes;
    s.own_access.load32 = load32;
    return &s.own_access;
  }
  return table;
}

}  // namespace

extern "C" GMC_EXPORT const GmcPlugin* gmc_plugin(uint32_t) {
  static GmcPlugin table = *state().mmap;
  table.name = "hostile";
  table.open = open_backend;
  table.close = close_backend;
  table.group = group;
  return &table;
}
