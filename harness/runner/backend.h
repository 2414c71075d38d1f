// SPDX-License-Identifier: Apache-2.0 OR MIT
// An opened backend: its groups, its profile, and the log that it writes.
#ifndef GMCHECK_HARNESS_RUNNER_BACKEND_H
#define GMCHECK_HARNESS_RUNNER_BACKEND_H

#include <gmcheck.h>

#include <expected>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "harness/base/error.h"
#include "harness/program/profile.h"
#include "harness/reference/reference.h"
#include "harness/runner/plugin.h"

namespace gmc {

// The last lines that a backend wrote. Any thread may write.
class Log {
 public:
  void add(std::uint32_t level, std::string_view text);
  // Everything since the last call, one line a message; at most kKept bytes, the latest.
  [[nodiscard]] std::string take();

  static constexpr std::size_t kKept = 16 * 1024;

 private:
  std::mutex mutex_;
  std::string text_;
};

// Why a backend is not open. The place is the backend as it was named.
struct CannotOpen : Error {
  CannotOpen(Error error, bool is_finding = false) : Error(std::move(error)), breaks_contract(is_finding) {}
  bool breaks_contract;  // its `open` answered what is no status (GM-INV-001): that is a finding, the rest is an error of setting up
};

class Backend {
 public:
  using Opening = std::expected<std::unique_ptr<Backend>, CannotOpen>;
  // Opens the plugin and checks what it says of itself: groups as large as their first version, a profile that parses, no claim whose entry
  // is missing.
  [[nodiscard]] static Opening open(const BackendSpec& spec, const GmcPlugin* table);
  // The same with a profile of the caller's instead of the backend's own, which is not even read: for comparing under other rules, and for
  // backends that have none.
  [[nodiscard]] static Opening open(const BackendSpec& spec, const GmcPlugin* table, const Profile& profile);
  ~Backend();
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::string version() const { return table_->version; }
  [[nodiscard]] const Profile& profile() const { return profile_; }
  [[nodiscard]] const std::string& profile_text() const { return profile_text_; }
  [[nodiscard]] const Offers& offers() const { return offers_; }
  [[nodiscard]] GmcBackend* handle() const { return handle_; }
  [[nodiscard]] Log& log() const { return *log_; }

  // Never null; entries that are not offered are. Groups that are not offered are all null.
  [[nodiscard]] const GmcMemoryGroup& memory() const { return memory_; }
  [[nodiscard]] const GmcSpaceGroup& space() const { return space_; }
  [[nodiscard]] const GmcAccessGroup& access() const { return access_; }
  [[nodiscard]] const GmcDirtyGroup& dirty() const { return dirty_; }
  [[nodiscard]] const GmcControlGroup& control() const { return control_; }

  // The facts of a space, as text; the outcome says whether there are any.
  GmcOutcome describe(GmcSpace* space, std::string& text) const;

 private:
  struct HostTable;
  Backend() = default;
  [[nodiscard]] static Opening open_under(const BackendSpec& spec, const GmcPlugin* table, const Profile* profile);
  [[nodiscard]] Result<void> read_profile();
  [[nodiscard]] Result<void> read_groups();
  [[nodiscard]] Result<void> check_claims() const;

  std::string name_;
  const GmcPlugin* table_ = nullptr;
  std::unique_ptr<HostTable> host_;
  std::unique_ptr<Log> log_;
  GmcBackend* handle_ = nullptr;
  std::string profile_text_;
  Profile profile_;
  Offers offers_;
  GmcMemoryGroup memory_{};
  GmcSpaceGroup space_{};
  GmcAccessGroup access_{};
  GmcDirtyGroup dirty_{};
  GmcControlGroup control_{};
};

}  // namespace gmc

#endif  // GMCHECK_HARNESS_RUNNER_BACKEND_H
