// SPDX-License-Identifier: Apache-2.0 OR MIT
// A backend between gmcheck and the product that passes everything on, but for what `Twist` changes: mutants whose fault lies in what is
// answered and not in how memory is kept.
#ifndef GMCHECK_HARNESS_BACKENDS_MUTANTS_INTERPOSER_H
#define GMCHECK_HARNESS_BACKENDS_MUTANTS_INTERPOSER_H

#include <gmcheck.h>

#include <cstdint>
#include <string_view>

namespace gmc::mutants {

// The tables of the product with every option, which are the same for every backend opened.
struct Inner {
  const GmcPlugin* plugin;
  const GmcMemoryGroup* memory;
  const GmcAccessGroup* access;
  const GmcDirtyGroup* dirty;
};
const Inner& inner();

// One access or query, as the product answers it.
GmcOutcome pass(const GmcCall& call);

// What a twist derives from; it hides one of these.
struct Faithful {
  static GmcOutcome call(const GmcCall& call) { return pass(call); }
  // A line of the profile that is said instead of what is so; empty: none.
  static constexpr std::string_view kClaim = {};
};

// Writes what the product says of itself, with the line of the same switch replaced by `claim`.
GmcOutcome describe_with(std::string_view claim, GmcBackend* backend, GmcSink* sink);

template <class Twist>
class Interposer {
 public:
  static const GmcPlugin* table() {
    static constexpr GmcPlugin kTable = {sizeof(GmcPlugin), GMC_ABI_VERSION, 0, "mutant", "0.1", &open, &close, &describe, &group};
    return &kTable;
  }

 private:
  static GmcOutcome open(const GmcHost* host, const char* config, GmcBackend** backend) {
    return inner().plugin->open(host, config, backend);
  }
  static void close(GmcBackend* backend) { inner().plugin->close(backend); }
  static GmcOutcome describe(GmcBackend* backend, GmcSpace* space, GmcSink* sink) {
    const bool claims = space == nullptr && !Twist::kClaim.empty();
    return claims ? describe_with(Twist::kClaim, backend, sink) : inner().plugin->describe(backend, space, sink);
  }
  static const void* group(GmcBackend* backend, std::uint32_t id) {
    static constexpr GmcAccessGroup kAccess = access();
    return id == GMC_GROUP_ACCESS ? &kAccess : inner().plugin->group(backend, id);
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
    table.submit = &submit;
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
  static GmcOutcome submit(GmcLane*, const GmcCall* calls, std::uint64_t count, GmcOutcome* outcomes) {
    for (std::uint64_t i = 0; i < count; ++i) outcomes[i] = Twist::call(calls[i]);
    return gmc_ok();
  }
};

}  // namespace gmc::mutants

#endif  // GMCHECK_HARNESS_BACKENDS_MUTANTS_INTERPOSER_H
