// SPDX-License-Identifier: Apache-2.0 OR MIT
// Text from elsewhere, a backend's log above all, made fit for terminals, XML and JSON.
#ifndef GMCHECK_HARNESS_REPORT_PRINTABLE_H
#define GMCHECK_HARNESS_REPORT_PRINTABLE_H

#include <string>
#include <string_view>

namespace gmc {

// Valid UTF-8 without control characters: newlines and tabs stay, everything else that is not printable becomes U+FFFD, one for each byte.
// What a backend writes can thus neither move a terminal's cursor nor make a report unreadable.
[[nodiscard]] std::string printable(std::string_view text);

// The same in one line: newlines and tabs become blanks, those at the end vanish.
[[nodiscard]] std::string printable_line(std::string_view text);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_REPORT_PRINTABLE_H
