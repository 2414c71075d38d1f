/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Plugins that a careless author could build, one for each value of GMC_DEFECT; all of them are refused before a program runs. */
#include <gmcheck.h>
#include <string.h>

enum Defect {
  kNoEntry,
  kNullTable,
  kWrongVersion,
  kShortTable,
  kShortGroup,
  kNullClaimed,
  kNoDestroy,
  kBadLine,
  kUnknownSwitch,
  kContradiction,
};

#if GMC_DEFECT != 0 /* kNoEntry */

static char the_backend;

static GmcOutcome create(GmcBackend* backend, GmcLane* lane, const GmcLayout* layout, GmcSpace** root) {
  return (void)backend, (void)lane, (void)layout, (void)root, gmc_outcome(GMC_NO_MEMORY);
}
static GmcOutcome destroy(GmcLane* lane, GmcSpace* space) { return (void)lane, (void)space, gmc_ok(); }
static GmcOutcome get(GmcLane* lane, GmcSpace* space, uint64_t address, void* buffer, uint64_t size) {
  return (void)lane, (void)space, (void)address, (void)buffer, (void)size, gmc_outcome(GMC_OUT_OF_RANGE);
}
static GmcOutcome put(GmcLane* lane, GmcSpace* space, uint64_t address, const void* buffer, uint64_t size) {
  return (void)lane, (void)space, (void)address, (void)buffer, (void)size, gmc_outcome(GMC_OUT_OF_RANGE);
}

static GmcOutcome open_backend(const GmcHost* host, const char* config, GmcBackend** backend) {
  return (void)host, (void)config, *backend = (GmcBackend*)&the_backend, gmc_ok();
}
static void close_backend(GmcBackend* backend) { (void)backend; }

static const char* profile(void) {
  switch (GMC_DEFECT) {
    case kNullClaimed:
      return "typed_sizes = none\nreset = yes\n";
    case kBadLine:
      return "typed_sizes = none\nthis line says nothing\n";
    case kUnknownSwitch:
      return "typed_sizes = none\n\ncross_regions = span\n";
    case kContradiction:
      return "typed_sizes = none\ndirty_bitmap_api = yes\n";
    default:
      return "typed_sizes = none\n";
  }
}

static GmcOutcome describe(GmcBackend* backend, GmcSpace* space, GmcSink* sink) {
  (void)backend;
  if (space == NULL) sink->write(sink, profile(), strlen(profile()));
  return gmc_ok();
}

static const void* group(GmcBackend* backend, uint32_t id) {
  static GmcMemoryGroup memory = {.size = sizeof memory, .create = create, .destroy = destroy};
  static const GmcAccessGroup kAccess = {.size = sizeof kAccess, .read = get, .write = put};
  (void)backend;
  if (GMC_DEFECT == kShortGroup) memory.size = sizeof memory - sizeof(void*);
  if (GMC_DEFECT == kNoDestroy) memory.destroy = NULL;
  return id == GMC_GROUP_MEMORY ? (const void*)&memory : id == GMC_GROUP_ACCESS ? (const void*)&kAccess : NULL;
}

const GmcPlugin* gmc_plugin(uint32_t harness_abi) {
  static GmcPlugin plugin = {sizeof plugin, GMC_ABI_VERSION, 0, "malformed", "1", open_backend, close_backend, describe, group};
  (void)harness_abi;
  if (GMC_DEFECT == kNullTable) return NULL;
  if (GMC_DEFECT == kWrongVersion) plugin.abi_version = GMC_ABI_VERSION + 1;
  if (GMC_DEFECT == kShortTable) plugin.size = sizeof plugin - sizeof(void*);
  return &plugin;
}

#else

int malformed_has_no_entry(void);
int malformed_has_no_entry(void) { return (int)sizeof(enum Defect); }

#endif
