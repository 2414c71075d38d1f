/* SPDX-License-Identifier: Apache-2.0 OR MIT */

/* ------------------------------------------------------------------------------------------------- What makes the calls and compares */

enum { SLOTS = 16, FILES = 4, ENTRIES = 1024, LIST_MAX = 8192, ZONE = 64, RED = 0xc7, CHUNK = 4096 };

static const char* const status_names[GMC_STATUS_COUNT] = {
    "ok", "mismatch", "short",     "out_of_range", "misaligned", "denied",    "unsupported", "busy",   "invalid_argument",
    "io", "fault",    "no_memory", "bad_state",    "overlap",    "not_found", "refused",     "broken", "lost"};

static const struct step* current;

static const char* name_of(unsigned status) { return status < GMC_STATUS_COUNT ? status_names[status] : "no status"; }

/* The program's line, and what is wrong. */
static void differs(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  printf("%s:%u: %s\n  ", program_name, current->line, current->text);
  vprintf(format, arguments);
  printf("\n");
  va_end(arguments);
  exit(1);
}

static void cannot_go_on(int code, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  if (current != NULL) fprintf(stderr, "%s:%u: %s: ", program_name, current->line, current->text);
  vfprintf(stderr, format, arguments);
  fprintf(stderr, "\n");
  va_end(arguments);
  exit(code);
}

/* Says in which call the process ends; the signal then ends it as it would have. */
static void tell_signal(int number) {
  static const char text[] = ": ends the process\n";
  const char* const parts[] = {program_name, ": ", current == NULL ? "before the first call" : current->text, text};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; ++i) {
    if (write(STDOUT_FILENO, parts[i], strlen(parts[i])) < 0) break;
  }
  raise(number);
}

static void* must_allocate(size_t size) {
  void* const room = calloc(1, size == 0 ? 1 : size);
  if (room == NULL) cannot_go_on(2, "no memory");
  return room;
}

/* ------------------------------------------------------------------------------------------------------------------------------ Bytes */

static uint64_t mix(uint64_t x) {
  x += UINT64_C(0x9e3779b97f4a7c15);
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return x ^ (x >> 31);
}

/* Never 0, and no error of whole pages goes unseen. */
static uint8_t background(uint64_t position) { return (uint8_t)(1 + mix(UINT64_C(0x6261636b67726f75) ^ (position % 65521)) % 255); }

static void fill_background(uint64_t position, uint8_t* bytes, uint64_t size) {
  for (uint64_t i = 0; i < size; ++i) bytes[i] = background(position + i);
}

static uint8_t byte_of(const struct piece* piece, uint64_t index) {
  switch (piece->of) {
    case LISTED:
      return piece->bytes[index];
    case BACKGROUND:
      return background(piece->value + index);
    case PAYLOAD:
      return (uint8_t)(mix(piece->value + index / 8) >> (8 * (index % 8)));
    default:
      return (uint8_t)piece->value;
  }
}

static void fill(const struct piece* pieces, uint8_t* bytes) {
  if (pieces == NULL) return;
  for (; pieces->size != 0; ++pieces) {
    for (uint64_t i = 0; i < pieces->size; ++i) bytes[pieces->at + i] = byte_of(pieces, i);
  }
}

/* The first of `size` bytes that is wrong, or `size`. `left`: what a byte was that no piece covers. */
static uint64_t first_wrong(const struct piece* pieces, const uint8_t* bytes, uint64_t size, int left, uint8_t* expected) {
  uint64_t done = 0;
  for (;; ++pieces) {
    const uint64_t gap_end = pieces->size == 0 || pieces->at > size ? size : pieces->at;
    for (; done < gap_end; ++done) {
      if (left >= 0 && bytes[done] != (uint8_t)left) {
        *expected = (uint8_t)left;
        return done;
      }
    }
    if (pieces->size == 0) return size;
    for (uint64_t i = 0; i < pieces->size && done < size; ++i, ++done) {
      *expected = pieces->of == OPEN ? bytes[done] : byte_of(pieces, i);
      if (bytes[done] != *expected) return done;
    }
  }
}

/* ------------------------------------------------------------------------------------------------------- The backend and its memory */

static GmcBackend* backend;
static const GmcPlugin* plugin;
static GmcMemoryGroup memory_group;
static GmcSpaceGroup space_group;
static GmcAccessGroup access_group;
static GmcDirtyGroup dirty_group;
static GmcControlGroup control_group;

static GmcSpace* spaces[SLOTS];
static int is_root[SLOTS];   /* of another memory */
static int is_beside[SLOTS]; /* it, or what was opened on it */
static unsigned opened[SLOTS];
static unsigned opened_count;

/* What is brought for the regions of a memory. */
struct backings {
  int files[FILES];
  uint8_t* seen[FILES]; /* the same files, as they are seen past the backend */
  uint64_t sizes[FILES];
  const struct region* entries[ENTRIES];
  uint8_t* host[ENTRIES];
  unsigned count;
  unsigned created; /* entries of the memory as it was made */
};
static struct backings own = {.files = {-1, -1, -1, -1}};

static void say(const GmcHost* host, uint32_t level, const char* text, uint64_t size) {
  (void)host;
  (void)level;
  fprintf(stderr, "  backend: %.*s\n", (int)size, text);
}
static void go_on(const GmcHost* host, GmcLane* lane, uint32_t site, uint64_t address) {
  (void)host;
  (void)lane;
  (void)site;
  (void)address;
}
static const GmcHost host_table = {.size = sizeof(GmcHost), .abi_version = GMC_ABI_VERSION, .log = say, .yield = go_on};

