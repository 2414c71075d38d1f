// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/cli/version.h"

#include <fmt/format.h>
#include <gmcheck.h>

#include "harness/program/contract_version.h"
#include "harness/report/json_report.h"

namespace gmc {

std::string program_version() { return GMC_VERSION; }

std::string version_line() {
  return fmt::format("gmcheck {}, contract {}, report {}, ABI {}", program_version(), kContractVersion, kReportVersion, GMC_ABI_VERSION);
}

}  // namespace gmc
