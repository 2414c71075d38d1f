// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a worker leaves behind when a signal ends it: where it was.
#ifndef GMCHECK_HARNESS_CAMPAIGN_CRASH_HANDLER_H
#define GMCHECK_HARNESS_CAMPAIGN_CRASH_HANDLER_H

#include "harness/campaign/flight_recorder.h"

namespace gmc {

// From now on a signal that ends this process leaves its back-trace in `record`, which has to stay mapped. To be called once, on the main
// thread, before a plugin is loaded: one that takes a signal passes on what is not its own. Under a sanitizer nothing is done, for its own
// report says more.
void record_crashes(FlightRecord& record);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CAMPAIGN_CRASH_HANDLER_H
