/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The guest memory of the CPU emulator Unicorn behind gmcheck's contract: an engine is a memory, and every call is the one that a user of
 * Unicorn would make. No processor is ever started. Where each line of the profile comes from is in README.md. */
#include <gmcheck.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicorn/unicorn.h>

static const char kProfile[] =
    "addr_space = gpa_regions\n"
    "backing = own host_pointer\n"
    "concurrency = single_thread\n"
    "reset = yes\n"
    "region_align_base = 4096\n"
    "region_align_size = 4096\n"
    "region_rounding = reject\n"
    "region_zero = reject\n"
    "region_order = any\n"
    "region_ends_at_2_64 = accept\n"
    "region_api = list\n"
    "iteration_order = any\n"
    "cross_region = span\n"
    "zero_length_bytes = ok_anywhere\n"
    "range_fail_effect = nothing\n"
    "typed_sizes = none\n"
    "permissions = guest_only\n"
    "map_mutation = in_place\n";

struct GmcBackend {
  const GmcHost* host;
};

/* A memory. Unicorn has nothing else with addresses, so a root is the only kind of space. */
struct GmcSpace {
  GmcBackend* backend;
  uc_engine* engine;
  GmcEntry* entries; /* the layout of creation, for reset */
  uint64_t count;
  uint64_t ram_end;   /* where Unicorn would number the next region's bytes from, or more */
  bool out_of_memory; /* a mapping failed for want of memory: the engine must not map again */
};

/* Says why the adapter declines; gmcheck shows it with the finding. */
__attribute__((format(printf, 2, 3))) static GmcOutcome decline(const GmcBackend* backend, const char* format, ...) {
  char text[200];
  va_list arguments;
  va_start(arguments, format);
  const int size = vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (size > 0) backend->host->log(backend->host, GMC_LOG_WARNING, text, (size_t)size < sizeof text ? (uint64_t)size : sizeof text - 1);
  return gmc_outcome(GMC_REFUSED);
}

/* What one of Unicorn's errors is in the contract's words. */
static GmcOutcome answer(uc_err error) {
  enum GmcStatus status = GMC_BROKEN;
  if (error == UC_ERR_OK) status = GMC_OK;
  if (error == UC_ERR_ARG) status = GMC_INVALID_ARGUMENT;
  if (error == UC_ERR_MAP) status = GMC_OVERLAP;
  if (error == UC_ERR_NOMEM) status = GMC_NO_MEMORY;
  if (error == UC_ERR_READ_UNMAPPED || error == UC_ERR_WRITE_UNMAPPED) status = GMC_OUT_OF_RANGE;
  GmcOutcome outcome = gmc_outcome(status);
  outcome.native = (int32_t)error;
  return outcome;
}

/* uc_mem_unmap and uc_mem_protect answer UC_ERR_NOMEM, "memory not present", where a part of the range is not mapped. */
static GmcOutcome answer_of_change(uc_err error, enum GmcStatus not_present) {
  GmcOutcome outcome = answer(error);
  if (error == UC_ERR_NOMEM) outcome.status = (uint16_t)not_present;
  return outcome;
}

static uint32_t protection(uint32_t rights) {
  return (rights & GMC_RIGHT_READ ? UC_PROT_READ : UC_PROT_NONE) | (rights & GMC_RIGHT_WRITE ? UC_PROT_WRITE : UC_PROT_NONE);
}

/* Unicorn numbers the bytes of its regions from 0, each from a multiple of 64 pages, and aborts where a region finds no numbers. */
enum { kPage = 4096, kNumberAlign = 64 * kPage };
/* Its page table aborts at 4096 entries. One is its own, and each region has one more. */
enum { kRegionsMax = 4095 };

static uint64_t numbers_of(uint64_t size) { return (size + kNumberAlign - 1) / kNumberAlign * kNumberAlign; }

/* Whether uc_mem_map would get past its own checks of the entry: only then can it abort. */
static bool is_mappable(const GmcEntry* entry, const uc_mem_region* regions, uint32_t count) {
  const uint64_t last = entry->base + (entry->size - 1);
  if (entry->size == 0 || last < entry->base || entry->base % kPage != 0 || entry->size % kPage != 0) return false;
  for (uint32_t i = 0; i < count; i++) {
    if (entry->base <= regions[i].end && regions[i].begin <= last) return false;
  }
  return true;
}

/* Answers ok where Unicorn can be asked for the region, whatever it answers, and refused where the process would not live to see it. */
static GmcOutcome check(GmcSpace* space, const GmcEntry* entry) {
  uc_mem_region* regions = NULL;
  uint32_t count = 0;
  const uc_err error = uc_mem_regions(space->engine, &regions, &count);
  if (error != UC_ERR_OK) return answer(error);
  const bool mappable = is_mappable(entry, regions, count);
  uc_free(regions);
  if (count == 0) space->ram_end = 0;
  if (!mappable) return gmc_ok();
  if (space->out_of_memory) return decline(space->backend, "Unicorn would use freed memory: it maps after it has run out of memory once");
  if (count >= kRegionsMax) return decline(space->backend, "Unicorn would abort on region %" PRIu32, count + 1);
  if (entry->size > UINT64_MAX - space->ram_end) {
    return decline(space->backend, "Unicorn would abort on 0x%" PRIx64 " bytes beside other regions", entry->size);
  }
  return gmc_ok();
}

