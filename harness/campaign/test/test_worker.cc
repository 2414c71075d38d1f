// SPDX-License-Identifier: Apache-2.0 OR MIT
// A worker with one built-in backend, for the tests beside this file: the product's worker is wired above this layer.
#include <array>

#include "harness/backends/mmap/mmap.h"
#include "harness/campaign/worker.h"

int main(int argc, char** argv) {
  static constexpr std::array<gmc::BuiltIn, 1> kBuiltIns = {{{"mmap", gmc::gmc_mmap_plugin, "the product"}}};
  return gmc::worker_main(argc, argv, kBuiltIns);
}
