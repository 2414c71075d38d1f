/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A whole backend in C11: a guest memory of up to 16 regions, each a block from calloc. Copy this file, put your own memory where the
 * blocks are, and build it as a shared library with the folder of gmcheck.h as its only include path. */
#include <gmcheck.h>
#include <stdlib.h>
#include <string.h>

/* What this memory is like. Every switch that is not named has the default that CONTRACT.md gives. */
static const char kProfile[] = "regions_max = 16\nregion_ends_at_2_64 = accept\nregion_api = list\niteration_order = as_given\n";
enum { kRegionsMax = 16 };
/* gmcheck never looks into a handle, so what is behind it is ours. This backend has nothing to remember: its handle only has to be one. */
static char the_backend;
struct GmcSpace {
  uint64_t count;
  GmcRegionInfo regions[kRegionsMax];
  unsigned char* bytes[kRegionsMax];
};
static GmcOutcome destroy(GmcLane* lane, GmcSpace* space) {
  while (space->count > 0) free(space->bytes[--space->count]);
  return (void)lane, free(space), gmc_ok();
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

/* A layout is accepted wholly or not at all: the root is handed out at the end. */
static GmcOutcome create(GmcBackend* backend, GmcLane* lane, const GmcLayout* layout, GmcSpace** root) {
  GmcSpace* space = calloc(1, sizeof *space);
  if (space == NULL) return gmc_outcome(GMC_NO_MEMORY);
  for (const GmcEntry* entry = layout->entries; entry != layout->entries + layout->count; entry++) {
    const enum GmcStatus status = check(space, entry);
    unsigned char* bytes = status == GMC_OK ? calloc(entry->size, 1) : NULL;
    if (bytes == NULL) return destroy(lane, space), gmc_outcome(status == GMC_OK ? GMC_NO_MEMORY : status);
    space->bytes[space->count] = bytes;
    space->regions[space->count++] = (GmcRegionInfo){entry->base, entry->size, GMC_RIGHT_READ | GMC_RIGHT_WRITE, 0};
  }
  return (void)backend, *root = space, gmc_ok();
}
static GmcOutcome regions(GmcLane* lane, GmcSpace* space, GmcRegionInfo* infos, uint64_t room) {
  if (room < space->count) return gmc_outcome(GMC_INVALID_ARGUMENT);
  memcpy(infos, space->regions, space->count * sizeof *infos);
  return (void)lane, gmc_ok_count(space->count);
}
/* Where `size` bytes at `address` lie, or null. One region has to hold them all: so says the default of the switch cross_region. */
static unsigned char* find(GmcSpace* space, uint64_t address, uint64_t size) {
  for (uint64_t i = 0; i < space->count; i++) {
    const uint64_t offset = address - space->regions[i].base; /* below the base it wraps around, and is larger than any size */
    if (offset < space->regions[i].size && size <= space->regions[i].size - offset) return space->bytes[i] + offset;
  }
  return size == 0 ? (unsigned char*)space : NULL; /* no bytes lie anywhere */
}
/* All bytes move or none does (range_fail_effect), and a size of 0 is fine anywhere (zero_length_bytes). */
static GmcOutcome get(GmcLane* lane, GmcSpace* space, uint64_t address, void* buffer, uint64_t size) {
  const unsigned char* bytes = find(space, address, size);
  return (void)lane, bytes == NULL ? gmc_outcome(GMC_OUT_OF_RANGE) : (memcpy(buffer, bytes, size), gmc_ok());
}
static GmcOutcome put(GmcLane* lane, GmcSpace* space, uint64_t address, const void* buffer, uint64_t size) {
  unsigned char* bytes = find(space, address, size);
  return (void)lane, bytes == NULL ? gmc_outcome(GMC_OUT_OF_RANGE) : (memcpy(bytes, buffer, size), gmc_ok());
}
#define GMC_WIDTH(bits) /* the load and the store of one object, in the host's byte order */              \
  static GmcOutcome load##bits(GmcLane* lane, GmcSpace* space, uint64_t address) {                        \
    uint##bits##_t value = 0;                                                                             \
    const GmcOutcome outcome = get(lane, space, address, &value, sizeof value);                           \
    return outcome.status == GMC_OK ? gmc_ok_value(value) : outcome;                                      \
  }                                                                                                       \
  static GmcOutcome store##bits(GmcLane* lane, GmcSpace* space, uint64_t address, uint##bits##_t value) { \
    return put(lane, space, address, &value, sizeof value);                                               \
  }
GMC_WIDTH(8)
GMC_WIDTH(16)
GMC_WIDTH(32)
GMC_WIDTH(64)

static GmcOutcome open_backend(const GmcHost* host, const char* config, GmcBackend** backend) {
  return (void)host, *backend = (GmcBackend*)&the_backend, gmc_outcome(*config == '\0' ? GMC_OK : GMC_INVALID_ARGUMENT);
}
static void close_backend(GmcBackend* backend) { (void)backend; }
static GmcOutcome describe(GmcBackend* backend, GmcSpace* space, GmcSink* sink) {
  if (space == NULL) sink->write(sink, kProfile, sizeof kProfile - 1);
  return (void)backend, gmc_ok();
}
static const void* group(GmcBackend* backend, uint32_t id) { /* what is left out, or null, is not offered */
  static const GmcMemoryGroup kMemory = {.size = sizeof kMemory, .create = create, .destroy = destroy, .regions = regions};
  static const GmcAccessGroup kAccess = {sizeof kAccess, get,     put,     load8, load16, load32, load64, store8,
                                         store16,        store32, store64, NULL,  NULL,   NULL,   NULL};
  return (void)backend, id == GMC_GROUP_MEMORY ? (const void*)&kMemory : id == GMC_GROUP_ACCESS ? &kAccess : NULL;
}
const GmcPlugin* gmc_plugin(uint32_t harness_abi) {
  static const GmcPlugin kPlugin = {sizeof kPlugin, GMC_ABI_VERSION, 0, "example_c", "1", open_backend, close_backend, describe, group};
  return harness_abi == GMC_ABI_VERSION ? &kPlugin : NULL;
}
