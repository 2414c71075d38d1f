/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * gmcheck.h: the contract between gmcheck and a guest memory. This is the only file that the author of a backend needs.
 *
 * A backend is a shared library that exports one function, gmc_plugin(), or a table that is linked in. gmcheck opens it, asks it to
 * describe itself, creates memories in it and drives them; it compares every answer with a reference. What each answer has to be is written
 * in CONTRACT.md, beside this folder, as numbered clauses (GM-RW-001 ...). The profile that the backend declares says which of the
 * documented variants it follows.
 *
 * The rules that hold everywhere:
 *  - Handles are opaque and belong to the backend. Whoever opened a handle closes it, once.
 *  - Tables begin with their own size in bytes, so that a later version can append to them. An entry beyond that size, and a null entry,
 * are "not offered". That is legal unless the profile claims what the entry is for. Nothing is emulated, but for the loop behind `submit`.
 *  - Buffers belong to the caller and live until the call returns, no longer. Sizes are bytes, counts are items, indices start at 0.
 *  - Addresses and sizes are unsigned 64-bit; every value may be passed, 2^64-1 too. A range is [address, address + size).
 *  - Nothing is thrown or unwound across an entry. An implementation that panics or fails an assertion is answered `broken`; where the
 * adapter declines because the implementation would abort, `refused`. Both write their reason to the log before they return.
 *  - Unless the profile says `concurrency = serialized` or `shared`, all calls come from one thread.
 */
#ifndef GMCHECK_H
#define GMCHECK_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this contract. A plugin whose table names another one is not loaded. */
#define GMC_ABI_VERSION 1u

typedef struct GmcBackend GmcBackend; /* an opened plugin */
typedef struct GmcSpace GmcSpace;     /* anything with addresses: a memory's root, a region, a range, a snapshot, a list of pages */
typedef struct GmcLane GmcLane;       /* who accesses: a host thread, a virtual CPU, a device; null is the calling thread */

/* ---------------------------------------------------------------------------------------------------------------------- Outcomes */

/* What came of a call. The numbers are frozen. */
enum GmcStatus {
  GMC_OK = 0,               /* done, wholly; for a partial access: something was moved, `count` says how much */
  GMC_MISMATCH = 1,         /* a compare-exchange compared, differed and changed nothing; `value` holds what was found */
  GMC_SHORT = 2,            /* an exact access failed and kept a prefix; `count` is its length where the profile reports counts */
  GMC_OUT_OF_RANGE = 3,     /* a byte of the range is not mapped, or the range wraps */
  GMC_MISALIGNED = 4,       /* the access needs an alignment that the address does not have */
  GMC_DENIED = 5,           /* the memory is there and the right is not */
  GMC_UNSUPPORTED = 6,      /* not offered */
  GMC_BUSY = 7,             /* held exclusively by somebody else */
  GMC_INVALID_ARGUMENT = 8, /* an argument makes no sense: an ordering, a width, a layout entry, too little room */
  GMC_IO = 9,               /* a descriptor failed */
  GMC_FAULT = 10,           /* the memory behind the address could not be reached, and the process survived */
  GMC_NO_MEMORY = 11,       /* memory, mappings or handles ran out */
  GMC_BAD_STATE = 12,       /* not now: harvesting while tracking is off, for one */
  GMC_OVERLAP = 13,         /* two regions would overlap */
  GMC_NOT_FOUND = 14,       /* a query has no answer: no region there, no such address */
  GMC_REFUSED = 15,         /* the adapter declines because the implementation would abort: never a pass */
  GMC_BROKEN = 16,          /* a caught panic or a failed assertion: always a violation */
  GMC_LOST = 17             /* a remote implementation died under the call: counts as a crash and ends the program */
};
#define GMC_STATUS_COUNT 18u

/* Flags of an outcome: which of the optional fields hold something. */
#define GMC_HAS_COUNT 1u
#define GMC_HAS_ADDRESS 2u

/* Passed by value; 32 bytes, frozen. What is not said to hold something is 0. */
typedef struct GmcOutcome {
  uint16_t status;  /* enum GmcStatus */
  uint16_t flags;   /* GMC_HAS_* */
  int32_t native;   /* the implementation's own error code; shown, never compared */
  uint64_t count;   /* bytes moved, or items written to a caller's array */
  uint64_t address; /* of the first byte that failed, in the memory's own addresses */
  uint64_t value;   /* the answer of a load or a query, in the host's byte order, zero-extended */
} GmcOutcome;

