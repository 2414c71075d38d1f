// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/program/dictionary.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include "harness/program/byte_form.h"
#include "harness/program/profile.h"
#include "harness/program/text.h"

namespace gmc {
namespace {

const DictionaryWord& word_of(const std::vector<DictionaryWord>& words, const std::string& name) {
  const auto found = std::ranges::find(words, name, &DictionaryWord::name);
  EXPECT_NE(found, words.end()) << name;
  return *found;
}

std::vector<std::uint8_t> bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

TEST(Dictionary, NamesAreNamesAndWordsFit) {
  for (const auto& words : {dictionary_of_bytes(), dictionary_of_text(), dictionary_of_profiles()}) {
    std::set<std::string> names;
    EXPECT_GT(words.size(), 60u);
    for (const DictionaryWord& word : words) {
      EXPECT_TRUE(names.insert(word.name).second) << word.name;
      EXPECT_TRUE(std::ranges::all_of(word.name, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; })) << word.name;
      EXPECT_FALSE(word.bytes.empty()) << word.name;
      EXPECT_LE(word.bytes.size(), kDictionaryWordMax) << word.name;
    }
  }
}

TEST(Dictionary, EveryOperationThatRunsHasAnExampleThatIsValid) {
  for (std::size_t i = 0; i < kOpKindCount; ++i) {
    const auto kind = static_cast<OpKind>(i);
    const auto example = example_of(kind);
    ASSERT_EQ(example.has_value(), info(kind).runs) << info(kind).name;
    if (!example) continue;
    const auto valid = validate(*example);
    EXPECT_TRUE(valid.has_value()) << info(kind).name << ": " << valid.error().text();
  }
}

// The word in place of the record that the example has there: that operation again.
TEST(Dictionary, RecordOfAnOperationIsThatOperation) {
  const auto words = dictionary_of_bytes();
  for (std::size_t i = 0; i < kOpKindCount; ++i) {
    const auto kind = static_cast<OpKind>(i);
    const auto example = example_of(kind);
    if (!example) continue;
    const DictionaryWord& word = word_of(words, fmt::format("op_{}", info(kind).name));
    ASSERT_EQ(word.bytes.size(), kByteRecordSize);
    const auto at = std::ranges::find(example->ops, kind, &Op::kind) - example->ops.begin();
    std::vector<std::uint8_t> bytes;
    encode_bytes(*example, bytes);
    const auto record =
        bytes.end() - static_cast<std::ptrdiff_t>(kByteRecordSize) * (static_cast<std::ptrdiff_t>(example->ops.size()) - at);
    std::fill_n(record, kByteRecordSize, std::uint8_t{0});
    std::ranges::copy(bytes_of(word.bytes), record);
    Program decoded;
    decode_bytes(bytes, decoded);
    EXPECT_EQ(decoded, *example) << word.name;
  }
}

TEST(Dictionary, RecordOfAnEntryIsThatEntry) {
  const auto words = dictionary_of_bytes();
  const auto decoded = [&](const char* name) {
    std::vector<std::uint8_t> bytes(kByteHeaderSize, 0);
    for (const char* record : {name, "entry_own", "op_Read"}) {
      const auto more = bytes_of(word_of(words, record).bytes);
      bytes.insert(bytes.end(), more.begin(), more.end());
    }
    Program program;
    decode_bytes(bytes, program);
    return program;
  };
  const auto first = [&](const char* name) { return decoded(name).layouts.front().regions.front(); };
  EXPECT_EQ(first("entry_own").backing, Backing::kOwn);
  EXPECT_EQ(first("entry_file").backing, Backing::kFile);
  EXPECT_EQ(first("entry_file").file_offset, kFileUnit);
  EXPECT_EQ(first("entry_host").backing, Backing::kHost);
  EXPECT_TRUE(first("entry_window").is_window);
  EXPECT_TRUE(first("entry_read_only").is_read_only);
  EXPECT_EQ(decoded("layout").layouts.size(), 2u);
  EXPECT_EQ(decoded("entry_own").ops.front().kind, OpKind::kRead);
}

// Put in the place of the size of a write, whose record has it behind the tag, `fail`, the space and the address.
TEST(Dictionary, CodedNumberIsThatNumber) {
  const auto words = dictionary_of_bytes();
  auto program = example_of(OpKind::kMark);
  std::vector<std::uint8_t> bytes, same;
  program->ops.back().size = 0x1234567890abcdef;
  encode_bytes(*program, bytes);
  const std::vector<std::uint8_t> coded = {0xe0, 0xef, 0xcd, 0xab, 0x90, 0x78, 0x56, 0x34, 0x12};
  const auto place = std::ranges::search(bytes, coded);
  ASSERT_FALSE(place.empty());
  for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{4096}, std::uint64_t{UINT32_MAX}, UINT64_MAX}) {
    std::ranges::copy(bytes_of(word_of(words, fmt::format("number_{:x}", number)).bytes), place.begin());
    Program decoded;
    decode_bytes(bytes, decoded);
    EXPECT_EQ(decoded.ops.back().size, number);
  }
}

