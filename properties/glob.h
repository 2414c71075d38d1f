// SPDX-License-Identifier: Apache-2.0 OR MIT
#ifndef GMCHECK_PROPERTIES_GLOB_H
#define GMCHECK_PROPERTIES_GLOB_H

#include <string_view>

namespace gmc {

// True where all of `text` is what `pattern` says: * any number of characters, ? one.
[[nodiscard]] bool matches_glob(std::string_view pattern, std::string_view text);

}  // namespace gmc

#endif  // GMCHECK_PROPERTIES_GLOB_H