/* What is beyond a table's own size is not offered. */
static void take_group(uint32_t id, void* group, uint64_t size) {
  const uint64_t* const table = plugin->group(backend, id);
  if (table == NULL) return;
  memcpy(group, table, (size_t)(*table < size ? *table : size));
}

static void open_backend(const GmcPlugin* table, const char* config) {
  if (table == NULL) cannot_go_on(2, "the library does not speak version %u of gmcheck.h", GMC_ABI_VERSION);
  plugin = table;
  const GmcOutcome outcome = plugin->open(&host_table, config, &backend);
  if (outcome.status != GMC_OK) cannot_go_on(2, "%s does not open with '%s': %s", plugin->name, config, name_of(outcome.status));
  take_group(GMC_GROUP_MEMORY, &memory_group, sizeof memory_group);
  take_group(GMC_GROUP_SPACE, &space_group, sizeof space_group);
  take_group(GMC_GROUP_ACCESS, &access_group, sizeof access_group);
  take_group(GMC_GROUP_DIRTY, &dirty_group, sizeof dirty_group);
  take_group(GMC_GROUP_CONTROL, &control_group, sizeof control_group);
}

static void map_file(struct backings* b, unsigned file, uint64_t size) {
  const uint64_t rounded = (size + CHUNK - 1) / CHUNK * CHUNK;
  if (rounded <= b->sizes[file]) return;
  if (b->files[file] < 0) b->files[file] = memfd_create("reproducer", 0);
  if (b->files[file] < 0 || ftruncate(b->files[file], (off_t)rounded) != 0) cannot_go_on(2, "no file can be made");
  void* const seen = mmap(NULL, rounded, PROT_READ | PROT_WRITE, MAP_SHARED, b->files[file], 0);
  if (seen == MAP_FAILED) cannot_go_on(2, "a file cannot be mapped");
  b->seen[file] = seen;
  fill_background(b->sizes[file], b->seen[file] + b->sizes[file], rounded - b->sizes[file]);
  b->sizes[file] = rounded;
}