TEST(Dictionary, LineOfAnOperationIsThatOperation) {
  for (const DictionaryWord& word : dictionary_of_text()) {
    if (!word.name.starts_with("op_")) continue;
    const std::string_view name = std::string_view(word.name).substr(3);
    // The ends of a scope go together.
    const bool ends = word.bytes == "}\n", begins = word.bytes == "submit {\n";
    const auto parsed =
        parse_text("gmp 1\nmemory {\n}\n" + std::string(ends ? "submit {\n" : "") + word.bytes + (begins ? "}\n" : ""), "word");
    ASSERT_TRUE(parsed.has_value()) << word.bytes << parsed.error().text();
    ASSERT_EQ(parsed->document.program.ops.size(), ends || begins ? 2u : 1u) << word.bytes;
    const Op& op = parsed->document.program.ops[ends ? 1 : 0];
    EXPECT_EQ(name.substr(0, info(op.kind).name.size()), info(op.kind).name) << word.bytes;
    EXPECT_EQ(print_op(op) + "\n", word.bytes);
  }
}

TEST(Dictionary, EverythingElseOfATextIsTaken) {
  const auto words = dictionary_of_text();
  const auto bytes = [&](const char* name) { return word_of(words, name).bytes; };
  const auto takes = [](const std::string& text) {
    const auto parsed = parse_text(text, "word");
    EXPECT_TRUE(parsed.has_value()) << text << parsed.error().text();
    return parsed.has_value();
  };
  for (const char* entry : {"own", "file", "host", "window", "read_only"}) {
    takes(bytes("version") + bytes("seed") + bytes("memory") + bytes((std::string("entry_") + entry).c_str()) + bytes("end") +
          bytes("layout") + bytes("comment") + bytes("end"));
  }
  takes(bytes("version") + bytes("adopt") + "read m 0x0 8" + bytes("outcome"));
  std::set<std::string> addresses;
  for (const DictionaryWord& word : words) {
    if (!word.name.starts_with("at_")) continue;
    const std::string text = "gmp 1\nmemory {\n}\nfind m " + word.bytes + "\n";
    if (!takes(text)) continue;
    EXPECT_EQ(print_address(parse_text(text, "word")->document.program.ops.front().at), word.bytes);
    addresses.insert(word.bytes);
  }
  for (const char* edge : {"r0.end-1", "r0.start", "h0", "last+1", "top-1", "0xffffffffffffffff"})
    EXPECT_TRUE(addresses.contains(edge)) << edge;
}

TEST(Dictionary, LineOfAProfileIsThatValue) {
  for (const DictionaryWord& word : dictionary_of_profiles()) {
    const std::string line = word.bytes.substr(0, word.bytes.size() - 1);
    const std::size_t equals = line.find(" = ");
    ASSERT_NE(equals, std::string::npos) << line;
    // What contradicts the rest of a profile is refused for that, and not for its form.
    const auto profile = Profile::parse(line, "word");
    if (profile) {
      EXPECT_EQ(switch_text(profile->root(), line.substr(0, equals)), line.substr(equals + 3)) << line;
    } else {
      EXPECT_EQ(profile.error().text().find("unknown"), std::string::npos) << line << profile.error().text();
      EXPECT_EQ(profile.error().text().find("expected"), std::string::npos) << line << profile.error().text();
    }
  }
}

TEST(Dictionary, IsPrintedAsEnginesReadIt) {
  EXPECT_EQ(print_dictionary({{"a_b", "x\"\\\n"}, {"c", std::string("\0~", 2)}}), "a_b=\"x\\x22\\x5c\\x0a\"\nc=\"\\x00~\"\n");
}

}  // namespace
}  // namespace gmc