static GmcOutcome map(GmcSpace* space, const GmcEntry* entry) {
  if (entry->kind != GMC_ENTRY_REGION) return gmc_outcome(GMC_UNSUPPORTED);
  if (entry->backing != GMC_BACKING_OWN && entry->backing != GMC_BACKING_HOST) return gmc_outcome(GMC_UNSUPPORTED);
  const GmcOutcome checked = check(space, entry);
  if (checked.status != GMC_OK) return checked;
  const uint32_t rights = protection(entry->rights);
  const uc_err error = entry->backing == GMC_BACKING_OWN ? uc_mem_map(space->engine, entry->base, entry->size, rights)
                                                         : uc_mem_map_ptr(space->engine, entry->base, entry->size, rights, entry->host);
  if (error == UC_ERR_NOMEM) space->out_of_memory = true;
  /* Rounding cannot wrap: what was mapped is far from 2^64 bytes. */
  if (error == UC_ERR_OK) space->ram_end += numbers_of(entry->size);
  return answer(error);
}

static GmcOutcome map_layout(GmcSpace* space) {
  for (uint64_t i = 0; i < space->count; i++) {
    const GmcOutcome outcome = map(space, &space->entries[i]);
    if (outcome.status != GMC_OK) return outcome;
  }
  return gmc_ok();
}

static GmcOutcome destroy(GmcLane* lane, GmcSpace* space) {
  (void)lane;
  const GmcOutcome outcome = answer(space->engine == NULL ? UC_ERR_OK : uc_close(space->engine));
  free(space->entries);
  free(space);
  return outcome;
}

/* An engine of the one architecture whose guest addresses have 64 bits and mean the same to every call: x86 in 64-bit mode. */
static GmcOutcome create(GmcBackend* backend, GmcLane* lane, const GmcLayout* layout, GmcSpace** root) {
  if (layout == NULL) return gmc_outcome(GMC_UNSUPPORTED);
  GmcSpace* space = calloc(1, sizeof *space);
  if (space == NULL) return gmc_outcome(GMC_NO_MEMORY);
  space->backend = backend;
  space->entries = calloc(layout->count + 1, sizeof *space->entries);
  GmcOutcome outcome = answer(space->entries == NULL ? UC_ERR_NOMEM : uc_open(UC_ARCH_X86, UC_MODE_64, &space->engine));
  if (outcome.status == GMC_OK) {
    space->count = layout->count;
    for (uint64_t i = 0; i < layout->count; i++) space->entries[i] = layout->entries[i];
    outcome = map_layout(space);
  }
  if (outcome.status != GMC_OK) return destroy(lane, space), outcome;
  *root = space;
  return outcome;
}

/* Unicorn has no reset of memory: everything is unmapped and mapped again, which a user would do as well. */
static GmcOutcome reset(GmcLane* lane, GmcSpace* space) {
  (void)lane;
  uc_mem_region* regions = NULL;
  uint32_t count = 0;
  uc_err error = uc_mem_regions(space->engine, &regions, &count);
  for (uint32_t i = 0; i < count && error == UC_ERR_OK; i++) {
    error = uc_mem_unmap(space->engine, regions[i].begin, regions[i].end - regions[i].begin + 1);
  }
  uc_free(regions);
  return error == UC_ERR_OK ? map_layout(space) : answer(error);
}

static GmcOutcome list_regions(GmcLane* lane, GmcSpace* space, GmcRegionInfo* infos, uint64_t room) {
  (void)lane;
  uc_mem_region* regions = NULL;
  uint32_t count = 0;
  const uc_err error = uc_mem_regions(space->engine, &regions, &count);
  if (error != UC_ERR_OK) return answer(error);
  for (uint32_t i = 0; i < count && count <= room; i++) {
    const uint32_t rights =
        (regions[i].perms & UC_PROT_READ ? GMC_RIGHT_READ : 0) | (regions[i].perms & UC_PROT_WRITE ? GMC_RIGHT_WRITE : 0);
    infos[i] = (GmcRegionInfo){regions[i].begin, regions[i].end - regions[i].begin + 1, rights, 0};
  }
  uc_free(regions);
  return count <= room ? gmc_ok_count(count) : gmc_outcome(GMC_INVALID_ARGUMENT);
}

/* A region has no handle in Unicorn, so `add` and `remove` hand out none. */
static GmcOutcome add(GmcLane* lane, GmcSpace* space, const GmcEntry* entry, GmcSpace** region) {
  (void)lane;
  return region != NULL ? gmc_outcome(GMC_UNSUPPORTED) : map(space, entry);
}