static GmcEntry bring(struct backings* b, const struct region* region) {
  if (b->count == ENTRIES) cannot_go_on(2, "too many regions");
  GmcEntry entry = {.kind = region->backing == WINDOW ? GMC_ENTRY_WINDOW : GMC_ENTRY_REGION,
                    .rights = region->is_read_only ? GMC_RIGHT_READ : GMC_RIGHT_READ | GMC_RIGHT_WRITE,
                    .base = region->base,
                    .size = region->size,
                    .backing = GMC_BACKING_OWN,
                    .fd = -1};
  b->entries[b->count] = region;
  b->host[b->count] = NULL;
  if (region->backing == IN_FILE) {
    map_file(b, region->file, region->bytes);
    entry.backing = GMC_BACKING_FD;
    entry.fd = b->files[region->file];
    entry.fd_offset = region->offset;
  } else if (region->backing == HOST) {
    void* const host = mmap(NULL, region->bytes == 0 ? 1 : region->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (host == MAP_FAILED) cannot_go_on(2, "no host memory");
    fill_background(0, host, region->bytes);
    b->host[b->count] = host;
    entry.backing = GMC_BACKING_HOST;
    entry.host = host;
  }
  ++b->count;
  return entry;
}

/* Files and host memory hold again what they held before the first call. */
static void restore_backings(void) {
  for (unsigned i = 0; i < FILES; ++i) fill_background(0, own.seen[i], own.sizes[i]);
  for (unsigned i = 0; i < own.count; ++i) {
    if (own.host[i] != NULL) fill_background(0, own.host[i], own.entries[i]->bytes);
  }
}

static uint64_t count_of(const struct region* layout) {
  uint64_t count = 0;
  while (layout[count].bytes != UINT64_MAX) ++count;
  return count;
}

static GmcOutcome create(struct backings* b, const struct step* step, GmcSpace** root) {
  if (step->is_layout_own) return memory_group.create(backend, NULL, NULL, root);
  const uint64_t count = count_of(step->layout);
  GmcEntry* const entries = must_allocate(count * sizeof *entries);
  for (uint64_t i = 0; i < count; ++i) {
    if (step->layout[i].backing == IN_FILE) map_file(b, step->layout[i].file, step->layout[i].bytes);
  }
  for (uint64_t i = 0; i < count; ++i) entries[i] = bring(b, &step->layout[i]);
  const GmcLayout layout = {.entries = entries, .count = count};
  return memory_group.create(backend, NULL, &layout, root);
}

static GmcOutcome take(unsigned slot, GmcOutcome outcome, GmcSpace* space) {
  if (outcome.status != GMC_OK) return outcome;
  if (space == NULL) differs("ok, and no space");
  spaces[slot] = space;
  opened[opened_count++] = slot;
  return outcome;
}

static GmcOutcome open_space(const struct step* step, uint32_t kind) {
  if (space_group.open == NULL || space_group.close == NULL) return gmc_outcome(GMC_UNSUPPORTED);
  const GmcSpaceRequest request = {.kind = kind, .flags = GMC_SPACE_WRITABLE, .address = step->address, .size = step->size};
  GmcSpace* space = NULL;
  GmcOutcome outcome = space_group.open(NULL, spaces[step->space], &request, &space);
  outcome = take(step->opens, outcome, space);
  if (outcome.status == GMC_OK) is_beside[step->opens] = is_beside[step->space];
  return outcome;
}

static GmcOutcome close_slot(unsigned slot) {
  GmcSpace* const space = spaces[slot];
  if (space == NULL || slot == 0) return gmc_ok();
  spaces[slot] = NULL;
  unsigned kept = 0;
  for (unsigned i = 0; i < opened_count; ++i) {
    if (opened[i] != slot) opened[kept++] = opened[i];
  }
  opened_count = kept;
  const int destroys = is_root[slot];
  is_root[slot] = is_beside[slot] = 0;
  return destroys ? memory_group.destroy(NULL, space) : space_group.close(NULL, space);
}

/* The latest first; the first answer that is not ok. */
static GmcOutcome close_spaces(int leaves_beside) {
  GmcOutcome first = gmc_ok();
  for (unsigned i = opened_count; i-- > 0;) {
    if (leaves_beside && is_beside[opened[i]]) continue;
    const GmcOutcome closed = close_slot(opened[i]);
    if (first.status == GMC_OK) first = closed;
  }
  return first;
}

static GmcOutcome destroy_root(void) {
  GmcSpace* const root = spaces[0];
  spaces[0] = NULL;
  return root == NULL ? gmc_ok() : memory_group.destroy(NULL, root);
}

/* A region whose bytes are those of an open region space. */
static GmcEntry shared_entry(const struct step* step) {
  const GmcEntry entry = {.kind = GMC_ENTRY_REGION,
                          .rights = step->rights,
                          .base = step->address,
                          .size = step->size,
                          .backing = GMC_BACKING_SPACE,
                          .fd = -1,
                          .space = spaces[step->other]};
  return entry;
}

static GmcOutcome add(const struct step* step, const GmcEntry* entry) {
  GmcSpace* space = NULL;
  const int asks = step->opens != 0 && entry->size > 0 && space_group.open != NULL && space_group.close != NULL;
  const GmcOutcome outcome = memory_group.add(NULL, spaces[0], entry, asks ? &space : NULL);
  return asks ? take(step->opens, outcome, space) : outcome;
}

static GmcOutcome change(const struct step* step) {
  const unsigned before = own.count;
  GmcOutcome outcome = gmc_outcome(GMC_UNSUPPORTED);
  GmcSpace* space = NULL;
  if (step->call == ADD && memory_group.add != NULL) {
    const GmcEntry entry = bring(&own, step->layout);
    outcome = add(step, &entry);
  } else if (step->call == INSERT && memory_group.add != NULL) {
    const GmcEntry entry = shared_entry(step);
    return add(step, &entry);
  } else if (step->call == REMOVE && memory_group.remove != NULL) {
    const int asks = step->opens != 0 && space_group.open != NULL && space_group.close != NULL;
    outcome = memory_group.remove(NULL, spaces[0], step->address, step->size, asks ? &space : NULL);
    return asks ? take(step->opens, outcome, space) : outcome;
  } else if (step->call == REPLACE && memory_group.replace != NULL) {
    const uint64_t count = count_of(step->layout);
    GmcEntry* const entries = must_allocate(count * sizeof *entries);
    for (uint64_t i = 0; i < count; ++i) entries[i] = bring(&own, &step->layout[i]);
    const GmcLayout layout = {.entries = entries, .count = count};
    outcome = memory_group.replace(NULL, spaces[0], &layout);
  } else if (step->call == OPEN_MEMORY) {
    const GmcEntry entry = shared_entry(step);
    const GmcLayout layout = {.entries = &entry, .count = 1};
    const GmcOutcome created = memory_group.create(backend, NULL, &layout, &space);
    outcome = take(step->opens, created, space);
    if (outcome.status == GMC_OK) is_root[step->opens] = is_beside[step->opens] = 1;
  }
  if (outcome.status != GMC_OK) own.count = before;
  return outcome;
}

static GmcOutcome arm(uint32_t fault, uint64_t nth) {
  return control_group.arm == NULL ? gmc_outcome(GMC_UNSUPPORTED) : control_group.arm(NULL, spaces[0], fault, nth);
}

/* ---------------------------------------------------------------------------------------------------------------------- One access */

/* A call with its buffer, which stands between two red zones. */
struct held {
  const struct step* step;
  GmcCall call;
  GmcOutcome outcome;
  uint8_t* block;
  uint8_t* buffer;
  uint64_t size;
  uint8_t* handed; /* what the buffer held, where it is to be left alone */
  uint64_t handed_size;
  int left;       /* what each of its bytes was before a read; -1: of no read */
  uint64_t moved; /* of a transfer: what left its stream, or arrived there */
};

static void make_buffer(struct held* held, uint64_t size) {
  const unsigned shift = held->step->shift;
  held->size = size;
  held->block = must_allocate(size + 2 * ZONE + 16);
  held->buffer = held->block + ZONE;
  held->buffer += (16 + shift - (uintptr_t)held->buffer % 16) % 16;
  memset(held->buffer - ZONE, RED, ZONE);
  memset(held->buffer + size, RED, ZONE);
  held->call.buffer = held->buffer;
}

static int is_read(int call) {
  return call == GMC_CALL_READ || call == GMC_CALL_LOAD || call == GMC_CALL_READ_PARTIAL || call == GMC_CALL_READ_ATOMICS ||
         call == GMC_CALL_DUMP || call == GMC_CALL_READ_ARRAY;
}

static void prepare(struct held* held, const struct step* step) {
  memset(held, 0, sizeof *held);
  held->step = step;
  held->left = -1;
  held->outcome.status = 0xffff; /* not filled */
  held->call = (GmcCall){.op = (uint32_t)step->call,
                         .rights = step->rights,
                         .space = spaces[step->space],
                         .address = step->address,
                         .size = step->size,
                         .value = step->value,
                         .expected = step->expected,
                         .other_address = step->other_address,
                         .order = step->order,
                         .failure_order = step->failure_order,
                         .fd = -1};
  if (step->call == GMC_CALL_COPY || step->call == GMC_CALL_FDS_OVERLAP) held->call.other = spaces[step->other];
  if (step->call == GMC_CALL_SLICES) {
    make_buffer(held, step->expected * sizeof(GmcPiece));
    return;
  }
  if (step->stream != NULL || (step->room == 0 && step->in == NULL && !is_read(step->call))) return;
  make_buffer(held, step->room);
  if (is_read(step->call)) {
    held->left = 0xa5;
    memset(held->buffer, held->left, held->size);
    return;
  }
  fill(step->in, held->buffer);
  held->handed_size = 0;
  for (const struct piece* piece = step->in; piece != NULL && piece->size != 0; ++piece) held->handed_size = piece->at + piece->size;
  held->handed = must_allocate(held->handed_size);
  memcpy(held->handed, held->buffer, held->handed_size);
}

/* Through the entry of its own, else as a list of one. */
static GmcOutcome issue(const GmcCall* c) {
  const GmcAccessGroup* const a = &access_group;
  switch (c->op) {
    case GMC_CALL_READ:
      if (a->read != NULL) return a->read(NULL, c->space, c->address, c->buffer, c->size);
      break;
    case GMC_CALL_WRITE:
      if (a->write != NULL) return a->write(NULL, c->space, c->address, c->buffer, c->size);
      break;
    case GMC_CALL_LOAD:
      if (c->size == 1 && a->load8 != NULL) return a->load8(NULL, c->space, c->address);
      if (c->size == 2 && a->load16 != NULL) return a->load16(NULL, c->space, c->address);
      if (c->size == 4 && a->load32 != NULL) return a->load32(NULL, c->space, c->address);
      if (c->size == 8 && a->load64 != NULL) return a->load64(NULL, c->space, c->address);
      break;
    case GMC_CALL_STORE:
      if (c->size == 1 && a->store8 != NULL) return a->store8(NULL, c->space, c->address, (uint8_t)c->value);
      if (c->size == 2 && a->store16 != NULL) return a->store16(NULL, c->space, c->address, (uint16_t)c->value);
      if (c->size == 4 && a->store32 != NULL) return a->store32(NULL, c->space, c->address, (uint32_t)c->value);
      if (c->size == 8 && a->store64 != NULL) return a->store64(NULL, c->space, c->address, c->value);
      break;
    case GMC_CALL_ATOMIC_LOAD:
      if (a->atomic_load != NULL) return a->atomic_load(NULL, c->space, c->address, (uint32_t)c->size, c->order);
      break;
    case GMC_CALL_ATOMIC_STORE:
      if (a->atomic_store != NULL) return a->atomic_store(NULL, c->space, c->address, (uint32_t)c->size, c->value, c->order);
      break;
    case GMC_CALL_COMPARE_EXCHANGE:
      if (a->compare_exchange != NULL && (c->buffer == NULL || a->submit == NULL)) {
        return a->compare_exchange(NULL, c->space, c->address, (uint32_t)c->size, c->expected, c->value, c->order, c->failure_order);
      }
      break;
    default:
      break;
  }
  if (a->submit == NULL) return gmc_outcome(GMC_UNSUPPORTED);
  GmcOutcome outcome = gmc_ok();
  outcome.status = 0xffff;
  const GmcOutcome submitted = a->submit(NULL, c, 1, &outcome);
  return submitted.status == GMC_OK ? outcome : submitted;
}

static uint64_t drain(int descriptor, uint8_t* bytes, uint64_t size) {
  uint64_t count = 0;
  while (count < size) {
    const ssize_t moved = read(descriptor, bytes + count, (size_t)(size - count));
    if (moved <= 0) break;
    count += (uint64_t)moved;
  }
  return count;
}

/* A transfer, with a descriptor that is there for it alone. What has arrived in one that takes bytes is left in the buffer. */
static void transfer(struct held* held) {
  const struct step* const step = held->step;
  const struct stream* const stream = step->stream;
  const int is_source = step->call == GMC_CALL_READ_FROM || step->call == GMC_CALL_READ_FROM_PARTIAL;
  int ends[2] = {-1, -1}; /* the backend's, and the other */
  if (stream->is == A_FILE) ends[0] = memfd_create("stream", 0);
  if (stream->is == A_DIRECTORY) ends[0] = open("/", O_RDONLY | O_DIRECTORY);
  if (stream->is == A_SOCKET && socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) != 0) ends[0] = -1;
  if (stream->is == A_PIPE) {
    int pair[2];
    if (pipe2(pair, O_NONBLOCK) == 0) {
      ends[0] = pair[is_source ? 0 : 1];
      ends[1] = pair[is_source ? 1 : 0];
    }
  }
  if (ends[0] < 0) cannot_go_on(2, "no stream can be made");
  if (is_source && stream->is != A_DIRECTORY) {
    uint8_t* const content = must_allocate(stream->holds);
    fill(step->in, content);
    const ssize_t poured = write(ends[1] < 0 ? ends[0] : ends[1], content, stream->holds);
    if (poured != (ssize_t)stream->holds) cannot_go_on(2, "the stream does not hold its content");
    if (ends[1] < 0) lseek(ends[0], 0, SEEK_SET);
    if (ends[1] >= 0) close(ends[1]);
    ends[1] = -1;
    free(content);
  }
  held->call.fd = ends[0];
  held->outcome = issue(&held->call);
  if (is_source && stream->is == A_FILE) held->moved = (uint64_t)lseek(ends[0], 0, SEEK_CUR);
  if (is_source && (stream->is == A_PIPE || stream->is == A_SOCKET)) {
    int left = 0;
    if (ioctl(ends[0], FIONREAD, &left) == 0) held->moved = stream->holds - (uint64_t)left;
  }
  if (!is_source && stream->is != A_DIRECTORY) {
    if (ends[1] < 0) lseek(ends[0], 0, SEEK_SET);
    held->size = step->room;
    held->buffer = held->block = must_allocate(held->size);
    held->size = held->moved = drain(ends[1] < 0 ? ends[0] : ends[1], held->buffer, held->size);
  }
  close(ends[0]);
  if (ends[1] >= 0) close(ends[1]);
}

