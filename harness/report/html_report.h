// SPDX-License-Identifier: Apache-2.0 OR MIT
// A report as one HTML page, which needs no network, no script and no second file.
#ifndef GMCHECK_HARNESS_REPORT_HTML_REPORT_H
#define GMCHECK_HARNESS_REPORT_HTML_REPORT_H

#include <span>
#include <string>
#include <string_view>

#include "harness/report/report.h"

namespace gmc {

// A backend with one fault in it that the check of a clause finds: what a pass of that clause excludes.
struct PlantedFault {
  Clause clause;
  std::string_view name;
  std::string_view what;
  std::string_view bug;  // a public one of that kind; "" where none is known
};

// `version` is gmcheck's. Well-formed XML as well as HTML 5, so that any reader can check it.
[[nodiscard]] std::string html_report(const Report& report, int exit_code, std::string_view version, std::span<const PlantedFault> planted);

// Text for an element or a quoted attribute; what is no text is replaced.
[[nodiscard]] std::string escaped_html(std::string_view text);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_REPORT_HTML_REPORT_H
