/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * @NAME@ as a backend of gmcheck. What gmcheck.h says about each function holds; what each answer has to be stands in CONTRACT.md.
 *
 * This works as it is: a guest memory of up to 16 regions, each a block from calloc. Put your own in three places:
 *  1. struct GmcSpace and the functions below it: your memory, and calls of it.
 *  2. kProfile: what your memory is like, where it differs from the defaults in CONTRACT.md ("Profile").
 *  3. group(): what more you offer. An entry that is null is "not offered", and the clauses that need it do not apply.
 */
#include <gmcheck.h>
#include <stdlib.h>
#include <string.h>

/* 2. One `name = value` a line. What is declared is held against what is done, in both directions. */
static const char kProfile[] =
    "regions_max = 16\n"
    "region_ends_at_2_64 = accept\n"
    "region_api = list\n"
    "iteration_order = as_given\n";

/* 1. gmcheck never looks into a handle: what is behind it is yours. */
enum { kRegionsMax = 16 };
struct GmcSpace {
  uint64_t count;
  GmcRegionInfo regions[kRegionsMax];
  unsigned char* bytes[kRegionsMax];
};

/* Where `size` bytes at `address` lie, or null. One region has to hold them all (cross_region); of no bytes every place is fine. */
static unsigned char* find(GmcSpace* space, uint64_t address, uint64_t size) {
  for (uint64_t i = 0; i < space->count; i++) {
    const uint64_t offset = address - space->regions[i].base; /* below the base it wraps around, and is larger than any size */
    if (offset < space->regions[i].size && size <= space->regions[i].size - offset) return space->bytes[i] + offset;
  }
  return size == 0 ? (unsigned char*)space : NULL;
}

/* Whether an entry can become a region beside those that are there. Ranges are compared by their last bytes: base + size may be 2^64. */
static enum GmcStatus check(const GmcSpace* space, const GmcEntry* entry) {
  if (entry->kind != GMC_ENTRY_REGION || entry->size == 0) return GMC_INVALID_ARGUMENT;
  if (entry->backing != GMC_BACKING_OWN) return GMC_UNSUPPORTED;
  if (entry->size - 1 > UINT64_MAX - entry->base) return GMC_OUT_OF_RANGE;
  for (uint64_t i = 0; i < space->count; i++) {
    const GmcRegionInfo* other = &space->regions[i];
    if (entry->base <= other->base + (other->size - 1) && other->base <= entry->base + (entry->size - 1)) return GMC_OVERLAP;
  }
  return space->count == kRegionsMax ? GMC_NO_MEMORY : GMC_OK;
}

static GmcOutcome destroy(GmcLane* lane, GmcSpace* space) {
  (void)lane;
  for (uint64_t i = 0; i < space->count; i++) free(space->bytes[i]);
  free(space);
  return gmc_ok();
}

/* A layout is accepted wholly or not at all: the root is handed out at the end. */
static GmcOutcome create(GmcBackend* backend, GmcLane* lane, const GmcLayout* layout, GmcSpace** root) {
  (void)backend;
  GmcSpace* space = calloc(1, sizeof *space);
  if (space == NULL) return gmc_outcome(GMC_NO_MEMORY);
  for (uint64_t i = 0; i < layout->count; i++) {
    const GmcEntry* entry = &layout->entries[i];
    enum GmcStatus status = check(space, entry);
    unsigned char* bytes = status == GMC_OK ? calloc(entry->size, 1) : NULL;
    if (status == GMC_OK && bytes == NULL) status = GMC_NO_MEMORY;
    if (status != GMC_OK) {
      destroy(lane, space);
      return gmc_outcome(status);
    }
    space->bytes[space->count] = bytes;
    space->regions[space->count++] = (GmcRegionInfo){entry->base, entry->size, GMC_RIGHT_READ | GMC_RIGHT_WRITE, 0};
  }
  *root = space;
  return gmc_ok();
}

static GmcOutcome regions(GmcLane* lane, GmcSpace* space, GmcRegionInfo* infos, uint64_t room) {
  (void)lane;
  if (room < space->count) return gmc_outcome(GMC_INVALID_ARGUMENT);
  memcpy(infos, space->regions, space->count * sizeof *infos);
  return gmc_ok_count(space->count);
}

/* All bytes move or none does (range_fail_effect). */
static GmcOutcome read_bytes(GmcLane* lane, GmcSpace* space, uint64_t address, void* buffer, uint64_t size) {
  (void)lane;
  const unsigned char* bytes = find(space, address, size);
  if (bytes == NULL) return gmc_outcome(GMC_OUT_OF_RANGE);
  memcpy(buffer, bytes, size);
  return gmc_ok();
}
static GmcOutcome write_bytes(GmcLane* lane, GmcSpace* space, uint64_t address, const void* buffer, uint64_t size) {
  (void)lane;
  unsigned char* bytes = find(space, address, size);
  if (bytes == NULL) return gmc_outcome(GMC_OUT_OF_RANGE);
  memcpy(bytes, buffer, size);
  return gmc_ok();
}

/* The load and the store of one object, in the host's byte order, at any alignment. */
#define GMC_WIDTH(bits)                                                                                   \
  static GmcOutcome load##bits(GmcLane* lane, GmcSpace* space, uint64_t address) {                        \
    uint##bits##_t value = 0;                                                                             \
    const GmcOutcome outcome = read_bytes(lane, space, address, &value, sizeof value);                    \
    return outcome.status == GMC_OK ? gmc_ok_value(value) : outcome;                                      \
  }                                                                                                       \
  static GmcOutcome store##bits(GmcLane* lane, GmcSpace* space, uint64_t address, uint##bits##_t value) { \
    return write_bytes(lane, space, address, &value, sizeof value);                                       \
  }
GMC_WIDTH(8)
GMC_WIDTH(16)
GMC_WIDTH(32)
GMC_WIDTH(64)

/* What belongs to no single memory; here nothing does, and the handle only has to be one. */
static char the_backend;

static GmcOutcome open_backend(const GmcHost* host, const char* config, GmcBackend** backend) {
  (void)host;
  if (*config != '\0') return gmc_outcome(GMC_INVALID_ARGUMENT);
  *backend = (GmcBackend*)&the_backend;
  return gmc_ok();
}
static void close_backend(GmcBackend* backend) { (void)backend; }

static GmcOutcome describe(GmcBackend* backend, GmcSpace* space, GmcSink* sink) {
  (void)backend;
  if (space == NULL) sink->write(sink, kProfile, sizeof kProfile - 1);
  return gmc_ok();
}

/* 3. */
static const void* group(GmcBackend* backend, uint32_t id) {
  static const GmcMemoryGroup kMemory = {.size = sizeof kMemory, .create = create, .destroy = destroy, .regions = regions};
  static const GmcAccessGroup kAccess = {.size = sizeof kAccess,
                                         .read = read_bytes,
                                         .write = write_bytes,
                                         .load8 = load8,
                                         .load16 = load16,
                                         .load32 = load32,
                                         .load64 = load64,
                                         .store8 = store8,
                                         .store16 = store16,
                                         .store32 = store32,
                                         .store64 = store64};
  (void)backend;
  if (id == GMC_GROUP_MEMORY) return &kMemory;
  if (id == GMC_GROUP_ACCESS) return &kAccess;
  return NULL;
}

const GmcPlugin* gmc_plugin(uint32_t harness_abi) {
  static const GmcPlugin kPlugin = {sizeof kPlugin, GMC_ABI_VERSION, 0, "@NAME@", "0.1", open_backend, close_backend, describe, group};
  return harness_abi == GMC_ABI_VERSION ? &kPlugin : NULL;
}