/* ------------------------------------------------------------------------------------------------------------------------ Comparing */

static void text_of_statuses(uint32_t statuses, char* text, size_t room) {
  size_t used = 0;
  for (unsigned i = 0; i < GMC_STATUS_COUNT; ++i) {
    if ((statuses >> i & 1) == 0 || used >= room) continue;
    used += (size_t)snprintf(text + used, room - used, "%s%s", used == 0 ? "" : " or ", status_names[i]);
  }
}

/* Null where the answer is one of those. Else what is wrong, with what was expected there. */
static const char* judge_answer(const struct answer* a, const struct held* held, uint64_t* expected, uint64_t* got) {
  const GmcOutcome* const o = &held->outcome;
  const int has_count = (o->flags & GMC_HAS_COUNT) != 0;
  *expected = a->count;
  *got = o->count;
  if (a->counts != ANY_COUNT && (has_count ? o->count != a->count : a->counts == WITH_COUNT)) return has_count ? "count" : "count (none)";
  *expected = a->value;
  *got = o->value;
  if (a->has_value && o->value != a->value) return "value";
  *expected = a->address;
  *got = o->address;
  if ((o->flags & GMC_HAS_ADDRESS) != 0) {
    if (a->names == ADDRESS_IF_GIVEN && o->address != a->address) return "address of the failure";
    if (a->names == NO_ADDRESS) return "address of a failure, which has none";
  }
  *expected = a->moved;
  *got = held->moved;
  if (a->has_moved && held->moved != a->moved) return "bytes that went through the stream";
  if (a->out == NULL) return NULL;
  const int call = held->step->call;
  const uint8_t* bytes = held->buffer;
  uint64_t size = held->size;
  if (call == GMC_CALL_HOST_ADDRESS || call == GMC_CALL_ALIGNED_REFERENCE || call == GMC_CALL_ATOMIC_REFERENCE) {
    if (o->value == 0 && call != GMC_CALL_HOST_ADDRESS) return NULL; /* a reference need not say where it leads */
    *expected = 1;
    *got = 0;
    if (o->value == 0) return "pointer";
    bytes = (const uint8_t*)(uintptr_t)o->value;
    size = 0;
    for (const struct piece* piece = a->out; piece->size != 0; ++piece) size = piece->at + piece->size;
  }
  uint8_t right = 0;
  const uint64_t wrong = first_wrong(a->out, bytes, size, held->left, &right);
  if (wrong == size) return NULL;
  static char text[64];
  snprintf(text, sizeof text, "byte %" PRIu64, wrong);
  *expected = right;
  *got = bytes[wrong];
  return text;
}

