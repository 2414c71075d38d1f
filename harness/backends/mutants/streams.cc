// SPDX-License-Identifier: Apache-2.0 OR MIT
// Mutants in transfers from and to descriptors: GM-FD and GM-DIRTY-018.
#include <unistd.h>

#include "harness/backends/mutants/policy_mutant.h"

namespace gmc::mutants {
namespace {

using mapped::Faithful;
using mapped::Interposer;

struct TransferCountsRequest : MutantPolicy {
  static std::uint64_t transferred(std::uint64_t moved, std::uint64_t requested) { return moved == 0 ? 0 : requested; }
};
struct TakesOneTooMany : MutantPolicy {
  static void after_transfer(int fd, bool takes) {
    std::byte lost;
    if (takes) static_cast<void>(!::read(fd, &lost, 1));
  }
};
struct GapAfterShortRead : MutantPolicy {
  static std::uint64_t stream_position(std::uint64_t moved, bool takes) { return takes && moved > 0 ? moved - 1 : moved; }
};
struct PartialStopsShort : MutantPolicy {
  static bool goes_on(bool, bool exact, const Options&) { return exact; }
};
struct ExactStopsShort : MutantPolicy {
  static bool goes_on(bool, bool exact, const Options&) { return !exact; }
};
struct EndOfFileIsOk : MutantPolicy {
  static GmcStatus stream_status(std::uint64_t moved, GmcStatus stop, bool takes) {
    return takes && moved > 0 && stop == GMC_SHORT ? GMC_OK : stop;
  }
};
struct EndTakesAllBack : MutantPolicy {
  static bool keeps_arrived() { return false; }
};
struct InterruptionIsIo : MutantPolicy {
  static bool repeats_interrupted() { return false; }
};
struct NoProgressIsOk : MutantPolicy {
  static GmcStatus stream_status(std::uint64_t moved, GmcStatus stop, bool takes) { return !takes && moved == 0 ? GMC_OK : stop; }
};
struct EmitsTwice : MutantPolicy {
  static std::uint64_t stream_position(std::uint64_t moved, bool takes) { return takes ? moved : 0; }
};
struct TakesBeforeItLooks : MutantPolicy {
  static void before_transfer(int fd, bool takes, const Reach& reach) {
    std::byte lost;
    if (takes && reach.done == 0) static_cast<void>(!::read(fd, &lost, 1));
  }
};
struct EmptyTransferInBounds : Faithful {
  static constexpr std::string_view kSays = "zero_length_fd = ok_anywhere\n";
};
struct TransferUntracked : MutantPolicy {
  static bool marks(Path path, bool failed, bool is_sharing) {
    return path != Path::kReadFrom && MutantPolicy::marks(path, failed, is_sharing);
  }
};
struct CutTransferUntracked : MutantPolicy {
  static bool marks(Path path, bool failed, bool is_sharing) {
    return !(failed && path == Path::kReadFrom) && MutantPolicy::marks(path, failed, is_sharing);
  }
};
struct FailedTransferCleans : MutantPolicy {
  static bool cleans_target() { return true; }
};

}  // namespace

const GmcPlugin* transfer_counts_request() { return by_policy<TransferCountsRequest>(); }
const GmcPlugin* takes_one_too_many() { return by_policy<TakesOneTooMany>(); }
const GmcPlugin* gap_after_short_read() { return by_policy<GapAfterShortRead>(); }
const GmcPlugin* partial_stops_short() { return by_policy<PartialStopsShort>(); }
const GmcPlugin* exact_stops_short() { return by_policy<ExactStopsShort>(); }
const GmcPlugin* end_of_file_is_ok() { return by_policy<EndOfFileIsOk>(); }
const GmcPlugin* end_takes_all_back() { return by_policy<EndTakesAllBack>(); }
const GmcPlugin* interruption_is_io() { return by_policy<InterruptionIsIo>(); }
const GmcPlugin* no_progress_is_ok() { return by_policy<NoProgressIsOk>(); }
const GmcPlugin* emits_twice() { return by_policy<EmitsTwice>(); }
const GmcPlugin* takes_before_it_looks() { return by_policy<TakesBeforeItLooks>(); }
const GmcPlugin* empty_transfer_in_bounds() { return Interposer<EmptyTransferInBounds>::table(); }
const GmcPlugin* transfer_untracked() { return by_policy<TransferUntracked>(); }
const GmcPlugin* cut_transfer_untracked() { return by_policy<CutTransferUntracked>(); }
const GmcPlugin* failed_transfer_cleans() { return by_policy<FailedTransferCleans>(); }

}  // namespace gmc::mutants
