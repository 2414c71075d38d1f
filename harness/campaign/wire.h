// SPDX-License-Identifier: Apache-2.0 OR MIT
// Orders and answers between supervisor and worker: JSON in frames. Seldom enough that text costs nothing; what is frequent goes through
// the flight recorder. Whatever a worker sends is decoded as untrusted input: an Error, never an exception or a value out of range.
#ifndef GMCHECK_HARNESS_CAMPAIGN_WIRE_H
#define GMCHECK_HARNESS_CAMPAIGN_WIRE_H

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/error.h"
#include "harness/campaign/order.h"
#include "harness/program/verdict.h"
#include "harness/reference/reference.h"

namespace gmc {

using Json = nlohmann::json;

// Changes with every change of a message; worker and supervisor are of one build.
inline constexpr std::uint32_t kWireVersion = 3;

// What a worker says once the backend is open.
struct Opened {
  std::string name;          // of the implementation
  std::string version;       // of the implementation
  std::string profile_text;  // as the backend wrote it, or as the caller of the worker did
  Offers offers;
  std::string sanitizer;  // that the worker was built with: "", "address" or "thread"
  Layout adopted = {};    // the backend's own memory, where `layout = own`
};

// A finding with the program that shows it, and where it was met.
struct Found {
  Blamed blamed = {};
  std::uint64_t batch = 0;   // of the campaign
  std::uint64_t number = 0;  // of the program in its batch or list
  std::uint64_t count = 1;   // how often it was met
};

// The end of an order.
struct Done {
  RunStatistics statistics;
  Evidence evidence;
  std::uint64_t skipped_programs = 0;       // could not run here
  std::string skip_reason;                  // of one of them
  std::vector<std::uint64_t> skipped;       // of a ListOrder: their numbers
  std::vector<std::uint32_t> cells;         // newly steered round
  std::vector<std::uint64_t> known_counts;  // of GenerateOrder::known
  std::vector<OpKind> unsteerable;          // operations whose findings come back although their cells are steered round
  bool renews_memory = false;               // reset turned out not to work
  bool needs_new_worker = false;            // too much was left behind in this one
  std::uint64_t next_batch = 0;             // the first that was not finished
  std::string stopped;                      // why it ended early, in one line; empty: it did not
  std::uint32_t cell = 0;                   // the answer to a CellOrder
  std::uint32_t shown = 0;                  // the answer to a CheckOrder: how many times
};

// One operation of a trace.
struct TraceLine {
  std::uint32_t index = 0;
  bool was_skipped = false;
  bool agrees = true;
  std::string expected = {};
  std::string got = {};
  GmcOutcome outcome{};
  std::string where = {};  // "0x1ffc", "0xffc (of the memory: 0x1ffc)": the address that was passed; "" where nobody asked, or none was
};

// What led to the finding of a trace, in lines of text. All of it is bounded, and says what it leaves out.
struct TraceDetail {
  std::uint32_t op_index = 0;             // of the finding; kOpsMax or more: it is no operation's
  std::vector<std::string> picture = {};  // the memory's map when that operation ran
  std::vector<std::string> diff = {};     // the bytes that are wrong and whose they are; empty where the finding is about something else
  std::vector<std::uint32_t> mentioned = {};  // operations that `diff` names
};

[[nodiscard]] Json encode(const Order& order);
[[nodiscard]] Result<Order> decode_order(const Json& json);

[[nodiscard]] Json encode(const Opened& opened);
[[nodiscard]] Result<Opened> decode_opened(const Json& json);
[[nodiscard]] Json encode(const Error& error);
[[nodiscard]] Json encode(const Finding& finding);
[[nodiscard]] Result<Finding> decode_finding(const Json& json);
[[nodiscard]] Json encode(const Blamed& blamed);
[[nodiscard]] Result<Blamed> decode_blamed(const Json& json);
[[nodiscard]] Json encode(const Found& found);
[[nodiscard]] Result<Found> decode_found(const Json& json);
[[nodiscard]] Json encode(const Done& done);
[[nodiscard]] Result<Done> decode_done(const Json& json);
[[nodiscard]] Json encode(const TraceLine& line);
[[nodiscard]] Result<TraceLine> decode_trace_line(const Json& json);
[[nodiscard]] Json encode(const TraceDetail& detail);
[[nodiscard]] Result<TraceDetail> decode_trace_detail(const Json& json);

// A message is an object with its kind under "is" and the rest under "what".
[[nodiscard]] Json message(std::string_view kind, Json what);
[[nodiscard]] std::string kind_of(const Json& message);  // "" where it has none
[[nodiscard]] const Json& what_of(const Json& message);  // null where there is nothing

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CAMPAIGN_WIRE_H