/* Pieces that lie in one region each, one behind the other: those in front of what is not there. */
static void judge_slices(const struct held* held) {
  const GmcOutcome* const o = &held->outcome;
  const struct step* const step = held->step;
  if ((o->flags & GMC_HAS_COUNT) == 0) {
    if (o->status == GMC_OK && step->size > 0) differs("ok, and no count of pieces");
    return;
  }
  if (o->count > step->expected) differs("%" PRIu64 " pieces in room for %" PRIu64, o->count, step->expected);
  const GmcPiece* const pieces = (const GmcPiece*)(const void*)held->buffer;
  const struct region* longest = step->listed;
  uint64_t covered = 0;
  uint64_t in_region = 0;
  for (uint64_t i = 0; i < o->count; ++i) {
    if (longest->bytes != UINT64_MAX && in_region == longest->size) {
      ++longest;
      in_region = 0;
    }
    const uint64_t left = longest->bytes == UINT64_MAX ? 0 : longest->size - in_region;
    if (pieces[i].address != step->address + covered || pieces[i].size == 0 || pieces[i].size > left) {
      differs("piece %" PRIu64 ": expected at most 0x%" PRIx64 " bytes at 0x%" PRIx64 ", got 0x%" PRIx64 " at 0x%" PRIx64, i, left,
              step->address + covered, pieces[i].size, pieces[i].address);
    }
    covered += pieces[i].size;
    in_region += pieces[i].size;
  }
  if (o->status == GMC_OK && covered != step->size) differs("expected pieces of 0x%" PRIx64 " bytes, got 0x%" PRIx64, step->size, covered);
}

static void judge(const struct held* held) {
  const struct step* const step = held->step;
  const GmcOutcome* const o = &held->outcome;
  current = step;
  if (held->block != NULL && step->stream == NULL) {
    for (unsigned i = 0; i < ZONE; ++i) {
      if (held->buffer[held->size + i] != RED || held->buffer[-1 - (int)i] != RED)
        differs("%s, and wrote outside of the buffer", name_of(o->status));
    }
  }
  if (held->handed != NULL && memcmp(held->handed, held->buffer, held->handed_size) != 0)
    differs("%s, and changed what it was handed", name_of(o->status));
  const char* wrong = NULL;
  uint64_t expected = 0, got = 0;
  uint32_t allowed = 0;
  for (const struct answer* a = step->answers; a->statuses != 0 || a->also != 0; ++a) {
    allowed |= a->statuses | a->also;
    if (o->status >= GMC_STATUS_COUNT || ((a->statuses | a->also) & BIT(o->status)) == 0) continue;
    uint64_t e = 0, g = 0;
    const char* const here = judge_answer(a, held, &e, &g);
    if (here == NULL) {
      if (step->call == GMC_CALL_SLICES) judge_slices(held);
      if ((a->also & BIT(o->status)) == 0) return;
      cannot_go_on(4, "answered %s, which is allowed; the calls below go on from another answer, so that nothing more is compared",
                   name_of(o->status));
    }
    if (wrong != NULL) continue;
    wrong = here;
    expected = e;
    got = g;
  }
  if (wrong != NULL) differs("%s, %s: expected 0x%" PRIx64 ", got 0x%" PRIx64, name_of(o->status), wrong, expected, got);
  char statuses[256] = "";
  text_of_statuses(allowed, statuses, sizeof statuses);
  differs("expected %s, got %s", statuses, name_of(o->status));
}

