// SPDX-License-Identifier: Apache-2.0 OR MIT
// Holds CONTRACT.md against clauses.def and switches.def: what a backend's author reads is what the tables say. The document is parsed,
// both sides become the same kind of list, and every difference is one line. The last tests tamper with the document, to show that a
// difference is seen.
#include <gmcheck.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "harness/program/contract_version.h"
#include "harness/program/profile.h"
#include "harness/program/profile_rules.h"

namespace {

using Lines = std::vector<std::string>;

// ----------------------------------------------------------------------------------------------------------------- The two sides as values

struct ClauseRow {
  std::string id;   // GM-RW-007
  std::string tag;  // what stands in the parentheses behind the id
  std::string text;
};

struct SwitchRow {
  std::string name;
  std::string values;   // as the table writes them, without backticks
  std::string initial;  // the default; numbers in decimal
};

struct Contract {
  std::vector<ClauseRow> clauses;
  std::vector<SwitchRow> switches;
};

struct ClauseDef {
  std::string_view group;
  std::uint32_t number;
  std::string_view state;  // kChecked ...
  std::string_view switch_name;
  std::string_view why;
};

#define GMC_CLAUSE(group, number, state, switch_name, floor, witness, why) {#group, number, #state, switch_name, why},
const ClauseDef kClauses[] = {
#include "harness/program/clauses.def"
};

struct ValueDef {
  std::string_view enumerator;
  std::string_view text;
};

// ------------------------------------------------------------------------------------------------------------------------ From the tables

std::string join(const Lines& words, std::string_view separator) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : std::string(separator)) + word;
  return text;
}

std::string clause_id(const ClauseDef& clause) {
  char digits[16];
  std::snprintf(digits, sizeof digits, "-%03u", static_cast<unsigned>(clause.number));
  return "GM-" + std::string(clause.group) + digits;
}

// The tags that a row of clauses.def allows. A clause for later keeps the class that it will have, which the row does not say.
Lines legal_tags(const ClauseDef& clause) {
  const std::string name(clause.switch_name);
  const std::string decided = name.empty() ? "core" : "switch " + name;
  const std::string with_switch = name.empty() ? "" : ", switch " + name;
  if (clause.state == "kChecked" || clause.state == "kCompared") return {decided};
  if (clause.state == "kUnspecified") return {"unspecified" + with_switch};
  if (clause.state == "kDeclaration") return {"declaration" + with_switch};
  const std::string later = "; not checked by this version: " + std::string(clause.why);
  return {decided + later, "unspecified" + with_switch + later, "declaration" + with_switch + later};
}

Lines texts(const std::vector<ValueDef>& values) {
  Lines result;
  for (const ValueDef& value : values) result.emplace_back(value.text);
  return result;
}

// `enumerators` is a list such as "kOwn, kFd"; an empty one is the empty set.
std::string initial_text(const std::vector<ValueDef>& values, std::string_view enumerators) {
  Lines result;
  for (const ValueDef& value : values) {
    const std::string padded = "," + std::regex_replace(std::string(enumerators), std::regex(" "), "") + ",";
    if (padded.find("," + std::string(value.enumerator) + ",") != std::string::npos) result.emplace_back(value.text);
  }
  return result.empty() ? "none" : join(result, " ");
}

std::string sizes_text(std::uint64_t mask) {
  Lines result;
  for (unsigned size = 0; size < 64; ++size) {
    if (((mask >> size) & 1) != 0) result.push_back(std::to_string(size));
  }
  return result.empty() ? "none" : join(result, " ");
}

