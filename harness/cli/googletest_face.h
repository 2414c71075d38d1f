// SPDX-License-Identifier: Apache-2.0 OR MIT
// GoogleTest as gmcheck runs it: quietly, with its XML caught, and with its sharding variables looked at before it does.
#ifndef GMCHECK_HARNESS_CLI_GOOGLETEST_FACE_H
#define GMCHECK_HARNESS_CLI_GOOGLETEST_FACE_H

#include <string>
#include <vector>

#include "harness/base/error.h"
#include "harness/report/report.h"

namespace gmc {

// GoogleTest would end the process with a code of its own.
[[nodiscard]] Result<void> check_shards();

// As the variables say, which have been checked.
[[nodiscard]] Shard shard();

// GoogleTest's own XML, taken from memory: so it cannot be left behind half-written.
class XmlCatcher {
 public:
  XmlCatcher();
  ~XmlCatcher();
  XmlCatcher(const XmlCatcher&) = delete;
  XmlCatcher& operator=(const XmlCatcher&) = delete;

  [[nodiscard]] std::string path() const;

 private:
  int file_;
};

// Once in a process, before tests are registered. `flags`: more of --gtest_...; `filter`: "" for all; `xml`: null where nobody reads it.
void start_googletest(const std::vector<std::string>& flags, const std::string& filter, const XmlCatcher* xml);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CLI_GOOGLETEST_FACE_H