static void judge_status(const struct step* step, GmcOutcome outcome) {
  const struct held held = {.step = step, .outcome = outcome, .left = -1};
  judge(&held);
}

static const struct granules* granules_at(const struct step* step, uint64_t index) {
  static const struct granules none = {.may = 0};
  const struct granules* word = step->granules;
  while (word->may != 0 && word->index != index) ++word;
  return word->may == 0 ? &none : word;
}

static void judge_word(const struct step* step, uint64_t index, uint64_t bits) {
  const struct granules* const word = granules_at(step, index);
  if ((word->must & ~bits) != 0)
    differs("granules %" PRIu64 " to %" PRIu64 ": 0x%" PRIx64 " is missing", index * 64, index * 64 + 63, word->must & ~bits);
  if ((bits & ~word->may) != 0)
    differs("granules %" PRIu64 " to %" PRIu64 ": 0x%" PRIx64 " is too many", index * 64, index * 64 + 63, bits & ~word->may);
}

/* Whoever has too little room is declined, and nothing is written. */
static void check_declined(const struct step* step, GmcOutcome outcome, const void* array, size_t size) {
  const uint8_t* const bytes = array;
  size_t unwritten = 0;
  while (unwritten < size && bytes[unwritten] == RED) ++unwritten;
  const int is_declined = outcome.status < GMC_STATUS_COUNT && (step->declined & BIT(outcome.status)) != 0;
  if (is_declined && unwritten == size) return;
  differs("with room for one element less, expected invalid_argument and nothing written, got %s%s", name_of(outcome.status),
          unwritten == size ? "" : ", and wrote");
}

/* The same of a harvest, which clears nothing then. */
static void try_dense_with_less(const struct step* step, uint64_t* words) {
  const size_t size = (size_t)step->room * sizeof *words;
  uint64_t* const before = must_allocate(size);
  GmcSpace* const space = spaces[step->space];
  dirty_group.harvest_dense(NULL, space, GMC_HARVEST_READ, before, step->room);
  memset(words, RED, size);
  check_declined(step, dirty_group.harvest_dense(NULL, space, step->flags, words, step->room - 1), words, size);
  dirty_group.harvest_dense(NULL, space, GMC_HARVEST_READ, words, step->room);
  if (memcmp(before, words, size) != 0)
    differs("with room for one word less, expected nothing cleared, and other granules are dirty behind it");
  free(before);
}

static void try_sparse_with_less(const struct step* step, GmcDirtyWord* words) {
  GmcSpace* const space = spaces[step->space];
  const GmcOutcome before = dirty_group.harvest_sparse(NULL, space, GMC_HARVEST_READ, words, step->room);
  if (before.status != GMC_OK || before.count == 0 || before.count > step->room) return;
  const size_t size = (size_t)step->room * sizeof *words;
  memset(words, RED, size);
  check_declined(step, dirty_group.harvest_sparse(NULL, space, step->flags, words, before.count - 1), words, size);
  const GmcOutcome after = dirty_group.harvest_sparse(NULL, space, GMC_HARVEST_READ, words, step->room);
  if (after.count != before.count) differs("with room for one word less, expected nothing cleared, and other granules are dirty behind it");
}

static void harvest_dense(const struct step* step) {
  if (dirty_group.harvest_dense == NULL) {
    judge_status(step, gmc_outcome(GMC_UNSUPPORTED));
    return;
  }
  const uint64_t room = step->room + (step->shift & 1); /* the words that it takes, and sometimes one more */
  uint64_t* const words = must_allocate(room * sizeof *words);
  if (step->declined != 0 && step->room > 0) try_dense_with_less(step, words);
  memset(words, 0xff, room * sizeof *words);
  const GmcOutcome outcome = dirty_group.harvest_dense(NULL, spaces[step->space], step->flags, words, room);
  judge_status(step, outcome);
  if (outcome.status == GMC_OK && (step->flags & GMC_HARVEST_READ) != 0) {
    for (uint64_t i = 0; i < step->room; ++i) judge_word(step, i, words[i]);
  }
  free(words);
}

static void harvest_sparse(const struct step* step) {
  if (dirty_group.harvest_sparse == NULL) {
    judge_status(step, gmc_outcome(GMC_UNSUPPORTED));
    return;
  }
  GmcDirtyWord* const words = must_allocate(step->room * sizeof *words);
  if (step->declined != 0) try_sparse_with_less(step, words);
  const GmcOutcome outcome = dirty_group.harvest_sparse(NULL, spaces[step->space], step->flags, words, step->room);
  judge_status(step, outcome);
  if (outcome.status == GMC_OK && (step->flags & GMC_HARVEST_READ) != 0) {
    if (outcome.count > step->room) differs("%" PRIu64 " words in room for %" PRIu64, outcome.count, step->room);
    for (uint64_t i = 0; i < outcome.count; ++i) {
      if (words[i].bits == 0 || (i > 0 && words[i].index <= words[i - 1].index)) differs("word %" PRIu64 " is empty or out of order", i);
      judge_word(step, words[i].index, words[i].bits);
    }
    for (const struct granules* word = step->granules; word->may != 0; ++word) {
      uint64_t bits = 0;
      for (uint64_t i = 0; i < outcome.count; ++i) bits |= words[i].index == word->index ? words[i].bits : 0;
      judge_word(step, word->index, bits);
    }
  }
  free(words);
}

