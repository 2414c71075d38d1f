// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/program/layout.h"

#include "harness/program/address_map.h"

namespace gmc {

Gpa resolve(const Address& address, const Layout& layout) { return AddressMap(layout).resolve(address); }

Address symbolic(Gpa gpa, const Layout& layout) { return AddressMap(layout).symbolic(gpa); }

}  // namespace gmc
