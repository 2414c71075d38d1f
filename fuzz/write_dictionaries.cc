// SPDX-License-Identifier: Apache-2.0 OR MIT
// write_dictionaries FOLDER: the dictionaries of the targets, as TARGET.dict. Run by the build.
#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <utility>

#include "harness/program/dictionary.h"
#include "harness/report/folder.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: write_dictionaries FOLDER\n", stderr);
    return 2;
  }
  const auto bytes = gmc::print_dictionary(gmc::dictionary_of_bytes());
  const std::pair<const char*, std::string> files[] = {{"fuzz_lockstep", bytes},
                                                       {"fuzz_differential", bytes},
                                                       {"fuzz_bytes", bytes},
                                                       {"fuzz_text", gmc::print_dictionary(gmc::dictionary_of_text())},
                                                       {"fuzz_profile", gmc::print_dictionary(gmc::dictionary_of_profiles())}};
  for (const auto& [name, text] : files) {
    if (const auto written = gmc::write_file(fmt::format("{}/{}.dict", argv[1], name), text); !written) {
      std::fputs(fmt::format("write_dictionaries: {}\n", written.error().text()).c_str(), stderr);
      return 1;
    }
  }
  return 0;
}