static inline GmcOutcome gmc_outcome(enum GmcStatus status) {
  GmcOutcome outcome = {0, 0, 0, 0, 0, 0};
  outcome.status = (uint16_t)status;
  return outcome;
}
static inline GmcOutcome gmc_ok(void) { return gmc_outcome(GMC_OK); }
static inline GmcOutcome gmc_ok_value(uint64_t value) {
  GmcOutcome outcome = gmc_outcome(GMC_OK);
  outcome.value = value;
  return outcome;
}
static inline GmcOutcome gmc_ok_count(uint64_t count) {
  GmcOutcome outcome = gmc_outcome(GMC_OK);
  outcome.flags = GMC_HAS_COUNT;
  outcome.count = count;
  return outcome;
}
static inline GmcOutcome gmc_fail_at(enum GmcStatus status, uint64_t address) {
  GmcOutcome outcome = gmc_outcome(status);
  outcome.flags = GMC_HAS_ADDRESS;
  outcome.address = address;
  return outcome;
}

/* ------------------------------------------------------------------------------------------------------------- What gmcheck offers */

/* Levels of a log line. */
#define GMC_LOG_ERROR 0u
#define GMC_LOG_WARNING 1u
#define GMC_LOG_NOTE 2u

/* Sites of `yield`: where in an access the implementation stands. */
enum GmcSite {
  GMC_SITE_BEFORE_TRANSLATION = 0,
  GMC_SITE_AFTER_TRANSLATION = 1,
  GMC_SITE_DATA_WRITTEN = 2,
  GMC_SITE_BIT_SET = 3,
  GMC_SITE_BIT_CLEARED = 4,
  GMC_SITE_MAP_PUBLISHED = 5
};

/* Handed to `open`; lives until `close` returns. Both functions may be called from any thread. */
typedef struct GmcHost GmcHost;
struct GmcHost {
  uint64_t size; /* of this table, in bytes */
  uint32_t abi_version;
  uint32_t reserved;
  /* One message, UTF-8, without a newline at its end, `size` bytes, not zero-terminated. */
  void (*log)(const GmcHost* host, uint32_t level, const char* text, uint64_t size);
  /* May be ignored. Lets gmcheck run another lane here. The backend holds no lock that gmcheck could need while it calls. */
  void (*yield)(const GmcHost* host, GmcLane* lane, uint32_t site, uint64_t address);
};

/* Where `describe` writes to: text in pieces of any size; lines end in '\n'. */
typedef struct GmcSink GmcSink;
struct GmcSink {
  void (*write)(GmcSink* sink, const char* text, uint64_t size);
};

/* ------------------------------------------------------------------------------------------------------------------------- Plugin */

/* Ids of the groups of functions. A group that a backend has no use for is answered null. */
enum GmcGroup {
  GMC_GROUP_MEMORY = 1,
  GMC_GROUP_SPACE = 2,
  GMC_GROUP_LANE = 3,
  GMC_GROUP_ACCESS = 4,
  GMC_GROUP_DIRTY = 5,
  GMC_GROUP_EXCLUSIVE = 6, /* reserved: no suite drives it yet */
  GMC_GROUP_CONTROL = 7
};

typedef struct GmcPlugin {
  uint64_t size;        /* of this table, in bytes */
  uint32_t abi_version; /* GMC_ABI_VERSION */
  uint32_t reserved;    /* 0 */
  const char* name;     /* of the implementation, zero-terminated, never null */
  const char* version;  /* of the implementation, zero-terminated, never null */
  /* Opens the backend. `config` is the text after the colon in `--backend name:config`, zero-terminated, "" where there is none. Answers
   * `unsupported` with the reason in the log where it cannot serve here, `invalid_argument` for a config that it does not know. */
  GmcOutcome (*open)(const GmcHost* host, const char* config, GmcBackend** backend);
  /* Every other handle has been closed before. */
  void (*close)(GmcBackend* backend);
  /* With a null space: the profile, one `[kind.]name = value` a line (CONTRACT.md, "Profile"). With a space: its facts, likewise. */
  GmcOutcome (*describe)(GmcBackend* backend, GmcSpace* space, GmcSink* sink);
  /* The table of a group (enum GmcGroup) or null. Valid until `close`; the same for every call. */
  const void* (*group)(GmcBackend* backend, uint32_t id);
} GmcPlugin;

