/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* for memfd_create */
#endif
#include <dlfcn.h>
#include <fcntl.h>
#include <gmcheck.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* Bytes, as they are handed over or have to come back. `of` says what they are; where they come back, what no piece covers of a buffer
 * has to be left as it was. */
struct piece {
  uint64_t at; /* from the first byte of the buffer on */
  uint64_t size;
  enum {
    LISTED,     /* `bytes` */
    EACH,       /* every one is `value` */
    BACKGROUND, /* what stands in files and host memory before anybody writes, from `value` on */
    PAYLOAD,    /* what `unique` means in the program, with the key `value` */
    OPEN        /* anything: nothing says what they are */
  } of;
  uint64_t value;
  const uint8_t* bytes;
};

/* One of the ways in which a call may be answered. */
struct answer {
  uint32_t statuses; /* bits of enum GmcStatus */
  uint32_t also;     /* allowed as well, and the calls below do not go on from it */
  enum { ANY_COUNT, COUNT_IF_GIVEN, WITH_COUNT } counts;
  uint64_t count;
  int has_value;
  uint64_t value;
  enum { ANY_ADDRESS, ADDRESS_IF_GIVEN, NO_ADDRESS } names;
  uint64_t address;
  int has_moved;
  uint64_t moved;          /* bytes that have to have left a stream, or to have arrived in one */
  const struct piece* out; /* what the buffer holds then, or what is behind the pointer; null: nobody looks */
};

/* 64 granules of a harvest: those that have to be reported, and those that may be. */
struct granules {
  uint64_t index;
  uint64_t must;
  uint64_t may;
};

/* A line `name = value` of what a space says of itself. */
struct fact {
  const char* name;
  uint64_t value;
};

struct region {
  uint64_t base;
  uint64_t size;
  enum { OWN, IN_FILE, HOST, WINDOW } backing;
  int is_read_only;
  unsigned file;
  uint64_t offset; /* in the file */
  uint64_t bytes;  /* that are brought for it */
};

struct stream {
  enum { A_FILE, A_PIPE, A_SOCKET, A_DIRECTORY } is;
  uint64_t holds; /* bytes, of one that is read from */
};

/* What is called beside the operations of GmcCall. */
enum {
  MAKE = 1000, /* the memory itself */
  LIST,        /* the calls up to LIST_END go through one submit */
  LIST_END,
  COMPARE, /* what the memory holds, through its own reads and past them */
  END,     /* closes every space and destroys the memory */
  OPEN_REGION,
  OPEN_RANGE,
  OPEN_SNAPSHOT,
  CLOSE,
  REGIONS,
  FACTS,
  TRACK,
  MARK,
  HARVEST_DENSE,
  HARVEST_SPARSE,
  RESET,
  CREATE,
  ADD,
  INSERT,
  REMOVE,
  REPLACE,
  PROTECT,
  OPEN_MEMORY,
  DESTROY,
  ARM
};

struct step {
  unsigned line; /* of the program */
  const char* text;
  int call;       /* enum GmcCallOp, or one of those above */
  unsigned space; /* slots: 0 is the memory's root */
  unsigned other;
  unsigned opens;
  uint64_t address;
  uint64_t size;
  uint64_t value;
  uint64_t expected;
  uint64_t other_address;
  uint64_t room; /* bytes of the buffer, or elements of the array that is filled */
  uint32_t rights;
  uint32_t order;
  uint32_t failure_order;
  uint32_t flags;    /* GMC_HARVEST_* */
  uint32_t declined; /* not 0: what it answers to room for one element less, with nothing written */
  uint32_t fault;    /* armed for this call alone: its `nth` use fails */
  uint64_t nth;      /* with `fault`, or of ARM */
  unsigned shift;    /* the buffer's address modulo 16 */
  int is_layout_own; /* of MAKE: the memory that the backend has */
  int is_order_free; /* of REGIONS */
  const struct piece* in;
  const struct stream* stream;
  const struct region* layout;
  const struct region* listed; /* of REGIONS: the regions; of slices: the longest pieces */
  const struct granules* granules;
  const struct fact* facts;
  const struct answer* answers;
};

#define BYTES(...) \
  (const uint8_t[]) { __VA_ARGS__ }
#define PIECES(...)                     \
  (const struct piece[]) {              \
    __VA_ARGS__, { .at = 0, .size = 0 } \
  }
#define NOTHING            \
  (const struct piece[]) { \
    { .at = 0, .size = 0 } \
  }
#define GRANULES(...)         \
  (const struct granules[]) { \
    __VA_ARGS__ { .may = 0 }  \
  }
#define HAS_FACTS(...)           \
  (const struct fact[]) {        \
    __VA_ARGS__ { .name = NULL } \
  }
#define LISTED_REGIONS(...)                                   \
  (const struct region[]) {                                   \
    __VA_ARGS__ { .base = 0, .size = 0, .bytes = UINT64_MAX } \
  }
#define ANSWERS(...)               \
  (const struct answer[]) {        \
    __VA_ARGS__, { .statuses = 0 } \
  }
#define BIT(status) (UINT32_C(1) << (status))
