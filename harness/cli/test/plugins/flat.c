/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A guest memory for tests of the command line: right where its config is empty, and wrong in one way for each word of it.
 *   read_three    a read of three bytes loses the lowest bit of the last one                 GM-RW-001
 *   overlaps      regions that overlap are accepted                                          GM-REG-001
 *   fills         fill works, though the profile denies it                                   GM-RW-010
 *   crash         a read that begins in a hole ends the process                              GM-INV-001, crashed
 *   refuses       an access that runs over an end answers refused                            GM-INV-001, refused
 *   noise         what it logs before it fails is neither UTF-8 nor fit for a terminal
 *   zeroes        no fault: zero_all is offered, and counts the bytes
 *   numbered      its count is the number of the process instead, as if nobody cared      GM-INV-003
 *   invalid       no fault: typed accesses, which it does not offer, answer invalid_argument and not unsupported
 *   closed        open answers unsupported, with a reason
 *   dies          open ends the process
 *   babbles       open answers what is no status                                           GM-INV-001 */
#include <gmcheck.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { kRegionsMax = 8 };
struct GmcBackend {
  const GmcHost* host;
  char config[128];
};
struct GmcSpace {
  GmcBackend* backend;
  uint64_t count;
  GmcRegionInfo regions[kRegionsMax];
  unsigned char* bytes[kRegionsMax];
};

static int is(const GmcBackend* backend, const char* word) { return strstr(backend->config, word) != NULL; }

static void say(const GmcBackend* backend, const char* text) {
  if (backend->host->log != NULL) backend->host->log(backend->host, GMC_LOG_ERROR, text, strlen(text));
}

static GmcOutcome destroy(GmcLane* lane, GmcSpace* space) {
  (void)lane;
  while (space->count > 0) free(space->bytes[--space->count]);
  free(space);
  return gmc_ok();
}

static enum GmcStatus check(const GmcSpace* space, const GmcEntry* entry) {
  if (entry->kind != GMC_ENTRY_REGION || entry->size == 0) return GMC_INVALID_ARGUMENT;
  if (entry->backing != GMC_BACKING_OWN) return GMC_UNSUPPORTED;
  if (entry->size > UINT64_MAX - entry->base) return GMC_OUT_OF_RANGE; /* so no region ends at 2^64 either */
  for (uint64_t i = 0; i < space->count && !is(space->backend, "overlaps"); i++) {
    const GmcRegionInfo* other = &space->regions[i];
    if (entry->base < other->base + other->size && other->base < entry->base + entry->size) return GMC_OVERLAP;
  }
  return space->count == kRegionsMax ? GMC_NO_MEMORY : GMC_OK;
}

static GmcOutcome create(GmcBackend* backend, GmcLane* lane, const GmcLayout* layout, GmcSpace** root) {
  GmcSpace* space = calloc(1, sizeof *space);
  space->backend = backend;
  for (uint64_t i = 0; i < layout->count; i++) {
    const GmcEntry* entry = &layout->entries[i];
    const enum GmcStatus status = check(space, entry);
    unsigned char* bytes = status == GMC_OK ? calloc(entry->size, 1) : NULL;
    if (bytes == NULL) return destroy(lane, space), gmc_outcome(status == GMC_OK ? GMC_NO_MEMORY : status);
    space->bytes[space->count] = bytes;
    space->regions[space->count++] = (GmcRegionInfo){entry->base, entry->size, GMC_RIGHT_READ | GMC_RIGHT_WRITE, 0};
  }
  *root = space;
  return gmc_ok();
}

static unsigned char* find(GmcSpace* space, uint64_t address, uint64_t size) {
  for (uint64_t i = 0; i < space->count; i++) {
    const uint64_t offset = address - space->regions[i].base;
    if (offset < space->regions[i].size && size <= space->regions[i].size - offset) return space->bytes[i] + offset;
  }
  return NULL;
}

/* The outcome of an access that found no bytes. */
static GmcOutcome missed(GmcSpace* space, uint64_t address, uint64_t size) {
  if (size == 0) return gmc_ok();
  if (is(space->backend, "noise")) say(space->backend, "\033[2Jno such bytes: \xff\xfe\x01");
  if (is(space->backend, "refuses") && find(space, address, 1) != NULL) {
    say(space->backend, "the implementation would abort");
    return gmc_outcome(GMC_REFUSED);
  }
  return gmc_outcome(GMC_OUT_OF_RANGE);
}

