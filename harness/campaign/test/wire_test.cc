// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/campaign/wire.h"

#include <gtest/gtest.h>

#include "harness/base/random.h"
#include "harness/campaign/answers.h"
#include "harness/campaign/channel.h"
#include "harness/generate/generator.h"

namespace gmc {
namespace {

Blamed some_blamed() {
  Generator generator(Profile{}, GeneratorSettings{});
  generator.begin(5);
  Blamed blamed;
  generator.next(blamed.program);
  blamed.finding = {.verdict = Verdict::kViolation,
                    .clause = Clause::kRW7,
                    .divergence = {.part = Part::kBytes, .expected_status = 1, .got_status = 2},
                    .op = OpKind::kWrite,
                    .op_index = 3,
                    .cell = 0xfedcba98,
                    .expected = "ok",
                    .got = "\"quoted\"\n",
                    .note = "note",
                    .back_trace = {"a+0x1", "b+0x2  c+0x3"}};
  return blamed;
}

Json through_frames(const Json& json) {
  FrameReader reader;
  for (const char byte : frame(json)) reader.add(&byte, 1);
  return reader.next().value_or(Json());
}

TEST(Wire, OrdersArriveAsTheyWereSent) {
  GenerateOrder generate;
  generate.settings.weights[3] = 17;
  generate.settings.emphasis = LayoutEmphasis::kTop;
  generate.settings.stretched_one_in = 5;
  generate.seed = UINT64_MAX;
  generate.avoided = {1, UINT32_MAX};
  generate.known = {some_blamed().finding};
  const std::vector<Order> orders = {generate,
                                     ListOrder{.programs = {some_blamed().program}, .compare = Compare::kAfterEach},
                                     MinimizeOrder{.blamed = some_blamed(), .budget_ms = 9},
                                     CheckOrder{.blamed = some_blamed(), .times = 4},
                                     TraceOrder{.program = some_blamed().program, .in_detail = true, .stops_at = 3},
                                     AnswersOrder{{some_blamed().program, some_blamed().program}},
                                     CellOrder{some_blamed().program, 7},
                                     CloseOrder{}};
  for (const Order& order : orders) {
    const Json sent = encode(order);
    const auto arrived = decode_order(through_frames(sent));
    ASSERT_TRUE(arrived.has_value()) << arrived.error().text();
    EXPECT_EQ(encode(*arrived), sent);
  }
}

TEST(Wire, AnswersArriveAsTheyWereSent) {
  Done done;
  done.statistics.operations = 1u << 31;
  done.evidence.add(Clause::kREG10, 3);
  done.unsteerable = {OpKind::kReset};
  done.stopped = "why";
  const auto done_again = decode_done(through_frames(encode(done)));
  ASSERT_TRUE(done_again.has_value()) << done_again.error().text();
  EXPECT_EQ(encode(*done_again), encode(done));

  const Found found{.blamed = some_blamed(), .batch = 1, .number = 2, .count = 3};
  const auto found_again = decode_found(through_frames(encode(found)));
  ASSERT_TRUE(found_again.has_value()) << found_again.error().text();
  EXPECT_EQ(encode(*found_again), encode(found));
  EXPECT_EQ(found_again->blamed.finding.back_trace, found.blamed.finding.back_trace);

  Opened opened{.name = "n", .version = "v", .profile_text = "granule = 4096\n", .offers = {}, .sanitizer = "", .adopted = {}};
  opened.adopted.regions.push_back({.base = 4096, .size = 4096});
  const auto opened_again = decode_opened(through_frames(encode(opened)));
  ASSERT_TRUE(opened_again.has_value()) << opened_again.error().text();
  EXPECT_EQ(opened_again->adopted, opened.adopted);

  TraceLine line{.index = 4, .was_skipped = false, .agrees = false, .expected = "ok", .got = "denied", .outcome = {}, .where = "0x10"};
  line.outcome.status = GMC_DENIED;
  const auto line_again = decode_trace_line(through_frames(encode(line)));
  ASSERT_TRUE(line_again.has_value()) << line_again.error().text();
  EXPECT_EQ(encode(*line_again), encode(line));

  const TraceDetail detail{.op_index = 4, .picture = {"a", "b"}, .diff = {"c"}, .mentioned = {0, kOpsMax - 1}};
  const auto detail_again = decode_trace_detail(through_frames(encode(detail)));
  ASSERT_TRUE(detail_again.has_value()) << detail_again.error().text();
  EXPECT_EQ(encode(*detail_again), encode(detail));
  Json bad = encode(detail);
  bad["picture"][1] = 7;
  EXPECT_FALSE(decode_trace_detail(bad).has_value()) << "what is shown is text";
}

NumberedAnswers some_answers() {
  OpAnswer first{.index = 2, .status = GMC_SHORT, .count = 0, .address = UINT64_MAX, .value = 7, .bytes = 9, .shown = "0a.."};
  first.open = {.count = true, .value = false, .bytes = true};
  first.statuses = 0x80000001;
  first.allowed = UINT64_MAX;
  first.moved = 5;
  first.may_have_moved = true;
  first.clause = Clause::kRW7;
  first.clause_of_count = Clause::kRW8;
  return {.number = 63, .ops = {first, {.index = 3, .was_skipped = true}, {.index = 4}}, .skip_reason = "why"};
}

TEST(Wire, AnswersToAProgramArriveAsTheyWereSent) {
  const NumberedAnswers sent = some_answers();
  const auto arrived = decode_answers(through_frames(encode(sent)));
  ASSERT_TRUE(arrived.has_value()) << arrived.error().text();
  EXPECT_EQ(arrived->number, sent.number);
  EXPECT_EQ(arrived->ops, sent.ops);
  EXPECT_EQ(arrived->skip_reason, sent.skip_reason);
}

TEST(Wire, AnswersOutOfRangeAreRefused) {
  const Json whole = encode(some_answers());
  const std::size_t columns = whole.at("ops").at(2).size();
  const auto refuses = [&](std::size_t row, const Json& changed) {
    Json bad = whole;
    bad["ops"][row] = changed;
    return !decode_answers(bad).has_value();
  };
  EXPECT_FALSE(refuses(2, whole.at("ops").at(2)));
  for (std::size_t column = 0; column < columns; ++column) {
    for (const Json& value : {Json(-1), Json("0"), Json(nullptr)}) {
      Json row = whole.at("ops").at(2);
      row[column] = value;
      EXPECT_TRUE(refuses(2, row)) << column << " " << value;
    }
  }
  for (const auto& [column, value] :
       {std::pair<std::size_t, std::uint64_t>{0, kOpsMax}, {1, 256}, {2, 65536}, {7, 1ull << 32}, {10, kClauseCount}, {11, kClauseCount}}) {
    Json row = whole.at("ops").at(2);
    row[column] = value;
    EXPECT_TRUE(refuses(2, row)) << column;
  }
  Json row = whole.at("ops").at(2);
  row.erase(0);
  EXPECT_TRUE(refuses(2, row));
  row = whole.at("ops").at(0);
  row.back() = 3;
  EXPECT_TRUE(refuses(0, row)) << "what is shown is text";
  row.push_back("more");
  EXPECT_TRUE(refuses(0, row));
}

TEST(Wire, AnotherVersionIsRefused) {
  Json opened = encode(Opened{.name = {}, .version = {}, .profile_text = {}, .offers = {}, .sanitizer = {}, .adopted = {}});
  opened["wire"] = kWireVersion + 1;
  const auto decoded = decode_opened(opened);
  ASSERT_FALSE(decoded.has_value());
  EXPECT_NE(decoded.error().text().find("not of one build"), std::string::npos) << decoded.error().text();
}

TEST(Wire, NumbersOutOfRangeAreRefused) {
  Json finding = encode(some_blamed().finding);
  ASSERT_TRUE(decode_finding(finding).has_value());
  for (const char* key : {"verdict", "part", "op"}) {
    Json bad = finding;
    bad[key] = 250u;
    EXPECT_FALSE(decode_finding(bad).has_value()) << key;
    bad[key] = -1;
    EXPECT_FALSE(decode_finding(bad).has_value()) << key;
    bad[key] = "0";
    EXPECT_FALSE(decode_finding(bad).has_value()) << key;
    bad.erase(key);
    EXPECT_FALSE(decode_finding(bad).has_value()) << key;
  }
  finding["clause"] = "GM-RW-999";
  EXPECT_FALSE(decode_finding(finding).has_value());
}

TEST(Wire, TextThatIsNotUtf8IsReplaced) {
  Finding finding = some_blamed().finding;
  finding.note = "log \xff\xfe end";
  const auto again = decode_finding(through_frames(encode(finding)));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->note.substr(0, 4), "log ");
}

TEST(FrameReader, WhatIsNoFrameIsNullOnce) {
  FrameReader too_long;
  too_long.add("\xff\xff\xff\xff", 4);
  ASSERT_TRUE(too_long.next().has_value());
  EXPECT_FALSE(too_long.next().has_value());
  FrameReader no_json;
  no_json.add("\x02\x00\x00\x00{]", 6);
  const auto message = no_json.next();
  ASSERT_TRUE(message.has_value());
  EXPECT_TRUE(message->is_null());
}

// One byte of a message is anything else: an error or a message, never an exception.
TEST(Wire, OutlivesDamagedMessages) {
  Random random(1);
  const std::string whole = encode(Found{.blamed = some_blamed()}).dump();
  for (int i = 0; i < 3000; ++i) {
    std::string text = whole;
    text[random.below(static_cast<std::uint32_t>(text.size()))] = static_cast<char>(random.next());
    const Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded()) continue;
    if (const auto found = decode_found(json)) {
      EXPECT_TRUE(validate(found->blamed.program).has_value());
    }
  }
  for (const char* text : {"null", "[]", "3", "{}", "{\"is\":3}", "{\"is\":\"found\",\"what\":[]}"}) {
    const Json json = Json::parse(text);
    EXPECT_FALSE(decode_found(what_of(json)).has_value());
    EXPECT_FALSE(decode_order(json).has_value());
  }
}

}  // namespace
}  // namespace gmc
