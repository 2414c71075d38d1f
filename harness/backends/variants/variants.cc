// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/backends/variants/variants.h"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "harness/abi/cpp/backend.h"
#include "harness/abi/cpp/selection.h"
#include "harness/backends/mapped/interposer.h"
#include "harness/backends/mapped/mapped.h"
#include "harness/backends/naive/naive.h"

namespace gmc {
namespace {

using mapped::inner;
using mapped::Interposer;
using mapped::pass;

struct Usual : mapped::Faithful {
  static constexpr const char* kName = "variant";
};

const GmcPlugin* every_option() { return inner().plugin; }

// ---------------------------------------------------------------------------------------------------------------------- What is offered

struct SubmitOnly : Usual {
  static constexpr void trim_access(GmcAccessGroup& table) {
    const auto submit = table.submit;
    table = {};
    table.size = sizeof table;
    table.submit = submit;
  }
};
const GmcPlugin* submit_only() { return Interposer<SubmitOnly>::table(); }

struct EntriesOnly : Usual {
  static constexpr std::string_view kSays =
      "partial = no\nhas_fill = no\nhas_zero_all = no\natomic_buffers = no\ndump_all = none\nrange_api = none\nregion_api = list\n"
      "file_facts = protection flags file_offset\ntyped_sizes = 1 2 4 8\nhost_pointer = none\natomics = load store compare_exchange\n"
      "fd_io = no\nfd_short_read = stop\nfd_exact_loops = no\n"
      "has_copy = no\nslice_lists = no\nreferences = none\narrays = no\n";
  static constexpr void trim_access(GmcAccessGroup& table) { table.submit = nullptr; }
};
const GmcPlugin* entries_only() { return Interposer<EntriesOnly>::table(); }

struct DenseOnly : Usual {
  static void trim_dirty(GmcDirtyGroup& table) { table.harvest_sparse = nullptr; }
};
const GmcPlugin* dense_only() { return Interposer<DenseOnly>::table(); }

struct SparseOnly : Usual {
  static constexpr bool kOffersSpaces = false;
  static constexpr std::string_view kSays = "file_facts = none\nslices = no\nspaces_outlive = no\n";
  static void trim_dirty(GmcDirtyGroup& table) { table.harvest_dense = nullptr; }
};
const GmcPlugin* sparse_only() { return Interposer<SparseOnly>::table(); }

struct MarksMismatch : Usual {
  static GmcOutcome call(const GmcCall& call) {
    const GmcOutcome outcome = pass(call);
    if (outcome.status == GMC_MISMATCH) inner().dirty->mark(nullptr, call.space, call.address, call.size);
    return outcome;
  }
};
const GmcPlugin* marks_mismatch() { return Interposer<MarksMismatch>::table(); }

struct OneHarvest : Usual {
  static constexpr std::string_view kSays = "harvest = both\n";
  static GmcOutcome dense(GmcLane* lane, GmcSpace* space, std::uint32_t flags, std::uint64_t* words, std::uint64_t room) {
    return is_offered(flags) ? inner().dirty->harvest_dense(lane, space, flags, words, room) : gmc_outcome(GMC_UNSUPPORTED);
  }
  static GmcOutcome sparse(GmcLane* lane, GmcSpace* space, std::uint32_t flags, GmcDirtyWord* words, std::uint64_t room) {
    return is_offered(flags) ? inner().dirty->harvest_sparse(lane, space, flags, words, room) : gmc_outcome(GMC_UNSUPPORTED);
  }
  static bool is_offered(std::uint32_t flags) { return flags == (GMC_HARVEST_READ | GMC_HARVEST_CLEAR); }
  static void trim_dirty(GmcDirtyGroup& table) {
    table.harvest_dense = &dense;
    table.harvest_sparse = &sparse;
  }
};
const GmcPlugin* one_harvest() { return Interposer<OneHarvest>::table(); }

struct TwoHarvests : Usual {
  // With one thread nothing comes between the two.
  template <auto kHarvest, class Word>
  static GmcOutcome in_two_steps(GmcLane* lane, GmcSpace* space, std::uint32_t flags, Word* words, std::uint64_t room) {
    const auto harvest = inner().dirty->*kHarvest;
    if (flags != (GMC_HARVEST_READ | GMC_HARVEST_CLEAR)) return harvest(lane, space, flags, words, room);
    const GmcOutcome outcome = harvest(lane, space, GMC_HARVEST_READ, words, room);
    if (outcome.status != GMC_OK) return outcome;
    // Where the second step fails nothing was cleared, and so nothing may be reported.
    const GmcOutcome cleared = harvest(lane, space, GMC_HARVEST_CLEAR, nullptr, 0);
    return cleared.status == GMC_OK ? outcome : cleared;
  }
  static void trim_dirty(GmcDirtyGroup& table) {
    table.harvest_dense = &in_two_steps<&GmcDirtyGroup::harvest_dense, std::uint64_t>;
    table.harvest_sparse = &in_two_steps<&GmcDirtyGroup::harvest_sparse, GmcDirtyWord>;
  }
};
const GmcPlugin* two_harvests() { return Interposer<TwoHarvests>::table(); }

struct NoAddresses : Usual {
  static GmcOutcome call(const GmcCall& call) {
    GmcOutcome outcome = pass(call);
    if (call.op == GMC_CALL_ALIGNED_REFERENCE || call.op == GMC_CALL_ATOMIC_REFERENCE) outcome.value = 0;
    return outcome;
  }
};
const GmcPlugin* no_addresses() { return Interposer<NoAddresses>::table(); }

struct InHalves : Usual {
  // As far as there is room for more pieces.
  static GmcOutcome call(const GmcCall& call) {
    GmcOutcome outcome = pass(call);
    if (call.op != GMC_CALL_SLICES || (outcome.flags & GMC_HAS_COUNT) == 0) return outcome;
    auto* const pieces = static_cast<GmcPiece*>(call.buffer);
    std::vector<GmcPiece> halves;
    for (const GmcPiece& piece : std::span(pieces, outcome.count)) {
      const std::uint64_t first = piece.size / 2;
      if (first > 0) halves.push_back({piece.address, first});
      halves.push_back({piece.address + first, piece.size - first});
    }
    if (halves.size() > call.expected) return outcome;
    std::ranges::copy(halves, pieces);
    outcome.count = halves.size();
    return outcome;
  }
};
const GmcPlugin* in_halves() { return Interposer<InHalves>::table(); }

// ------------------------------------------------------------------------------------------------------- What is said beside the status

struct FewWords : Usual {
  static GmcOutcome call(const GmcCall& call) {
    GmcOutcome outcome = pass(call);
    outcome.flags &= static_cast<std::uint16_t>(~GMC_HAS_ADDRESS);
    outcome.address = 0xdead;  // not said to hold anything
    outcome.native = -5;
    return outcome;
  }
};
const GmcPlugin* few_words() { return Interposer<FewWords>::table(); }

struct ManyWords : Usual {
  static bool is_exact(std::uint32_t op) {
    return op <= GMC_CALL_STORE || op == GMC_CALL_FILL || op == GMC_CALL_READ_ATOMICS || op == GMC_CALL_WRITE_ATOMICS;
  }
  static GmcOutcome call(const GmcCall& call) {
    GmcOutcome outcome = pass(call);
    if (!is_exact(call.op) || outcome.status != GMC_OK) return outcome;
    outcome.flags |= GMC_HAS_COUNT;
    outcome.count = call.size;
    return outcome;
  }
};
const GmcPlugin* many_words() { return Interposer<ManyWords>::table(); }

struct OneError : Usual {
  static constexpr std::string_view kSays = "error_detail = denied|not_found|out_of_range\n";
  static GmcOutcome call(const GmcCall& call) {
    GmcOutcome outcome = pass(call);
    if (outcome.status == GMC_OUT_OF_RANGE || outcome.status == GMC_NOT_FOUND) outcome.status = GMC_DENIED;
    return outcome;
  }
};
const GmcPlugin* one_error() { return Interposer<OneError>::table(); }

// ----------------------------------------------------------------------------------------------------------------- What no clause says

struct Backwards : mapped::EveryOption {
  static constexpr const char* kName = "variant";
  static void copy_out(void* buffer, const std::byte* memory, std::uint64_t size) {
    for (std::uint64_t i = size; i > 0; --i) static_cast<std::byte*>(buffer)[i - 1] = memory[i - 1];
  }
  static void copy_in(std::byte* memory, const void* buffer, std::uint64_t size) {
    for (std::uint64_t i = size; i > 0; --i) memory[i - 1] = static_cast<const std::byte*>(buffer)[i - 1];
  }
  template <class T>
  static T load(const std::byte* memory) {
    T value;
    copy_out(&value, memory, sizeof value);
    return value;
  }
  template <class T>
  static void store(std::byte* memory, T value) {
    copy_in(memory, &value, sizeof value);
  }
};
const GmcPlugin* backwards() { return Plugin<mapped::Mapped<Backwards>>::table(); }

struct InPairs : Usual {
  static bool is_object(const GmcCall& call) { return (call.op == GMC_CALL_LOAD || call.op == GMC_CALL_STORE) && call.size == 16; }
  static GmcOutcome call(const GmcCall& call) {
    if (!is_object(call)) return pass(call);
    // As a whole it says what comes of it; what it moved is moved again in pieces.
    const GmcOutcome outcome = pass(call);
    for (std::uint64_t done = 0; outcome.status == GMC_OK && done < call.size; done += 2) {
      GmcCall piece = call;
      piece.op = call.op == GMC_CALL_LOAD ? GMC_CALL_READ : GMC_CALL_WRITE;
      piece.address += done;
      piece.buffer = static_cast<std::byte*>(call.buffer) + done;
      piece.size = 2;
      pass(piece);
    }
    return outcome;
  }
};
const GmcPlugin* in_pairs() { return Interposer<InPairs>::table(); }

// Under the profile that its config says.
const GmcPlugin* by_naive() { return gmc_naive_plugin(); }

// ------------------------------------------------------------------------------------------------------------------------------ The table

constexpr Variant kVariants[] = {
#define GMC_VARIANT(name, table, clauses, config, what) {#name, clauses, config, what, &table},
#include "harness/backends/variants/variants.def"
};

struct Variants {
  static constexpr const char* kName = "variant";
  static constexpr const char* kVersion = "0.1";
  static std::span<const Choice> choices() {
    static constexpr auto kChoices = [] {
      std::array<Choice, std::size(kVariants)> choices{};
      for (std::size_t i = 0; i < choices.size(); ++i) choices[i] = {kVariants[i].name, kVariants[i].config, kVariants[i].table};
      return choices;
    }();
    return kChoices;
  }
};

}  // namespace

std::span<const Variant> variant_table() { return kVariants; }

const GmcPlugin* gmc_variants_plugin() { return Selection<Variants>::table(); }

}  // namespace gmc