/* The one function that a shared library exports. `harness_abi` is the version that gmcheck speaks. Null: cannot speak it. */
#if defined(_WIN32)
#define GMC_EXPORT
#else
#define GMC_EXPORT __attribute__((visibility("default")))
#endif
GMC_EXPORT const GmcPlugin* gmc_plugin(uint32_t harness_abi);

/* ------------------------------------------------------------------------------------------------------------------ Group `memory` */

#define GMC_RIGHT_READ 1u
#define GMC_RIGHT_WRITE 2u

enum GmcEntryKind {
  GMC_ENTRY_REGION = 0, /* a contiguous range with one backing */
  GMC_ENTRY_WINDOW = 1  /* a range in which what no region covers behaves as the switch hole_kind says; it has no backing */
};

enum GmcBacking {
  GMC_BACKING_OWN = 0,  /* the backend's own memory, all zero */
  GMC_BACKING_FD = 1,   /* `fd` from `fd_offset` on, mapped shared; gmcheck keeps the descriptor open as long as the region lives */
  GMC_BACKING_HOST = 2, /* `host`, memory of gmcheck's that outlives the region */
  GMC_BACKING_SPACE = 3 /* `space`, an open region space: a removed region comes back, or two memories share one */
};

typedef struct GmcEntry {
  uint32_t kind;   /* enum GmcEntryKind */
  uint32_t rights; /* GMC_RIGHT_*; what the switch permissions makes of them is in CONTRACT.md */
  uint64_t base;   /* first address */
  uint64_t size;   /* bytes */
  uint32_t backing;
  int32_t fd;         /* -1 where the backing is another */
  uint64_t fd_offset; /* bytes; a multiple of 4096 */
  void* host;
  GmcSpace* space;
} GmcEntry;

typedef struct GmcLayout {
  const GmcEntry* entries;
  uint64_t count;
} GmcLayout;

typedef struct GmcRegionInfo {
  uint64_t base;
  uint64_t size;
  uint32_t rights;
  uint32_t reserved;
} GmcRegionInfo;

typedef struct GmcMemoryGroup {
  uint64_t size;
  /* Makes a memory and answers its root space. A null layout adopts the one that the backend already has. Clauses GM-REG-001 to -007. */
  GmcOutcome (*create)(GmcBackend* backend, GmcLane* lane, const GmcLayout* layout, GmcSpace** root);
  /* Every other space of the memory has been closed before. Clause GM-REG-010. */
  GmcOutcome (*destroy)(GmcLane* lane, GmcSpace* root);
  /* Brings back the layout of creation: the backend's own bytes are zero (those of a layout of its own what they were), gmcheck's backings
   * are left alone (it rewrites them itself), nothing is dirty, tracking and permissions are as at creation, faults are disarmed. Every
   * space but the root has been closed. Clause GM-INV-004. */
  GmcOutcome (*reset)(GmcLane* lane, GmcSpace* root);
  /* Fills `regions` with one element a region; `count` is their number. With less room: invalid_argument, nothing written. GM-REG-008. */
  GmcOutcome (*regions)(GmcLane* lane, GmcSpace* root, GmcRegionInfo* regions, uint64_t room);
  /* Map changes. `region`, where not null, receives an open space of the region. Clauses GM-MAP. */
  GmcOutcome (*add)(GmcLane* lane, GmcSpace* root, const GmcEntry* entry, GmcSpace** region);
  GmcOutcome (*remove)(GmcLane* lane, GmcSpace* root, uint64_t base, uint64_t size, GmcSpace** region);
  GmcOutcome (*replace)(GmcLane* lane, GmcSpace* root, const GmcLayout* layout);
  /* Changes the rights of the pages, of 4096 bytes from address 0 on, that the range touches. Clauses GM-PERM-006 and -009. */
  GmcOutcome (*protect)(GmcLane* lane, GmcSpace* root, uint64_t address, uint64_t size, uint32_t rights);
} GmcMemoryGroup;

/* ------------------------------------------------------------------------------------------------------- Groups `space` and `lane` */

