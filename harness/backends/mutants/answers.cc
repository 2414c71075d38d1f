// SPDX-License-Identifier: Apache-2.0 OR MIT
// Mutants in what passes between gmcheck and a memory that is kept well: counts, statuses, buffers, addresses.
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <vector>

#include "harness/backends/mapped/interposer.h"
#include "harness/backends/mutants/tables.h"

namespace gmc::mutants {
namespace {

using mapped::Faithful;
using mapped::inner;
using mapped::Interposer;
using mapped::pass;

bool wraps(const GmcCall& call) { return call.size > 1 && call.size - 1 > ~std::uint64_t{0} - call.address; }
bool is_partial(const GmcCall& call) { return call.op == GMC_CALL_READ_PARTIAL || call.op == GMC_CALL_WRITE_PARTIAL; }
bool is_exact(const GmcCall& call) {
  return call.op == GMC_CALL_READ || call.op == GMC_CALL_WRITE || call.op == GMC_CALL_LOAD || call.op == GMC_CALL_STORE;
}

struct TopPanics : Faithful {
  static GmcOutcome call(const GmcCall& call) {
    return (is_exact(call) || is_partial(call)) && wraps(call) ? gmc_outcome(GMC_BROKEN) : pass(call);
  }
};

// A claim that is not kept.
struct OrderMatters : Faithful {
  static constexpr std::string_view kSays = "region_order = any\n";
};
struct ListedAsGiven : Faithful {
  static constexpr std::string_view kSays = "iteration_order = by_base\n";
};
struct EmptyWriteInBounds : Faithful {
  static constexpr std::string_view kSays = "zero_length_bytes = ok_anywhere\n";
};
struct EmptyObjectMapped : Faithful {
  static constexpr std::string_view kSays = "zero_length_typed = ok_anywhere\n";
};
struct CrossesAllTheSame : Faithful {
  static constexpr std::string_view kSays = "cross_region = reject\n";
};
struct HoleReadsAsZero : Faithful {
  static constexpr std::string_view kSays = "discard_value = 255\n";
};
struct HoleDoesNotFault : Faithful {
  static constexpr std::string_view kSays = "hole_kind = fault\n";
};

struct FailureMasked : Faithful {
  static GmcOutcome call(const GmcCall& call) {
    const GmcOutcome outcome = pass(call);
    return is_exact(call) && outcome.status == GMC_OUT_OF_RANGE ? gmc_ok() : outcome;
  }
};

struct DeniedIsOutOfRange : Faithful {
  static GmcOutcome call(const GmcCall& call) {
    GmcOutcome outcome = pass(call);
    if (outcome.status == GMC_DENIED) outcome.status = GMC_OUT_OF_RANGE;
    return outcome;
  }
};

struct ShortIsOk : Faithful {
  static GmcOutcome call(const GmcCall& call) {
    const GmcOutcome outcome = pass(call);
    return is_exact(call) && outcome.status == GMC_SHORT ? gmc_ok() : outcome;
  }
};

struct NothingIsOk : Faithful {
  static GmcOutcome call(const GmcCall& call) {
    const GmcOutcome outcome = pass(call);
    return is_partial(call) && outcome.status == GMC_OUT_OF_RANGE ? gmc_ok_count(0) : outcome;
  }
};

struct CountIn16Bits : Faithful {
  static GmcOutcome call(const GmcCall& call) {
    GmcOutcome outcome = pass(call);
    if (is_partial(call)) outcome.count &= 0xffff;
    return outcome;
  }
};

struct LastIsEnd : Faithful {
  static GmcOutcome call(const GmcCall& call) {
    GmcOutcome outcome = pass(call);
    if (call.op == GMC_CALL_LAST_ADDRESS && outcome.status == GMC_OK) ++outcome.value;
    return outcome;
  }
};

struct OffsetWraps : Faithful {
  static GmcOutcome call(const GmcCall& call) {
    const std::uint64_t sum = call.address + call.size;
    if (call.op != GMC_CALL_CHECKED_OFFSET || sum >= call.address) return pass(call);
    GmcCall wrapped = call;
    wrapped.address = sum;
    wrapped.size = 0;
    return pass(wrapped);
  }
};

struct Canary : Faithful {
  static GmcOutcome call(const GmcCall& call) {
    const GmcOutcome outcome = pass(call);
    if (call.op == GMC_CALL_READ && outcome.status == GMC_OK && call.size % 2 != 0 && call.size > 2) {
      static_cast<std::byte*>(call.buffer)[call.size - 1] ^= std::byte{1};
    }
    return outcome;
  }
};

struct OverWideRead : Faithful {
  static GmcOutcome call(const GmcCall& call) {
    const GmcOutcome outcome = pass(call);
    if (call.op == GMC_CALL_READ && outcome.status == GMC_OK && call.size == 1023)
      static_cast<std::byte*>(call.buffer)[1023] = std::byte{0};
    return outcome;
  }
};

struct WriteChangesBuffer : Faithful {
  static GmcOutcome call(const GmcCall& call) {
    // As whoever converts in place what it is to store.
    if (call.op == GMC_CALL_WRITE && call.size == 1024) static_cast<std::byte*>(call.buffer)[1023] ^= std::byte{0x80};
    return pass(call);
  }
};

struct EmptyQueryUnderflow : Faithful {
  static GmcOutcome call(const GmcCall& call) {
    if (call.op != GMC_CALL_CHECK_RANGE || call.size != 0 || call.address != 0) return pass(call);
    GmcCall last = call;
    last.address += call.size - 1;
    last.size = 1;
    return pass(last);
  }
};

struct FindBelowBase : Faithful {
  static GmcOutcome call(const GmcCall& call) {
    const GmcOutcome found = pass(call);
    if (call.op != GMC_CALL_FIND || found.status != GMC_NOT_FOUND) return found;
    static std::vector<GmcRegionInfo> regions(16384);  // the most that one memory has
    const GmcOutcome listed = inner().memory->regions(nullptr, call.space, regions.data(), regions.size());
    if (listed.status != GMC_OK) return found;
    const auto end = regions.begin() + static_cast<std::ptrdiff_t>(listed.count);
    const auto above =
        std::find_if(regions.begin(), end, [&](const GmcRegionInfo& region) { return call.address < region.base + region.size; });
    if (above == end) return found;
    GmcOutcome outcome = gmc_ok_count(above->size);
    outcome.value = above->base;
    return outcome;
  }
};

struct FindCountsTheRest : Faithful {
  static GmcOutcome call(const GmcCall& call) {
    GmcOutcome outcome = pass(call);
    if (call.op == GMC_CALL_FIND && outcome.status == GMC_OK) outcome.count -= call.address - outcome.value;
    return outcome;
  }
};

struct CountOfRequest : Faithful {
  static GmcOutcome call(const GmcCall& call) {
    GmcOutcome outcome = pass(call);
    if (is_partial(call) && outcome.status == GMC_OK) outcome.count = call.size;
    return outcome;
  }
};

struct ClobbersAfterFailure : Faithful {
  static GmcOutcome call(const GmcCall& call) {
    const GmcOutcome outcome = pass(call);
    if (call.op != GMC_CALL_READ || outcome.status == GMC_OK) return outcome;
    std::memset(static_cast<std::byte*>(call.buffer) + outcome.count, 0, call.size - outcome.count);
    return outcome;
  }
};

struct FillOfWords : Faithful {
  static GmcOutcome call(const GmcCall& call) {
    GmcCall shorter = call;
    if (call.op == GMC_CALL_FILL && call.size > 8192) shorter.size &= ~std::uint64_t{15};
    return pass(shorter);
  }
};

struct UnalignedRefused : Faithful {
  static GmcOutcome call(const GmcCall& call) {
    const bool is_unaligned = call.op == GMC_CALL_LOAD && call.size == 8 && call.address % 8 != 0;
    return is_unaligned ? gmc_outcome(GMC_MISALIGNED) : pass(call);
  }
};

struct EmptyWriteMarks : Faithful {
  static GmcOutcome call(const GmcCall& call) {
    if (call.op == GMC_CALL_WRITE && call.size == 0) inner().dirty->mark(nullptr, call.space, call.address, 1);
    return pass(call);
  }
};

struct UnknownStatus : Faithful {
  static GmcOutcome call(const GmcCall& call) {
    GmcOutcome outcome = pass(call);
    if (call.op == GMC_CALL_READ_PARTIAL && outcome.status == GMC_OK && outcome.count < call.size) outcome.status = GMC_STATUS_COUNT;
    return outcome;
  }
};

struct GivesUpOnHuge : Faithful {
  static GmcOutcome call(const GmcCall& call) {
    return call.op == GMC_CALL_FILL && call.size >= std::uint64_t{1} << 62 ? gmc_outcome(GMC_REFUSED) : pass(call);
  }
};

// What zero_all counts is its own affair, so that nothing is wrong with any one answer; but two runs have to give the same.
struct CountOfTheRun : Faithful {
  static GmcOutcome call(const GmcCall& call) {
    const GmcOutcome outcome = pass(call);
    if (call.op != GMC_CALL_ZERO_ALL || outcome.status != GMC_OK) return outcome;
    // In one process too no two memories count alike.
    constexpr std::uint64_t kCallsMax = 1u << 20;
    static std::uint64_t calls = 0;
    return gmc_ok_count(static_cast<std::uint64_t>(::getpid()) * kCallsMax + calls++ % kCallsMax);
  }
};

struct ProbeWrites : Faithful {
  static GmcOutcome call(const GmcCall& call) {
    const GmcOutcome outcome = pass(call);
    if (call.op != GMC_CALL_CHECK_RANGE || (call.rights & GMC_RIGHT_WRITE) == 0 || outcome.value == 0) return outcome;
    const std::uint8_t probe = 0x5a;
    inner().access->write(nullptr, call.space, call.address, &probe, 1);
    return outcome;
  }
};

}  // namespace

const GmcPlugin* top_panics() { return Interposer<TopPanics>::table(); }
const GmcPlugin* empty_query_underflow() { return Interposer<EmptyQueryUnderflow>::table(); }
const GmcPlugin* find_below_base() { return Interposer<FindBelowBase>::table(); }
const GmcPlugin* find_counts_the_rest() { return Interposer<FindCountsTheRest>::table(); }
const GmcPlugin* count_of_request() { return Interposer<CountOfRequest>::table(); }
const GmcPlugin* clobbers_after_failure() { return Interposer<ClobbersAfterFailure>::table(); }
const GmcPlugin* unaligned_refused() { return Interposer<UnalignedRefused>::table(); }
const GmcPlugin* empty_write_marks() { return Interposer<EmptyWriteMarks>::table(); }
const GmcPlugin* unknown_status() { return Interposer<UnknownStatus>::table(); }
const GmcPlugin* gives_up_on_huge() { return Interposer<GivesUpOnHuge>::table(); }
const GmcPlugin* count_of_the_run() { return Interposer<CountOfTheRun>::table(); }
const GmcPlugin* probe_writes() { return Interposer<ProbeWrites>::table(); }
const GmcPlugin* order_matters() { return Interposer<OrderMatters>::table(); }
const GmcPlugin* listed_as_given() { return Interposer<ListedAsGiven>::table(); }
const GmcPlugin* empty_write_in_bounds() { return Interposer<EmptyWriteInBounds>::table(); }
const GmcPlugin* empty_object_mapped() { return Interposer<EmptyObjectMapped>::table(); }
const GmcPlugin* crosses_all_the_same() { return Interposer<CrossesAllTheSame>::table(); }
const GmcPlugin* hole_reads_as_zero() { return Interposer<HoleReadsAsZero>::table(); }
const GmcPlugin* hole_does_not_fault() { return Interposer<HoleDoesNotFault>::table(); }
const GmcPlugin* failure_masked() { return Interposer<FailureMasked>::table(); }
const GmcPlugin* denied_is_out_of_range() { return Interposer<DeniedIsOutOfRange>::table(); }
const GmcPlugin* short_is_ok() { return Interposer<ShortIsOk>::table(); }
const GmcPlugin* nothing_is_ok() { return Interposer<NothingIsOk>::table(); }
const GmcPlugin* count_in_16_bits() { return Interposer<CountIn16Bits>::table(); }
const GmcPlugin* last_is_end() { return Interposer<LastIsEnd>::table(); }
const GmcPlugin* offset_wraps() { return Interposer<OffsetWraps>::table(); }
const GmcPlugin* canary() { return Interposer<Canary>::table(); }
const GmcPlugin* write_changes_buffer() { return Interposer<WriteChangesBuffer>::table(); }
const GmcPlugin* over_wide_read() { return Interposer<OverWideRead>::table(); }
const GmcPlugin* fill_of_words() { return Interposer<FillOfWords>::table(); }

}  // namespace gmc::mutants