static int by_base(const void* a, const void* b) {
  const uint64_t one = ((const GmcRegionInfo*)a)->base, other = ((const GmcRegionInfo*)b)->base;
  return one < other ? -1 : one > other;
}

static void list_regions(const struct step* step) {
  enum { ROOM = 64 };
  if (memory_group.regions == NULL) {
    judge_status(step, gmc_outcome(GMC_UNSUPPORTED));
    return;
  }
  GmcRegionInfo regions[ROOM];
  const GmcOutcome outcome = memory_group.regions(NULL, spaces[step->space], regions, ROOM);
  judge_status(step, outcome);
  if (outcome.status != GMC_OK) return;
  const uint64_t count = count_of(step->listed);
  if (step->declined != 0 && count > 0 && count <= ROOM) {
    GmcRegionInfo less[ROOM];
    memset(less, RED, sizeof less);
    check_declined(step, memory_group.regions(NULL, spaces[step->space], less, count - 1), less, sizeof less);
  }
  if (outcome.count != count) differs("expected %" PRIu64 " regions, got %" PRIu64, count, outcome.count);
  if (step->is_order_free) qsort(regions, count, sizeof *regions, by_base);
  for (uint64_t i = 0; i < count; ++i) {
    if (regions[i].base == step->listed[i].base && regions[i].size == step->listed[i].size) continue;
    differs("region %" PRIu64 ": expected 0x%" PRIx64 " bytes at 0x%" PRIx64 ", got 0x%" PRIx64 " at 0x%" PRIx64, i, step->listed[i].size,
            step->listed[i].base, regions[i].size, regions[i].base);
  }
}

enum { FACTS_MAX = 65536 };
static char facts_text[FACTS_MAX];
static size_t facts_size;

static void take_text(GmcSink* sink, const char* text, uint64_t size) {
  (void)sink;
  if (size >= FACTS_MAX - facts_size) size = FACTS_MAX - 1 - facts_size;
  memcpy(facts_text + facts_size, text, (size_t)size);
  facts_size += (size_t)size;
  facts_text[facts_size] = 0;
}

static void describe(const struct step* step) {
  GmcSink sink = {.write = take_text};
  facts_size = 0;
  facts_text[0] = 0;
  const GmcOutcome outcome = plugin->describe(backend, spaces[step->space], &sink);
  judge_status(step, outcome);
  if (outcome.status != GMC_OK || step->facts == NULL) return;
  for (const struct fact* fact = step->facts; fact->name != NULL; ++fact) {
    const size_t length = strlen(fact->name);
    const char* line = facts_text;
    while (line != NULL && !(strncmp(line, fact->name, length) == 0 && strncmp(line + length, " = ", 3) == 0)) {
      line = strchr(line, '\n');
      if (line != NULL) ++line;
    }
    if (line == NULL) differs("the fact %s is missing", fact->name);
    const uint64_t value = strtoull(line + length + 3, NULL, 0);
    if (value != fact->value) differs("%s: expected 0x%" PRIx64 ", got 0x%" PRIx64, fact->name, fact->value, value);
  }
}

static void compare_bytes(const char* how, const uint8_t* bytes, uint64_t from) {
  uint8_t expected = 0;
  const uint64_t wrong = first_wrong(current->answers->out, bytes, current->size, -1, &expected);
  if (wrong == current->size) return;
  differs("the byte at 0x%" PRIx64 ", %s: expected 0x%02x, got 0x%02x", from + wrong, how, expected, bytes[wrong]);
}

/* What memory holds: in the file or the host memory behind it, where there is one, and by the backend's own reads. */
static void compare(const struct step* step) {
  if (step->other < own.count) {
    const struct region* const region = own.entries[step->other];
    const uint8_t* const behind = own.host[step->other] != NULL ? own.host[step->other]
                                  : region->backing == IN_FILE  ? own.seen[region->file] + region->offset
                                                                : NULL;
    if (behind != NULL) compare_bytes("seen past the backend", behind + step->value, step->address);
  }
  if (spaces[0] == NULL || access_group.read == NULL || step->room == 0) return;
  uint8_t* const bytes = must_allocate(step->size);
  for (uint64_t done = 0; done < step->size; done += CHUNK) {
    const uint64_t size = step->size - done < CHUNK ? step->size - done : CHUNK;
    const GmcOutcome read = access_group.read(NULL, spaces[0], step->address + done, bytes + done, size);
    if (read.status != GMC_OK)
      differs("a read of 0x%" PRIx64 " bytes at 0x%" PRIx64 ": expected ok, got %s", size, step->address + done, name_of(read.status));
  }
  compare_bytes("read", bytes, step->address);
  free(bytes);
}

/* ------------------------------------------------------------------------------------------------------------------------- One step */

static void make(const struct step* step) {
  const GmcOutcome outcome = create(&own, step, &spaces[0]);
  own.created = own.count;
  if (outcome.status == GMC_UNSUPPORTED || outcome.status == GMC_NO_MEMORY)
    cannot_go_on(4, "cannot be made here: %s", name_of(outcome.status));
  judge_status(step, outcome);
  if (spaces[0] == NULL) differs("ok, and no space");
}

/* A second memory, made and destroyed again. */
static void create_second(const struct step* step) {
  struct backings second = {.files = {-1, -1, -1, -1}};
  GmcSpace* root = NULL;
  const GmcOutcome outcome = create(&second, step, &root);
  if (outcome.status == GMC_OK) {
    const GmcOutcome destroyed = memory_group.destroy(NULL, root);
    if (destroyed.status != GMC_OK) differs("ok, and %s where it is destroyed again", name_of(destroyed.status));
  }
  judge_status(step, outcome);
}