enum GmcSpaceKind {
  GMC_SPACE_ROOT = 0,     /* what `create` answers; never opened */
  GMC_SPACE_REGION = 1,   /* the region of the root that contains `address`; its addresses begin at 0 */
  GMC_SPACE_RANGE = 2,    /* `size` bytes from `address` of the parent (a root, region or range); its addresses begin at 0 */
  GMC_SPACE_SNAPSHOT = 3, /* the map as it is now; the root's addresses */
  GMC_SPACE_PAGES = 4     /* a list of frames of the root, in the order given; its addresses begin at 0 */
};

#define GMC_SPACE_WRITABLE 1u /* the space is to be written through as well, where its memory can be */
#define GMC_SPACE_LOCKED 2u   /* with kind pages: the pages stay locked until the space is closed */

typedef struct GmcSpaceRequest {
  uint32_t kind;
  uint32_t flags; /* GMC_SPACE_* flags */
  uint64_t address;
  uint64_t size;
  const uint64_t* frames; /* kind pages: frame numbers, in units of 4096 bytes */
  uint64_t frame_count;
} GmcSpaceRequest;

typedef struct GmcSpaceGroup {
  uint64_t size;
  GmcOutcome (*open)(GmcLane* lane, GmcSpace* parent, const GmcSpaceRequest* request, GmcSpace** space);
  GmcOutcome (*close)(GmcLane* lane, GmcSpace* space);
} GmcSpaceGroup;

enum GmcLaneKind { GMC_LANE_THREAD = 0, GMC_LANE_VCPU = 1, GMC_LANE_DEVICE = 2 };

/* A lane is used by one thread at a time and stays open across `reset`. */
typedef struct GmcLaneGroup {
  uint64_t size;
  GmcOutcome (*open)(GmcBackend* backend, uint32_t kind, uint32_t index, GmcLane** lane);
  GmcOutcome (*close)(GmcLane* lane);
} GmcLaneGroup;

/* ------------------------------------------------------------------------------------------------------------------ Group `access` */

enum GmcOrder { GMC_ORDER_RELAXED = 0, GMC_ORDER_ACQUIRE = 1, GMC_ORDER_RELEASE = 2, GMC_ORDER_ACQ_REL = 3, GMC_ORDER_SEQ_CST = 4 };

/* Operations of a call record. In parentheses the fields that count beside `space`; a field that is not named is 0. */
enum GmcCallOp {
  GMC_CALL_READ = 0,               /* (address, size, buffer) */
  GMC_CALL_WRITE = 1,              /* (address, size, buffer) */
  GMC_CALL_LOAD = 2,               /* (address, size: the object's, buffer for sizes other than 1, 2, 4, 8): plain typed load */
  GMC_CALL_STORE = 3,              /* (address, size, value or buffer): plain typed store */
  GMC_CALL_ATOMIC_LOAD = 4,        /* (address, size, order) */
  GMC_CALL_ATOMIC_STORE = 5,       /* (address, size, value, order) */
  GMC_CALL_COMPARE_EXCHANGE = 6,   /* (address, size, expected, value, order, failure_order); size 16: buffer = expected, desired, found */
  GMC_CALL_READ_PARTIAL = 7,       /* (address, size, buffer): the longest prefix */
  GMC_CALL_WRITE_PARTIAL = 8,      /* (address, size, buffer): the longest prefix */
  GMC_CALL_FILL = 9,               /* (address, size, value: the byte) */
  GMC_CALL_ZERO_ALL = 10,          /* (): every usable byte becomes 0 */
  GMC_CALL_COPY = 11,              /* (address: from, size, other, other_address: to): as memmove */
  GMC_CALL_READ_ATOMICS = 12,      /* (address, size, buffer): to an array of atomic bytes */
  GMC_CALL_WRITE_ATOMICS = 13,     /* (address, size, buffer): from an array of atomic bytes */
  GMC_CALL_DUMP = 14,              /* (size, buffer): the byte at address a goes to buffer[a]; holes are left alone */
  GMC_CALL_EXCHANGE = 15,          /* (address, size, value, order) */
  GMC_CALL_FETCH_ADD = 16,         /* (address, size, value, order); the following likewise */
  GMC_CALL_FETCH_SUB = 17,         /*  */
  GMC_CALL_FETCH_AND = 18,         /*  */
  GMC_CALL_FETCH_OR = 19,          /*  */
  GMC_CALL_FETCH_XOR = 20,         /*  */
  GMC_CALL_READ_FROM = 21,         /* (address, size, fd): from the descriptor into memory, exactly */
  GMC_CALL_READ_FROM_PARTIAL = 22, /* (address, size, fd) */
  GMC_CALL_WRITE_TO = 23,          /* (address, size, fd): from memory into the descriptor, exactly */
  GMC_CALL_WRITE_TO_PARTIAL = 24,  /* (address, size, fd) */
  GMC_CALL_CHECK_RANGE = 25,       /* (address, size, rights): value 1 where an exact access would succeed, else 0 */
  GMC_CALL_CHECKED_OFFSET = 26,    /* (address, size: the offset): value = the sum, or not_found */
  GMC_CALL_LAST_ADDRESS = 27,      /* (): value = the greatest mapped address */
  GMC_CALL_FIND = 28,              /* (address): value = base and count = size of the region there, or not_found */
  GMC_CALL_TOTAL_SIZE = 29,        /* (): value = bytes of all regions */
  GMC_CALL_FDS_OVERLAP = 30,       /* (other): both region spaces; value 1 where their extents of one descriptor overlap, else 0 */
  GMC_CALL_HOST_ADDRESS = 31,      /* (address, size, rights): value = the pointer to that byte */
  GMC_CALL_IOVA = 32,              /* (address): value, or not_found */
  GMC_CALL_ALIGNED_REFERENCE = 33, /* (address, size: the object's, rights): value = where it is in this process, or 0 */
  GMC_CALL_ATOMIC_REFERENCE = 34,  /* likewise */
  GMC_CALL_READ_ARRAY = 35,  /* (address, size: an element's, value: elements, expected: those that the buffer has room for, buffer) */
  GMC_CALL_WRITE_ARRAY = 36, /* likewise; expected: elements in the buffer */
  GMC_CALL_SLICES = 37       /* (address, size, expected: room, buffer: GmcPiece): count = pieces */
};
#define GMC_CALL_COUNT 38u

