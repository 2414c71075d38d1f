// SPDX-License-Identifier: Apache-2.0 OR MIT
// What gmcheck offers to a backend, and the text that `describe` writes, for C++. Both are thin values over the C tables.
#ifndef GMCHECK_HARNESS_ABI_CPP_HOST_H
#define GMCHECK_HARNESS_ABI_CPP_HOST_H

#include <gmcheck.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace gmc {

// The host table, copied by value. May be used from any thread; valid until the backend is closed.
class Host {
 public:
  explicit Host(const GmcHost* table) : table_(table) {}

  void error(std::string_view text) const { log(GMC_LOG_ERROR, text); }
  void warning(std::string_view text) const { log(GMC_LOG_WARNING, text); }
  void note(std::string_view text) const { log(GMC_LOG_NOTE, text); }

  const GmcHost* table() const { return table_; }

 private:
  void log(std::uint32_t level, std::string_view text) const {
    if (table_ != nullptr && table_->log != nullptr) table_->log(table_, level, text.data(), text.size());
  }

  const GmcHost* table_;
};

// Writes `name = value` lines into a sink: a profile or facts.
class Text {
 public:
  explicit Text(GmcSink* sink) : sink_(sink) {}

  // Whole lines, each with its newline.
  void lines(std::string_view text) { sink_->write(sink_, text.data(), text.size()); }

  void line(std::string_view name, std::string_view value) {
    std::string text(name);
    text.append(" = ").append(value).push_back('\n');
    sink_->write(sink_, text.data(), text.size());
  }
  void line(std::string_view name, std::uint64_t value) { line(name, std::string_view(std::to_string(value))); }
  void line(std::string_view name, const char* value) { line(name, std::string_view(value)); }

 private:
  GmcSink* sink_;
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_ABI_CPP_HOST_H
