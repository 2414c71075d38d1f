// SPDX-License-Identifier: Apache-2.0 OR MIT
// A plugin that is the product but for one hostile act in one place: `./libsaboteur.so:crash@op`. saboteurs.def lists what there is. It is
// loaded and never linked in, as it would take down whoever is in one process with it.
#include <gmcheck.h>
#include <sys/types.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>

#include "harness/backends/mmap/mmap.h"

namespace {

struct Sabotage {
  std::string act;
  std::string place;
};
Sabotage& sabotage() {
  static Sabotage the_one;
  return the_one;
}

const GmcPlugin& product() { return *gmc::gmc_mmap_plugin(); }
const GmcMemoryGroup* product_memory = nullptr;
const GmcAccessGroup* product_access = nullptr;
const GmcDirtyGroup* product_dirty = nullptr;

// ------------------------------------------------------------------------------------------------------------------------------ Acts

void crash() {
  // As the kernel would say it of a pointer that leads nowhere; a compiler may make what it likes of the pointer itself.
  ::kill(::getpid(), SIGSEGV);
  while (true) ::pause();
}

[[noreturn]] void loop() {
  volatile unsigned turns = 0;
  while (true) turns = turns + 1;
}

void leave_child() {
  if (::fork() == 0) {
    while (true) ::pause();
  }
}

[[noreturn]] void allocate() {
  constexpr std::size_t kPiece = 16u << 20;
  static void* volatile latest;
  while (true) {
    latest = std::malloc(kPiece);
    if (latest != nullptr) std::memset(latest, 1, kPiece);
  }
}

void act() {
  const std::string_view act = sabotage().act;
  if (act == "crash") crash();
  if (act == "loop") loop();
  if (act == "child") leave_child();
  if (act == "exit") std::exit(0);
  if (act == "close") ::close_range(3, ~0u, 0);
  if (act == "allocate") allocate();
}

bool is_place(std::string_view place) { return sabotage().place == place; }
bool does(std::string_view act, std::string_view place) { return sabotage().act == act && is_place(place); }
GmcOutcome no_status() {
  GmcOutcome outcome = gmc_ok();
  outcome.status = 999;
  return outcome;
}

// ---------------------------------------------------------------------------------------------------------------------------- Places

GmcOutcome open_backend(const GmcHost* host, const char* config, GmcBackend** backend) {
  const std::string_view text = config;
  const std::size_t at = text.find('@');
  if (at == std::string_view::npos) return gmc_outcome(GMC_INVALID_ARGUMENT);
  sabotage() = {std::string(text.substr(0, at)), std::string(text.substr(at + 1))};
  if (is_place("open")) act();
  if (does("status", "open")) return no_status();
  if (is_place("thread")) {
    std::thread([] {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      act();
    }).detach();
  }
  return product().open(host, "", backend);
}

GmcOutcome destroy(GmcLane* lane, GmcSpace* root) {
  if (is_place("destroy")) act();
  const GmcOutcome outcome = product_memory->destroy(lane, root);
  return does("status", "destroy") ? no_status() : outcome;
}

// The byte behind what was handed over, or the one in front of it.
void write_beside(std::string_view place, const void* handed, std::uint64_t size) {
  auto* const bytes = static_cast<std::byte*>(const_cast<void*>(handed));
  if (does("overwrite", place)) bytes[size] = std::byte{0};
  if (does("underwrite", place)) bytes[-1] = std::byte{0};
}

GmcOutcome write(GmcLane* lane, GmcSpace* space, std::uint64_t address, const void* buffer, std::uint64_t size) {
  write_beside("write", buffer, size);
  return product_access->write(lane, space, address, buffer, size);
}

GmcOutcome list(GmcLane* lane, GmcSpace* root, GmcRegionInfo* regions, std::uint64_t room) {
  write_beside("list", regions, room * sizeof *regions);
  return product_memory->regions(lane, root, regions, room);
}

GmcOutcome harvest_dense(GmcLane* lane, GmcSpace* space, std::uint32_t flags, std::uint64_t* words, std::uint64_t room) {
  write_beside("harvest", words, room * sizeof *words);
  return product_dirty->harvest_dense(lane, space, flags, words, room);
}

GmcOutcome harvest_sparse(GmcLane* lane, GmcSpace* space, std::uint32_t flags, GmcDirtyWord* words, std::uint64_t room) {
  write_beside("harvest", words, room * sizeof *words);
  return product_dirty->harvest_sparse(lane, space, flags, words, room);
}

GmcOutcome read(GmcLane* lane, GmcSpace* space, std::uint64_t address, void* buffer, std::uint64_t size) {
  if (is_place("op")) act();
  const GmcOutcome outcome = product_access->read(lane, space, address, buffer, size);
  write_beside("op", buffer, size);
  return does("status", "op") ? no_status() : outcome;
}

const void* group(GmcBackend* backend, std::uint32_t id) {
  static GmcMemoryGroup memory;
  static GmcAccessGroup access;
  static GmcDirtyGroup dirty;
  const void* const table = product().group(backend, id);
  if (id == GMC_GROUP_MEMORY) {
    product_memory = static_cast<const GmcMemoryGroup*>(table);
    memory = *product_memory;
    memory.destroy = &destroy;
    memory.regions = &list;
    return &memory;
  }
  if (id == GMC_GROUP_ACCESS) {
    product_access = static_cast<const GmcAccessGroup*>(table);
    access = *product_access;
    access.read = &read;
    access.write = &write;
    return &access;
  }
  if (id == GMC_GROUP_DIRTY) {
    product_dirty = static_cast<const GmcDirtyGroup*>(table);
    dirty = *product_dirty;
    dirty.harvest_dense = &harvest_dense;
    dirty.harvest_sparse = &harvest_sparse;
    return &dirty;
  }
  return table;
}

}  // namespace

extern "C" GMC_EXPORT const GmcPlugin* gmc_plugin(std::uint32_t harness_abi) {
  static GmcPlugin table = product();
  table.name = "saboteur";
  table.open = &open_backend;
  table.group = &group;
  return harness_abi == GMC_ABI_VERSION ? &table : nullptr;
}