typedef struct GmcCall {
  uint32_t op; /* enum GmcCallOp */
  uint32_t rights;
  GmcSpace* space;
  uint64_t address;
  uint64_t size;
  uint64_t value;
  uint64_t expected;
  void* buffer;
  GmcSpace* other;
  uint64_t other_address;
  uint32_t order;         /* enum GmcOrder, or any other number: then the answer is invalid_argument */
  uint32_t failure_order; /* likewise */
  int32_t fd;
  uint32_t reserved; /* 0 */
} GmcCall;

/* A piece of a range that lies inside one region, in the addresses of the space that is asked. */
typedef struct GmcPiece {
  uint64_t address;
  uint64_t size; /* bytes, not 0 */
} GmcPiece;

typedef struct GmcAccessGroup {
  uint64_t size;
  /* Exact: all `size` bytes at `address` of `space`, or a failure. Clauses GM-RW-001 to -004, -007 to -009, GM-XR. */
  GmcOutcome (*read)(GmcLane* lane, GmcSpace* space, uint64_t address, void* buffer, uint64_t size);
  GmcOutcome (*write)(GmcLane* lane, GmcSpace* space, uint64_t address, const void* buffer, uint64_t size);
  /* Plain typed accesses, one entry a width, in the host's byte order, at any alignment. Clauses GM-TYPE. */
  GmcOutcome (*load8)(GmcLane* lane, GmcSpace* space, uint64_t address);
  GmcOutcome (*load16)(GmcLane* lane, GmcSpace* space, uint64_t address);
  GmcOutcome (*load32)(GmcLane* lane, GmcSpace* space, uint64_t address);
  GmcOutcome (*load64)(GmcLane* lane, GmcSpace* space, uint64_t address);
  GmcOutcome (*store8)(GmcLane* lane, GmcSpace* space, uint64_t address, uint8_t value);
  GmcOutcome (*store16)(GmcLane* lane, GmcSpace* space, uint64_t address, uint16_t value);
  GmcOutcome (*store32)(GmcLane* lane, GmcSpace* space, uint64_t address, uint32_t value);
  GmcOutcome (*store64)(GmcLane* lane, GmcSpace* space, uint64_t address, uint64_t value);
  /* `width` is 1, 2, 4 or 8, or any other number: then the answer is invalid_argument. Clauses GM-ATOM. */
  GmcOutcome (*atomic_load)(GmcLane* lane, GmcSpace* space, uint64_t address, uint32_t width, uint32_t order);
  GmcOutcome (*atomic_store)(GmcLane* lane, GmcSpace* space, uint64_t address, uint32_t width, uint64_t value, uint32_t order);
  GmcOutcome (*compare_exchange)(GmcLane* lane, GmcSpace* space, uint64_t address, uint32_t width, uint64_t expected, uint64_t desired,
                                 uint32_t order, uint32_t failure_order);
  /* Runs `count` calls as if one by one, in order, and fills outcomes[0 .. count). No call uses what another one answers; buffers are
   * disjoint. Answers ok when every outcome was filled; `lost` fills those that never arrived. Every operation may come this way; one that
   * is not offered is answered `unsupported` in its own outcome. Where `submit` is null, gmcheck loops over the entries above. */
  GmcOutcome (*submit)(GmcLane* lane, const GmcCall* calls, uint64_t count, GmcOutcome* outcomes);
} GmcAccessGroup;

