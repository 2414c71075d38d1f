// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/campaign/wire.h"

#include <fmt/format.h>

#include <utility>

#include "harness/campaign/fields.h"
#include "harness/program/text.h"

namespace gmc {

namespace {

Result<OpKind> decode_kind(const Json& json) {
  GMC_TRY(number, decode_number<std::uint8_t>(json));
  if (number >= kOpKindCount) return fail({}, "holds an unknown operation");
  return static_cast<OpKind>(number);
}

Result<std::string> decode_text(const Json& json) {
  if (!json.is_string()) return fail({}, "holds what is no text");
  return json.get<std::string>();
}

// Programs travel as text: it has a parser that is strict and tested, and messages can be read.
Result<Program> decode_program(const Json& json) {
  if (!json.is_string()) return fail({}, "holds a program that is no text");
  GMC_TRY(document, read_program(json.get_ref<const std::string&>(), "program"));
  return std::move(document.program);
}

Json encode_programs(const std::vector<Program>& programs) {
  Json json = Json::array();
  for (const Program& program : programs) json.push_back(print(program));
  return json;
}

Json encode_findings(const std::vector<Finding>& findings) {
  Json json = Json::array();
  for (const Finding& finding : findings) json.push_back(encode(finding));
  return json;
}

Json encode_layout(const Layout& layout) {
  Program carrier;
  carrier.layouts.push_back(layout);
  return print(carrier);
}

Result<Layout> decode_layout(const Json& json) {
  GMC_TRY(carrier, decode_program(json));
  return std::move(carrier.layouts.front());
}

Json encode_settings(const GeneratorSettings& settings) {
  return {{"ops", settings.ops_per_program},
          {"weights", settings.weights},
          {"emphasis", static_cast<unsigned>(settings.emphasis)},
          {"swarm", settings.swarm},
          {"unclaimed", settings.unclaimed},
          {"submits", settings.submits},
          {"huge", settings.huge_regions},
          {"candidates", settings.candidates},
          {"adopted", encode_layout(settings.adopted)},
          {"stretched_one_in", settings.stretched_one_in}};
}

Result<GeneratorSettings> decode_settings(const Json& json) {
  Fields fields(json);
  GeneratorSettings settings;
  fields.read("ops", settings.ops_per_program);
  fields.read_array("weights", settings.weights);
  fields.read("emphasis", settings.emphasis, static_cast<std::size_t>(LayoutEmphasis::kSmall) + 1);
  fields.read("swarm", settings.swarm);
  fields.read("unclaimed", settings.unclaimed);
  fields.read("submits", settings.submits);
  fields.read("huge", settings.huge_regions);
  fields.read("candidates", settings.candidates);
  fields.read("stretched_one_in", settings.stretched_one_in);
  fields.read("adopted", settings.adopted, decode_layout);
  return fields.finish(std::move(settings));
}

Json encode_generate(const GenerateOrder& order) {
  return {{"settings", encode_settings(order.settings)},
          {"seed", order.seed},
          {"first_batch", order.first_batch},
          {"batch_count", order.batch_count},
          {"first_number", order.first_number},
          {"programs_per_batch", order.programs_per_batch},
          {"budget_ms", order.budget_ms},
          {"renews_memory", order.renews_memory},
          {"looks_for_leaks", order.looks_for_leaks},
          {"avoided", order.avoided},
          {"known", encode_findings(order.known)}};
}

Result<Order> decode_generate(const Json& json) {
  Fields fields(json);
  GenerateOrder order;
  fields.read("settings", order.settings, decode_settings);
  fields.read("seed", order.seed);
  fields.read("first_batch", order.first_batch);
  fields.read("batch_count", order.batch_count);
  fields.read("first_number", order.first_number);
  fields.read("programs_per_batch", order.programs_per_batch);
  fields.read("budget_ms", order.budget_ms);
  fields.read("renews_memory", order.renews_memory);
  fields.read("looks_for_leaks", order.looks_for_leaks);
  fields.read_list("avoided", order.avoided, decode_number<std::uint32_t>);
  fields.read_list("known", order.known, decode_finding);
  return fields.finish(Order(std::move(order)));
}

Json encode_list(const ListOrder& order) {
  return {{"programs", encode_programs(order.programs)},
          {"compare", static_cast<unsigned>(order.compare)},
          {"keeps_memory", order.keeps_memory},
          {"blames", order.blames},
          {"rounds", order.rounds},
          {"leak_cycles", order.leak_cycles},
          {"avoided", order.avoided}};
}

Result<Order> decode_list(const Json& json) {
  Fields fields(json);
  ListOrder order;
  fields.read_list("programs", order.programs, decode_program);
  fields.read("compare", order.compare, static_cast<std::size_t>(Compare::kAfterEach) + 1);
  fields.read("keeps_memory", order.keeps_memory);
  fields.read("blames", order.blames);
  fields.read("rounds", order.rounds);
  fields.read("leak_cycles", order.leak_cycles);
  fields.read_list("avoided", order.avoided, decode_number<std::uint32_t>);
  return fields.finish(Order(std::move(order)));
}

Result<Order> decode_minimize(const Json& json) {
  Fields fields(json);
  MinimizeOrder order;
  fields.read("blamed", order.blamed, decode_blamed);
  fields.read("budget_ms", order.budget_ms);
  return fields.finish(Order(std::move(order)));
}

Result<Order> decode_check(const Json& json) {
  Fields fields(json);
  CheckOrder order;
  fields.read("blamed", order.blamed, decode_blamed);
  fields.read("times", order.times);
  return fields.finish(Order(std::move(order)));
}

Result<Order> decode_trace(const Json& json) {
  Fields fields(json);
  TraceOrder order;
  fields.read("program", order.program, decode_program);
  fields.read("in_detail", order.in_detail);
  fields.read("stops_at", order.stops_at);
  return fields.finish(Order(std::move(order)));
}

Result<Order> decode_answers_order(const Json& json) {
  Fields fields(json);
  AnswersOrder order;
  fields.read_list("programs", order.programs, decode_program);
  return fields.finish(Order(std::move(order)));
}

Result<Order> decode_cell(const Json& json) {
  Fields fields(json);
  CellOrder order;
  fields.read("program", order.program, decode_program);
  fields.read("op_index", order.op_index);
  return fields.finish(Order(std::move(order)));
}

struct OrderEncoder {
  Json operator()(const GenerateOrder& order) const { return message("generate", encode_generate(order)); }
  Json operator()(const ListOrder& order) const { return message("list", encode_list(order)); }
  Json operator()(const MinimizeOrder& order) const {
    return message("minimize", {{"blamed", encode(order.blamed)}, {"budget_ms", order.budget_ms}});
  }
  Json operator()(const CheckOrder& order) const { return message("check", {{"blamed", encode(order.blamed)}, {"times", order.times}}); }
  Json operator()(const TraceOrder& order) const {
    return message("trace", {{"program", print(order.program)}, {"in_detail", order.in_detail}, {"stops_at", order.stops_at}});
  }
  Json operator()(const AnswersOrder& order) const { return message("answers", {{"programs", encode_programs(order.programs)}}); }
  Json operator()(const CellOrder& order) const {
    return message("cell", {{"program", print(order.program)}, {"op_index", order.op_index}});
  }
  Json operator()(const CloseOrder&) const { return message("close", Json::object()); }
};

}  // namespace

Json message(std::string_view kind, Json what) { return {{"is", kind}, {"what", std::move(what)}}; }

std::string kind_of(const Json& message) {
  if (!message.is_object()) return {};
  const auto found = message.find("is");
  return found != message.end() && found->is_string() ? found->get<std::string>() : std::string();
}

const Json& what_of(const Json& message) {
  static const Json kNull;
  if (!message.is_object()) return kNull;
  const auto found = message.find("what");
  return found != message.end() ? *found : kNull;
}

Json encode(const Order& order) { return std::visit(OrderEncoder{}, order); }

Result<Order> decode_order(const Json& json) {
  const std::string kind = kind_of(json);
  const Json& what = what_of(json);
  if (kind == "generate") return decode_generate(what);
  if (kind == "list") return decode_list(what);
  if (kind == "minimize") return decode_minimize(what);
  if (kind == "check") return decode_check(what);
  if (kind == "trace") return decode_trace(what);
  if (kind == "answers") return decode_answers_order(what);
  if (kind == "cell") return decode_cell(what);
  if (kind == "close") return CloseOrder{};
  return fail("order", fmt::format("'{}' is unknown", kind));
}

Json encode(const Opened& opened) {
  return {{"wire", kWireVersion},
          {"name", opened.name},
          {"version", opened.version},
          {"profile", opened.profile_text},
          {"space_open", opened.offers.space_open},
          {"harvest_dense", opened.offers.harvest_dense},
          {"harvest_sparse", opened.offers.harvest_sparse},
          {"submit_only", opened.offers.submit_only},
          {"sanitizer", opened.sanitizer},
          {"adopted", encode_layout(opened.adopted)}};
}

Result<Opened> decode_opened(const Json& json) {
  Fields fields(json);
  Opened opened;
  if (fields.number("wire", UINT32_MAX) != kWireVersion) fields.complain("is of another version: worker and gmcheck are not of one build");
  fields.read("name", opened.name);
  fields.read("version", opened.version);
  fields.read("profile", opened.profile_text);
  fields.read("space_open", opened.offers.space_open);
  fields.read("harvest_dense", opened.offers.harvest_dense);
  fields.read("harvest_sparse", opened.offers.harvest_sparse);
  fields.read("submit_only", opened.offers.submit_only);
  fields.read("sanitizer", opened.sanitizer);
  fields.read("adopted", opened.adopted, decode_layout);
  return fields.finish(std::move(opened));
}

Json encode(const Error& error) { return {{"place", error.place}, {"cause", error.cause}}; }

Json encode(const Finding& finding) {
  return {{"verdict", static_cast<unsigned>(finding.verdict)},
          {"clause", id(finding.clause)},
          {"part", static_cast<unsigned>(finding.divergence.part)},
          {"expected_status", finding.divergence.expected_status},
          {"got_status", finding.divergence.got_status},
          {"op", static_cast<unsigned>(finding.op)},
          {"op_index", finding.op_index},
          {"cell", finding.cell},
          {"expected", finding.expected},
          {"got", finding.got},
          {"note", finding.note},
          {"back_trace", finding.back_trace}};
}

Result<Finding> decode_finding(const Json& json) {
  Fields fields(json);
  Finding finding;
  std::string clause;
  fields.read("verdict", finding.verdict, kVerdictCount);
  fields.read("clause", clause);
  fields.read("part", finding.divergence.part, kPartCount);
  fields.read("expected_status", finding.divergence.expected_status);
  fields.read("got_status", finding.divergence.got_status);
  fields.read("op", finding.op, kOpKindCount);
  fields.read("op_index", finding.op_index);
  fields.read("cell", finding.cell);
  fields.read("expected", finding.expected);
  fields.read("got", finding.got);
  fields.read("note", finding.note);
  fields.read_list("back_trace", finding.back_trace, decode_text);
  if (const auto found = find_clause(clause)) {
    finding.clause = *found;
  } else {
    fields.complain("names an unknown clause");
  }
  return fields.finish(std::move(finding));
}

Json encode(const Blamed& blamed) { return {{"finding", encode(blamed.finding)}, {"program", print(blamed.program)}}; }

Result<Blamed> decode_blamed(const Json& json) {
  Fields fields(json);
  Blamed blamed;
  fields.read("finding", blamed.finding, decode_finding);
  fields.read("program", blamed.program, decode_program);
  return fields.finish(std::move(blamed));
}

Json encode(const Found& found) {
  return {{"blamed", encode(found.blamed)}, {"batch", found.batch}, {"number", found.number}, {"count", found.count}};
}

Result<Found> decode_found(const Json& json) {
  Fields fields(json);
  Found found;
  fields.read("blamed", found.blamed, decode_blamed);
  fields.read("batch", found.batch);
  fields.read("number", found.number);
  fields.read("count", found.count);
  return fields.finish(std::move(found));
}

Json encode(const Done& done) {
  Json unsteerable = Json::array();
  for (const OpKind kind : done.unsteerable) unsteerable.push_back(static_cast<unsigned>(kind));
  return {{"programs", done.statistics.programs},
          {"operations", done.statistics.operations},
          {"inside", done.statistics.inside},
          {"skipped", done.statistics.skipped},
          {"by_kind", done.statistics.by_kind},
          {"checks", done.evidence.checks},
          {"skipped_programs", done.skipped_programs},
          {"skip_reason", done.skip_reason},
          {"skipped_numbers", done.skipped},
          {"cells", done.cells},
          {"known_counts", done.known_counts},
          {"unsteerable", std::move(unsteerable)},
          {"renews_memory", done.renews_memory},
          {"needs_new_worker", done.needs_new_worker},
          {"next_batch", done.next_batch},
          {"stopped", done.stopped},
          {"cell", done.cell},
          {"shown", done.shown}};
}

Result<Done> decode_done(const Json& json) {
  Fields fields(json);
  Done done;
  fields.read("programs", done.statistics.programs);
  fields.read("operations", done.statistics.operations);
  fields.read("inside", done.statistics.inside);
  fields.read("skipped", done.statistics.skipped);
  fields.read_array("by_kind", done.statistics.by_kind);
  fields.read_array("checks", done.evidence.checks);
  fields.read("skipped_programs", done.skipped_programs);
  fields.read("skip_reason", done.skip_reason);
  fields.read_list("skipped_numbers", done.skipped, decode_number<std::uint64_t>);
  fields.read_list("cells", done.cells, decode_number<std::uint32_t>);
  fields.read_list("known_counts", done.known_counts, decode_number<std::uint64_t>);
  fields.read_list("unsteerable", done.unsteerable, decode_kind);
  fields.read("renews_memory", done.renews_memory);
  fields.read("needs_new_worker", done.needs_new_worker);
  fields.read("next_batch", done.next_batch);
  fields.read("stopped", done.stopped);
  fields.read("cell", done.cell);
  fields.read("shown", done.shown);
  return fields.finish(std::move(done));
}

Json encode(const TraceLine& line) {
  return {{"index", line.index},
          {"was_skipped", line.was_skipped},
          {"agrees", line.agrees},
          {"expected", line.expected},
          {"got", line.got},
          {"status", line.outcome.status},
          {"flags", line.outcome.flags},
          {"count", line.outcome.count},
          {"address", line.outcome.address},
          {"value", line.outcome.value},
          {"where", line.where}};
}

Result<TraceLine> decode_trace_line(const Json& json) {
  Fields fields(json);
  TraceLine line;
  fields.read("index", line.index);
  fields.read("was_skipped", line.was_skipped);
  fields.read("agrees", line.agrees);
  fields.read("expected", line.expected);
  fields.read("got", line.got);
  fields.read("status", line.outcome.status);
  fields.read("flags", line.outcome.flags);
  fields.read("count", line.outcome.count);
  fields.read("address", line.outcome.address);
  fields.read("value", line.outcome.value);
  fields.read("where", line.where);
  return fields.finish(line);
}

Json encode(const TraceDetail& detail) {
  return {{"op_index", detail.op_index}, {"picture", detail.picture}, {"diff", detail.diff}, {"mentioned", detail.mentioned}};
}

Result<TraceDetail> decode_trace_detail(const Json& json) {
  Fields fields(json);
  TraceDetail detail;
  fields.read("op_index", detail.op_index);
  fields.read_list("picture", detail.picture, decode_text);
  fields.read_list("diff", detail.diff, decode_text);
  fields.read_list("mentioned", detail.mentioned, decode_number<std::uint32_t>);
  return fields.finish(std::move(detail));
}

}  // namespace gmc
