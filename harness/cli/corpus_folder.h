// SPDX-License-Identifier: Apache-2.0 OR MIT
// A folder of inputs: what `gmcheck fuzz` or another engine keeps, which are bytes, or programs as text.
#ifndef GMCHECK_HARNESS_CLI_CORPUS_FOLDER_H
#define GMCHECK_HARNESS_CLI_CORPUS_FOLDER_H

#include <string>
#include <string_view>
#include <vector>

#include "harness/base/error.h"
#include "harness/program/document.h"

namespace gmc {

struct CorpusInput {
  std::string path;
  std::string name;  // below the folder that was named
  std::string text;  // of the file, as it is
  Document document;
};

struct Corpus {
  bool is_bytes = false;            // else programs as text
  std::vector<CorpusInput> inputs;  // by name
};

// `path`: a folder of `gmcheck fuzz` or its corpus, whose file `form` says what the bytes mean, or a folder of `.gmp` with those below it.
// The error is the user's: what cannot be read, is no program, or is of another version.
[[nodiscard]] Result<Corpus> read_corpus(const std::string& path);

// One file: `.gmp` is text, everything else bytes. Bytes that lie in such a folder have to be of its form.
[[nodiscard]] Result<CorpusInput> read_input(const std::string& path);

}  // namespace gmc

#endif  // GMCHECK_HARNESS_CLI_CORPUS_FOLDER_H