/* ------------------------------------------------------------------------------------------------------------------- Group `dirty` */

#define GMC_HARVEST_READ 1u  /* report the bits */
#define GMC_HARVEST_CLEAR 2u /* clear the bits, those that are reported and no others */

/* 64 granules of a sparse harvest: bit i of `bits` is granule number index * 64 + i, counted from address 0 of the memory. */
typedef struct GmcDirtyWord {
  uint64_t index;
  uint64_t bits;
} GmcDirtyWord;

typedef struct GmcDirtyGroup {
  uint64_t size;
  /* Turns tracking on (1) or off (0). Clauses GM-DIRTY-014, -015. */
  GmcOutcome (*track)(GmcLane* lane, GmcSpace* space, uint32_t on);
  /* Marks the granules that the range touches; what lies outside the space is ignored. Clause GM-DIRTY-009. */
  GmcOutcome (*mark)(GmcLane* lane, GmcSpace* space, uint64_t address, uint64_t size);
  /* Dense, for a space inside one region: bit i of the array is the i-th granule from the one that holds the space's first byte. `count` is
   * the number of words that the space needs, all written. With less room: invalid_argument, nothing cleared. GM-DIRTY-010, -011. */
  GmcOutcome (*harvest_dense)(GmcLane* lane, GmcSpace* space, uint32_t flags, uint64_t* words, uint64_t room);
  /* Sparse, for any space: words with at least one bit, ascending, in the memory's own addresses. `count` is their number. With less room:
   * invalid_argument, nothing cleared; gmcheck brings room for the worst case, and to read once more no more than that. */
  GmcOutcome (*harvest_sparse)(GmcLane* lane, GmcSpace* space, uint32_t flags, GmcDirtyWord* words, uint64_t room);
} GmcDirtyGroup;

/* ---------------------------------------------------------------------------------------------- Groups `exclusive` and `control` */

/* Sites of faults: places in the backend where it can be made to fail. What is used how often is in CONTRACT.md, switch fault_sites. */
enum GmcFault {
  GMC_FAULT_NONE = 0,
  GMC_FAULT_HARVEST = 1, /* a harvest looks at a region */
  GMC_FAULT_ACCESS = 2,  /* a byte access or plain typed access looks up a piece of its range */
  GMC_FAULT_CHANGE = 3   /* a change of the map or of rights, or the opening of a snapshot, takes what it needs for a step */
};
#define GMC_FAULT_COUNT 4u

typedef int32_t (*GmcSection)(void* context, GmcSpace* inner);

typedef struct GmcExclusiveGroup {
  uint64_t size;
  /* Runs `section` while nobody else may access; `inner` is the only space that is usable inside. What the section returns comes back as
   * `value` of an ok outcome; other than 0 it asks the adapter to let the section fail as the implementation fails. Clauses GM-EXCL. */
  GmcOutcome (*run)(GmcLane* lane, GmcSpace* space, uint32_t writable, GmcSection section, void* context);
} GmcExclusiveGroup;

typedef struct GmcControlGroup {
  uint64_t size;
  /* Arms a fault in the memory of a root: the `nth` use of the site `fault` (enum GmcFault, or any other number) fails, counted from 1, and
   * no other one. Arming a site again begins to count anew. Fault 0 disarms all. Clause GM-INV-005. */
  GmcOutcome (*arm)(GmcLane* lane, GmcSpace* space, uint32_t fault, uint64_t nth);
} GmcControlGroup;

#ifdef __cplusplus
}
#endif

#endif /* GMCHECK_H */
