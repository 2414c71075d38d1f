// SPDX-License-Identifier: Apache-2.0 OR MIT
// A backend between gmcheck and the product that passes everything on, but for what `Twist` changes: for mutants whose fault lies in what
// is answered and not in how memory is kept, and for legal variants that offer other functions or say other things.
#ifndef GMCHECK_HARNESS_BACKENDS_MAPPED_INTERPOSER_H
#define GMCHECK_HARNESS_BACKENDS_MAPPED_INTERPOSER_H

#include <gmcheck.h>

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "harness/backends/mapped/policy.h"

namespace gmc::mapped {

// The product under every option that there is.
struct EveryOption : ProductPolicy {
  static std::expected<Options, std::string> options(std::string_view config) { return parse_options(config, Keys::kAll); }
};

// Its tables, which are the same for every backend opened.
struct Inner {
  const GmcPlugin* plugin;
  const GmcMemoryGroup* memory;
  const GmcSpaceGroup* space;
  const GmcAccessGroup* access;
  const GmcDirtyGroup* dirty;
};
const Inner& inner();

// One access or query, as the product answers it.
GmcOutcome pass(const GmcCall& call);

// What a twist derives from; it hides some of these.
struct Faithful {
  static constexpr const char* kName = "interposed";
  static GmcOutcome call(const GmcCall& call) { return pass(call); }
  // Lines of the profile that are said instead of the product's, each ended by a newline.
  static constexpr std::string_view kSays = {};
  // The tables that are offered: changes to a full one.
  static constexpr void trim_access(GmcAccessGroup&) {}
  static void trim_memory(GmcMemoryGroup&) {}
  static void trim_space(GmcSpaceGroup&) {}
  static void trim_dirty(GmcDirtyGroup&) {}
  static constexpr bool kOffersSpaces = true;
};

// Writes what the product says of itself, with the lines of `says` in the place of those of the same switches.
GmcOutcome describe_with(std::string_view says, GmcBackend* backend, GmcSink* sink);

template <class Twist>
class Interposer {
 public:
  static const GmcPlugin* table() {
    static constexpr GmcPlugin kTable = {sizeof(GmcPlugin), GMC_ABI_VERSION, 0, Twist::kName, "0.1", &open, &close, &describe, &group};
    return &kTable;
  }

 private:
  static GmcOutcome open(const GmcHost* host, const char* config, GmcBackend** backend) {
    return inner().plugin->open(host, config, backend);
  }
  static void close(GmcBackend* backend) { inner().plugin->close(backend); }
  static GmcOutcome describe(GmcBackend* backend, GmcSpace* space, GmcSink* sink) {
    const bool says_otherwise = space == nullptr && !Twist::kSays.empty();
    return says_otherwise ? describe_with(Twist::kSays, backend, sink) : inner().plugin->describe(backend, space, sink);
  }
  static const void* group(GmcBackend* backend, std::uint32_t id) {
    static constexpr GmcAccessGroup kAccess = access();
    static const GmcSpaceGroup kSpace = space();
    static const GmcDirtyGroup kDirty = dirty();
    static const GmcMemoryGroup kMemory = memory();
    const void* const table = inner().plugin->group(backend, id);
    if (id == GMC_GROUP_ACCESS) return &kAccess;
    if (id == GMC_GROUP_MEMORY) return &kMemory;
    if (id == GMC_GROUP_DIRTY) return table == nullptr ? nullptr : &kDirty;
    if (id == GMC_GROUP_SPACE) return Twist::kOffersSpaces ? &kSpace : nullptr;
    return table;
  }

  static GmcMemoryGroup memory() {
    GmcMemoryGroup table = *inner().memory;
    Twist::trim_memory(table);
    return table;
  }
  static GmcSpaceGroup space() {
    GmcSpaceGroup table = *inner().space;
    Twist::trim_space(table);
    return table;
  }
  static GmcDirtyGroup dirty() {
    GmcDirtyGroup table = *inner().dirty;
    Twist::trim_dirty(table);
    return table;
  }
  static constexpr GmcAccessGroup access() {
    GmcAccessGroup table = {};
    table.size = sizeof table;
    table.read = &read;
    table.write = &write;
    table.load8 = &load<std::uint8_t>;
    table.load16 = &load<std::uint16_t>;
    table.load32 = &load<std::uint32_t>;
    table.load64 = &load<std::uint64_t>;
    table.store8 = &store<std::uint8_t>;
    table.store16 = &store<std::uint16_t>;
    table.store32 = &store<std::uint32_t>;
    table.store64 = &store<std::uint64_t>;
    table.atomic_load = &atomic_load;
    table.atomic_store = &atomic_store;
    table.compare_exchange = &compare_exchange;
    table.submit = &submit;
    Twist::trim_access(table);
    return table;
  }

  static GmcCall record(GmcCallOp op, GmcSpace* space, std::uint64_t address, std::uint64_t size) {
    GmcCall call = {};
    call.op = op;
    call.space = space;
    call.address = address;
    call.size = size;
    call.fd = -1;
    return call;
  }
  static GmcOutcome read(GmcLane*, GmcSpace* space, std::uint64_t address, void* buffer, std::uint64_t size) {
    GmcCall call = record(GMC_CALL_READ, space, address, size);
    call.buffer = buffer;
    return Twist::call(call);
  }
  static GmcOutcome write(GmcLane*, GmcSpace* space, std::uint64_t address, const void* buffer, std::uint64_t size) {
    GmcCall call = record(GMC_CALL_WRITE, space, address, size);
    call.buffer = const_cast<void*>(buffer);  // a record has one pointer for both ways
    return Twist::call(call);
  }
  template <class T>
  static GmcOutcome load(GmcLane*, GmcSpace* space, std::uint64_t address) {
    return Twist::call(record(GMC_CALL_LOAD, space, address, sizeof(T)));
  }
  template <class T>
  static GmcOutcome store(GmcLane*, GmcSpace* space, std::uint64_t address, T value) {
    GmcCall call = record(GMC_CALL_STORE, space, address, sizeof(T));
    call.value = value;
    return Twist::call(call);
  }
  static GmcOutcome atomic_load(GmcLane*, GmcSpace* space, std::uint64_t address, std::uint32_t width, std::uint32_t order) {
    GmcCall call = record(GMC_CALL_ATOMIC_LOAD, space, address, width);
    call.order = order;
    return Twist::call(call);
  }
  static GmcOutcome atomic_store(GmcLane*, GmcSpace* space, std::uint64_t address, std::uint32_t width, std::uint64_t value,
                                 std::uint32_t order) {
    GmcCall call = record(GMC_CALL_ATOMIC_STORE, space, address, width);
    call.value = value;
    call.order = order;
    return Twist::call(call);
  }
  static GmcOutcome compare_exchange(GmcLane*, GmcSpace* space, std::uint64_t address, std::uint32_t width, std::uint64_t expected,
                                     std::uint64_t desired, std::uint32_t order, std::uint32_t failure_order) {
    GmcCall call = record(GMC_CALL_COMPARE_EXCHANGE, space, address, width);
    call.value = desired;
    call.expected = expected;
    call.order = order;
    call.failure_order = failure_order;
    return Twist::call(call);
  }
  static GmcOutcome submit(GmcLane*, const GmcCall* calls, std::uint64_t count, GmcOutcome* outcomes) {
    for (std::uint64_t i = 0; i < count; ++i) outcomes[i] = Twist::call(calls[i]);
    return gmc_ok();
  }
};

}  // namespace gmc::mapped

#endif  // GMCHECK_HARNESS_BACKENDS_MAPPED_INTERPOSER_H
