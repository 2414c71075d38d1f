// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/backends/operators/operators.h"

#include <fcntl.h>
#include <gmcheck.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <expected>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/abi/cpp/backend.h"
#include "harness/abi/cpp/host.h"
#include "harness/backends/mapped/options.h"
#include "harness/backends/operators/planted.h"
// Written by plant.py.
#include "harness/backends/operators/planted/firmware.cc"
#include "harness/backends/operators/planted/mapped.h"
#include "harness/backends/operators/planted/mapping.cc"
#include "harness/backends/operators/planted/profile.cc"

namespace gmc {
namespace {

// The product under every option that there is.
struct Planted : operators::mapped::ProductPolicy {
  static constexpr const char* kName = "operator";
  static std::expected<mapped::Options, std::string> options(std::string_view config) {
    return mapped::parse_options(config, mapped::Keys::kAll);
  }
};

struct Triaged {
  std::string_view name;
  Triage triage;
  std::string_view reason;
};
constexpr Triaged kTriaged[] = {
#define GMC_RARE(name, reason) {name, Triage::kRare, reason},
#define GMC_EQUIVALENT(name, reason) {name, Triage::kEquivalent, reason},
#define GMC_SURVIVES(name, reason) {name, Triage::kSurvives, reason},
#include "harness/backends/operators/triage.def"
};

OperatorFault fault(int number, std::string_view name, std::string_view what) {
  const auto* const row = std::ranges::find(kTriaged, name, &Triaged::name);
  return row == std::end(kTriaged) ? OperatorFault{number, name, what, Triage::kNone, {}}
                                   : OperatorFault{number, name, what, row->triage, row->reason};
}

const std::vector<OperatorFault>& faults() {
  static const std::vector<OperatorFault> faults = {
#define GMC_OPERATOR(number, name, what) fault(number, name, what),
#define GMC_LEFT_ALONE(count, why)
#include "harness/backends/operators/planted/table.inc"
#undef GMC_OPERATOR
#undef GMC_LEFT_ALONE
  };
  return faults;
}

// A fault is the process's, so all that are open have the same one. A backend is opened and closed by one thread.
int open_count = 0;

const GmcPlugin& copy() { return *Plugin<operators::mapped::Mapped<Planted>>::table(); }

GmcOutcome open(const GmcHost* host, const char* config, GmcBackend** backend) noexcept {
  const std::string_view text = config == nullptr ? std::string_view() : std::string_view(config);
  const std::string_view name = text.substr(0, text.find(','));
  const auto found = std::ranges::find(faults(), name, &OperatorFault::name);
  if (found == faults().end() && name != "none") {
    Host(host).error("config: `" + std::string(name) + "` is no operator; `none` or one of those of `gmcheck power --operators`");
    return gmc_outcome(GMC_INVALID_ARGUMENT);
  }
  const int number = found == faults().end() ? 0 : found->number;
  if (open_count > 0 && operators::wrong_place != number) {
    Host(host).error("another operator is wrong in this process, and one can be at a time");
    return gmc_outcome(GMC_UNSUPPORTED);
  }
  operators::wrong_place = number;
  const std::string rest(name.size() < text.size() ? text.substr(name.size() + 1) : std::string_view());
  const GmcOutcome outcome = copy().open(host, rest.c_str(), backend);
  if (outcome.status == GMC_OK) ++open_count;
  return outcome;
}
void close(GmcBackend* backend) noexcept {
  copy().close(backend);
  --open_count;
}

}  // namespace

std::span<const OperatorFault> operator_faults() { return faults(); }

std::span<const LeftAlone> operators_left_alone() {
  static constexpr LeftAlone kLeftAlone[] = {
#define GMC_OPERATOR(number, name, what)
#define GMC_LEFT_ALONE(count, why) {count, why},
#include "harness/backends/operators/planted/table.inc"
  };
  return kLeftAlone;
}

std::span<const std::string_view> stale_triage() {
  static const std::vector<std::string_view> stale = [] {
    std::vector<std::string_view> names;
    for (const Triaged& row : kTriaged) {
      if (std::ranges::find(faults(), row.name, &OperatorFault::name) == faults().end()) names.push_back(row.name);
    }
    return names;
  }();
  return stale;
}

std::span<const std::string_view> operator_configs() {
  static constexpr std::string_view kConfigs[] = {
      "",
      "own=memfd,fail=nothing,ranges=views,dirty=explicit,start=all_dirty,origin=region,granule=64,map=in_place,stale=denied,list=as_given,"
      "iova=1099511627776,dump=exact",
      "top=reject,cross=reject,holes=discard,discard=170,marks=requested,granule=64,zero_bytes=start_mapped,"
      "zero_typed=in_bounds_incl_end,zero_query=start_mapped,zero_slice=start_mapped,zero_fd=start_mapped,fd=stop,stale=denied,when="
      "harvest",
      "align=4096,last=1099511627775,top=reject,order=sorted,empty=accept,list=as_given,ranges=views,view_align=4096,dirty=explicit,"
      "map=addonly,total=created,counts=no,unaligned=hw,fd_exact=once,when=harvest",
      "ranges=views,holes=discard,granule=65536,when=release,denied=nothing,zero_bytes=in_bounds_incl_end,zero_fd=in_bounds_incl_end",
      "holes=fault,rights=region,ranges=none,dirty=none,atomics=no,map=none,fd=none",
      "order=positional,empty=accept,rights=guest,pointers=whole,faults=none",
      "layout=own",
  };
  return kConfigs;
}

const GmcPlugin* gmc_operators_plugin() {
  static const GmcPlugin kTable = [] {
    GmcPlugin table = copy();
    table.open = &open;
    table.close = &close;
    return table;
  }();
  return &kTable;
}

}  // namespace gmc