std::vector<SwitchRow> switches_of_the_table() {
  std::map<std::string, std::vector<ValueDef>> types;  // for GMC_SAME
  std::vector<SwitchRow> rows;
#define GMC_V(enumerator, text) {#enumerator, text},
#define GMC_D(...) #__VA_ARGS__
#define GMC_CHOICE(name, Type, initial, values) \
  types[#Type] = std::vector<ValueDef>{values}; \
  rows.push_back({#name, join(texts(types[#Type]), " "), initial_text(types[#Type], #initial)});
#define GMC_SAME(name, Type, initial) rows.push_back({#name, join(texts(types[#Type]), " "), initial_text(types[#Type], #initial)});
#define GMC_SET(name, Type, initial, values)    \
  types[#Type] = std::vector<ValueDef>{values}; \
  rows.push_back({#name, "any of " + join(texts(types[#Type]), " "), initial_text(types[#Type], initial)});
#define GMC_BOOL(name, initial) rows.push_back({#name, "yes no", (initial) ? "yes" : "no"});
#define GMC_NUMBER(name, initial) rows.push_back({#name, "number", std::to_string(std::uint64_t{initial})});
#define GMC_SIZES(name, initial) rows.push_back({#name, "sizes", sizes_text(initial)});
#define GMC_DETAIL(name) rows.push_back({#name, "sets of statuses", "full"});
#include "harness/program/switches.def"
#undef GMC_V
#undef GMC_D
  return rows;
}

// ---------------------------------------------------------------------------------------------------------------------- From the document

// `path` begins with a slash, at the root of the repository.
std::string file_text(const std::string& path) {
  std::ifstream file(GMC_SOURCE_DIR + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string document() { return file_text("/harness/abi/CONTRACT.md"); }

Lines lines_of(const std::string& text) {
  Lines result;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) result.push_back(line);
  return result;
}

// A number is compared as a number, so that the document may write it in hexadecimal.
std::string plain_number(const std::string& text) {
  const bool is_hex = text.starts_with("0x");
  std::uint64_t value = 0;
  const char* begin = text.data() + (is_hex ? 2 : 0);
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(begin, end, value, is_hex ? 16 : 10);
  return error == std::errc() && stop == end ? std::to_string(value) : text;
}

// The document's lines, with every paragraph on one line.
Lines paragraphs(const std::string& text) {
  Lines result;
  bool continues = false;
  for (const std::string& line : lines_of(text)) {
    const bool begins =
        line.empty() || line.starts_with("|") || line.starts_with("#") || line.starts_with("- ") || line.starts_with("**GM-");
    if (continues && !begins) {
      result.back() += " " + line.substr(line.find_first_not_of(' '));
    } else {
      result.push_back(line);
    }
    continues = !line.empty() && !line.starts_with("|") && !line.starts_with("#");
  }
  return result;
}

Contract parse(const std::string& text) {
  static const std::regex clause(R"(\*\*(GM-[A-Z]+-\d{3})\*\* \(([^)]*)\) (.+))");
  static const std::regex row(R"(\| `(\w+)` \| ([^|]*) \| `([^`]*)` \| (\S.*) \|)");
  static const std::regex backtick("`");
  Contract contract;
  bool in_switches = false;
  for (const std::string& line : paragraphs(text)) {
    if (line.starts_with("#")) in_switches = line == "### Switches";
    std::smatch match;
    if (std::regex_match(line, match, clause)) contract.clauses.push_back({match[1], match[2], match[3]});
    if (in_switches && std::regex_match(line, match, row)) {
      const std::string values = std::regex_replace(match[2].str(), backtick, "");
      contract.switches.push_back({match[1], values, values == "number" ? plain_number(match[3]) : match[3].str()});
    }
  }
  return contract;
}

// The first column of the table under "Statuses".
Lines statuses(const std::string& text) {
  static const std::regex row(R"(\| ([a-z_]+) \| .+ \|)");
  Lines result;
  bool in_statuses = false;
  for (const std::string& line : lines_of(text)) {
    if (line.starts_with("#")) in_statuses = line == "## Statuses";
    std::smatch match;
    if (in_statuses && std::regex_match(line, match, row) && match[1] != "status") result.push_back(match[1]);
  }
  return result;
}

// -------------------------------------------------------------------------------------------------------------------------- The comparison

void compare_clauses(const Contract& contract, Lines& differences) {
  std::map<std::string, const ClauseRow*> rows;
  for (const ClauseRow& row : contract.clauses) {
    if (!rows.emplace(row.id, &row).second) differences.push_back(row.id + " stands twice in CONTRACT.md");
  }
  for (const ClauseDef& clause : kClauses) {
    const std::string id = clause_id(clause);
    const auto found = rows.find(id);
    if (found == rows.end()) {
      differences.push_back(id + " is missing in CONTRACT.md");
      continue;
    }
    const Lines tags = legal_tags(clause);
    if (std::find(tags.begin(), tags.end(), found->second->tag) == tags.end()) {
      differences.push_back(id + " is (" + found->second->tag + ") in CONTRACT.md and (" + tags.front() + ") in clauses.def");
    }
    rows.erase(found);
  }
  for (const auto& [id, row] : rows) differences.push_back(id + " is missing in clauses.def");
}

void compare_switches(const Contract& contract, Lines& differences) {
  std::map<std::string, const SwitchRow*> rows;
  for (const SwitchRow& row : contract.switches) {
    if (!rows.emplace(row.name, &row).second) differences.push_back(row.name + " stands twice in CONTRACT.md");
  }
  for (const SwitchRow& expected : switches_of_the_table()) {
    const auto found = rows.find(expected.name);
    if (found == rows.end()) {
      differences.push_back(expected.name + " is missing in CONTRACT.md");
      continue;
    }
    const SwitchRow& row = *found->second;
    if (row.values != expected.values) {
      differences.push_back(expected.name + " takes \"" + row.values + "\" in CONTRACT.md and \"" + expected.values + "\" in switches.def");
    }
    if (row.initial != expected.initial) {
      differences.push_back(expected.name + " has the default " + row.initial + " in CONTRACT.md and " + expected.initial +
                            " in switches.def");
    }
    rows.erase(found);
  }
  for (const auto& [name, row] : rows) differences.push_back(name + " is missing in switches.def");
}

// What the prose says in passing: `switch = value`, and the ids of clauses.
void compare_mentions(const std::string& text, const Contract& contract, Lines& differences) {
  std::map<std::string, std::string> values;
  for (const SwitchRow& row : switches_of_the_table()) values[row.name] = " " + row.values + " none ";
  static const std::regex setting(R"(`(\w+) = (\w+)`)");
  static const std::regex id("GM-[A-Z]+-[0-9]{3}");
  for (const std::string& line : paragraphs(text)) {
    for (std::sregex_iterator match(line.begin(), line.end(), setting), end; match != end; ++match) {
      const auto found = values.find((*match)[1]);
      if (found == values.end() || found->second.find(" " + (*match)[2].str() + " ") == std::string::npos) {
        differences.push_back("switches.def has no " + match->str());
      }
    }
    for (std::sregex_iterator match(line.begin(), line.end(), id), end; match != end; ++match) {
      const auto is_it = [&](const ClauseRow& row) { return row.id == match->str(); };
      if (std::none_of(contract.clauses.begin(), contract.clauses.end(), is_it))
        differences.push_back("there is no clause " + match->str());
    }
  }
}

Lines differences_of(const std::string& text) {
  const Contract contract = parse(text);
  Lines differences;
  compare_clauses(contract, differences);
  compare_switches(contract, differences);
  compare_mentions(text, contract, differences);
  return differences;
}

// --------------------------------------------------------------------------------------------------------------------------------- Tests

TEST(ContractVersion, TheDocumentNamesItOnce) {
  const std::string text = document();
  const std::regex sentence(R"(This is version (\d+) of the contract\.)");
  const std::sregex_iterator first(text.begin(), text.end(), sentence);
  ASSERT_EQ(std::distance(first, std::sregex_iterator{}), 1);
  EXPECT_EQ((*first)[1], std::to_string(gmc::kContractVersion));
}

TEST(Contract, DocumentAndTablesSayTheSame) {
  const std::string text = document();
  ASSERT_FALSE(text.empty()) << GMC_SOURCE_DIR "/harness/abi/CONTRACT.md";
  EXPECT_EQ(join(differences_of(text), "\n"), "");
}

TEST(Contract, ClausesStandInTheOrderOfTheTable) {
  Lines in_table;
  for (const ClauseDef& clause : kClauses) in_table.push_back(clause_id(clause));
  Lines in_document;
  for (const ClauseRow& row : parse(document()).clauses) in_document.push_back(row.id);
  EXPECT_EQ(in_document, in_table);
}

TEST(Contract, SwitchesStandInTheOrderOfTheTable) {
  Lines in_table;
  for (const SwitchRow& row : switches_of_the_table()) in_table.push_back(row.name);
  Lines in_document;
  for (const SwitchRow& row : parse(document()).switches) in_document.push_back(row.name);
  EXPECT_EQ(in_document, in_table);
}

TEST(Contract, EveryClauseNamesASwitchThatExists) {
  Lines names = {""};
  for (const SwitchRow& row : switches_of_the_table()) names.push_back(row.name);
  for (const ClauseDef& clause : kClauses) EXPECT_THAT(names, testing::Contains(std::string(clause.switch_name))) << clause_id(clause);
}

TEST(Contract, ClausesForLaterAndOnlyThoseHaveAReason) {
  for (const ClauseDef& clause : kClauses) EXPECT_EQ(clause.state == "kLater", !clause.why.empty()) << clause_id(clause);
}

// `a` `b` | reason, in the order of the table.
TEST(Contract, ContradictionsAreThoseThatTheParserRefuses) {
  const std::string text = document();
  const std::size_t begin = text.find("### Contradictions\n");
  const std::size_t end = text.find("\n### Facts\n");
  ASSERT_LT(begin, end);
  std::string expected = "| switches | refused as |\n|---|---|\n";
  for (const gmc::ProfileRule& rule : gmc::profile_rules()) {
    expected += '|';
    for (const std::string_view name : rule.switches) expected += name.empty() ? "" : " `" + std::string(name) + "`";
    expected += " | " + std::string(rule.reason) + " |\n";
  }
  const std::string section = text.substr(begin, end - begin);
  const std::size_t table = section.find("| switches");
  ASSERT_NE(table, std::string::npos);
  EXPECT_EQ(section.substr(table), expected);
}

// What the document lists is refused with a kind, and nothing else is.
TEST(Contract, SwitchesOfTheWholeBackendAreThoseThatTakeNoKind) {
  static const std::regex listed(R"(- What is so of the whole backend takes no kind: ([^.]+)\.)");
  static const std::regex name(R"(`(\w+)`)");
  Lines in_document, refused;
  for (const std::string& line : paragraphs(document())) {
    std::smatch list;
    if (!std::regex_match(line, list, listed)) continue;
    const std::string names = list[1];
    for (std::sregex_iterator match(names.begin(), names.end(), name), end; match != end; ++match) in_document.push_back((*match)[1]);
  }
  for (const gmc::SwitchInfo& row : gmc::switch_table()) {
    const auto read = gmc::Profile::parse("region." + std::string(row.name) + " = " + row.default_text, "p");
    if (!read && read.error().cause.ends_with("takes no kind")) refused.emplace_back(row.name);
  }
  EXPECT_THAT(in_document, testing::UnorderedElementsAreArray(refused));
}

TEST(Contract, StatusesAreThoseOfTheHeader) {
  const std::string header = file_text("/harness/abi/include/gmcheck.h");
  const std::size_t begin = header.find("enum GmcStatus {");
  ASSERT_NE(begin, std::string::npos);
  const std::string enumeration = header.substr(begin, header.find("};", begin) - begin);
  const std::regex enumerator(R"(GMC_(\w+) = \d+)");
  Lines in_header;
  for (std::sregex_iterator match(enumeration.begin(), enumeration.end(), enumerator), end; match != end; ++match) {
    std::string name = (*match)[1];
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    in_header.push_back(name);
  }
  EXPECT_EQ(in_header.size(), GMC_STATUS_COUNT);
  EXPECT_EQ(statuses(document()), in_header);
}

// One change to the document, and the line that has to come of it.
struct Tampering {
  const char* name;
  const char* before;  // a regular expression; its first match is replaced
  const char* after;
  const char* difference;
};

class ContractTampering : public testing::TestWithParam<Tampering> {};

TEST_P(ContractTampering, IsSeen) {
  const std::string text = document();
  const std::regex before(GetParam().before);
  ASSERT_TRUE(std::regex_search(text, before)) << "the document no longer says " << GetParam().before;
  const std::string tampered = std::regex_replace(text, before, GetParam().after, std::regex_constants::format_first_only);
  EXPECT_THAT(differences_of(tampered), testing::Contains(GetParam().difference));
}

const Tampering kTamperings[] = {
    {"ClauseDropped", R"(\*\*GM-RW-007\*\* )", "", "GM-RW-007 is missing in CONTRACT.md"},
    {"ClauseInvented", R"(\*\*GM-RW-007\*\* )", "**GM-RW-099** (core) More.\n\n$&", "GM-RW-099 is missing in clauses.def"},
    {"ClauseTwice", R"(\*\*GM-RW-007\*\* )", "**GM-RW-006** (core) Again.\n\n$&", "GM-RW-006 stands twice in CONTRACT.md"},
    {"ClauseWithoutText", R"((\*\*GM-RW-002\*\* \(core\) )[^\n]*)", "$1", "GM-RW-002 is missing in CONTRACT.md"},
    {"CoreBecomesSwitch", R"(\*\*GM-RW-001\*\* \(core\))", "**GM-RW-001** (switch partial)",
     "GM-RW-001 is (switch partial) in CONTRACT.md and (core) in clauses.def"},
    {"SwitchBecomesAnother", R"(\*\*GM-RW-005\*\* \(switch partial\))", "**GM-RW-005** (switch has_fill)",
     "GM-RW-005 is (switch has_fill) in CONTRACT.md and (switch partial) in clauses.def"},
    {"CheckedBecomesLater", R"(\*\*GM-RW-001\*\* \(core\))", "**GM-RW-001** (core; not checked by this version: threads)",
     "GM-RW-001 is (core; not checked by this version: threads) in CONTRACT.md and (core) in clauses.def"},
    {"LaterBecomesChecked", R"(\*\*GM-XEN-002\*\* \([^)]*\))", "**GM-XEN-002** (switch xen)",
     "GM-XEN-002 is (switch xen) in CONTRACT.md and (switch xen; not checked by this version: Xen) in clauses.def"},
    {"LaterForAnotherReason", R"(\*\*GM-XEN-002\*\* \([^)]*\))", "**GM-XEN-002** (switch xen; not checked by this version: tea)",
     "GM-XEN-002 is (switch xen; not checked by this version: tea) in CONTRACT.md and (switch xen; not checked by this version: Xen) in "
     "clauses.def"},
    {"UnspecifiedBecomesCore", R"(\*\*GM-RW-013\*\* \(unspecified\))", "**GM-RW-013** (core)",
     "GM-RW-013 is (core) in CONTRACT.md and (unspecified) in clauses.def"},
    {"SwitchDropped", R"(\| `reports_count` \|)", "| |", "reports_count is missing in CONTRACT.md"},
    {"SwitchInvented", R"(\| `reports_count` \|)", "| `reports_tea` | `yes` `no` | `no` | Tea. |\n$&",
     "reports_tea is missing in switches.def"},
    {"ValueDropped", R"(`oob` `fault` `discard`)", "`oob` `fault`",
     "hole_kind takes \"oob fault\" in CONTRACT.md and \"oob fault discard\" in switches.def"},
    {"DefaultOfAChoice", R"((\| `cross_region` \|[^|]*\| )`reject`)", "$1`span`",
     "cross_region has the default span in CONTRACT.md and reject in switches.def"},
    {"DefaultOfASet", R"((\| `harvest` \|[^|]*\| )`both`)", "$1`read both`",
     "harvest has the default read both in CONTRACT.md and both in switches.def"},
    {"DefaultOfABool", R"((\| `partial` \|[^|]*\| )`no`)", "$1`yes`", "partial has the default yes in CONTRACT.md and no in switches.def"},
    {"DefaultOfANumber", R"((\| `dirty_granule` \|[^|]*\| )`4096`)", "$1`0x1001`",
     "dirty_granule has the default 4097 in CONTRACT.md and 4096 in switches.def"},
    {"DefaultOfSizes", R"((\| `typed_sizes` \|[^|]*\| )`1 2 4 8`)", "$1`1 2 4`",
     "typed_sizes has the default 1 2 4 in CONTRACT.md and 1 2 4 8 in switches.def"},
    {"UnknownValueInProse", R"(`hole_kind = discard`)", "`hole_kind = tea`", "switches.def has no `hole_kind = tea`"},
    {"UnknownClauseInProse", R"(faults: GM-XR-004)", "faults: GM-XR-077", "there is no clause GM-XR-077"},
};

INSTANTIATE_TEST_SUITE_P(Document, ContractTampering, testing::ValuesIn(kTamperings),
                         [](const testing::TestParamInfo<Tampering>& tampering) { return std::string(tampering.param.name); });

}  // namespace
