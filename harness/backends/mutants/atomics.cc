// SPDX-License-Identifier: Apache-2.0 OR MIT
// Mutants in atomic operations: group GM-ATOM.
#include "harness/backends/mutants/policy_mutant.h"

namespace gmc::mutants {
namespace {

using mapped::Faithful;
using mapped::Interposer;
using mapped::pass;

struct FailureMayRelease : MutantPolicy {
  static std::optional<int> failure_order(std::uint32_t asked) {
    const auto order = MutantPolicy::failure_order(asked);
    return order || asked > GMC_ORDER_SEQ_CST ? order : std::optional(__ATOMIC_RELAXED);
  }
};
struct LoadReleases : MutantPolicy {
  static std::optional<int> order(std::uint32_t asked, bool acquires, bool releases) {
    const auto order = MutantPolicy::order(asked, acquires, releases);
    return asked == GMC_ORDER_RELEASE && !order ? std::optional(__ATOMIC_RELAXED) : order;
  }
};
struct AlignedToFour : MutantPolicy {
  static bool is_aligned_for(const std::byte* at, std::uint64_t width) { return MutantPolicy::is_aligned_for(at, width < 8 ? width : 4); }
};
struct AtomicOverSeam : Faithful {
  static GmcOutcome call(const GmcCall& call) {
    const GmcOutcome outcome = pass(call);
    if (call.op != GMC_CALL_ATOMIC_LOAD || outcome.status != GMC_OUT_OF_RANGE) return outcome;
    GmcCall plain = call;
    plain.op = GMC_CALL_LOAD;
    return pass(plain);
  }
};
struct MismatchLeavesByte : MutantPolicy {
  template <class T>
  static T left_after_mismatch(T found, T desired) {
    return sizeof(T) == 8 ? static_cast<T>((found & ~T{0xff}) | (desired & T{0xff})) : found;
  }
};
struct TellsExpected : MutantPolicy {
  static std::uint64_t found_value(std::uint64_t, std::uint64_t expected) { return expected; }
};
struct RelaxedRefused : MutantPolicy {
  static std::optional<int> order(std::uint32_t asked, bool acquires, bool releases) {
    if (asked == GMC_ORDER_RELAXED && acquires && releases) return std::nullopt;
    return MutantPolicy::order(asked, acquires, releases);
  }
};
struct SixteenIsEight : MutantPolicy {
  static bool has_width(std::uint64_t width) { return MutantPolicy::has_width(width) || width == 16; }
};
struct AtomicsDenied : Faithful {
  static constexpr std::string_view kSays = "atomics = none\natomic_unaligned = error\n";
};
struct TellsSum : MutantPolicy {
  template <class T>
  static T told(T, T now) {
    return now;
  }
};
struct ExchangeUntracked : MutantPolicy {
  static bool marks(Path path, bool failed, bool is_sharing) {
    return path != Path::kExchange && MutantPolicy::marks(path, failed, is_sharing);
  }
};

}  // namespace

const GmcPlugin* failure_may_release() { return by_policy<FailureMayRelease>(); }
const GmcPlugin* load_releases() { return by_policy<LoadReleases>(); }
const GmcPlugin* aligned_to_four() { return by_policy<AlignedToFour>(); }
const GmcPlugin* atomic_over_seam() { return Interposer<AtomicOverSeam>::table(); }
const GmcPlugin* mismatch_leaves_byte() { return by_policy<MismatchLeavesByte>(); }
const GmcPlugin* tells_expected() { return by_policy<TellsExpected>(); }
const GmcPlugin* relaxed_refused() { return by_policy<RelaxedRefused>(); }
const GmcPlugin* sixteen_is_eight() { return by_policy<SixteenIsEight>(); }
const GmcPlugin* atomics_denied() { return Interposer<AtomicsDenied>::table(); }
const GmcPlugin* tells_sum() { return by_policy<TellsSum>(); }
const GmcPlugin* exchange_untracked() { return by_policy<ExchangeUntracked>(); }

}  // namespace gmc::mutants