/* uc_mem_unmap and uc_mem_protect of a part of a region map its parts again, three where there was one. The same refusals hold, and all of
 * memory may have been numbered anew afterwards. */
static GmcOutcome check_split(GmcSpace* space) {
  uc_mem_region* regions = NULL;
  uint32_t count = 0;
  const uc_err error = uc_mem_regions(space->engine, &regions, &count);
  if (error != UC_ERR_OK) return answer(error);
  for (uint32_t i = 0; i < count; i++) space->ram_end += numbers_of(regions[i].end - regions[i].begin + 1) + 2 * (uint64_t)kNumberAlign;
  uc_free(regions);
  if (space->out_of_memory)
    return decline(space->backend, "Unicorn would use freed memory: it may map after it has run out of memory once");
  if (count + 2 > kRegionsMax) return decline(space->backend, "Unicorn would abort if it split one of %" PRIu32 " regions", count);
  return gmc_ok();
}

static GmcOutcome remove_region(GmcLane* lane, GmcSpace* space, uint64_t base, uint64_t size, GmcSpace** region) {
  (void)lane;
  if (region != NULL) return gmc_outcome(GMC_UNSUPPORTED);
  const GmcOutcome checked = check_split(space);
  if (checked.status != GMC_OK) return checked;
  return answer_of_change(uc_mem_unmap(space->engine, base, size), GMC_NOT_FOUND);
}

static GmcOutcome protect(GmcLane* lane, GmcSpace* space, uint64_t address, uint64_t size, uint32_t rights) {
  (void)lane;
  const GmcOutcome checked = check_split(space);
  if (checked.status != GMC_OK) return checked;
  return answer_of_change(uc_mem_protect(space->engine, address, size, protection(rights)), GMC_OUT_OF_RANGE);
}

static GmcOutcome read_bytes(GmcLane* lane, GmcSpace* space, uint64_t address, void* buffer, uint64_t size) {
  (void)lane;
  return answer(uc_mem_read(space->engine, address, buffer, size));
}

static GmcOutcome write_bytes(GmcLane* lane, GmcSpace* space, uint64_t address, const void* buffer, uint64_t size) {
  (void)lane;
  return answer(uc_mem_write(space->engine, address, buffer, size));
}

static GmcOutcome open_backend(const GmcHost* host, const char* config, GmcBackend** backend) {
  static const char kNoConfig[] = "this plugin takes no configuration";
  static const char kWrongLibrary[] = "the Unicorn that is loaded is not the version that this plugin was built with";
  unsigned major = 0;
  unsigned minor = 0;
  uc_version(&major, &minor);
  if (*config != '\0') {
    host->log(host, GMC_LOG_ERROR, kNoConfig, sizeof kNoConfig - 1);
    return gmc_outcome(GMC_INVALID_ARGUMENT);
  }
  if (major != UC_VERSION_MAJOR || minor != UC_VERSION_MINOR) {
    host->log(host, GMC_LOG_ERROR, kWrongLibrary, sizeof kWrongLibrary - 1);
    return gmc_outcome(GMC_UNSUPPORTED);
  }
  GmcBackend* opened = calloc(1, sizeof *opened);
  if (opened == NULL) return gmc_outcome(GMC_NO_MEMORY);
  opened->host = host;
  *backend = opened;
  return gmc_ok();
}

static void close_backend(GmcBackend* backend) { free(backend); }

static GmcOutcome describe(GmcBackend* backend, GmcSpace* space, GmcSink* sink) {
  (void)backend;
  if (space == NULL) sink->write(sink, kProfile, sizeof kProfile - 1);
  return gmc_ok();
}

static const void* group(GmcBackend* backend, uint32_t id) {
  static const GmcMemoryGroup kMemory = {.size = sizeof kMemory,
                                         .create = create,
                                         .destroy = destroy,
                                         .reset = reset,
                                         .regions = list_regions,
                                         .add = add,
                                         .remove = remove_region,
                                         .protect = protect};
  static const GmcAccessGroup kAccess = {.size = sizeof kAccess, .read = read_bytes, .write = write_bytes};
  (void)backend;
  if (id == GMC_GROUP_MEMORY) return &kMemory;
  return id == GMC_GROUP_ACCESS ? &kAccess : NULL;
}

#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)
static const char kVersion[] = TEXT(UC_VERSION_MAJOR) "." TEXT(UC_VERSION_MINOR) "." TEXT(UC_VERSION_PATCH);

const GmcPlugin* gmc_plugin(uint32_t harness_abi) {
  static const GmcPlugin kPlugin = {sizeof kPlugin, GMC_ABI_VERSION, 0, "unicorn", kVersion, open_backend, close_backend, describe, group};
  return harness_abi == GMC_ABI_VERSION ? &kPlugin : NULL;
}