static GmcOutcome get(GmcLane* lane, GmcSpace* space, uint64_t address, void* buffer, uint64_t size) {
  unsigned char* bytes = find(space, address, size);
  (void)lane;
  if (bytes == NULL && size > 0 && is(space->backend, "crash") && find(space, address, 1) == NULL) abort();
  if (bytes == NULL) return missed(space, address, size);
  memcpy(buffer, bytes, size);
  if (size == 3 && is(space->backend, "read_three")) ((unsigned char*)buffer)[2] &= 0xfe;
  return gmc_ok();
}

static GmcOutcome put(GmcLane* lane, GmcSpace* space, uint64_t address, const void* buffer, uint64_t size) {
  unsigned char* bytes = find(space, address, size);
  (void)lane;
  if (bytes == NULL) return missed(space, address, size);
  memcpy(bytes, buffer, size);
  return gmc_ok();
}

static GmcOutcome zero_all(GmcSpace* space) {
  uint64_t count = 0;
  for (uint64_t i = 0; i < space->count; i++) {
    memset(space->bytes[i], 0, space->regions[i].size);
    count += space->regions[i].size;
  }
  return gmc_ok_count(is(space->backend, "numbered") ? (uint64_t)getpid() : count);
}

static GmcOutcome submit(GmcLane* lane, const GmcCall* calls, uint64_t count, GmcOutcome* outcomes) {
  for (uint64_t i = 0; i < count; i++) {
    const GmcCall* call = &calls[i];
    const int is_typed = call->op == GMC_CALL_LOAD || call->op == GMC_CALL_STORE;
    outcomes[i] = gmc_outcome(is_typed && is(call->space->backend, "invalid") ? GMC_INVALID_ARGUMENT : GMC_UNSUPPORTED);
    if (call->op == GMC_CALL_READ) outcomes[i] = get(lane, call->space, call->address, call->buffer, call->size);
    if (call->op == GMC_CALL_WRITE) outcomes[i] = put(lane, call->space, call->address, call->buffer, call->size);
    if (call->op == GMC_CALL_ZERO_ALL && is(call->space->backend, "zeroes")) outcomes[i] = zero_all(call->space);
    if (call->op == GMC_CALL_FILL && is(call->space->backend, "fills")) {
      unsigned char* bytes = find(call->space, call->address, call->size);
      outcomes[i] = bytes == NULL ? missed(call->space, call->address, call->size) : gmc_ok();
      if (bytes != NULL) memset(bytes, (int)call->value, call->size);
    }
  }
  return gmc_ok();
}

static GmcOutcome open_backend(const GmcHost* host, const char* config, GmcBackend** backend) {
  GmcBackend* opened = calloc(1, sizeof *opened);
  opened->host = host;
  strncpy(opened->config, config, sizeof opened->config - 1);
  if (is(opened, "dies")) abort();
  if (is(opened, "closed")) {
    say(opened, "there is no such device here");
    free(opened);
    return gmc_outcome(GMC_UNSUPPORTED);
  }
  if (is(opened, "babbles")) {
    free(opened);
    return gmc_outcome(99);
  }
  *backend = opened;
  return gmc_ok();
}

static void close_backend(GmcBackend* backend) { free(backend); }

static GmcOutcome describe(GmcBackend* backend, GmcSpace* space, GmcSink* sink) {
  static const char kProfile[] = "regions_max = 8\ntyped_sizes = none\n";
  static const char kZeroes[] = "has_zero_all = yes\n";
  if (space != NULL) return gmc_ok();
  sink->write(sink, kProfile, sizeof kProfile - 1);
  if (is(backend, "zeroes")) sink->write(sink, kZeroes, sizeof kZeroes - 1);
  return gmc_ok();
}

static const void* group(GmcBackend* backend, uint32_t id) {
  static const GmcMemoryGroup kMemory = {.size = sizeof kMemory, .create = create, .destroy = destroy};
  static const GmcAccessGroup kAccess = {.size = sizeof kAccess, .read = get, .write = put, .submit = submit};
  (void)backend;
  return id == GMC_GROUP_MEMORY ? (const void*)&kMemory : id == GMC_GROUP_ACCESS ? (const void*)&kAccess : NULL;
}

const GmcPlugin* gmc_plugin(uint32_t harness_abi) {
  static const GmcPlugin kPlugin = {sizeof kPlugin, GMC_ABI_VERSION, 0, "flat", "1", open_backend, close_backend, describe, group};
  return harness_abi == GMC_ABI_VERSION ? &kPlugin : NULL;
}
