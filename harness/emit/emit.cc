// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "harness/emit/emit.h"

#include <fmt/format.h>

#include <string_view>

#include "harness/emit/c_text.h"
#include "harness/emit/planner.h"

namespace gmc {

namespace {

constexpr unsigned char kHead[] = {
#include "harness/emit/reproducer_head.inc"
};
constexpr unsigned char kDriver[] = {
#include "harness/emit/reproducer_driver.inc"
};

template <std::size_t kSize>
std::string_view text_of(const unsigned char (&bytes)[kSize]) {
  return {reinterpret_cast<const char*>(bytes), kSize};
}

std::string one_comment_line(std::string_view text) {
  const std::string comment = c_comment(text);
  return " * " + comment.substr(3, comment.size() - 6) + "\n";
}

// What the source is about, how it is built, and what its exit codes mean.
std::string title(const EmitRequest& request) {
  std::string text = "/*\n" + one_comment_line(fmt::format("{}, as calls of gmcheck.h. Expected is what the contract allows {}.",
                                                           request.file, request.backend));
  for (const Comment& comment : request.parsed.document.comments) {
    if (comment.line.kind == LineKey::Kind::kVersion && !comment.text.empty()) text += one_comment_line(comment.text);
  }
  return text +
         " *\n"
         " *   cc -std=c11 -I FOLDER_OF_GMCHECK_H FILE.c -o reproducer && ./reproducer LIBRARY [CONFIG]\n"
         " *\n"
         " * LIBRARY is a path with a slash in it. With -DGMC_LINKED the backend is linked in, by its gmc_plugin(), and CONFIG is the "
         "first\n"
         " * argument. Exit codes: 0 every answer is one that is allowed; 1 one is not, and is printed with its line; 2 the backend cannot "
         "be\n"
         " * opened; 4 an answer is allowed from which the calls behind it do not go on. A crash ends the process with its signal.\n"
         " */\n";
}

}  // namespace

Result<std::string> emit_c(const EmitRequest& request) {
  GMC_TRY(rows, Planner(request).rows());
  std::string text = title(request);
  text += text_of(kHead);
  text += fmt::format("\nstatic const char program_name[] = {};\nstatic const char default_config[] = {};\n", c_string(request.file),
                      c_string(request.config));
  text +=
      "\n/* The calls. Spaces are slots, 0 is the memory's root; addresses are those that are passed. */\nstatic const struct step steps[] "
      "= {\n";
  for (const std::string& row : rows) text += row + "\n";
  text += "  {.text = NULL},\n};\n";
  text += text_of(kDriver);
  return text;
}

}  // namespace gmc