static GmcOutcome reset(void) {
  restore_backings();
  const GmcOutcome closed = close_spaces(0);
  if (closed.status != GMC_OK) return closed;
  if (memory_group.reset == NULL) return gmc_outcome(GMC_UNSUPPORTED);
  const GmcOutcome outcome = memory_group.reset(NULL, spaces[0]);
  if (outcome.status == GMC_OK) own.count = own.created;
  return outcome;
}

static void end(void) {
  const GmcOutcome closed = close_spaces(0);
  if (closed.status != GMC_OK) differs("closing the spaces: expected ok, got %s", name_of(closed.status));
  const GmcOutcome destroyed = destroy_root();
  if (destroyed.status != GMC_OK) differs("destroying the memory: expected ok, got %s", name_of(destroyed.status));
}

static void access_memory(const struct step* step) {
  struct held held;
  prepare(&held, step);
  if (step->stream != NULL) {
    transfer(&held);
  } else {
    held.outcome = issue(&held.call);
  }
  judge(&held);
  free(held.block);
  free(held.handed);
}

/* Calls that answer an outcome and bring nothing else. */
static GmcOutcome ask(const struct step* step) {
  GmcSpace* const space = spaces[step->space];
  switch (step->call) {
    case OPEN_REGION:
      return open_space(step, GMC_SPACE_REGION);
    case OPEN_RANGE:
      return open_space(step, GMC_SPACE_RANGE);
    case OPEN_SNAPSHOT:
      return open_space(step, GMC_SPACE_SNAPSHOT);
    case CLOSE:
      return close_slot(step->space);
    case TRACK:
      if (dirty_group.track == NULL) break;
      return dirty_group.track(NULL, space, (uint32_t)step->value);
    case MARK:
      if (dirty_group.mark == NULL) break;
      return dirty_group.mark(NULL, space, step->address, step->size);
    case RESET:
      return reset();
    case PROTECT:
      if (memory_group.protect == NULL) break;
      return memory_group.protect(NULL, space, step->address, step->size, step->rights);
    case DESTROY: {
      const GmcOutcome closed = close_spaces(1);
      const GmcOutcome destroyed = destroy_root();
      return closed.status == GMC_OK ? destroyed : closed;
    }
    case ARM:
      return arm(step->fault, step->nth);
    default:
      return change(step);
  }
  return gmc_outcome(GMC_UNSUPPORTED);
}

static void perform(const struct step* step) {
  if (step->call < MAKE) {
    access_memory(step);
  } else if (step->call == MAKE) {
    make(step);
  } else if (step->call == COMPARE) {
    compare(step);
  } else if (step->call == END) {
    end();
  } else if (step->call == REGIONS) {
    list_regions(step);
  } else if (step->call == FACTS) {
    describe(step);
  } else if (step->call == CREATE) {
    create_second(step);
  } else if (step->call == HARVEST_DENSE) {
    harvest_dense(step);
  } else if (step->call == HARVEST_SPARSE) {
    harvest_sparse(step);
  } else {
    judge_status(step, ask(step));
  }
}

/* The calls from `step` on, up to the end of their list, in one submit. */
static const struct step* perform_list(const struct step* step) {
  static struct held list[LIST_MAX];
  static GmcCall calls[LIST_MAX];
  static GmcOutcome outcomes[LIST_MAX];
  uint64_t count = 0;
  for (; step->call != LIST_END; ++step, ++count) {
    prepare(&list[count], step);
    calls[count] = list[count].call;
    outcomes[count] = list[count].outcome;
  }
  if (access_group.submit != NULL && count > 0) {
    const GmcOutcome submitted = access_group.submit(NULL, calls, count, outcomes);
    for (uint64_t i = 0; i < count && submitted.status != GMC_OK; ++i) outcomes[i] = submitted;
  } else {
    for (uint64_t i = 0; i < count; ++i) outcomes[i] = issue(&calls[i]);
  }
  for (uint64_t i = 0; i < count; ++i) {
    list[i].outcome = outcomes[i];
    judge(&list[i]);
    free(list[i].block);
    free(list[i].handed);
  }
  return step;
}

static void perform_all(void) {
  for (const struct step* step = steps; step->text != NULL; ++step) {
    current = step;
    if (step->call == LIST) {
      step = perform_list(step + 1);
      continue;
    }
    const int has_fault = step->fault != GMC_FAULT_NONE && step->call != ARM;
    if (has_fault && arm(step->fault, step->nth).status != GMC_OK) differs("the fault cannot be armed");
    perform(step);
    if (has_fault && arm(GMC_FAULT_NONE, 0).status != GMC_OK) differs("the fault cannot be disarmed");
  }
}

int main(int argc, char** argv) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; ++i) {
    struct sigaction action = {.sa_handler = tell_signal};
    action.sa_flags = (int)SA_RESETHAND;
    sigaction(signals[i], &action, NULL);
  }
#ifdef GMC_LINKED
  open_backend(gmc_plugin(GMC_ABI_VERSION), argc > 1 ? argv[1] : default_config);
#else
  if (argc < 2) cannot_go_on(2, "usage: %s LIBRARY [CONFIG]", argv[0]);
  void* const library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) cannot_go_on(2, "%s", dlerror());
  const GmcPlugin* (*entry)(uint32_t) = NULL;
  *(void**)&entry = dlsym(library, "gmc_plugin");
  if (entry == NULL) cannot_go_on(2, "%s: it has no gmc_plugin()", argv[1]);
  open_backend(entry(GMC_ABI_VERSION), argc > 2 ? argv[2] : default_config);
#endif
  perform_all();
  plugin->close(backend);
  printf("%s: every answer is one that is allowed\n", program_name);
  return 0;
}
